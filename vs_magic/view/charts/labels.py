"""Which points get a label and where it stands, so that no label lies on another or on a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vs_magic.view.charts import frames

HEIGHT = 13.0
"""Pixels that a line of text takes."""

LETTER = 6.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A point that might get a label: where it is, in pixels from the top left, and how large."""

    x: float
    y: float
    radius: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A label's anchor, in pixels, and which way it runs from there: `left` or `right`."""

    x: float
    y: float
    align: str


Box = tuple[float, float, float, float]


def place(spots: Sequence[Spot], width: float, height: float) -> list[Placed | None]:
    """Place labels inside a panel, the first spots first; None for those that find no room.

    >>> one, two = (Spot(x=x, y=50, radius=4, text="label") for x in (50, 52))
    >>> [bool(p) for p in place([one, two, two, two, two, two, two], 200, 100)][:2]
    [True, True]
    """
    taken = [(s.x - s.radius, s.y - s.radius, s.x + s.radius, s.y + s.radius) for s in spots]
    found: list[Placed | None] = []
    for own, spot in enumerate(spots):
        fits = (
            (placed, box)
            for placed, box in _places(spot)
            if _inside(box, width, height)
            and not any(_overlap(box, other) for i, other in enumerate(taken) if i != own)
        )
        placed, box = next(fits, (None, None))
        if box is not None:
            taken.append(box)
        found.append(placed)
    return found


def label_layers(spots: Sequence[Spot], width: float, height: float) -> list[Any]:
    """Return the layers that write the labels which find room, in pixels of the panel."""
    import altair as alt

    found = list(zip(spots, place(spots, width, height), strict=True))
    x, y = alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None)
    layers = []
    for align in ("left", "right"):
        rows = [
            {"x": at.x, "y": at.y, "label": spot.text}
            for spot, at in found
            if at is not None and at.align == align
        ]
        if rows:
            texts = alt.Chart(frames.values(rows)).mark_text(align=align, baseline="middle")
            layers.append(texts.encode(text="label:N", x=x, y=y))
    return layers


def _places(spot: Spot) -> list[tuple[Placed, Box]]:
    """Return where a label may stand: right, left, above, below."""
    wide = LETTER * len(spot.text)
    apart = spot.radius + 3
    tries = (
        (spot.x + apart, spot.y, "left"),
        (spot.x - apart, spot.y, "right"),
        (spot.x - wide / 2, spot.y - apart - HEIGHT / 2, "left"),
        (spot.x - wide / 2, spot.y + apart + HEIGHT / 2, "left"),
        (spot.x + apart - 2, spot.y - apart - 2, "left"),
        (spot.x + apart - 2, spot.y + apart + 2, "left"),
    )
    placed = []
    for x, y, align in tries:
        left = x if align == "left" else x - wide
        box = (left, y - HEIGHT / 2, left + wide, y + HEIGHT / 2)
        placed.append((Placed(x=x, y=y, align=align), box))
    return placed


def _inside(box: Box, width: float, height: float) -> bool:
    return box[0] >= 1 and box[1] >= 0 and box[2] <= width - 1 and box[3] <= height


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

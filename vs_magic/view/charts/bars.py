"""Answers and how often each came: one panel an arm, the same answers in the same rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from vs_magic.view.charts import frames
from vs_magic.view.charts.palette import by_method
from vs_magic.view.charts.sizes import (
    GAP,
    LABELS,
    WIDTH,
    panel_title,
    row_labels,
    rows_scale,
    share,
)

MOST_ROWS = 15
"""Answers that get a row of their own; the rest share one."""

MOST_COLUMNS = 7
ROW = 20
COUNT = 24
"""Pixels kept right of a panel for the count at its longest bar."""

LETTER = 6.2
"""Pixels that a letter of a label takes, about."""

LONGEST_LABEL = 46


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The rows that every panel has, in order: the label of each, and its answer."""

    labels: Mapping[str, str]
    rest: str

    @property
    def order(self) -> list[str]:
        return [*self.labels, *([self.rest] if self.rest else [])]

    @property
    def room(self) -> int:
        """Pixels that the labels need, within bounds."""
        longest = max(map(len, self.order))
        return int(min(max(LABELS, longest * LETTER + 12), 300))


def bars(counts: pd.DataFrame, *, order: Sequence[str] | None = None) -> Any:
    """Return one panel for each arm, with a bar for each answer.

    Parameters
    ----------
    counts
        Columns `answer`, `method`, `model`, `count`, and `n`, the arm's responses. A column
        `expected`, a share, is drawn as a tick (how often the answer ought to come).
    order
        The answers' order, first at the top; without, numbers by size, others by how often they
        came. Answers beyond the 15 commonest share the last row.
    """
    import altair as alt

    rows = _rows(counts, order)
    arms = list(dict.fromkeys(zip(counts["method"], counts["model"], strict=True)))
    models = list(dict.fromkeys(model for _, model in arms))
    data = {arm: _bars_of(counts, arm, rows) for arm in arms}
    every = [bar for part in data.values() for bar in part]
    look = _Look(
        columns=min(len({method for method, _ in arms}), MOST_COLUMNS),
        top=max(max(bar["share"], bar["expected"] or 0.0) for bar in every),
        expects=any(bar["expected"] is not None for bar in every),
    )
    blocks = [
        _block([data[arm] for arm in arms if arm[1] == model], rows, look) for model in models
    ]
    if len(models) == 1:
        return blocks[0]
    titled = [
        block.properties(title=alt.TitleParams(model, fontWeight="normal", offset=8, fontSize=12))
        for block, model in zip(blocks, models, strict=True)
    ]
    return alt.vconcat(*titled, spacing=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What all panels have in common: how many stand in a row, how far the axis goes."""

    columns: int
    top: float
    expects: bool


def _block(arms: Sequence[list[dict[str, Any]]], rows: _Rows, look: _Look) -> Any:
    """Return one model's panels."""
    import altair as alt

    width = share(look.columns, WIDTH - rows.room, GAP + COUNT) - COUNT // look.columns
    height = ROW * len(rows.order)
    labels = row_labels(rows.order, rows.room, height)
    blocks = []
    for first in range(0, len(arms), look.columns):
        row = [
            _panel(bars_, rows, look).properties(
                width=width, height=height, title=panel_title(bars_[0]["method"])
            )
            for bars_ in arms[first : first + look.columns]
        ]
        panels = alt.hconcat(*row, bounds="flush", spacing=GAP + COUNT)
        blocks.append(alt.hconcat(labels, panels, bounds="flush", spacing=0))
    return blocks[0] if len(blocks) == 1 else alt.vconcat(*blocks, spacing=20)


def _panel(data: list[dict[str, Any]], rows: _Rows, look: _Look) -> Any:
    import altair as alt

    base = alt.Chart(frames.values(data)).encode(
        y=alt.Y("answer:N", sort=rows.order, title=None, axis=None, scale=rows_scale())
    )
    x = alt.X(
        "share:Q",
        title=None,
        scale=alt.Scale(domain=[0, look.top], nice=True),
        axis=alt.Axis(format="%", tickCount=3, grid=False),
    )
    tip = [alt.Tooltip("whole:N", title="answer"), alt.Tooltip("count:Q"), "method:N", "model:N"]
    colour = by_method(bar["method"] for bar in data)
    layers = [
        base.mark_bar(height=ROW - 7, cornerRadiusEnd=2).encode(x=x, color=colour, tooltip=tip),
        base.transform_filter("datum.count > 0")
        .mark_text(style="value")
        .encode(x="end:Q", text="count:Q"),
    ]
    if look.expects:
        ticks = base.transform_filter("isValid(datum.expected)")
        ticks = ticks.mark_tick(thickness=1.5, size=ROW - 3)
        tip = [tip[0], alt.Tooltip("expected:Q", format=".1%", title="expected")]
        layers.append(ticks.encode(x="expected:Q", tooltip=tip))
    return alt.layer(*layers)


def _rows(counts: pd.DataFrame, order: Sequence[str] | None) -> _Rows:
    """Choose the answers that get a row, and their order; the others share one."""
    totals = counts.groupby("answer", sort=False)["count"].sum()
    ranked = [str(a) for a in totals.sort_values(ascending=False, kind="stable").index]
    if order is not None:
        ranked = [*order, *(a for a in ranked if a not in set(order))]
    room = len(ranked) if len(ranked) <= MOST_ROWS else MOST_ROWS - 1
    kept, others = ranked[:room], ranked[room:]
    if order is None and all(frames.is_number(answer) for answer in kept):
        kept.sort(key=float)
    labels: dict[str, str] = {}
    for answer in kept:
        label = frames.clipped(answer, LONGEST_LABEL) or "(empty)"
        # Two long answers may begin alike.
        alike = sum(known.startswith(label) for known in labels)
        labels[f"{label} [{alike + 1}]" if alike else label] = answer
    return _Rows(labels=labels, rest=f"{len(others)} others" if others else "")


def _bars_of(counts: pd.DataFrame, arm: tuple[str, str], rows: _Rows) -> list[dict[str, Any]]:
    """Return an arm's bars, zero ones too, so that every panel has the same rows."""
    method, model = arm
    part = counts[(counts["method"] == method) & (counts["model"] == model)]
    n = float(part["n"].iloc[0])
    count = dict(zip(part["answer"], part["count"], strict=True))
    expected: dict[str, float] = {}
    if "expected" in counts:
        # How often an answer ought to come is the same for each arm.
        expected = dict(zip(counts["answer"], counts["expected"], strict=True))
    wanted = {
        label: (answer, count.get(answer, 0), expected.get(answer, math.nan))
        for label, answer in rows.labels.items()
    }
    if rows.rest:
        others = sum(count.values()) - sum(came for _, came, _ in wanted.values())
        wanted[rows.rest] = (rows.rest, others, math.nan)
    return [
        {
            "answer": label,
            "whole": answer,
            "method": method,
            "model": model,
            "count": came,
            "share": (share_ := came / n if n else 0.0),
            "expected": None if math.isnan(ought) else ought,
            # The count stands behind the bar, and behind a tick that would cross it.
            "end": ought if share_ <= ought < share_ + 0.12 else share_,
        }
        for label, (answer, came, ought) in wanted.items()
    ]

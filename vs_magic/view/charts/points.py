"""Responses as points in a plane, one panel an arm: how far apart they lie, and which coincide."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from vs_magic.view.charts import frames
from vs_magic.view.charts.labels import Spot, label_layers
from vs_magic.view.charts.palette import by_method, shape
from vs_magic.view.charts.sizes import GAP, TITLE, WIDTH, panel_title, share

MOST_COLUMNS = 4
LARGEST = 300
AREA = 46
"""The area of one response's point, in square pixels; that of n alike is n times it, bounded."""

MARGIN = 22
"""Between the outermost points and the panel's edge."""

GHOST = 30
"""The area of another arm's point."""


def points(responses: pd.DataFrame) -> Any:
    """Return one panel for each arm; the other arms' points stand faint behind its own.

    Parameters
    ----------
    responses
        Columns `x`, `y`, `text`, `method`, `model`, and `count`, the responses with that text in
        the arm: a point for each different text of each arm.
    """
    import altair as alt

    arms = list(dict.fromkeys(zip(responses["method"], responses["model"], strict=True)))
    columns = min(len(arms), MOST_COLUMNS)
    size = min(share(columns, WIDTH), LARGEST)
    placed = _in_pixels(responses, size)
    several = len({model for _, model in arms}) > 1
    panels = [
        _panel(placed, arm, size).properties(
            width=size,
            height=size,
            title=panel_title(arm[0], frames.clipped(arm[1], size // 6) if several else ""),
        )
        for arm in arms
    ]
    return alt.concat(
        *panels,
        columns=columns,
        bounds="flush",
        spacing={"row": TITLE + 12, "column": GAP},
    )


def _in_pixels(responses: pd.DataFrame, size: int) -> pd.DataFrame:
    """Put the points into a square, one scale for both directions, so that distances compare."""
    placed: pd.DataFrame = responses.copy()
    reach = max(
        float(responses[axis].max() - responses[axis].min()) if len(responses) else 0.0
        for axis in ("x", "y")
    )
    scale = (size - 2 * MARGIN) / reach if reach > 0 else 0.0
    for axis, turn in (("x", 1), ("y", -1)):
        middle = (responses[axis].max() + responses[axis].min()) / 2
        placed[axis] = size / 2 + turn * scale * (responses[axis] - middle)
    placed["area"] = (AREA * responses["count"]).clip(upper=18 * AREA)
    return placed


def _panel(placed: pd.DataFrame, arm: tuple[str, str], size: int) -> Any:
    import altair as alt

    method, model = arm
    own = (placed["method"] == method) & (placed["model"] == model)
    fields: Mapping[str, Any] = {
        "x": alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, size])),
        "y": alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[size, 0])),
    }
    area = alt.Size("area:Q", scale=None, legend=None)
    tip = ["text:N", alt.Tooltip("count:Q", title="times"), "method:N", "model:N"]
    rows = frames.records(placed[own])
    others = frames.records(placed[~own][["x", "y"]].drop_duplicates())
    ground = alt.Chart(frames.values([{"w": size}])).mark_rect(
        fill="#808080", fillOpacity=0.06, stroke="#808080", strokeOpacity=0.35, cornerRadius=3
    )
    ground = ground.encode(x=alt.value(0), x2=alt.value(size), y=alt.value(0), y2=alt.value(size))
    behind = alt.Chart(frames.values(others)).mark_point(
        filled=True, color="#808080", opacity=0.3, size=GHOST
    )
    mine = alt.Chart(frames.values(rows)).mark_point(
        filled=True, shape=shape(method), opacity=1, stroke="#ffffff", strokeWidth=0.7
    )
    mine = mine.encode(**fields, size=area, color=by_method([method]), tooltip=tip)
    return alt.layer(ground, behind.encode(**fields), mine, *_labels(rows, size))


def _labels(rows: list[dict[str, Any]], size: int) -> list[Any]:
    """Label the points that stand for several responses: `×19`."""
    often = sorted((row for row in rows if row["count"] > 1), key=lambda row: -row["count"])
    spots = [
        Spot(
            x=row["x"],
            y=row["y"],
            radius=math.sqrt(row["area"] / math.pi),
            text=f"×{row['count']}",
        )
        for row in often
    ]
    return label_layers(spots, size, size)

"""Values with their intervals: one panel a metric, one row a method, the numbers written beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from vs_magic.view.charts import frames
from vs_magic.view.charts.palette import MODEL_SHAPES, by_method
from vs_magic.view.charts.sizes import (
    GAP,
    LABELS,
    WIDTH,
    panel_title,
    row_labels,
    rows_scale,
    share,
)

NUMBERS = 108
"""Pixels kept at a panel's right for its numbers."""

ROW = 26
OFFSET_ROW = 17
"""A row's height: of a method, and of each of several models within a method."""

APART = 10
"""Between the methods, where each has several models."""

MOST_COLUMNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What a panel is of: the rows whose column `metric` says so.

    The `note` is what a reader has to know (unit, which way is which); the axis begins at `low`,
    the least value there can be. `decimals` None: the numbers have as many as their size asks for.
    """

    metric: str
    title: str
    note: str = ""
    low: float = 0.0
    decimals: int | None = None


def dots(summary: pd.DataFrame, scales: Sequence[Scale], *, columns: int = MOST_COLUMNS) -> Any:
    """Return one panel a metric with a row for each method.

    Parameters
    ----------
    summary
        Columns `metric`, `method`, `model`, `value`, `low`, `high`, `n`; a missing value is shown
        as a dash.
    scales
        The panels, in order.
    columns
        Panels side by side, at most.
    """
    import altair as alt

    columns = balanced(len(scales), columns)
    width = share(columns, WIDTH - LABELS) - NUMBERS
    methods = list(dict.fromkeys(summary["method"]))
    models = len(dict.fromkeys(summary["model"]))
    height = len(methods) * (ROW if models == 1 else OFFSET_ROW * models + APART)
    labels = row_labels(methods, LABELS, height)
    blocks = []
    for first in range(0, len(scales), columns):
        row = [_panel(summary, scale, width, height) for scale in scales[first : first + columns]]
        panels = alt.hconcat(*row, bounds="flush", spacing=NUMBERS + GAP)
        blocks.append(alt.hconcat(labels, panels, bounds="flush", spacing=0))
    return alt.vconcat(*blocks, spacing=22)


def balanced(panels: int, most: int) -> int:
    """Return how many panels stand in a row, so that the last row is as full as can be.

    >>> balanced(3, 3), balanced(4, 3), balanced(7, 3)
    (3, 2, 3)
    """
    rows = -(-panels // most)
    return -(-panels // rows)


def _panel(summary: pd.DataFrame, scale: Scale, width: int, height: int) -> Any:
    import altair as alt

    part = summary[summary["metric"] == scale.metric]
    models = list(dict.fromkeys(part["model"]))
    rows = frames.records(part)
    top = float(part[["value", "high"]].max().max())
    decimals = frames.digits(top) if scale.decimals is None else scale.decimals
    for row in rows:
        row["shown"] = frames.interval(row["value"], row["low"], row["high"], decimals)
    base = alt.Chart(frames.values(rows)).encode(**_rows(part, models))
    x = alt.X("value:Q", title=None, scale=from_least(scale, top), axis=alt.Axis(tickCount=3))
    colour = by_method(part["method"])
    tip = ["method:N", "model:N", "shown:N", "n:Q"]
    intervals = base.mark_rule(strokeWidth=3, strokeCap="round", opacity=0.55).encode(
        x=alt.X("low:Q"), x2=alt.X2("high:Q"), color=colour, tooltip=tip
    )
    points = base.mark_point(filled=True, size=95, opacity=1).encode(
        x=x, color=colour, tooltip=tip, **_shape(models)
    )
    texts = base.mark_text(style="value").encode(x=alt.value(width + 6), text="shown:N")
    return alt.layer(intervals, points, texts).properties(
        width=width, height=height, title=panel_title(scale.title, scale.note)
    )


def _rows(part: pd.DataFrame, models: list[str]) -> dict[str, Any]:
    """Return the encoding of the rows: a row a method, within it one for each model."""
    import altair as alt

    methods = list(dict.fromkeys(part["method"]))
    y = alt.Y("method:N", sort=methods, title=None, axis=None, scale=rows_scale())
    rows: dict[str, Any] = {"y": y}
    if len(models) > 1:
        rows["yOffset"] = alt.YOffset("model:N", sort=models)
    return rows


def _shape(models: list[str]) -> dict[str, Any]:
    import altair as alt

    if len(models) == 1:
        return {}
    shapes = [MODEL_SHAPES[place % len(MODEL_SHAPES)] for place in range(len(models))]
    legend = alt.Legend(title="model", orient="bottom", symbolStrokeWidth=1)
    return {"shape": alt.Shape("model:N", scale={"domain": models, "range": shapes}, legend=legend)}


def from_least(scale: Scale, top: float) -> Any:
    """Return an axis from the least value there can be, so that no difference looks larger."""
    import altair as alt

    ends = [scale.low, top if top > scale.low else scale.low + 1.0]
    return alt.Scale(domain=ends, nice=True, zero=False)

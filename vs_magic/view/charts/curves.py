"""Values along a parameter: one panel a metric, one line a method, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from vs_magic.view.charts import frames
from vs_magic.view.charts.dots import Scale
from vs_magic.view.charts.palette import by_method, legend_of, shapes
from vs_magic.view.charts.sizes import GAP, TITLE, WIDTH, panel_title, share

HEIGHT = 190
MOST_COLUMNS = 3
LEFT = 40
"""Left of each panel, for its own axis: metrics have different units."""

STAGGER = 7
"""Pixels between two methods at the same value, so that their intervals stand apart."""


def curves(
    summary: pd.DataFrame, scales: Sequence[Scale], *, parameter: str, values: Sequence[float]
) -> Any:
    """Return one panel a metric: the parameter's values from left to right, evenly spaced.

    Parameters
    ----------
    summary
        Columns `metric`, `method`, `model`, `at` (the parameter's value; missing for a method
        that does not have the parameter), `value`, `low`, `high`, `n`.
    scales
        The panels, in order.
    parameter
        The parameter's name, for the axis.
    values
        Its values, from left to right.

    Returns
    -------
    altair.ConcatChart
        The panels, at most three in a row. A method without the parameter is a dashed line with
        its interval as a band.
    """
    import altair as alt

    columns = min(len(scales), MOST_COLUMNS)
    width = min(share(columns, WIDTH, GAP + LEFT) - LEFT // columns, 420)
    panels = [
        _panel(summary, scale, parameter, values, width).properties(
            width=width, height=HEIGHT, title=panel_title(scale.title, scale.note)
        )
        for scale in scales
    ]
    return alt.concat(
        *panels, columns=columns, bounds="flush", spacing={"row": TITLE + 50, "column": GAP + LEFT}
    )


def _panel(
    summary: pd.DataFrame, scale: Scale, parameter: str, values: Sequence[float], width: int
) -> Any:
    import altair as alt

    part = summary[summary["metric"] == scale.metric]
    top = float(part[["value", "high"]].max().max())
    moving, still = part[part["at"].notna()], part[part["at"].isna()]
    rows = [
        {**row, "place": _place(row, moving, values, width), "shown": _shown(row, top)}
        for row in frames.records(moving)
    ]
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(domain=_reach(scale.low, top), nice=False, zero=False),
        axis=alt.Axis(tickCount=5, grid=True),
    )
    x = alt.X(
        "place:Q",
        title=parameter,
        scale=alt.Scale(domain=[0, width], nice=False, zero=False),
        axis=_ticks(values, width),
    )
    legend = legend_of(summary["method"], direction="horizontal")
    colour = by_method(part["method"], legend=legend)
    tip = [
        alt.Tooltip("method:N"),
        alt.Tooltip("model:N"),
        alt.Tooltip("at:Q", title=parameter),
        alt.Tooltip("shown:N", title="value"),
        alt.Tooltip("n:Q"),
    ]
    base = alt.Chart(frames.values(rows)).encode(x=x, color=colour)
    return alt.layer(
        *_bands(frames.records(still), colour, top, width),
        base.mark_line(strokeWidth=2).encode(y=y, detail="model:N"),
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            y=y, shape=shapes(part["method"]), tooltip=tip
        ),
    )


def _reach(low: float, top: float) -> list[float]:
    """Return the axis' ends; room above keeps the titles of all panels on one line."""
    low = 0.0 if low == 1 else low  # a count of answers: 0 is a rounder beginning
    return [low, low + 1.06 * (top - low) if top > low else low + 1.0]


def _place(row: dict[str, Any], moving: pd.DataFrame, values: Sequence[float], width: int) -> float:
    """Return where a row stands, in pixels: its value's place, beside the other methods."""
    methods = list(dict.fromkeys(moving["method"]))
    aside = (methods.index(row["method"]) - (len(methods) - 1) / 2) * STAGGER
    return _steps(len(values), width)[list(values).index(row["at"])] + aside


def _steps(count: int, width: int) -> list[float]:
    return [width * (place + 0.5) / count for place in range(count)]


def _ticks(values: Sequence[float], width: int) -> Any:
    """Label the values where they stand: the axis counts in pixels."""
    import altair as alt

    steps = _steps(len(values), width)
    names = " : ".join(
        f"abs(datum.value - {step:.3f}) < 1 ? '{value:g}'"
        for step, value in zip(steps, values, strict=True)
    )
    return alt.Axis(values=steps, labelExpr=f"{names} : ''", grid=False, labelOverlap=False)


def _bands(still: list[dict[str, Any]], colour: Any, top: float, width: int) -> list[Any]:
    """Return a band and a dashed line for each method that does not have the parameter."""
    import altair as alt

    if not still:
        return []
    rows = [{**row, "shown": _shown(row, top)} for row in still]
    base = alt.Chart(frames.values(rows)).encode(color=colour)
    across = {"x": alt.value(0), "x2": alt.value(width)}
    tip = ["method:N", "model:N", alt.Tooltip("shown:N", title="value"), "n:Q"]
    return [
        base.mark_rect(opacity=0.12).encode(
            y="low:Q", y2="high:Q", fill=colour, color=alt.value(None), **across
        ),
        base.mark_rule(strokeDash=[5, 4], strokeWidth=2).encode(y="value:Q", tooltip=tip, **across),
    ]


def _shown(row: dict[str, Any], top: float) -> str:
    return frames.interval(row["value"], row["low"], row["high"], frames.digits(top))

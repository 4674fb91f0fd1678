"""Diversity against quality: a point a setting, and the front of those that none betters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from vs_magic.view.charts import frames
from vs_magic.view.charts.dots import Scale
from vs_magic.view.charts.labels import Spot, label_layers
from vs_magic.view.charts.palette import by_method, legend_of, shapes
from vs_magic.view.charts.sizes import panel_title

SIZE = (460, 320)
"""The panel, in pixels: across and down."""


def pareto(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return which points none betters: none is at least as high in both and higher in one.

    Their positions are ordered by the first number; a point with a NaN is never on the front.

    >>> pareto([(1, 5), (2, 4), (2, 3), (0, 5), (3, 1)])
    [0, 1, 4]
    """
    known = [i for i, (x, y) in enumerate(points) if x == x and y == y]  # noqa: PLR0124 - NaN
    front = [
        i
        for i in known
        if not any(
            points[j][0] >= points[i][0] and points[j][1] >= points[i][1] and points[j] != points[i]
            for j in known
        )
    ]
    return sorted(front, key=lambda i: (points[i][0], -points[i][1]))


def front(settings: pd.DataFrame, across: Scale, up: Scale, *, less_is_more: bool = False) -> Any:
    """Return the plane of two measures, with intervals both ways and the front drawn in.

    Parameters
    ----------
    settings
        Columns `method`, `label` (what the point is called: the parameter's value), `x`, `x_low`,
        `x_high`, `y`, `y_low`, `y_high`; a method's rows in the order in which a line joins them.
    across, up
        What the two are.
    less_is_more
        Whether a lower `x` is the better one; the axis is then turned round, so that better is up
        and to the right.
    """
    import altair as alt

    rows = frames.records(settings)
    scales = {
        "x": _scale(settings, "x", across.low, reverse=less_is_more),
        "y": _scale(settings, "y", up.low, reverse=False),
    }
    axis = alt.Axis(grid=True, tickCount=6)
    x = alt.X("x:Q", title=across.title, scale=scales["x"], axis=axis)
    y = alt.Y("y:Q", title=up.title, scale=scales["y"], axis=axis)
    methods = settings["method"]
    colour = by_method(methods, legend=legend_of(methods))
    base = alt.Chart(frames.values(rows)).encode(color=colour)
    tip = ["method:N", alt.Tooltip("label:N", title="setting"), "x:Q", "y:Q"]
    layers = [
        *_front_line(rows, x, y, less_is_more=less_is_more),
        base.mark_rule(opacity=0.35).encode(x="x_low:Q", x2="x_high:Q", y=y),
        base.mark_rule(opacity=0.35).encode(y="y_low:Q", y2="y_high:Q", x=x),
        base.mark_line(strokeWidth=1.5, opacity=0.7).encode(x=x, y=y, order="order:Q"),
        base.mark_point(filled=True, size=90, opacity=1).encode(
            x=x, y=y, shape=shapes(methods), tooltip=tip
        ),
        *_labels(rows, scales),
    ]
    return alt.layer(*layers).properties(
        width=SIZE[0], height=SIZE[1], title=panel_title(across.note, up.note)
    )


def _scale(settings: pd.DataFrame, axis: str, low: float, *, reverse: bool) -> Any:
    """Return a scale with some room around what it shows: a plane is about differences."""
    import altair as alt

    columns = [axis, f"{axis}_low", f"{axis}_high"]
    least, most = float(settings[columns].min().min()), float(settings[columns].max().max())
    room = 0.08 * (most - least) or 0.05 * (abs(most) or 1.0)
    ends = [max(least - room, low), most + room]
    return alt.Scale(domain=ends[::-1] if reverse else ends, nice=False, zero=False)


def _front_line(rows: list[dict[str, Any]], x: Any, y: Any, *, less_is_more: bool) -> list[Any]:
    import altair as alt

    sign = -1.0 if less_is_more else 1.0
    chosen = pareto([(sign * row["x"], row["y"]) for row in rows])
    line = [{"x": rows[i]["x"], "y": rows[i]["y"], "order": step} for step, i in enumerate(chosen)]
    base = alt.Chart(frames.values(line)).encode(x=x, y=y)
    return [
        base.mark_line(color="#808080", strokeDash=[2, 3], strokeWidth=1.5).encode(order="order:Q"),
        base.mark_point(size=230, color="#808080", strokeWidth=1.2, filled=False),
    ]


def _labels(rows: list[dict[str, Any]], scales: dict[str, Any]) -> list[Any]:
    """Name the points where there is room."""
    (x0, x1), (y0, y1) = scales["x"].domain, scales["y"].domain
    spots = [
        Spot(
            x=SIZE[0] * (row["x"] - x0) / (x1 - x0),
            y=SIZE[1] * (1 - (row["y"] - y0) / (y1 - y0)),
            radius=8,
            text=str(row["label"]),
        )
        for row in rows
    ]
    return label_layers(spots, *SIZE)

"""One value a task and arm: a row a task, a point a method."""

from __future__ import annotations

from typing import Any

import pandas as pd

from vs_magic.view.charts import frames
from vs_magic.view.charts.dots import Scale, from_least
from vs_magic.view.charts.palette import by_method, legend_of, shapes
from vs_magic.view.charts.sizes import WIDTH, label_room, row_labels, rows_scale

MOST_ROWS = 30
ROW = 22
MARK = 10
"""A method's part of a row: marks of one value stay apart."""


def strips(values: pd.DataFrame, scale: Scale) -> Any:
    """Return one row for each of the first 30 tasks, with a point and an interval for each arm.

    `values` has the columns `task`, `method`, `model`, `value`, `low` and `high`.
    """
    import altair as alt

    tasks = list(dict.fromkeys(values["task"]))[:MOST_ROWS]
    names = {task: f"{i}. {frames.clipped(task, 32)}" for i, task in enumerate(tasks, start=1)}
    rows = [
        {**row, "label": names[row["task"]]}
        for row in frames.records(values[values["task"].isin(tasks)])
    ]
    room = label_room(list(names.values()))
    axis = from_least(scale, float(values[["value", "high"]].max().max()))
    x = alt.X("value:Q", title=scale.arrow, scale=axis, axis=alt.Axis(grid=True))
    order = list(names.values())
    y = alt.Y("label:N", sort=order, title=None, axis=None, scale=rows_scale())
    methods = list(dict.fromkeys(values["method"]))
    base = alt.Chart(frames.values(rows)).encode(y=y, yOffset=alt.YOffset("method:N", sort=methods))
    legend = legend_of(methods)
    height = max(ROW, MARK * len(methods) + 8) * len(tasks)
    panel = alt.layer(
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(
            x=alt.X("low:Q"),
            x2="high:Q",
            color=by_method(methods, legend=legend),
        ),
        base.mark_point(filled=True, size=85, opacity=0.9).encode(
            x=x,
            color=by_method(methods, legend=legend),
            shape=shapes(methods, legend=legend),
            tooltip=["task:N", "method:N", "model:N", alt.Tooltip("value:Q", format=".3~f")],
        ),
    ).properties(width=WIDTH - room, height=height)
    labels = row_labels(order, room, height)
    return alt.hconcat(labels, panel, bounds="flush", spacing=0)

"""One value a task and arm: a row a task, a point a method."""

from __future__ import annotations

from typing import Any

import pandas as pd

from vs_magic.view.charts import frames
from vs_magic.view.charts.dots import Scale, from_least
from vs_magic.view.charts.palette import by_method, legend_of, shapes
from vs_magic.view.charts.sizes import WIDTH, row_labels, rows_scale

MOST_ROWS = 30
ROW = 22
LETTER = 6.2
WIDEST_LABEL = 320


def strips(values: pd.DataFrame, scale: Scale) -> Any:
    """Return one row for each of the first 30 tasks, with a point for each arm.

    `values` has the columns `task`, `method`, `model`, `value`; `scale` says what these are.
    """
    import altair as alt

    tasks = list(dict.fromkeys(values["task"]))[:MOST_ROWS]
    names = {task: f"{i}. {frames.clipped(task, 52)}" for i, task in enumerate(tasks, start=1)}
    rows = [
        {**row, "label": names[row["task"]]}
        for row in frames.records(values[values["task"].isin(tasks)])
    ]
    room = int(min(max(map(len, names.values())) * LETTER + 12, WIDEST_LABEL))
    axis = from_least(scale, float(values["value"].max()))
    x = alt.X("value:Q", title=None, scale=axis, axis=alt.Axis(grid=True))
    order = list(names.values())
    y = alt.Y("label:N", sort=order, title=None, axis=None, scale=rows_scale())
    base = alt.Chart(frames.values(rows)).encode(y=y)
    methods = values["method"]
    legend = legend_of(methods)
    height = ROW * len(tasks)
    panel = alt.layer(
        base.mark_rule(color="#808080", opacity=0.3).encode(
            x=alt.X("min(value):Q"), x2="max(value):Q"
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

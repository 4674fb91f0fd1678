"""Stated probability against observed frequency: on the diagonal where the two agree."""

from __future__ import annotations

from typing import Any

import pandas as pd

from vs_magic.view.charts import frames
from vs_magic.view.charts.labels import Spot, label_layers
from vs_magic.view.charts.palette import by_method, shape
from vs_magic.view.charts.sizes import GAP, TITLE, WIDTH, panel_title, share
from vs_magic.view.words import percent

MOST_COLUMNS = 3
LARGEST = 300
LEFT = 44
RADIUS = 4.5
LONGEST_LABEL = 18
ABOVE = 1.04
"""Room above the last tick, so that its label does not stand out of the panel."""


def calibration(table: pd.DataFrame, *, observed_in: str) -> Any:
    """Return one panel for each arm that states probabilities.

    Parameters
    ----------
    table
        Columns `answer`, `stated`, `observed`, `low`, `high` (the observed share's interval),
        `count` and `n`, `method`, `model`. An answer that was not listed has a missing `stated`
        and stands at 0.
    observed_in
        What the frequencies were observed in, for the axis: `30 direct responses`.
    """
    import altair as alt

    arms = list(dict.fromkeys(zip(table["method"], table["model"], strict=True)))
    columns = min(len(arms), MOST_COLUMNS)
    size = min(share(columns, WIDTH - LEFT), LARGEST)
    top = max(0.2, *(float(table[name].max()) for name in ("stated", "observed", "high")))
    top = next(bound for bound in (0.2, 0.25, 0.4, 0.5, 0.6, 0.8, 1.0) if bound >= min(top, 1.0))
    top *= ABOVE
    several = len({model for _, model in arms}) > 1
    panels = []
    for position, (method, model) in enumerate(arms):
        part = table[(table["method"] == method) & (table["model"] == model)]
        title = f"{method}, {model}" if several else method
        panel = _panel(part, size, top, observed_in if position % columns == 0 else None)
        panels.append(
            panel.properties(
                width=size, height=size, title=panel_title(frames.clipped(title, size // 6))
            )
        )
    return alt.concat(
        *panels, columns=columns, bounds="flush", spacing={"row": TITLE + 40, "column": GAP + 12}
    )


def _panel(part: pd.DataFrame, size: int, top: float, observed_in: str | None) -> Any:
    import altair as alt

    rows = frames.records(part)
    for row in rows:
        unlisted = pd.isna(row["stated"])
        row["said"] = "not listed" if unlisted else percent(row["stated"], 1)
        row["stated"] = 0.0 if unlisted else row["stated"]
    method = str(part["method"].iloc[0])
    scale = alt.Scale(domain=[0, top], nice=False)
    x = alt.X(
        "stated:Q",
        title="stated probability",
        scale=scale,
        axis=alt.Axis(format="%", tickCount=4, grid=False),
    )
    y = alt.Y(
        "observed:Q",
        title=f"share of {observed_in}" if observed_in else None,
        scale=scale,
        axis=alt.Axis(format="%", tickCount=4, labels=observed_in is not None, grid=True),
    )
    tip = [
        alt.Tooltip("answer:N"),
        alt.Tooltip("said:N", title="stated"),
        alt.Tooltip("observed:Q", format=".1%"),
        alt.Tooltip("count:Q", title="times"),
    ]
    base = alt.Chart(frames.values(rows))
    colour = by_method([method])
    ends: list[dict[str, Any]] = [{"stated": 0, "observed": 0}, {"stated": top, "observed": top}]
    layers = [
        alt.Chart(frames.values(ends))
        .mark_line(color="#808080", strokeDash=[4, 4], strokeWidth=1)
        .encode(x=x, y=y),
        base.mark_rule(opacity=0.45, strokeWidth=1.5).encode(
            x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour
        ),
        base.mark_point(
            filled=True,
            shape=shape(method),
            size=85,
            opacity=0.9,
            stroke="#ffffff",
            strokeWidth=0.7,
        ).encode(x=x, y=y, color=colour, tooltip=tip),
        *_labels(rows, size, top),
    ]
    return alt.layer(*layers)


def _labels(rows: list[dict[str, Any]], size: int, top: float) -> list[Any]:
    """Name as many answers as find room, those furthest off the diagonal first."""
    ranked = sorted(rows, key=lambda row: -abs(row["observed"] - row["stated"]))
    spots = [
        Spot(
            x=size * row["stated"] / top,
            y=size * (1 - row["observed"] / top),
            radius=RADIUS,
            text=frames.clipped(str(row["answer"]), LONGEST_LABEL),
        )
        for row in ranked
    ]
    return label_layers(spots, size, size)

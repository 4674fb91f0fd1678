"""A chart of preferences: how often the more typical answer wins, by how much it is that."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vs_magic.errors import OptionError
from vs_magic.theory.charts import AFTER, BEFORE, FIT
from vs_magic.theory.pairs import read_pairs
from vs_magic.theory.regression import AlphaEstimate, estimate_alpha

if TYPE_CHECKING:
    import pandas as pd

    from vs_magic.view.charts.chart import Chart

X = "how much more typical: difference of log π_ref, in nats"


def chart_preferences(
    pairs: pd.DataFrame,
    estimate: AlphaEstimate | None = None,
    *,
    bins: int = 8,
    level: float = 0.95,
) -> Chart:
    """Return how often the more typical answer is preferred, by how much more typical it is.

    Points are shares of pairs of equal correctness (of all pairs, where none is known), with
    Wilson intervals; the line is what the regression says.

    Parameters
    ----------
    pairs
        As `estimate_alpha` takes them.
    estimate
        Its result; None: it is made here.
    bins
        Points; each holds as many pairs as the next.
    level
        Of the intervals.

    Raises
    ------
    OptionError
        As in `estimate_alpha`; too few pairs of equal correctness for as many points.
    """
    import altair as alt

    from vs_magic.view.charts import frames
    from vs_magic.view.charts.chart import Chart

    frame = read_pairs(pairs)
    found = estimate or estimate_alpha(frame)
    points = _binned(frame, bins, level)
    reach = 1.1 * max(point["x"] for point in points)
    curve = [
        {"x": float(x), "share": 1 / (1 + math.exp(-found.alpha * x))}
        for x in np.linspace(0, reach, 60)
    ]
    x = alt.X("x:Q", title=X, scale=alt.Scale(domain=[0, reach], nice=False))
    low = min(0.45, *(point["low"] for point in points))
    scale = alt.Scale(domain=[low, 1], nice=True, zero=False)
    axis = alt.Axis(format="%", tickCount=6, grid=True)
    y = alt.Y("share:Q", title=None, axis=axis, scale=scale)
    base = alt.Chart(frames.values(points)).encode(x=x)
    tip = [
        alt.Tooltip("share:Q", format=".1%", title="preferred"),
        alt.Tooltip("x:Q", format=".2f", title="nats"),
        "pairs:Q",
    ]
    chance = alt.Chart(frames.values([{"share": 0.5}])).mark_rule(strokeDash=[4, 4], color=BEFORE)
    drawing = alt.layer(
        chance.encode(y=y),
        alt.Chart(frames.values(curve)).mark_line(color=FIT, strokeWidth=2).encode(x=x, y=y),
        base.mark_rule(color=AFTER, strokeWidth=2, opacity=0.6).encode(
            y=alt.Y("low:Q", scale=scale, axis=axis, title=None), y2="high:Q"
        ),
        base.mark_point(filled=True, size=70, opacity=1, color=AFTER).encode(y=y, tooltip=tip),
    ).properties(
        width=560,
        height=260,
        title=alt.TitleParams(
            "The more typical answer was preferred in …",
            subtitle=f"line: σ({found.alpha:.2f} · difference); dashed: chance",
        ),
    )
    return Chart(drawing, str(found))


def _binned(frame: pd.DataFrame, bins: int, level: float) -> list[dict[str, float]]:
    """Return points of as many pairs each: mean difference, share, Wilson interval."""
    from scipy.stats import binomtest

    if "correctness_preferred" in frame:
        equal = frame["correctness_preferred"] == frame["correctness_rejected"]
        frame = frame[equal] if equal.any() else frame
    apart = (frame["logp_preferred"] - frame["logp_rejected"]).to_numpy(dtype=float)
    apart = apart[apart != 0]
    if bins < 1 or len(apart) < 5 * bins:
        raise OptionError(f"{len(apart)} pairs are too few for {bins} points: ask for fewer bins")
    ordered = apart[np.argsort(np.abs(apart), kind="stable")]
    points = []
    for part in np.array_split(ordered, bins):
        test = binomtest(int((part > 0).sum()), len(part))
        low, high = test.proportion_ci(level, method="wilson")
        point = {"x": float(np.abs(part).mean()), "share": float(test.statistic)}
        points.append(point | {"low": float(low), "high": float(high), "pairs": len(part)})
    return points

"""Charts of sharpening: π* for several α, and the way of its mode and entropy along α."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vs_magic.errors import OptionError
from vs_magic.theory.page import ROWS
from vs_magic.theory.reference import as_reference
from vs_magic.theory.sharpening import entropy, gamma, mode_share, sharpen
from vs_magic.view.words import percent

if TYPE_CHECKING:
    from vs_magic.view.charts.chart import Chart

WIDTH, LABELS, ROW = 760, 190, 22
AFTER, BEFORE = "#d07010", "#8a8a8a"
"""π* and π_ref: the colours of the still explorer; both read on white and on black."""
FIT = "#2468d0"
DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3])


def chart_sharpened(
    answers: Any = None,
    *,
    alphas: Sequence[float] = (0.0, 0.57),
    beta: float = 0.1,
    r_true: Mapping[str, float] | None = None,
) -> Chart:
    """Return π* for several α, one panel each, the same answers in the same rows.

    Parameters
    ----------
    answers
        π_ref, as `explorer` takes it.
    alphas
        The strengths of the bias; 0 is π_ref itself, where all rewards tie.
    beta
        Weight of the KL penalty.
    r_true
        True reward of each answer; None: they tie.

    Raises
    ------
    OptionError
        As in `sharpen` and `explorer`; there is no α.
    """
    import altair as alt

    from vs_magic.view.charts import sizes
    from vs_magic.view.charts.chart import Chart

    if not len(alphas):
        raise OptionError("alphas takes one number at least")
    shares = dict(as_reference(answers).shares)
    rewards = None if r_true is None else {answer: r_true.get(answer, 0.0) for answer in shares}
    found = [(alpha, sharpen(shares, rewards, alpha=alpha, beta=beta)) for alpha in alphas]
    rows = _labels(list(shares))
    height = ROW * len(rows)
    width = sizes.share(len(found), WIDTH - LABELS, 40)
    labels = sizes.row_labels(list(rows), LABELS, height)
    panels = [
        _bars(star, rows, alpha == 0).properties(
            width=width,
            height=height,
            title=sizes.panel_title(
                f"α = {alpha:g}, γ = {gamma(alpha, beta):.3g}",
                f"mode {percent(mode_share(star))}, {entropy(star):.1f} bits",
            ),
        )
        for alpha, star in found
    ]
    drawing = alt.hconcat(
        labels, alt.hconcat(*panels, bounds="flush", spacing=40), bounds="flush", spacing=0
    )
    text = "\n".join(
        f"α = {alpha:g}: mode {percent(mode_share(star))}, {entropy(star):.2f} bits"
        for alpha, star in found
    )
    return Chart(drawing, text)


def chart_gamma(
    answers: Any = None, *, betas: Sequence[float] = (0.05, 0.1, 0.5), most: float = 1.0
) -> Chart:
    """Return the share of the mode and the entropy of π* along α, a line for each β.

    Parameters
    ----------
    answers
        π_ref, as `explorer` takes it; all its answers tie in true reward.
    betas
        Weights of the KL penalty.
    most
        Where α ends; it begins at 0. A dashed line marks the paper's 0.57.

    Raises
    ------
    OptionError
        As in `sharpen` and `explorer`; there is no β, or `most` is not above 0.
    """
    import altair as alt

    from vs_magic.view.charts import sizes
    from vs_magic.view.charts.chart import Chart

    if not len(betas) or not most > 0:
        raise OptionError("betas takes one number at least, and most a number above 0")
    shares = dict(as_reference(answers).shares)
    rows = []
    for beta in betas:
        for alpha in map(float, np.linspace(0, most, 51)):
            star = sharpen(shares, alpha=alpha, beta=beta)
            rows.append(
                {"alpha": alpha, "beta": f"β = {beta:g}", "gamma": round(gamma(alpha, beta), 2)}
                | {"mode": mode_share(star), "entropy": entropy(star)}
            )
    panels = [
        _line(rows, name, most).properties(
            width=sizes.share(2, WIDTH, 60), height=220, title=sizes.panel_title(title)
        )
        for name, title in (("mode", "share of the favourite"), ("entropy", "entropy, in bits"))
    ]
    drawing = alt.hconcat(*panels, spacing=60)
    at = min(0.57, most)
    text = "\n".join(
        f"β = {beta:g}: at α = {at:g}, γ = {gamma(at, beta):.3g}, the favourite has "
        f"{percent(mode_share(sharpen(shares, alpha=at, beta=beta)))}"
        for beta in betas
    )
    return Chart(drawing, text)


def _labels(answers: list[str]) -> dict[str, list[str]]:
    """Return the rows: label → its answers; those beyond share the last one."""
    from vs_magic.view.charts.frames import clipped

    alone = len(answers) if len(answers) <= ROWS + 2 else ROWS + 1
    rows: dict[str, list[str]] = {}
    for answer in answers[:alone]:
        label = clipped(answer, 30)
        rows[label if label not in rows else f"{label} [{len(rows) + 1}]"] = [answer]
    if answers[alone:]:
        rows[f"{len(answers) - alone} others"] = answers[alone:]
    return rows


def _bars(star: Mapping[str, float], rows: Mapping[str, list[str]], is_reference: bool) -> Any:  # noqa: FBT001
    import altair as alt

    from vs_magic.view.charts import frames, sizes

    data = []
    for label, answers in rows.items():
        share = math.fsum(star[answer] for answer in answers)
        data.append({"answer": label, "share": share, "shown": percent(share)})
    base = alt.Chart(frames.values(data)).encode(
        y=alt.Y("answer:N", sort=list(rows), title=None, axis=None, scale=sizes.rows_scale())
    )
    x = alt.X(
        "share:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", values=[0, 0.5, 1], grid=False),
    )
    tip = [alt.Tooltip("answer:N"), alt.Tooltip("shown:N", title="share")]
    colour = BEFORE if is_reference else AFTER
    return alt.layer(
        base.mark_bar(height=ROW - 8, cornerRadiusEnd=2, color=colour).encode(x=x, tooltip=tip),
        base.transform_filter("datum.share < 0.8")
        .mark_text(style="value")
        .encode(x=x, text="shown:N"),
        base.transform_filter("datum.share >= 0.8")
        .mark_text(align="right", baseline="middle", dx=-6, color="#ffffff", fontWeight="bold")
        .encode(x=x, text="shown:N"),
    )


def _line(rows: list[dict[str, Any]], name: str, most: float) -> Any:
    import altair as alt

    from vs_magic.view.charts import frames

    is_share = name == "mode"
    order = list(dict.fromkeys(row["beta"] for row in rows))
    x = alt.X("alpha:Q", title="α, typicality bias", scale=alt.Scale(domain=[0, most], nice=False))
    y = alt.Y(
        f"{name}:Q",
        title=None,
        axis=alt.Axis(format="%" if is_share else ".1f", tickCount=5, grid=True),
        scale=alt.Scale(domain=[0, 1]) if is_share else alt.Undefined,
    )
    colours = [AFTER, FIT, "#aa28a0", "#466a50", BEFORE]
    scale = alt.Scale(domain=order, range=[colours[i % len(colours)] for i in range(len(order))])
    dashes = alt.Scale(domain=order, range=[DASHES[i % len(DASHES)] for i in range(len(order))])
    legend = alt.Legend(
        title=None,
        orient="bottom",
        direction="horizontal",
        symbolType="stroke",
        symbolSize=600,
        symbolStrokeWidth=2.5,
    )
    tip = ["beta:N", alt.Tooltip("alpha:Q", format=".2f"), "gamma:Q"]
    tip.append(alt.Tooltip(f"{name}:Q", format="%" if is_share else ".2f"))
    lines = alt.Chart(frames.values(rows)).mark_line(strokeWidth=2.5)
    layers = [
        lines.encode(
            x=x,
            y=y,
            color=alt.Color("beta:N", scale=scale, legend=legend),
            strokeDash=alt.StrokeDash("beta:N", scale=dashes, legend=legend),
            tooltip=tip,
        )
    ]
    if most >= 0.57:
        paper = alt.Chart(frames.values([{"alpha": 0.57}]))
        layers.append(paper.mark_rule(strokeDash=[4, 4], color=BEFORE).encode(x="alpha:Q"))
    return alt.layer(*layers)

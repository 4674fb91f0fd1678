"""The charts of a sweep: curves along the parameter, and the plane of diversity and quality."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vs_magic.study import names
from vs_magic.study.charts import heading as study_heading
from vs_magic.study.charts import scale
from vs_magic.study.quality import QUALITY
from vs_magic.study.sweep_result import Sweep
from vs_magic.view.charts.chart import Chart
from vs_magic.view.charts.curves import curves
from vs_magic.view.charts.dots import Scale
from vs_magic.view.charts.layout import Heading, Section, page
from vs_magic.view.charts.pareto import front


def heading(sweep: Sweep) -> Heading:
    """Return what stands above the charts of a sweep."""
    return study_heading(sweep, without=sweep.parameter.name)


def curves_section(sweep: Sweep) -> Section:
    """Return every metric along the parameter."""
    level = f"{sweep.metric_plan.level:.0%}".replace("%", " %")
    still = sweep.summary["at"].isna().any()
    return Section(
        title=f"Along {'the ' if len(sweep.parameter.name) > 1 else ''}{sweep.parameter.name}",
        note=f"line: {level} interval, responses resampled"
        + (f" · dashed, with a band: has no {sweep.parameter.name}" if still else ""),
        drawing=curves(
            sweep.summary,
            [scale(sweep, metric) for metric in sweep.metrics],
            parameter=sweep.parameter.label,
            values=sweep.values,
        ),
    )


def front_section(sweep: Sweep) -> Section:
    """Return the plane of diversity and quality."""
    table = sweep.settings
    metric = sweep.diversity
    if metric is None:  # `settings` has refused that
        raise AssertionError
    labelled = table.assign(
        label=["" if np.isnan(at) else f"{at:g}" for at in table["at"].astype(float)],
        order=range(len(table)),
    )
    unit = names.note(metric, weighted=sweep.metric_plan.weighted)
    across = Scale(metric=metric.name, title=f"{names.title(metric)} ({unit})", low=metric.low)
    up = Scale(metric=QUALITY.name, title="Quality, 0 to 100", low=0.0)
    return Section(
        title="Diversity and quality",
        note="better: up and to the right · ringed, joined by dots: no other setting is better in "
        "both (Pareto front)",
        drawing=front(labelled, across, up, less_is_more=metric.diversity_sign < 0),
    )


def chart(above: Heading, sections: Sequence[Section], text: str) -> Chart:
    """Return sections under one heading, with what they say for a terminal."""
    return Chart(page(above, sections), text)

"""The charts of a sweep: curves along the parameter, and the plane of diversity and quality."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from vs_magic.metrics import Metric
from vs_magic.study import names
from vs_magic.study.charts import scale
from vs_magic.study.outcome import Outcome
from vs_magic.study.parameter import Parameter
from vs_magic.study.quality import QUALITY
from vs_magic.view.charts.curves import curves
from vs_magic.view.charts.dots import Scale
from vs_magic.view.charts.layout import Section
from vs_magic.view.charts.pareto import front
from vs_magic.view.words import percent


def curves_section(
    outcome: Outcome, summary: pd.DataFrame, parameter: Parameter, values: Sequence[float]
) -> Section:
    """Return every metric along a parameter."""
    still = summary["at"].isna().any()
    return Section(
        title=f"Along {'the ' if len(parameter.name) > 1 else ''}{parameter.name}",
        note=f"line: {percent(outcome.metric_plan.level, 0)} interval, responses resampled"
        + (f" · dashed, with a band: has no {parameter.name}" if still else ""),
        drawing=curves(
            summary,
            [scale(outcome, metric) for metric in outcome.metrics],
            parameter=parameter.label,
            values=values,
        ),
    )


def front_section(settings: pd.DataFrame, metric: Metric, *, weighted: bool) -> Section:
    """Return the plane of diversity and quality."""
    labelled = settings.assign(
        label=["" if np.isnan(at) else f"{at:g}" for at in settings["at"].astype(float)],
        order=range(len(settings)),
    )
    unit = names.note(metric, weighted=weighted)
    across = Scale(metric=metric.name, title=f"{names.title(metric)} ({unit})", low=metric.low)
    up = Scale(metric=QUALITY.name, title="Quality, 0 to 100", low=0.0)
    return Section(
        title="Diversity and quality",
        note="better: up and to the right · ringed, joined by dots: no other setting is better in "
        "both (Pareto front)",
        drawing=front(labelled, across, up, less_is_more=metric.diversity_sign < 0),
    )

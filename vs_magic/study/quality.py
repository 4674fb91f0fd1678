"""Quality as a measure: the mean of a judge's scores, with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from vs_magic.metrics import Metric
from vs_magic.study.measure import Estimate, MeasureOptions, estimate, seed_of
from vs_magic.study.responses import ResponseTable


def mean_score(scores: Sequence[float]) -> float:
    """Mean of a judge's scores, those that are missing left out; NaN where there are none.

    >>> mean_score([80.0, float("nan"), 60.0])
    70.0
    """
    known = [score for score in scores if not math.isnan(score)]
    return math.fsum(known) / len(known) if known else math.nan


QUALITY = Metric(
    name="quality",
    function=mean_score,
    higher_is=cast(Any, "better, to the judge"),  # no direction of diversity
    unit="0 to 100",
    high=100.0,
)
"""What a judge's scores are called in a summary."""


def quality(
    table: ResponseTable, scores: Mapping[tuple[str, str], float], how: MeasureOptions
) -> list[Estimate]:
    """Return the mean score of each arm; an arm that was left out has none."""
    found = []
    for place, arm in enumerate(table.arms):
        measured = estimate(
            QUALITY,
            table,
            arm,
            lambda cell: ([scores.get((cell.task, text), math.nan) for text in cell.texts], {}),
            replace(how, seed=seed_of(how.seed, place)),
        )
        missing = sum(
            math.isnan(scores.get((cell.task, text), math.nan))
            for cell in table.of(arm)
            for text in cell.texts
        )
        told = f"{missing} responses have no score" if missing else ""
        found.append(replace(measured, note="; ".join(filter(None, (told, measured.note)))))
    for arm, why in table.left_out.items():
        found.append(Estimate(metric=QUALITY, arm=arm, spreads={}, n=0, note=why))
    return found

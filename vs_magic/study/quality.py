"""Quality as a measure: the mean of a judge's scores, with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from vs_magic.metrics import Metric
from vs_magic.metrics.bootstrap import FEWEST
from vs_magic.study.arms import Arm
from vs_magic.study.measure import Estimate, MeasureOptions
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
    found = [_of_arm(table, arm, scores, how, place) for place, arm in enumerate(table.arms)]
    for arm, why in table.left_out.items():
        found.append(Estimate(metric=QUALITY, arm=arm, by_task={}, replicates={}, n=0, note=why))
    return found


def _of_arm(
    table: ResponseTable,
    arm: Arm,
    scores: Mapping[tuple[str, str], float],
    how: MeasureOptions,
    place: int,
) -> Estimate:
    by_task: dict[str, float] = {}
    replicates: dict[str, NDArray[np.float64]] = {}
    missing = 0
    fewest = math.inf
    for number, cell in enumerate(table.of(arm)):
        given = [scores.get((cell.task, text), math.nan) for text in cell.texts]
        known = np.array([score for score in given if not math.isnan(score)])
        missing += len(given) - len(known)
        fewest = min(fewest, len(known))
        if len(known):
            by_task[cell.task] = mean_score(given)
        if len(known) >= FEWEST:
            # A mean is not harmed by copies: the plain bootstrap over responses.
            rng = np.random.default_rng([abs(how.seed), place, number])
            drawn = rng.integers(len(known), size=(how.resamples, len(known)))
            replicates[cell.task] = known[drawn].mean(axis=1)
    note = f"{missing} responses have no score" if missing else ""
    n = 0 if math.isinf(fewest) else int(fewest)
    return Estimate(metric=QUALITY, arm=arm, by_task=by_task, replicates=replicates, n=n, note=note)

"""What the measures against a reference share: line up the counts, score them, resample them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vs_magic.metrics import _resample
from vs_magic.metrics._answers import (
    Answers,
    Normalize,
    References,
    align,
    count_by_unit,
    read_reference,
)
from vs_magic.metrics._registry import ByUnit, OfUnits, Replicate

Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = Callable[[Floats, Floats], Floats]
"""From rows of answer counts, and the probabilities that they ought to have, to their scores."""


def score_against(
    answers: Answers,
    reference: References,
    normalize: Normalize,
    score: Rows,
) -> float:
    """Score answers against a reference; NaN without answers."""
    known = read_reference(reference, normalize)
    given = align(answers, known, normalize)
    if not given.total:
        return math.nan
    counts = np.concatenate([given.correct, given.other])
    chances = np.pad(known.probability, (0, len(given.other)))
    return float(score(counts[None, :], chances)[0])


class Schemes(NamedTuple):
    """How a measure against a reference is resampled, and scored by units."""

    replicate: Replicate
    by_unit: ByUnit


def schemes(rows: Callable[..., Rows], *, closed: bool = False) -> Schemes:
    """Return how a measure is resampled and scored by units.

    Parameters
    ----------
    rows
        From the measure's own options to what scores rows of counts.
    closed
        Whether there can be no answers but those of the reference and those that came.
    """

    def replicate(
        answers: Answers,
        rng: Generator,
        resamples: int,
        *,
        reference: References,
        normalize: Normalize = "answer",
        **options: Any,
    ) -> Floats:
        score = rows(**options)
        known = read_reference(reference, normalize)
        given = align(answers, known, normalize)
        counts = np.concatenate([given.correct, given.other])

        def statistic(drawn: Floats) -> Floats:
            return score(drawn, np.pad(known.probability, (0, drawn.shape[1] - len(known))))

        drawn = _resample.answers(counts, statistic, rng, resamples, closed=closed)
        return _resample.moved(drawn, float(statistic(counts[None, :])[0]))

    def by_unit(
        texts: Sequence[str],
        units: NDArray[np.intp],
        *,
        reference: References,
        normalize: Normalize = "answer",
        **options: Any,
    ) -> OfUnits:
        score = rows(**options)
        known = read_reference(reference, normalize)
        counts = count_by_unit(texts, units, normalize, known)
        chances = np.pad(known.probability, (0, counts.shape[1] - len(known)))
        return lambda choices: score(choices @ counts, chances)

    return Schemes(replicate=replicate, by_unit=by_unit)

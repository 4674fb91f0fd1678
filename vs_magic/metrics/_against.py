"""What the measures against a reference share: line up the counts, score them, resample them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vs_magic.metrics import _resample
from vs_magic.metrics._answers import Answers, Normalize, References, align, read_reference

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


def replicate_against(
    answers: Answers,
    rng: Generator,
    resamples: int,
    *,
    reference: References,
    normalize: Normalize,
    score: Rows,
    closed: bool = False,
) -> Floats:
    """Resample the answers, unseen ones of the reference among them; if closed, only these."""
    known = read_reference(reference, normalize)
    given = align(answers, known, normalize)
    counts = np.concatenate([given.correct, given.other])

    def statistic(drawn: Floats) -> Floats:
        return score(drawn, np.pad(known.probability, (0, drawn.shape[1] - len(known))))

    drawn = _resample.answers(counts, statistic, rng, resamples, closed=closed)
    return _resample.moved(drawn, float(statistic(counts[None, :])[0]))

"""Correct answers: how many of them were given, and how many answers were correct."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vs_magic.metrics import _resample
from vs_magic.metrics._answers import (
    Aligned,
    Answers,
    Normalize,
    References,
    align,
    count_by_unit,
    read_reference,
)
from vs_magic.metrics._registry import OfUnits, metric


def _aligned(answers: Answers, reference: References, normalize: Normalize) -> Aligned:
    return align(answers, read_reference(reference, normalize), normalize)


def _replicate_coverage(
    answers: Answers,
    rng: Generator,
    resamples: int,
    *,
    reference: References,
    normalize: Normalize = "answer",
) -> NDArray[np.float64]:
    """Draw the number of different correct answers expected; at most all of them."""
    given = _aligned(answers, reference, normalize)
    correct = given.correct
    if not correct.any():
        # None correct of n: what n more would bring is at most n times Clopper's and Pearson's.
        more = given.total * rng.beta(1.0, given.total, size=resamples)
        return np.minimum(more / len(correct), 1.0)
    drawn = _resample.different(correct, rng, resamples, known=len(correct))
    return drawn / len(correct)


def _replicate_precision(
    answers: Answers,
    rng: Generator,
    resamples: int,
    *,
    reference: References,
    normalize: Normalize = "answer",
) -> NDArray[np.float64]:
    given = _aligned(answers, reference, normalize)
    return _resample.share(float(given.correct.sum()), given.total, rng, resamples)


def _correct_by_unit(
    score: Callable[[NDArray[np.float64], int], NDArray[np.float64]],
) -> Callable[..., OfUnits]:
    def by_unit(
        texts: Sequence[str],
        units: NDArray[np.intp],
        *,
        reference: References,
        normalize: Normalize = "answer",
    ) -> OfUnits:
        known = read_reference(reference, normalize)
        counts = count_by_unit(texts, units, normalize, known)
        return lambda choices: score(choices @ counts, len(known))

    return by_unit


@metric(
    "coverage",
    higher_is="nearer the reference",
    unit="share",
    high=1.0,
    needs=("reference",),
    replicate=_replicate_coverage,
    by_unit=_correct_by_unit(lambda counts, known: (counts[:, :known] > 0).mean(axis=1)),
)
def coverage(answers: Answers, reference: References, *, normalize: Normalize = "answer") -> float:
    """Different correct answers among the responses, divided by all correct answers (Coverage-N).

    Range 0 (none is correct) to 1 (all correct answers came); higher is better. Unit: share.
    Undefined (NaN) without answers. It grows with the number of responses, and is N over the
    number of correct answers at the most: compare equal N.

    Parameters
    ----------
    answers, reference, normalize
        As in `kl`; probabilities in the reference do not matter.

    Returns
    -------
    float
        The share.

    Raises
    ------
    OptionError
        The reference is empty.

    References
    ----------
    Wong et al., "SimpleStrat" (CoverageQA), arXiv 2410.09038; Zhang et al., arXiv 2510.01171,
    section 7.

    Examples
    --------
    >>> coverage(["Ohio", "ohio.", "Paris"], ["Ohio", "Utah", ("New York", "NY"), "Iowa"])
    0.25
    """
    given = _aligned(answers, reference, normalize)
    return float((given.correct > 0).mean()) if given.total else math.nan


@metric(
    "precision",
    higher_is="nearer the reference",
    unit="share",
    high=1.0,
    needs=("reference",),
    replicate=_replicate_precision,
    by_unit=_correct_by_unit(
        lambda counts, known: counts[:, :known].sum(axis=1) / counts.sum(axis=1)
    ),
)
def precision(answers: Answers, reference: References, *, normalize: Normalize = "answer") -> float:
    """Correct responses divided by all responses.

    Range 0 to 1; higher is better. Unit: share. Undefined (NaN) without answers. It says nothing
    of variety: one correct answer, repeated, has 1.

    Parameters
    ----------
    answers, reference, normalize
        As in `kl`; probabilities in the reference do not matter.

    Returns
    -------
    float
        The share.

    Raises
    ------
    OptionError
        The reference is empty.

    References
    ----------
    Zhang et al., arXiv 2510.01171, section 7.

    Examples
    --------
    >>> precision(["Ohio", "ohio.", "Paris"], ["Ohio", "Utah"])
    0.666...
    """
    given = _aligned(answers, reference, normalize)
    return float(given.correct.sum() / given.total) if given.total else math.nan

"""Distances of answers from a reference that need no smoothing: shares, and counts."""

from __future__ import annotations

import numpy as np

from vs_magic.metrics._against import Floats, schemes, score_against
from vs_magic.metrics._answers import Answers, Normalize, References
from vs_magic.metrics._registry import metric


def _apart(counts: Floats, chances: Floats) -> Floats:
    shares = counts / counts.sum(axis=1, keepdims=True)
    return np.asarray(np.abs(shares - chances).sum(axis=1) / 2)


_APART = schemes(lambda: _apart)


@metric(
    "total-variation",
    higher_is="further from the reference",
    unit="share",
    high=1.0,
    needs=("reference",),
    replicate=_APART.replicate,
    by_unit=_APART.by_unit,
)
def total_variation(
    answers: Answers, reference: References, *, normalize: Normalize = "answer"
) -> float:
    """Total variation distance: the probability that lies on other answers than it ought to.

    Half the sum of the differences of the shares. Range 0 to 1 (no answer in common); lower is
    nearer to the reference. Unit: share. Undefined (NaN) without answers.

    Parameters
    ----------
    answers, reference, normalize
        As in `kl`.

    Returns
    -------
    float
        The distance.

    Raises
    ------
    OptionError
        The reference is empty.

    References
    ----------
    Levin, Peres, "Markov Chains and Mixing Times", chapter 4.

    Examples
    --------
    >>> total_variation(["heads", "heads"], ["heads", "tails"])
    0.5
    """
    return score_against(answers, reference, normalize, _apart)


def _statistics(counts: Floats, chances: Floats) -> Floats:
    expected = counts.sum(axis=1, keepdims=True) * chances
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts == expected, 0.0, np.square(counts - expected) / expected)
    return np.asarray(terms.sum(axis=1))


# An answer outside the reference would make the statistic infinite.
_STATISTICS = schemes(lambda: _statistics, closed=True)


@metric(
    "chi-square",
    higher_is="further from the reference",
    unit="statistic",
    needs=("reference",),
    replicate=_STATISTICS.replicate,
    by_unit=_STATISTICS.by_unit,
)
def chi_square(
    answers: Answers, reference: References, *, normalize: Normalize = "answer"
) -> float:
    """Pearson's chi-square statistic of the answers' counts against a reference.

    Range 0 to infinity, which is what an answer outside the reference gives; lower is nearer to
    the reference. Unit: none; under the reference about (answers − 1). Undefined (NaN) without
    answers. It grows with the number of responses: compare equal numbers. Where fewer than about
    five of an answer are expected it is not chi-square distributed.

    Parameters
    ----------
    answers, reference, normalize
        As in `kl`.

    Returns
    -------
    float
        The statistic.

    Raises
    ------
    OptionError
        The reference is empty.

    References
    ----------
    Pearson, 1900; as `scipy.stats.chisquare`.

    Examples
    --------
    >>> chi_square({"1": 5, "2": 8, "3": 9, "4": 8, "5": 10, "6": 20}, range(1, 7))
    13.4
    """
    return score_against(answers, reference, normalize, _statistics)

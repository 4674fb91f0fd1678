"""Answers against a reference: correct answers, or how often each ought to come.

Every response counts: a wrong answer takes its share of the probability, so that a model is never
the better for giving more of them. No response that is correct gives the worst value there is, or
NaN, never the best.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics import _resample
from vs_magic.metrics._answers import (
    Answers,
    Normalize,
    References,
    align,
    read_reference,
)
from vs_magic.metrics._registry import Replicate, metric

Floats = NDArray[np.float64]
Unit = Literal["nats", "bits"]
Direction = Literal["reference", "answers"]

EPSILON = 1e-8


def _replicated(rows: Callable[..., Callable[[Floats, Floats], Floats]]) -> Replicate:
    """Make the replicate function of a measure from the function that scores rows of counts."""

    def replicate(
        answers: Answers,
        rng: Generator,
        resamples: int,
        *,
        reference: References,
        normalize: Normalize = "answer",
        **options: object,
    ) -> Floats:
        known = read_reference(reference, normalize)
        given = align(answers, known, normalize)
        score = rows(**options)
        counts = np.concatenate([given.correct, given.other])
        # An answer that may not come cannot be one of the unseen: it is put last, with the others.
        possible = known.probability

        def statistic(drawn: Floats) -> Floats:
            return score(drawn, np.pad(possible, (0, drawn.shape[1] - len(possible))))

        return _resample.moved(
            _resample.answers(counts, statistic, rng, resamples),
            float(statistic(counts[None, :])[0]),
        )

    return replicate


def _score(
    answers: Answers,
    reference: References,
    normalize: Normalize,
    score: Callable[[Floats, Floats], Floats],
) -> float:
    known = read_reference(reference, normalize)
    given = align(answers, known, normalize)
    if not given.total:
        return math.nan
    counts = np.concatenate([given.correct, given.other])
    chances = np.pad(known.probability, (0, len(given.other)))
    return float(score(counts[None, :], chances)[0])


def _kl_rows(
    epsilon: float = EPSILON, unit: Unit = "nats", direction: Direction = "reference"
) -> Callable[[Floats, Floats], Floats]:
    if not 0 < epsilon < 1:
        raise OptionError(f"epsilon must be above 0 and below 1, not {epsilon!r}")
    if direction not in ("reference", "answers"):
        raise OptionError(f"unknown direction {direction!r}: reference or answers (which is first)")
    scale = _log_unit(unit)

    def score(counts: Floats, chances: Floats) -> Floats:
        shares = counts / counts.sum(axis=1, keepdims=True)
        first, second = (chances, shares) if direction == "reference" else (shares, chances)
        smooth = (second + epsilon) / (1.0 + epsilon * len(chances))
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(first > 0, first * np.log(first / smooth), 0.0)
        return np.asarray(np.maximum(terms.sum(axis=1), 0.0) / scale)

    return score


@metric(
    "kl",
    higher_is="further from the reference",
    unit="nats",
    needs=("reference",),
    replicate=_replicated(_kl_rows),
)
def kl(
    answers: Answers,
    reference: References,
    *,
    epsilon: float = EPSILON,
    unit: Unit = "nats",
    direction: Direction = "reference",
    normalize: Normalize = "answer",
) -> float:
    r"""Kullback-Leibler divergence of the answers from a reference, smoothed by ε.

    :math:`\sum_a r_a \ln (r_a / q_a)` with r the reference and q the answers' shares, ε added to
    each. Range 0 to about ln(1/ε); lower is nearer to the reference. Unit: nats, as in the
    paper. Undefined (NaN) without answers.

    For a model that gives few of the reference's answers the value says little but ε: GPT-4.1,
    asked for a US state, has 11.66 at 1e-8, 15.34 at 1e-10, 19.03 at 1e-12. State ε (the paper's
    tables were made with 1e-10), and give a bounded companion: `js`, `total_variation`.

    Parameters
    ----------
    answers
        The responses, or a mapping of answers to counts.
    reference
        The correct answers, each alike likely; or a mapping of answers to counts or
        probabilities. An answer with several spellings is a tuple of them.
    epsilon
        What each share is raised by, above 0.
    unit
        `nats` or `bits`.
    direction
        Which distribution comes first. `reference`: KL(reference ‖ answers), as in the paper's
        open-ended questions; `answers`: KL(answers ‖ reference), as in its dice, where no ε is
        needed as long as each answer is in the reference.
    normalize
        As in `unique_share`; also for the reference.

    Returns
    -------
    float
        The divergence.

    Raises
    ------
    OptionError
        The reference is empty, or an option is out of its range.

    References
    ----------
    Kullback and Leibler, "On Information and Sufficiency", 1951; as used by Zhang et al.,
    arXiv 2510.01171, section 7 and the appendix on dice.

    Examples
    --------
    >>> round(kl(["4"] * 30, range(1, 7), direction="answers"), 3)  # ln 6: one face of six
    1.792
    >>> round(kl(["1", "2"], {"1": 0.75, "2": 0.25}, unit="bits"), 3)
    0.189
    """
    rows = _kl_rows(epsilon=epsilon, unit=unit, direction=direction)
    return _score(answers, reference, normalize, rows)


def _js_rows(unit: Unit = "bits") -> Callable[[Floats, Floats], Floats]:
    scale = _log_unit(unit)

    def score(counts: Floats, chances: Floats) -> Floats:
        shares = counts / counts.sum(axis=1, keepdims=True)
        middle = (shares + chances) / 2

        def towards(first: Floats) -> Floats:
            with np.errstate(divide="ignore", invalid="ignore"):
                terms = np.where(first > 0, first * np.log(first / middle), 0.0)
            return np.asarray(terms.sum(axis=1))

        return (
            np.clip(
                (towards(shares) + towards(np.broadcast_to(chances, shares.shape))) / 2,
                0,
                math.log(2),
            )
            / scale
        )

    return score


@metric(
    "js",
    higher_is="further from the reference",
    unit="bits",
    high=1.0,
    needs=("reference",),
    replicate=_replicated(_js_rows),
)
def js(
    answers: Answers,
    reference: References,
    *,
    unit: Unit = "bits",
    normalize: Normalize = "answer",
) -> float:
    """Jensen-Shannon divergence between the answers and a reference.

    The mean divergence of both from their mean: bounded, without any ε. Range 0 to 1 bit (no
    answer in common); lower is nearer to the reference. Unit: bits. Undefined (NaN) without
    answers. (SciPy's `jensenshannon` is its square root.)

    Parameters
    ----------
    answers, reference, normalize
        As in `kl`.
    unit
        `bits` or `nats`.

    Returns
    -------
    float
        The divergence.

    Raises
    ------
    OptionError
        As in `kl`.

    References
    ----------
    Lin, "Divergence Measures Based on the Shannon Entropy", 1991.

    Examples
    --------
    >>> js(["heads", "heads"], ["heads", "tails"])
    0.311...
    >>> js(["blue"], ["heads", "tails"])
    1.0
    """
    return _score(answers, reference, normalize, _js_rows(unit=unit))


def _tv_rows() -> Callable[[Floats, Floats], Floats]:
    def score(counts: Floats, chances: Floats) -> Floats:
        shares = counts / counts.sum(axis=1, keepdims=True)
        return np.asarray(np.abs(shares - chances).sum(axis=1) / 2)

    return score


@metric(
    "total-variation",
    higher_is="further from the reference",
    unit="share",
    high=1.0,
    needs=("reference",),
    replicate=_replicated(_tv_rows),
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
    return _score(answers, reference, normalize, _tv_rows())


def _chi_rows() -> Callable[[Floats, Floats], Floats]:
    def score(counts: Floats, chances: Floats) -> Floats:
        expected = counts.sum(axis=1, keepdims=True) * chances
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(counts == expected, 0.0, np.square(counts - expected) / expected)
        return np.asarray(terms.sum(axis=1))

    return score


@metric(
    "chi-square",
    higher_is="further from the reference",
    unit="statistic",
    needs=("reference",),
    replicate=_replicated(_chi_rows),
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
    return _score(answers, reference, normalize, _chi_rows())


def _log_unit(unit: str) -> float:
    try:
        return {"nats": 1.0, "bits": math.log(2)}[unit]
    except KeyError:
        raise OptionError(f"unknown unit {unit!r}: nats or bits") from None

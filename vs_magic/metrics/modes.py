"""How many different answers there are, and how evenly they came."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics import _resample
from vs_magic.metrics._answers import (
    Answers,
    Normalize,
    References,
    count_answers,
    count_by_unit,
    read_reference,
    tally,
)
from vs_magic.metrics._registry import OfUnits, metric
from vs_magic.metrics._texts import Prompts, as_texts, groups, mean_defined, over_prompts

Floats = NDArray[np.float64]


def _over_answers(
    answers: Answers,
    prompts: Prompts,
    normalize: Normalize,
    support: References | None,
    score: Callable[[Floats], float],
) -> float:
    """Score the counts of the different answers to each prompt; mean over prompts."""

    def of_counts(group: Answers) -> float:
        counts = tally(group, normalize, support)
        return score(counts) if counts.sum() >= 2 else math.nan

    if isinstance(answers, Mapping):
        if prompts is not None:
            raise OptionError("answers with their counts are of one prompt: leave prompts out")
        return of_counts(answers)
    return over_prompts(answers, prompts, of_counts)


def _replicate_different(
    answers: Answers,
    rng: Generator,
    resamples: int,
    *,
    normalize: Normalize = "answer",
    support: References | None = None,
) -> Floats:
    counts = tally(answers, normalize, support)
    known = math.inf if support is None else len(counts)
    return _resample.different(counts, rng, resamples, known=known)


def _replicate_share(
    answers: Answers, rng: Generator, resamples: int, *, normalize: Normalize = "answer"
) -> Floats:
    counts = tally(answers, normalize)
    return np.asarray(_resample.different(counts, rng, resamples) / counts.sum())


def _replicate_entropy(
    answers: Answers,
    rng: Generator,
    resamples: int,
    *,
    normalize: Normalize = "answer",
    support: References | None = None,
) -> Floats:
    counts = tally(answers, normalize, support)
    closed = support is not None
    drawn = _resample.answers(counts, _entropies, rng, resamples, closed=closed)
    moved = _resample.moved(drawn, _entropy(counts))
    return np.minimum(moved, math.log2(len(counts))) if closed else moved


def _by_unit(rows: Callable[[Floats], Floats]) -> Callable[..., OfUnits]:
    def by_unit(
        texts: Sequence[str],
        units: NDArray[np.intp],
        *,
        normalize: Normalize = "answer",
        support: References | None = None,
    ) -> OfUnits:
        known = None if support is None else read_reference(support, normalize)
        counts = count_by_unit(texts, units, normalize, known)
        return lambda choices: rows(choices @ counts)

    return by_unit


def _differing(counts: Floats) -> Floats:
    return np.asarray((counts > 0).sum(axis=1), dtype=np.float64)


def _entropies(counts: Floats) -> Floats:
    """Return the entropy of each row of counts, in bits."""
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = counts / counts.sum(axis=1, keepdims=True)
        terms = np.where(shares > 0, shares * np.log2(shares), 0.0)
    return np.asarray(np.maximum(-terms.sum(axis=1), 0.0))


def _entropy(counts: Floats) -> float:
    return float(_entropies(counts[None, :])[0])


@metric(
    "unique-share",
    higher_is="more diverse",
    unit="share",
    high=1.0,
    replicate=_replicate_share,
    by_unit=_by_unit(lambda counts: _differing(counts) / counts.sum(axis=1)),
)
def unique_share(
    texts: Answers, *, prompts: Prompts = None, normalize: Normalize = "answer"
) -> float:
    """Different answers divided by all responses.

    Range above 0 (all alike: 1/n) to 1; higher is more diverse. Unit: share. Undefined (NaN) for
    fewer than two responses. It falls with the number of responses: compare equal numbers.

    Parameters
    ----------
    texts
        The responses, or a mapping of answers to counts.
    prompts
        The prompt of each response; the mean is over prompts.
    normalize
        What counts as the same: `exact`, `answer` (case, white space, marks around it), `words`
        (the words alone), or a function.

    Returns
    -------
    float
        The share.

    Raises
    ------
    OptionError
        Texts are no strings, or the normalisation is unknown.

    References
    ----------
    Plain counting; in the authors' scripts for open-ended questions as the unique rate.

    Examples
    --------
    >>> unique_share(["Blue", "blue.", "Red", "Green"])
    0.75
    """
    return _over_answers(texts, prompts, normalize, None, lambda c: len(c) / float(c.sum()))


@metric(
    "distinct-answers",
    higher_is="more diverse",
    unit="answers",
    low=1.0,
    replicate=_replicate_different,
    by_unit=_by_unit(_differing),
)
def distinct_answers(
    texts: Answers,
    *,
    prompts: Prompts = None,
    normalize: Normalize = "answer",
    support: References | None = None,
) -> float:
    """Number of different answers, after a named normalisation.

    Range 1 (all alike) to n; higher is more diverse. Unit: answers. Undefined (NaN) for fewer
    than two responses. It grows with the number of responses: compare equal numbers. Its interval
    is that of the number expected in as many draws, which may be above the number seen.

    Parameters
    ----------
    texts, prompts, normalize
        As in `unique_share`.
    support
        The answers that there can be, if they are known (the spellings of one in a tuple): no
        interval goes beyond them.

    Returns
    -------
    float
        The number; a mean of numbers where there are several prompts.

    Raises
    ------
    OptionError
        As in `unique_share`.

    References
    ----------
    Plain counting. Interval: see `_resample.different`.

    Examples
    --------
    >>> distinct_answers(["Blue", "blue.", "Red", "Green"])
    3.0
    >>> distinct_answers(["Blue", "blue.", "Red", "Green"], normalize="exact")
    4.0
    """
    return _over_answers(texts, prompts, normalize, support, lambda c: float((c > 0).sum()))


@metric(
    "entropy",
    higher_is="more diverse",
    unit="bits",
    replicate=_replicate_entropy,
    by_unit=_by_unit(_entropies),
)
def entropy(
    texts: Answers,
    *,
    prompts: Prompts = None,
    normalize: Normalize = "answer",
    support: References | None = None,
    weights: Iterable[float] | None = None,
) -> float:
    r"""Shannon entropy of the answers' shares, :math:`-\\sum_a p_a \\log_2 p_a`.

    Range 0 (all alike) to log2 n; higher is more diverse. Unit: bits. Undefined (NaN) for fewer
    than two responses. It is the entropy of the sample: the more answers there are beside n, the
    further that of the source (see `source`) is above it. Compare equal numbers.

    Parameters
    ----------
    texts, prompts, normalize, support
        As in `distinct_answers`.
    weights
        A weight for each response, instead of counting each as one.

    Returns
    -------
    float
        The entropy.

    Raises
    ------
    OptionError
        As in `unique_share`; or weights are not one of 0 or more for each response.

    References
    ----------
    Shannon, "A Mathematical Theory of Communication", 1948.

    Examples
    --------
    >>> entropy(["1", "2", "3", "4"]), entropy(["1", "1", "1", "1"])
    (2.0, 0.0)
    """
    if weights is None:
        return _over_answers(texts, prompts, normalize, support, _entropy)
    given, shares = as_texts(texts), list(weights)
    if len(shares) != len(given):
        raise OptionError(f"weights must be one for each of the {len(given)} texts")
    return mean_defined(
        _weighed_entropy([given[i] for i in part], [shares[i] for i in part], normalize)
        for part in groups(len(given), prompts)
    )


def _weighed_entropy(texts: list[str], weights: list[float], normalize: Normalize) -> float:
    counts = np.array(sorted(count_answers(texts, normalize, weights).values()))
    return _entropy(counts) if len(texts) >= 2 and len(counts) else math.nan

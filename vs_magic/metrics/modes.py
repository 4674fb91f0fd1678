"""How many different answers there are, and how evenly they came."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics import _resample
from vs_magic.metrics._answers import Answers, Normalize, count_answers
from vs_magic.metrics._registry import metric
from vs_magic.metrics._texts import Prompts, as_texts, groups, mean_defined, over_prompts


def _over_answers(
    answers: Answers,
    prompts: Prompts,
    normalize: Normalize,
    score: Callable[[NDArray[np.float64]], float],
) -> float:
    """Score the counts of the different answers to each prompt; mean over prompts."""
    if isinstance(answers, Mapping):
        if prompts is not None:
            raise OptionError("answers with their counts are of one prompt: leave prompts out")
        return score(_counts(answers, normalize))
    return over_prompts(answers, prompts, lambda group: score(_counts(group, normalize)))


def _counts(answers: Answers, normalize: Normalize) -> NDArray[np.float64]:
    # Sorted, so that sums do not depend on the order of the texts, not even by rounding.
    return np.sort(np.fromiter(count_answers(answers, normalize).values(), dtype=np.float64))


def _replicate_different(
    answers: Answers, rng: Generator, resamples: int, *, normalize: Normalize = "answer"
) -> NDArray[np.float64]:
    return _resample.different(_counts(answers, normalize), rng, resamples)


def _replicate_share(
    answers: Answers, rng: Generator, resamples: int, *, normalize: Normalize = "answer"
) -> NDArray[np.float64]:
    counts = _counts(answers, normalize)
    return np.asarray(_resample.different(counts, rng, resamples) / counts.sum())


def _replicate_entropy(
    answers: Answers, rng: Generator, resamples: int, *, normalize: Normalize = "answer"
) -> NDArray[np.float64]:
    counts = _counts(answers, normalize)
    return _resample.moved(_resample.answers(counts, _entropies, rng, resamples), _entropy(counts))


@metric(
    "unique-share", higher_is="more diverse", unit="share", high=1.0, replicate=_replicate_share
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

    def score(counts: NDArray[np.float64]) -> float:
        return len(counts) / float(counts.sum()) if counts.sum() >= 2 else math.nan

    return _over_answers(texts, prompts, normalize, score)


@metric(
    "distinct-answers",
    higher_is="more diverse",
    unit="answers",
    low=1.0,
    replicate=_replicate_different,
)
def distinct_answers(
    texts: Answers, *, prompts: Prompts = None, normalize: Normalize = "answer"
) -> float:
    """Number of different answers, after a named normalisation.

    Range 1 (all alike) to n; higher is more diverse. Unit: answers. Undefined (NaN) for fewer
    than two responses. It grows with the number of responses: compare equal numbers. Its interval
    is that of the number expected in as many draws, which may be above the number seen.

    Parameters
    ----------
    texts, prompts, normalize
        As in `unique_share`.

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

    def score(counts: NDArray[np.float64]) -> float:
        return float(len(counts)) if counts.sum() >= 2 else math.nan

    return _over_answers(texts, prompts, normalize, score)


@metric("entropy", higher_is="more diverse", unit="bits", replicate=_replicate_entropy)
def entropy(
    texts: Answers,
    *,
    prompts: Prompts = None,
    normalize: Normalize = "answer",
    weights: Iterable[float] | None = None,
) -> float:
    r"""Shannon entropy of the answers' shares, :math:`-\\sum_a p_a \\log_2 p_a`.

    Range 0 (all alike) to log2 n; higher is more diverse. Unit: bits. Undefined (NaN) for fewer
    than two responses. The plain estimate from n responses is too low, the more so the more
    answers there are beside n: compare equal numbers.

    Parameters
    ----------
    texts, prompts, normalize
        As in `unique_share`.
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
        return _over_answers(
            texts, prompts, normalize, lambda c: _entropy(c) if c.sum() >= 2 else math.nan
        )
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


def _entropy(counts: NDArray[np.float64]) -> float:
    return float(_entropies(counts[None, :])[0])


def _entropies(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the entropy of each row of counts, in bits."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(shares > 0, shares * np.log2(shares), 0.0)
    return np.asarray(np.maximum(-terms.sum(axis=1), 0.0))

"""What the source has, beside what the sample has: entropy and number of answers, estimated.

The entropy of n responses is that of the sample: of fifty answers alike likely, thirty responses
show 4.4 bits of 5.6. These estimates allow for what was not seen. They hold for answers that are
independent of each other; those of a list repeat less, and are estimated too high or too low.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics._answers import Answers, Normalize, References, tally

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is estimated of the source of some answers.

    Parameters
    ----------
    entropy
        Bits; NaN for fewer than two responses.
    answers
        Different answers; NaN for fewer than two responses.
    entropy_by, answers_by
        The estimators' names.
    """

    entropy: float
    answers: float
    entropy_by: str
    answers_by: str


def source(
    answers: Answers, *, support: References | None = None, normalize: Normalize = "answer"
) -> Source:
    """Estimate entropy and number of answers of the source that the responses came from.

    Parameters
    ----------
    answers
        Independent responses, or a mapping of answers to counts.
    support
        The answers that there can be, if they are known: a die has six, and at most log₂ 6 bits.
    normalize
        As in `unique_share`.

    Returns
    -------
    Source
        Entropy by Chao's and Shen's estimator, or with a support by James-Stein shrinkage towards
        equal shares; answers by Chao's lower bound (Chao1), at most those of the support.

    Raises
    ------
    OptionError
        Counts are no whole numbers, texts no strings, or the support is empty.

    References
    ----------
    Chao and Shen, 2003; Hausser and Strimmer, "Entropy Inference and the James-Stein Estimator",
    2009; Chao, 1984, bias-corrected.

    Examples
    --------
    >>> found = source({"a": 5, "b": 3, "c": 1, "d": 1})
    >>> round(found.entropy, 2), round(found.answers, 1), found.entropy_by
    (2.09, 4.9, 'Chao-Shen')
    >>> round(source({"1": 6, "2": 4}, support=range(1, 7)).entropy, 2)
    1.55
    """
    counts = tally(answers, normalize, support)
    if (counts != counts.round()).any():
        raise OptionError("an estimate of the source needs counts of responses, not shares")
    closed = support is not None
    unknown = counts.sum() < 2
    most = float(len(counts)) if closed else math.inf
    return Source(
        entropy=math.nan if unknown else shrunk_entropy(counts) if closed else chao_shen(counts),
        answers=math.nan if unknown else min(chao_1(counts), most),
        entropy_by="James-Stein" if closed else "Chao-Shen",
        answers_by="Chao1",
    )


def chao_shen(counts: Floats) -> float:
    """Return the entropy in bits: shares shrunk by Good's coverage, weighed by their inclusion.

    >>> round(chao_shen(np.array([2.0, 2.0, 2.0, 2.0])), 2)
    2.22
    """
    counts = counts[counts > 0]
    total, once = counts.sum(), float((counts == 1).sum())
    shares = (1.0 - min(once, total - 1.0) / total) * counts / total
    included = -np.expm1(total * np.log1p(-np.minimum(shares, 1.0 - 1e-12)))
    return float(max(-(shares * np.log2(shares) / included).sum(), 0.0))


def shrunk_entropy(counts: Floats) -> float:
    """Return the entropy in bits of the shares, shrunk towards equal ones over all answers.

    >>> round(shrunk_entropy(np.array([3.0, 3.0, 0.0])), 3)
    1.522
    """
    total, equal = counts.sum(), 1.0 / len(counts)
    shares = counts / total
    apart = float(np.square(equal - shares).sum())
    part = (1.0 - float(np.square(shares).sum())) / ((total - 1.0) * apart) if apart else 1.0
    mixed = min(part, 1.0) * equal + (1.0 - min(part, 1.0)) * shares
    mixed = mixed[mixed > 0]
    return float(max(-(mixed * np.log2(mixed)).sum(), 0.0))


def chao_1(counts: Floats) -> float:
    """Return Chao's lower bound of the number of answers, from those that came once and twice.

    >>> chao_1(np.array([5.0, 2.0, 1.0, 1.0, 1.0]))
    6.35
    """
    total = float(counts.sum())
    once, twice = float((counts == 1).sum()), float((counts == 2).sum())
    return float((counts > 0).sum()) + (total - 1) / total * once * (once - 1) / (2 * (twice + 1))

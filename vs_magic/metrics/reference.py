"""Answers against a reference: correct answers, or how often each ought to come.

Every response counts: a wrong answer takes its share of the probability, so that a model is never
the better for giving more of them. No response that is correct gives the worst value there is, or
NaN, never the best.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from vs_magic.errors import OptionError
from vs_magic.metrics._against import Floats, Rows, schemes, score_against
from vs_magic.metrics._answers import Answers, Normalize, References
from vs_magic.metrics._registry import metric

Unit = Literal["nats", "bits"]
Direction = Literal["reference", "answers"]

EPSILON = 1e-8


def _kl_rows(
    epsilon: float = EPSILON, unit: Unit = "nats", direction: Direction = "reference"
) -> Rows:
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


_KL = schemes(_kl_rows)


@metric(
    "kl",
    higher_is="further from the reference",
    unit="nats",
    needs=("reference",),
    replicate=_KL.replicate,
    by_unit=_KL.by_unit,
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
    return score_against(answers, reference, normalize, rows)


def _js_rows(unit: Unit = "bits") -> Rows:
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


_JS = schemes(_js_rows)


@metric(
    "js",
    higher_is="further from the reference",
    unit="bits",
    high=1.0,
    needs=("reference",),
    replicate=_JS.replicate,
    by_unit=_JS.by_unit,
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
    return score_against(answers, reference, normalize, _js_rows(unit=unit))


def _log_unit(unit: str) -> float:
    try:
        return {"nats": 1.0, "bits": math.log(2)}[unit]
    except KeyError:
        raise OptionError(f"unknown unit {unit!r}: nats or bits") from None

"""What preference tuning with a typicality bias leaves of a distribution: π* ∝ π_ref^γ · exp(r/β).

The reward is r(x, y) = r_true(x, y) + α log π_ref(y | x) + ε(x); its optimum under a KL penalty of
weight β is π*(y | x) ∝ π_ref(y | x)^γ exp(r_true(x, y) / β) with γ = 1 + α/β (Zhang et al.,
arXiv 2510.01171, section 3 and its appendix).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vs_magic import metrics
from vs_magic.errors import OptionError

Floats = NDArray[np.float64]
P = TypeVar("P")


def gamma(alpha: float, beta: float) -> float:
    """Return the exponent γ = 1 + α/β.

    Parameters
    ----------
    alpha
        Strength of the typicality bias; 0 is none, below 0 a taste for the untypical.
    beta
        Weight of the KL penalty, 0 or more; ∞ ties the tuned model to its reference.

    Returns
    -------
    float
        The exponent: 1 leaves the reference as it is, more is sharper; ±∞ at β = 0.

    Raises
    ------
    OptionError
        A number is out of its range, or α and β are both infinite.

    Examples
    --------
    >>> round(gamma(0.57, 0.1), 9), gamma(0.0, 0.1), gamma(0.5, 0.0)
    (6.7, 1.0, inf)
    """
    alpha, beta = check_alpha(alpha), check_beta(beta)
    if alpha == 0:
        return 1.0
    if math.isinf(alpha) and math.isinf(beta):
        raise OptionError("alpha and beta are both infinite: γ = 1 + α/β has no value then")
    if beta == 0:
        return math.copysign(math.inf, alpha)
    return 1 + alpha / beta


def sharpen(pi_ref: P, r_true: Any = None, *, alpha: float, beta: float) -> P:
    """Return π* ∝ π_ref^γ exp(r_true / β): what tuning leaves of the reference.

    Computed in logarithms, so that no power underflows. An answer that the reference never gives
    stays at 0. The limits are those of the formula: γ → ∞ leaves the mode, or modes; β = 0 leaves
    what has the highest reward r_true + α log π_ref, in the reference's own proportions.

    Parameters
    ----------
    pi_ref
        The reference: a mapping of answers to probabilities (or weights in any unit), a pandas
        Series, or a sequence.
    r_true
        The true reward of each answer, in the same order, or a mapping with the same answers;
        None: all answers are equally good (they tie).
    alpha, beta
        As in `gamma`.

    Returns
    -------
    Mapping, Series or array
        π*, in the form of `pi_ref`; it sums to 1.

    Raises
    ------
    OptionError
        The reference is empty, negative or all 0; a reward is missing or no number; `alpha` or
        `beta` is out of its range.

    References
    ----------
    Zhang et al., arXiv 2510.01171, section 3.

    Examples
    --------
    >>> sharper = sharpen({"a": 0.75, "b": 0.25}, alpha=0.1, beta=0.1)  # γ = 2
    >>> {answer: round(share, 12) for answer, share in sharper.items()}
    {'a': 0.9, 'b': 0.1}
    >>> sharpen({"a": 0.75, "b": 0.25}, alpha=0.0, beta=0.1)  # no bias: the reference itself
    {'a': 0.75, 'b': 0.25}
    """
    names, weights = _taken_apart(pi_ref)
    rewards = _rewards(r_true, names, len(weights))
    shares = _optimum(weights, rewards, check_alpha(alpha), check_beta(beta))
    return _put_together(pi_ref, names, shares)


def entropy(distribution: Any) -> float:
    """Return the Shannon entropy of a distribution over answers.

    Parameters
    ----------
    distribution
        As `pi_ref` in `sharpen`.

    Returns
    -------
    float
        In bits; 0 for a single answer.

    Raises
    ------
    OptionError
        It is no distribution.

    Examples
    --------
    >>> entropy([0.25] * 4), entropy({"a": 1.0, "b": 0.0})
    (2.0, 0.0)
    """
    _, weights = _taken_apart(distribution)
    # Answers are told apart by their place: two that differ in case only are two.
    names = [str(i) for i in range(len(weights) + 1)]
    return metrics.entropy(names, weights=[*map(float, weights), 0.0], normalize="exact")


def mode_share(distribution: Any) -> float:
    """Return the probability of the likeliest answer.

    Raises
    ------
    OptionError
        It is no distribution.

    Examples
    --------
    >>> mode_share({"a": 3, "b": 1})
    0.75
    """
    _, weights = _taken_apart(distribution)
    return float(weights.max())


def check_alpha(alpha: float) -> float:
    """Return α as a number; anything else is refused."""
    value = _number("alpha", alpha)
    if math.isnan(value):
        raise OptionError("alpha takes a number, not NaN")
    return value


def check_beta(beta: float) -> float:
    """Return β as a number of 0 or more; anything else is refused."""
    value = _number("beta", beta)
    if not value >= 0:
        raise OptionError(f"beta takes a number of 0 or more, not {beta!r}")
    return value


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise OptionError(f"{name} takes a number, not {value!r}") from None


def _optimum(weights: Floats, rewards: Floats, alpha: float, beta: float) -> Floats:
    """Return the shares of π*; `weights` sum to 1."""
    exponent = gamma(alpha, beta)
    if exponent == 1 and not rewards.any():
        return weights  # the identity, exactly
    possible = weights > 0
    logs = np.full(len(weights), -np.inf)
    np.log(weights, out=logs, where=possible)
    if math.isinf(alpha):  # the mode first; r_true decides only between several
        signed = math.copysign(1.0, alpha) * logs
        kept = possible & (signed == signed[possible].max())
        return _limit(kept, np.zeros_like(logs), rewards, beta)
    if math.isinf(exponent):  # β = 0, or so small that α/β is beyond a float
        return _limit(possible, logs, rewards + alpha * logs, 0.0)
    if beta == 0:
        return _limit(possible, logs, rewards, 0.0)
    return _limit(possible, exponent * logs, rewards, beta)


def _limit(kept: NDArray[np.bool_], logs: Floats, rewards: Floats, beta: float) -> Floats:
    """Return ∝ exp(logs + rewards / β) over what is kept; at β → 0 the highest reward alone."""
    rewards = np.where(kept, rewards, -np.inf)
    rewards = rewards - rewards.max()
    with np.errstate(over="ignore"):
        scaled = rewards / beta if beta > 0 else np.where(rewards == 0, 0.0, -np.inf)
    scores = np.where(kept, logs, 0.0) + scaled
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum(), dtype=np.float64)


def _taken_apart(distribution: Any) -> tuple[list[Any] | None, Floats]:
    """Return the answers, where they have names, and their shares, which sum to 1."""
    names: list[Any] | None = None
    values = distribution
    if isinstance(distribution, Mapping):
        names, values = list(distribution), list(distribution.values())
    elif _is_series(distribution):
        names, values = list(distribution.index), distribution.to_numpy()
    try:
        weights = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise OptionError(
            "pi_ref takes probabilities: a mapping of answers to them, a Series, or a sequence"
        ) from None
    if weights.ndim != 1 or not len(weights):
        raise OptionError("pi_ref takes one probability for each answer, and at least one")
    if not np.isfinite(weights).all() or (weights < 0).any():
        wrong = weights[~(np.isfinite(weights) & (weights >= 0))][0]
        raise OptionError(f"pi_ref takes finite numbers of 0 or more, not {float(wrong)!r}")
    total = weights.sum()
    if total == 0:
        raise OptionError("pi_ref is 0 for every answer: one at least must be possible")
    return names, weights if total == 1 else weights / total


def _rewards(r_true: Any, names: list[Any] | None, count: int) -> Floats:
    """Return the true rewards in the answers' order."""
    if r_true is None:
        return np.zeros(count)
    if isinstance(r_true, Mapping) or _is_series(r_true):
        if names is None:
            raise OptionError("r_true names its answers, and pi_ref does not: name them in both")
        missing = [name for name in names if name not in r_true]
        if missing:
            raise OptionError(f"r_true has no reward for {missing[0]!r}")
        r_true = [r_true[name] for name in names]
    try:
        rewards = np.asarray(list(r_true), dtype=np.float64)
    except (TypeError, ValueError):
        raise OptionError("r_true takes a number for each answer") from None
    if rewards.shape != (count,):
        raise OptionError(f"r_true has {rewards.size} rewards for {count} answers")
    if not np.isfinite(rewards).all():
        raise OptionError("r_true takes finite numbers: leave an impossible answer out of pi_ref")
    return rewards if np.ptp(rewards) > 0 else np.zeros(count)


def _is_series(value: Any) -> bool:
    return hasattr(value, "index") and hasattr(value, "to_numpy")


def _put_together(like: P, names: list[Any] | None, shares: Iterable[float]) -> P:
    """Return the shares in the form that the reference came in."""
    made: Any = np.asarray(shares)
    if isinstance(like, Mapping):
        made = dict(zip(names or (), map(float, made), strict=True))
    elif names is not None:
        made = like._constructor(made, index=like.index, name=like.name)  # type: ignore[attr-defined]  # noqa: SLF001
    return made  # type: ignore[no-any-return]

"""The strength of a typicality bias, from preference pairs: the paper's Bradley-Terry regression.

P(preferred over rejected) = σ(b · Δcorrectness + α · Δ log π_ref): a logistic regression on
differences, without an intercept, since a pair has no first and second (Zhang et al., arXiv
2510.01171, section 3.1; Bradley and Terry, 1952).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.theory.pairs import read_pairs
from vs_magic.theory.sharpening import gamma
from vs_magic.view.text import printable
from vs_magic.view.words import percent

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

FEWEST = 10
"""Pairs below which no estimate is made: its standard error would mean nothing."""
STEPS = 100
CLOSE = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class AlphaEstimate:
    """The strength of a typicality bias, as estimated from preference pairs.

    Parameters
    ----------
    alpha
        The estimate, in units of reward per nat of log π_ref.
    se
        Its standard error, from the Fisher information (or between groups, where they were named).
    n
        Pairs.
    ties
        Pairs of equal correctness among them.
    typical_share
        How often the more typical answer was the preferred one, among pairs where one was; 0.5 is
        chance.
    correctness, correctness_se
        Reward of one point of correctness, and its standard error; None where no pair differs in
        correctness, or none is known.
    log_likelihood
        Of all pairs, in nats.
    level
        Of the interval.
    """

    alpha: float
    se: float
    n: int
    ties: int
    typical_share: float
    correctness: float | None = None
    correctness_se: float | None = None
    log_likelihood: float = math.nan
    level: float = 0.95

    @property
    def z(self) -> float:
        """The estimate in standard errors."""
        return self.alpha / self.se

    @property
    def p_value(self) -> float:
        """Probability of a |z| this large or larger if there were no bias (two-sided, normal)."""
        return math.erfc(abs(self.z) / math.sqrt(2))

    @property
    def interval(self) -> tuple[float, float]:
        """Wald interval of `level` around the estimate."""
        reach = NormalDist().inv_cdf(0.5 + self.level / 2) * self.se
        return self.alpha - reach, self.alpha + reach

    def gamma(self, beta: float) -> float:
        """Return γ = 1 + α/β for a KL weight β."""
        return gamma(self.alpha, beta)

    def __str__(self) -> str:
        low, high = self.interval
        p = f"p = {self.p_value:.2g}" if self.p_value >= 1e-300 else "p < 1e-300"
        more = ""
        if self.correctness is not None and self.correctness_se is not None:
            more = f"; a point of correctness: {self.correctness:.2f} ± {self.correctness_se:.2f}"
        return printable(
            f"α = {self.alpha:.2f} ± {self.se:.2f} (standard error), {self.n:,} pairs, "
            f"{percent(self.level, 0)} interval {low:.2f} to {high:.2f}, {p}; the "
            f"more typical answer was preferred in {percent(self.typical_share, 0)}{more}"
        )


def estimate_alpha(
    pairs: pd.DataFrame | str | Any,
    *,
    groups: str | None = None,
    level: float = 0.95,
    **columns: str,
) -> AlphaEstimate:
    """Estimate the strength of the typicality bias in preference pairs.

    Parameters
    ----------
    pairs
        A frame or a file as `read_pairs` takes it; or an array of the differences of log π_ref,
        preferred less rejected, in nats.
    groups
        A column whose equal values mark pairs that belong together (the same prompt, the same
        annotator): the standard error is then that between groups.
    level
        Of the interval.
    **columns
        The columns' names, as in `read_pairs`.

    Returns
    -------
    AlphaEstimate
        α, its standard error, what else was found.

    Raises
    ------
    OptionError
        Fewer than ten pairs; log π_ref never differs; typicality and correctness are one column
        times a number; the pairs are separable (typicality alone, or with correctness, predicts
        each of them, so that α has no finite estimate); as in `read_pairs`.

    Examples
    --------
    >>> from vs_magic.theory import simulate_preferences
    >>> found = estimate_alpha(simulate_preferences(5000, alpha=0.57, seed=1))
    >>> abs(found.alpha - 0.57) < 2 * found.se
    True
    """
    if not 0 < level < 1:
        raise OptionError(f"level is a share between 0 and 1, not {level!r}")
    typicality, correctness, marks = _differences(pairs, groups, columns)
    _check(typicality)
    features = typicality[:, None]
    if correctness is not None and correctness.any():
        features = np.column_stack([typicality, correctness])
    if np.linalg.matrix_rank(features) < features.shape[1]:
        raise OptionError(
            "the differences of log π_ref and of correctness are one column times a number: "
            "their effects cannot be told apart"
        )
    _check_not_separable(features)
    weights = _fit(features)
    errors = np.sqrt(np.diag(_covariance(features, weights, marks)))
    apart = typicality != 0
    two = features.shape[1] == 2
    return AlphaEstimate(
        alpha=float(weights[0]),
        se=float(errors[0]),
        n=len(typicality),
        ties=0 if correctness is None else int((correctness == 0).sum()),
        typical_share=float((typicality[apart] > 0).mean()),
        correctness=float(weights[1]) if two else None,
        correctness_se=float(errors[1]) if two else None,
        log_likelihood=_log_likelihood(features, weights),
        level=level,
    )


def _differences(
    pairs: Any, groups: str | None, columns: dict[str, str]
) -> tuple[Floats, Floats | None, NDArray[Any] | None]:
    """Return preferred less rejected: log π_ref, correctness where known; and the groups."""
    if not hasattr(pairs, "columns") and not isinstance(pairs, str) and hasattr(pairs, "__len__"):
        if groups is not None:
            raise OptionError("groups names a column, and an array has none: give a frame")
        try:
            differences = np.asarray(pairs, dtype=np.float64)
        except (TypeError, ValueError):
            raise OptionError("an array of pairs holds numbers: differences of log π_ref") from None
        if differences.ndim != 1 or np.isnan(differences).any():
            raise OptionError("an array of pairs is one column of numbers, without NaN")
        return differences, None, None
    frame = read_pairs(pairs, drop_missing=False, **columns)
    correctness = _less(frame, "correctness") if "correctness_preferred" in frame else None
    marks = None
    if groups is not None:
        if groups not in frame:
            raise OptionError(f"groups: the pairs have no column {groups!r}")
        marks = np.unique(frame[groups].astype(str).to_numpy(), return_inverse=True)[1]
    return _less(frame, "logp"), correctness, marks


def _less(frame: pd.DataFrame, name: str) -> Floats:
    difference = frame[f"{name}_preferred"] - frame[f"{name}_rejected"]
    return np.asarray(difference.to_numpy(), dtype=np.float64)


def _check(typicality: Floats) -> None:
    if len(typicality) < FEWEST:
        raise OptionError(f"{len(typicality)} pairs are too few: at least {FEWEST} are needed")
    if not np.isfinite(typicality).all():
        raise OptionError("a difference of log π_ref is infinite: an answer has probability 0")
    if not typicality.any():
        raise OptionError(
            "log π_ref is the same for both answers of every pair: nothing tells of typicality"
        )


def _check_not_separable(features: Floats) -> None:
    """Refuse pairs that some weights predict without a single mistake: no finite optimum is there.

    A linear programme: the largest sum of x·w such that no x·w is below 0.
    """
    from scipy.optimize import linprog

    scaled = features / np.abs(features).max(axis=0)
    found = linprog(
        -scaled.sum(axis=0),
        A_ub=-scaled,
        b_ub=np.zeros(len(scaled)),
        bounds=[(-1, 1)] * len(scaled.T),
    )
    if found.status == 0 and found.fun is not None and found.fun < -1e-7:
        what = "typicality" if features.shape[1] == 1 else "typicality and correctness"
        always = "the more" if features.shape[1] > 1 or (features >= 0).all() else "the less"
        raise OptionError(
            f"{what} predict{'s' if features.shape[1] == 1 else ''} every one of the "
            f"{len(features)} pairs ({always} typical answer always wins): α has no finite "
            "estimate; it takes more pairs"
        )


def _fit(features: Floats) -> Floats:
    """Return the maximum-likelihood weights, by Newton's method with step halving."""
    weights = np.zeros(features.shape[1])
    best = _log_likelihood(features, weights)
    for _ in range(STEPS):
        slope = features.T @ _chance_against(features, weights)
        step = np.linalg.solve(_information(features, weights), slope)
        size = 1.0
        while (value := _log_likelihood(features, weights + size * step)) < best and size > 1e-6:
            size /= 2
        weights, best = weights + size * step, max(value, best)
        if np.abs(size * step).max() <= CLOSE * max(1.0, np.abs(weights).max()):
            return weights
    raise OptionError("the regression did not settle: the pairs are all but separable")


def _log_likelihood(features: Floats, weights: Floats) -> float:
    return float(-np.logaddexp(0.0, -features @ weights).sum())


def _chance_against(features: Floats, weights: Floats) -> Floats:
    """Return each pair's probability of having come out the other way."""
    return np.asarray(np.exp(-np.logaddexp(0.0, features @ weights)))


def _information(features: Floats, weights: Floats) -> Floats:
    """Return the Fisher information."""
    against = _chance_against(features, weights)
    return np.asarray(features.T @ (features * (against * (1 - against))[:, None]))


def _covariance(features: Floats, weights: Floats, marks: NDArray[Any] | None) -> Floats:
    """Return the estimates' covariance: inverse information, or the sandwich between groups."""
    inverse = np.linalg.inv(_information(features, weights))
    if marks is None:
        return np.asarray(inverse)
    count = int(marks.max()) + 1
    if count < 2:
        raise OptionError("groups: all pairs belong to one group, and it takes at least two")
    scores = features * _chance_against(features, weights)[:, None]
    sums = np.zeros((count, features.shape[1]))
    np.add.at(sums, marks, scores)
    return np.asarray(inverse @ (sums.T @ sums) @ inverse * count / (count - 1))

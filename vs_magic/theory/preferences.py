"""Preference pairs as people with a known typicality bias would make them (Bradley-Terry)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.theory.reference import ranked
from vs_magic.theory.sharpening import check_alpha

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

SCALE = 5
"""Correctness is a whole number of 0 to 4, as HelpSteer's annotators give it."""


def simulate_preferences(
    n: int = 1000,
    *,
    alpha: float,
    correctness: float = 1.0,
    ties: float = 1.0,
    pi_ref: Mapping[str, float] | None = None,
    spread: float = 1.0,
    seed: int | None = None,
) -> pd.DataFrame:
    """Return pairs of answers, and which of each was preferred.

    An answer's reward is r = `correctness` · c + α log π_ref with c its correctness; the first of
    a pair is preferred with probability σ(r₁ - r₂) (Bradley and Terry, 1952).

    Parameters
    ----------
    n
        Pairs.
    alpha
        Strength of the typicality bias; the paper finds 0.57 on HelpSteer.
    correctness
        Reward of one point of correctness.
    ties
        Share of pairs whose two answers are equally correct; 1, all of them, as the paper chose
        its pairs. The other pairs differ in correctness, whatever their typicality.
    pi_ref
        Where the answers come from: each pair is two different ones, each answer alike likely.
        None: answers without a text, whose log-probabilities are normal.
    spread
        Standard deviation of the log-probabilities where there is no `pi_ref`, in nats.
    seed
        Makes them repeatable.

    Returns
    -------
    DataFrame
        One row a pair: `preferred` and `rejected` (with a `pi_ref`), `logp_preferred`,
        `logp_rejected` (nats), `correctness_preferred`, `correctness_rejected` (0 to 4).

    Raises
    ------
    OptionError
        An option is out of its range.

    Examples
    --------
    >>> pairs = simulate_preferences(1000, alpha=0.57, pi_ref={"Blue": 9, "Teal": 1}, seed=1)
    >>> round(float((pairs["preferred"] == "Blue").mean()), 1)  # σ(0.57 · ln 9) = 0.78
    0.8
    """
    import pandas as pd
    from scipy.special import expit

    alpha = _checked(n, alpha, correctness, ties, spread)
    rng = np.random.default_rng(seed)
    texts: list[str] = []
    if pi_ref is None:
        logs = rng.normal(0.0, spread, size=(n, 2))
        chosen = None
    else:
        shares = {text: p for text, p in ranked(pi_ref).items() if p > 0}
        texts = list(shares)
        chosen = _pairs(n, len(texts), rng)
        logs = np.log(list(shares.values()))[chosen]
    correct = _correctness(n, ties, rng)
    chance = expit((correctness * correct + alpha * logs) @ np.array([1.0, -1.0]))
    first = rng.random(n) < chance
    order = np.where(first[:, None], [0, 1], [1, 0])
    columns: dict[str, object] = {}
    if chosen is not None:
        named = np.array(texts, dtype=object)[np.take_along_axis(chosen, order, axis=1)]
        columns = {"preferred": named[:, 0], "rejected": named[:, 1]}
    for name, values in (("logp", logs), ("correctness", correct)):
        sides = np.take_along_axis(values, order, axis=1)
        columns |= {f"{name}_preferred": sides[:, 0], f"{name}_rejected": sides[:, 1]}
    made: pd.DataFrame = pd.DataFrame(columns)
    return made


def _checked(n: int, alpha: float, correctness: float, ties: float, spread: float) -> float:
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
        raise OptionError(f"n takes a whole number of at least 1, not {n!r}")
    if not 0 <= ties <= 1:
        raise OptionError(f"ties is a share, from 0 to 1, not {ties!r}")
    if not (spread > 0 and math.isfinite(spread)):
        raise OptionError(f"spread takes a number above 0, not {spread!r}")
    for name, value in (("alpha", alpha), ("correctness", correctness)):
        if not math.isfinite(value):
            raise OptionError(f"{name} takes a finite number, not {value!r}")
    return check_alpha(alpha)


def _pairs(n: int, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return n pairs of different places below `count`."""
    first = rng.integers(0, count, size=n)
    second = (first + rng.integers(1, count, size=n)) % count
    return np.column_stack([first, second]).astype(np.intp)


def _correctness(n: int, ties: float, rng: np.random.Generator) -> Floats:
    """Return both answers' correctness; as many pairs tie as the share says, to the nearest."""
    first = rng.integers(0, SCALE, size=n)
    apart = rng.integers(1, SCALE, size=n)
    differs = rng.permutation(n) >= round(ties * n)
    second = np.where(differs, (first + apart) % SCALE, first)
    return np.column_stack([first, second]).astype(np.float64)

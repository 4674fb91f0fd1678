"""Whether two arms differ: their units are dealt anew, within each task.

Were both arms the same process, any of the units might as well have come from the other. So the
difference is compared with those of other deals; p is the share of deals that differ as much. It
serves every metric, and takes each as it is: no assumption on its distribution is made.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vs_magic.metrics._registry import OfUnits
from vs_magic.metrics.units import Spread

Floats = NDArray[np.float64]

PERMUTATIONS = 9_999
"""Seeded deals where there are more than can all be tried."""

FEWER = 999
"""The same for a metric that has to read the texts of each deal again."""

_ROWS = 512


def permutation_p(
    tasks: Sequence[tuple[OfUnits, int]], *, permutations: int = PERMUTATIONS, seed: int = 0
) -> float:
    """Return the share of deals whose difference is at least as large as the observed one.

    Parameters
    ----------
    tasks
        Of each task, what scores choices of the units of both arms, and the units g of one arm: the
        first g are one arm's, the next g the other's.
    permutations
        Seeded deals. All C(2g, g) of one task are tried where they are no more.
    seed
        The same seed gives the same p.

    Returns
    -------
    float
        p, two-sided: of all deals, or (b + 1)/(B + 1) with b of B seeded deals; NaN where the
        difference is undefined.

    References
    ----------
    Fisher, 1935; Phipson and Smyth, "Permutation P-values Should Never Be Zero", 2010.

    Examples
    --------
    >>> units = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 11.0, 12.0, 13.0, 14.0, 15.0])
    >>> permutation_p([(lambda choices: choices @ units, 5)]) == 2 / math.comb(10, 5)
    True
    """
    observed = abs(math.fsum(_apart(score, _first(units))[0] for score, units in tasks))
    if math.isnan(observed):
        return math.nan
    bound = observed - 1e-9 * max(observed, 1e-3)
    exact = len(tasks) == 1 and math.comb(2 * tasks[0][1], tasks[0][1]) <= permutations + 1
    deals = _all(tasks[0][1]) if exact else _some([units for _, units in tasks], permutations, seed)
    extreme = tried = 0
    for choices in deals:
        apart = np.sum(
            [_apart(score, own) for (score, _), own in zip(tasks, choices, strict=True)], axis=0
        )
        # A deal for which the metric is undefined is no evidence against chance.
        extreme += int((~(np.abs(apart) < bound)).sum())
        tried += len(choices[0])
    return extreme / tried if exact else (extreme + 1) / (tried + 1)


def smallest_p(units: Sequence[int], *, permutations: int = PERMUTATIONS) -> float:
    """Return the smallest p that units of each task can reach.

    >>> smallest_p([6]) == 2 / 924
    True
    """
    deals = math.prod(math.comb(2 * each, each) for each in units)
    if len(units) == 1 and deals <= permutations + 1:
        return 2 / deals
    return max(2 / deals, 1 / (permutations + 1))


def student_p(spread: Spread) -> float:
    """Return the two-sided p of a value beside 0, by Student's t; NaN where it has no spread."""
    from scipy.special import stdtr

    if not spread.is_known:
        return math.nan
    return float(2 * stdtr(spread.freedom, -abs(spread.value) / spread.error))


def holm(values: Sequence[float]) -> list[float]:
    """Adjust the p values of a family, so that any false one among them has the level's chance.

    NaN (nothing was tested) stays NaN, and does not count.

    References
    ----------
    Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted((p, place) for place, p in enumerate(values) if not math.isnan(p))
    adjusted = [math.nan] * len(values)
    largest = 0.0
    for rank, (p, place) in enumerate(order):
        largest = max(largest, min(p * (len(order) - rank), 1.0))
        adjusted[place] = largest
    return adjusted


def _apart(score: OfUnits, choices: Floats) -> Floats:
    return score(choices) - score(1.0 - choices)


def _first(units: int) -> Floats:
    return np.concatenate([np.ones(units), np.zeros(units)])[None, :]


def _all(units: int) -> Iterator[list[Floats]]:
    """Yield all deals of one task; of each and its mirror image, whose sign is the other, one."""
    rest = itertools.combinations(range(1, 2 * units), units - 1)
    for block in iter(lambda: list(itertools.islice(rest, _ROWS)), []):
        choices = np.zeros((len(block), 2 * units))
        choices[:, 0] = 1.0
        if units > 1:
            np.put_along_axis(choices, np.array(block), 1.0, axis=1)
        yield [choices]


def _some(units: Sequence[int], permutations: int, seed: int) -> Iterator[list[Floats]]:
    rng = np.random.default_rng(seed)
    for done in range(0, permutations, _ROWS):
        rows = min(_ROWS, permutations - done)
        yield [rng.permuted(np.repeat(_first(each), rows, axis=0), axis=1) for each in units]

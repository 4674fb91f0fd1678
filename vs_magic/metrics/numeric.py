"""Numbers against numbers: donations, ages, rolls of a die."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics import _resample
from vs_magic.metrics._registry import metric

Numbers: TypeAlias = "Iterable[float | str]"
"""Numbers, or texts that are nothing but one."""
Floats = NDArray[np.float64]


def as_numbers(values: Numbers, name: str = "numbers") -> Floats:
    """Read numbers, or texts that are nothing but one.

    Raises
    ------
    OptionError
        A value is no finite number.

    >>> as_numbers(["0.5", " 2 ", 1])
    array([0.5, 2. , 1. ])
    """
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise OptionError(f"{name} must be a list of numbers, not {values!r}")
    found: list[float] = []
    for position, value in enumerate(values):
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise OptionError(f"{name}[{position}] must be a number, not {value!r}")
        found.append(number)
    return np.asarray(found, dtype=np.float64)


def _replicate_ks(
    numbers: Numbers, rng: Generator, resamples: int, *, reference: Numbers
) -> Floats:
    return _replicate(_ks, numbers, reference, rng, resamples)


def _replicate_wasserstein(
    numbers: Numbers, rng: Generator, resamples: int, *, reference: Numbers
) -> Floats:
    return _replicate(_wasserstein, numbers, reference, rng, resamples)


def _replicate(
    score: Callable[[Floats, Floats], float],
    numbers: Numbers,
    reference: Numbers,
    rng: Generator,
    resamples: int,
) -> Floats:
    """Resample the numbers (copies do no harm here), and move them to the observed value."""
    values, against = as_numbers(numbers), as_numbers(reference, "reference")
    drawn = rng.integers(len(values), size=(resamples, len(values)))
    found = np.array([score(values[row], against) for row in drawn])
    return _resample.moved(found, score(values, against))


@metric(
    "kolmogorov-smirnov",
    higher_is="further from the reference",
    unit="share",
    high=1.0,
    needs=("numbers",),
    replicate=_replicate_ks,
)
def kolmogorov_smirnov(numbers: Numbers, reference: Numbers) -> float:
    """Largest difference between the two samples' cumulative shares.

    Range 0 to 1 (no overlap); lower is nearer to the reference. Unit: share. Undefined (NaN)
    where one of the two is empty. It sees where the difference is largest, not how far the
    numbers are apart: see `wasserstein`.

    Parameters
    ----------
    numbers
        The responses' numbers, or texts that are nothing but one.
    reference
        The numbers to compare with. `range(1, 7)` stands for a fair die.

    Returns
    -------
    float
        The two-sample statistic.

    Raises
    ------
    OptionError
        A value is no number.

    References
    ----------
    Smirnov, 1939; as `scipy.stats.ks_2samp`. For donations: Zhang et al., arXiv 2510.01171,
    section 6.

    Examples
    --------
    >>> kolmogorov_smirnov(["4"] * 10, range(1, 7))
    0.5
    """
    values, against = as_numbers(numbers), as_numbers(reference, "reference")
    return _ks(values, against) if len(values) and len(against) else math.nan


def _ks(values: Floats, against: Floats) -> float:
    both = np.concatenate([values, against])
    one = np.searchsorted(np.sort(values), both, side="right") / len(values)
    other = np.searchsorted(np.sort(against), both, side="right") / len(against)
    return float(np.abs(one - other).max())


@metric(
    "wasserstein",
    higher_is="further from the reference",
    unit="unit of the numbers",
    needs=("numbers",),
    replicate=_replicate_wasserstein,
)
def wasserstein(numbers: Numbers, reference: Numbers) -> float:
    """Mean distance that the one sample has to be moved to become the other (earth mover's).

    Range 0 to infinity; lower is nearer to the reference. Unit: that of the numbers. Undefined
    (NaN) where one of the two is empty.

    Parameters
    ----------
    numbers, reference
        As in `kolmogorov_smirnov`.

    Returns
    -------
    float
        The distance.

    Raises
    ------
    OptionError
        A value is no number.

    References
    ----------
    Vaserstein, 1969; as `scipy.stats.wasserstein_distance`.

    Examples
    --------
    >>> wasserstein([0, 1, 3], [5, 6, 8])
    5.0
    """
    values, against = as_numbers(numbers), as_numbers(reference, "reference")
    return _wasserstein(values, against) if len(values) and len(against) else math.nan


def _wasserstein(values: Floats, against: Floats) -> float:
    both = np.sort(np.concatenate([values, against]))
    one = np.searchsorted(np.sort(values), both[:-1], side="right") / len(values)
    other = np.searchsorted(np.sort(against), both[:-1], side="right") / len(against)
    return float((np.abs(one - other) * np.diff(both)).sum())

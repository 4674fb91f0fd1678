"""The unit of an interval: a call. What leaving one out, or dealing them anew, tells.

The answers of one list (or of one conversation) are alike, those of two lists are not: to resample
them one by one makes intervals too narrow, and calls a fifth of the differences of a method with
itself clear. So whatever is left out, or dealt to the other arm, is a whole unit: one list, one
conversation, or as many consecutive single answers.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics._registry import OfUnits

Floats = NDArray[np.float64]
Units: TypeAlias = "Iterable[Hashable] | None"
"""The unit of each text, such as the number of its call; None: each text is one of its own."""

MANY_TASKS = 8
"""Tasks from which on an interval speaks of tasks like these: their values are the units."""

FREEDOM = 4
"""The fewest degrees of freedom of an interval over fewer tasks: five units of one task."""

ALIKE = "all {units} calls alike; up to {share:.0f} % of further calls might differ"
NEW = "each of {units} calls adds as much as any other: no interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A value and how far it might be off.

    Parameters
    ----------
    value
        The metric's.
    error, freedom
        Its standard error and the degrees of freedom of Student's t. No freedom: too few units; no
        error: they are all alike.
    replicates
        What resampled single answers give in place of the two, shape (resamples,).
    units
        Units that it comes from.
    note
        Why there is no interval, or no value; else "".
    most
        The most that there can be, where a support closes it.
    """

    value: float
    error: float = 0.0
    freedom: float = 0.0
    replicates: Floats | None = field(default=None, repr=False)
    units: int = 0
    note: str = ""
    most: float = math.inf

    @property
    def is_known(self) -> bool:
        """Whether there are bounds."""
        return self.replicates is not None or (self.freedom > 0 and self.error > 0)

    def bounds(
        self, level: float, low: float = -math.inf, high: float = math.inf
    ) -> tuple[float, float]:
        """Return the bounds of an interval around the value; NaN where there is none.

        Parameters
        ----------
        level
            The share of such intervals that hold.
        low, high
            What the metric can be. Between two such limits the bounds are those of the value's
            logit, so that they are wider on the side where there is room.
        """
        if not self.is_known or math.isnan(self.value):
            return math.nan, math.nan
        rest, high = (1.0 - level) / 2, min(high, self.most)
        if self.replicates is not None:
            least, most = (float(q) for q in np.nanquantile(self.replicates, [rest, 1.0 - rest]))
            return min(max(least, low), self.value), max(min(most, high), self.value)
        half = _student(self.freedom, 1.0 - rest) * self.error
        room = high - low
        if math.isinf(room) or not low < self.value < high:
            return max(self.value - half, low), min(self.value + half, high)
        share = (self.value - low) / room
        apart = half / room / (share * (1.0 - share))
        odds = share / (1.0 - share)
        ends = (odds * math.exp(side * min(apart, 500.0)) for side in (-1, 1))
        least, most = (low + room * end / (1.0 + end) for end in ends)
        return least, most

    def minus(self, other: Spread) -> Spread:
        """Return the difference of two independent values.

        Where one has replicates, the other's t is drawn from.
        """
        value, note = self.value - other.value, self.note or other.note
        if not (self.is_known and other.is_known):
            return Spread(value=value, note=note)
        replicates = next((s.replicates for s in (self, other) if s.replicates is not None), None)
        if replicates is not None:
            drawn = self._drawn(len(replicates), 1) - other._drawn(len(replicates), 2)
            return Spread(value=value, replicates=drawn, note=note)
        return replace(weighed_sum((self, other), (1.0, -1.0)), note=note)

    def _drawn(self, count: int, seed: int) -> Floats:
        if self.replicates is not None:
            return self.replicates
        drawn = np.random.default_rng(seed).standard_t(self.freedom, size=count)
        return np.asarray(self.value + self.error * drawn)


def numbered(units: Units, count: int) -> NDArray[np.intp]:
    """Return the number of each text's unit, from 0, in order of appearance.

    Raises
    ------
    OptionError
        There is not one for each text.

    >>> numbered(["b", "b", "a"], 3).tolist(), numbered(None, 2).tolist()
    ([0, 0, 1], [0, 1])
    """
    if units is None:
        return np.arange(count)
    labels = list(units)
    if len(labels) != count:
        raise OptionError(f"units must name the unit of each of the {count} texts")
    place = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    return np.array([place[label] for label in labels], dtype=np.intp)


def left_out(score: OfUnits, units: int, calls: int = 0) -> Spread:
    """Return a value with the standard error that leaving out each unit in turn tells of.

    The jackknife: √((g − 1)/g · Σ (xᵢ − x̄)²) with xᵢ the value without unit i, scaled by x/x̄ (what
    grows with the set has a spread that grows), and g − 1 degrees of freedom. Where it makes no
    difference which unit is left out there is no error: that g units are alike does not prove that
    further ones would be.

    References
    ----------
    Tukey, 1958; Efron and Stein, "The Jackknife Estimate of Variance", 1981.

    Examples
    --------
    >>> mean = lambda choices: choices @ [1.0, 2.0, 6.0] / choices.sum(axis=1)
    >>> found = left_out(mean, 3)
    >>> round(found.value, 3), round(found.error, 3), found.freedom  # as for any mean: s/√n
    (3.0, 1.528, 2.0)
    >>> left_out(lambda choices: 0 * choices.sum(axis=1) + 2.0, 6).note
    'all 6 calls alike; up to 39 % of further calls might differ'
    """
    value = float(score(np.ones((1, units)))[0])
    if units < 2 or not math.isfinite(value):
        return Spread(value=value, units=units, note="one call: no interval" if units == 1 else "")
    scores = score(1.0 - np.eye(units))
    if not np.isfinite(scores).all():
        return Spread(value=value, units=units, note="undefined without one of the calls")
    least = 1e-9 * max(abs(value), 1e-3)
    mean = float(scores.mean())
    apart = (scores - mean) * (value / mean if abs(mean) > least else 1.0)
    error = math.sqrt((units - 1) / units * float(apart @ apart))
    note = ""
    if error <= least:
        calls = calls or units  # a unit may be a part of many single answers
        share = 100 * (1.0 - 0.05 ** (1.0 / calls))
        told = ALIKE if abs(mean - value) <= least else NEW
        error, note = 0.0, told.format(units=calls, share=share)
    return Spread(value=value, error=error, freedom=units - 1.0, units=units, note=note)


def with_pairs(found: Spread, score: OfUnits, units: int) -> Spread:
    """Return a spread whose error is no less than what leaving out two at a time tells of.

    Where a mean over pairs is at its least (two answers came equally often) it makes no difference
    which unit is left out, and yet another sample would be off that least: by what pairs add beside
    their two units, √Σ (aᵢⱼ − ā)² with aᵢⱼ = x − xᵢ − xⱼ + xᵢⱼ, the last without units i and j.

    References
    ----------
    Hoeffding, 1948; Efron and Stein, 1981.

    Examples
    --------
    >>> heads = np.repeat([1.0, 0.0], 3)
    >>> def alike(choices):
    ...     one, n = choices @ heads, choices.sum(axis=1)
    ...     return (one * (one - 1) + (n - one) * (n - one - 1)) / (n * (n - 1))
    >>> left_out(alike, 6).error, round(with_pairs(left_out(alike, 6), alike, 6).error, 2)
    (0.0, 0.32)
    """
    one, other = np.triu_indices(units, 1)
    rows = np.ones((len(one), units))
    rows[np.arange(len(one)), one] = rows[np.arange(len(one)), other] = 0.0
    alone = score(1.0 - np.eye(units))
    both = np.concatenate([score(some) for some in np.array_split(rows, len(rows) // 128 + 1)])
    added = found.value - alone[one] - alone[other] + both
    error = math.sqrt(float(np.square(added - added.mean()).sum()))
    if not error > max(found.error, 1e-9 * max(abs(found.value), 1e-3)):
        return found
    return replace(found, error=error, note="")


def over_tasks(spreads: Sequence[Spread]) -> Spread:
    """Return the mean over tasks: from eight on with the tasks' own spread, below it with theirs.

    Raises nothing: where there are too few units the mean stands without an interval, and the note
    says so.
    """
    if not spreads:
        return Spread(value=math.nan)
    values = np.array([one.value for one in spreads])
    value, count = float(values.mean()), len(values)
    units = min(one.units for one in spreads)
    if count >= MANY_TASKS:
        return of_values(values, units=units)
    notes = "; ".join(dict.fromkeys(one.note for one in spreads if one.note))
    if any(one.replicates is None and not one.freedom for one in spreads):
        return Spread(value=value, units=units, note=notes)
    drawn = [one.replicates for one in spreads if one.replicates is not None]
    if len(drawn) == count:
        drawn_mean = np.asarray(np.mean(drawn, axis=0))
        return Spread(value=value, replicates=drawn_mean, units=units, note=notes)
    if drawn:
        spreads = [_as_error(one) for one in spreads]
    most = math.fsum(one.most for one in spreads) / count
    error = math.sqrt(math.fsum(one.error**2 for one in spreads)) / count
    freedom = math.fsum(one.freedom for one in spreads if one.error)
    return Spread(value=value, error=error, freedom=freedom, units=units, note=notes, most=most)


def weighed_sum(spreads: Sequence[Spread], shares: Sequence[float]) -> Spread:
    """Return a weighed sum of independent values; degrees of freedom by Welch (1947).

    >>> one, other = (Spread(value=v, error=2.0, freedom=5.0) for v in (3.0, 1.0))
    >>> found = weighed_sum((one, other), (1.0, -1.0))
    >>> found.value, round(found.error, 3), round(found.freedom)
    (2.0, 2.828, 10)
    """
    weighed = [(_as_error(one), share) for one, share in zip(spreads, shares, strict=True)]
    squares = [(share * one.error) ** 2 for one, share in weighed]
    parts = [
        square**2 / one.freedom for square, (one, _) in zip(squares, weighed, strict=True) if square
    ]
    total = math.fsum(squares)
    return Spread(
        value=math.fsum(share * one.value for one, share in weighed),
        error=math.sqrt(total),
        freedom=total**2 / math.fsum(parts) if any(parts) else math.inf,
    )


def of_values(values: Sequence[float] | Floats, *, units: int = 0) -> Spread:
    """Return the mean of one value a task, with its standard error and t of tasks − 1.

    Of the differences of two arms, task by task, this is the paired t.

    >>> found = of_values([1.0, 2.0, 3.0])
    >>> found.value, round(found.error, 4), found.freedom
    (2.0, 0.5774, 2.0)
    """
    array = np.asarray(values, dtype=np.float64)
    error = float(array.std(ddof=1)) / math.sqrt(len(array)) if len(array) > 1 else 0.0
    note = "" if error > 0 else "no spread among the tasks: no interval"
    freedom = len(array) - 1.0
    return Spread(value=float(array.mean()), error=error, freedom=freedom, units=units, note=note)


def units_wanted(tasks: int) -> int:
    """Return the fewest units of each task that an interval, or a verdict, can come from.

    >>> [units_wanted(tasks) for tasks in (1, 2, 3, 4, 7, 8)]
    [5, 3, 3, 2, 2, 1]
    """
    return 1 if tasks >= MANY_TASKS else max(2, 1 + math.ceil(FREEDOM / tasks))


def are_enough(units: Sequence[int]) -> bool:
    """Return whether units of each task are enough for an interval or a verdict.

    Five of one task; two of each of several with Σ(g − 1) ≥ 4; or one of each of eight.

    >>> are_enough([5]), are_enough([4]), are_enough([3, 3]), are_enough([1] * 8)
    (True, False, True, True)
    """
    if len(units) >= MANY_TASKS:
        return min(units) >= 1
    return bool(units) and min(units) >= 2 and sum(units) - len(units) >= FREEDOM


def _as_error(spread: Spread) -> Spread:
    if spread.replicates is None:
        return spread
    error = float(np.nanstd(spread.replicates))
    return Spread(value=spread.value, error=error, freedom=math.inf, units=spread.units)


def _student(freedom: float, share: float) -> float:
    from scipy.special import ndtri, stdtrit

    return float(ndtri(share) if math.isinf(freedom) else stdtrit(freedom, share))

"""What the numbers say, in a few sentences: differences with their intervals, and no winner."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from vs_magic.metrics import Metric
from vs_magic.study import names
from vs_magic.study.arms import Arm
from vs_magic.study.measure import Estimate
from vs_magic.view.charts.frames import number
from vs_magic.view.words import percent

MANY = 10
"""Pairs from which on it is said that some difference will look clear by chance."""

FEW = 3
"""Pairs that are all told; of more, those with the first method, and how many others are clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How much higher a metric is for one arm than for another, with the interval."""

    metric: Metric
    arm: Arm
    other: Arm
    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether 0 lies outside the interval."""
        return self.low > 0 or self.high < 0


def differences(estimates: Sequence[Estimate], level: float) -> list[Difference]:
    """Return the difference of each pair of arms that differ in one thing, metric by metric.

    The later arm less the earlier one: with the usual order, the method less its baseline.
    """
    found = []
    for metric in dict.fromkeys(estimate.metric for estimate in estimates):
        of_it = [e for e in estimates if e.metric is metric and not math.isnan(e.value)]
        for first, second in itertools.combinations(of_it, 2):
            if first.arm.model != second.arm.model and first.arm.method != second.arm.method:
                continue
            value, low, high = second.minus(first, level)
            found.append(
                Difference(
                    metric=metric,
                    arm=second.arm,
                    other=first.arm,
                    value=value,
                    low=low,
                    high=high,
                )
            )
    return found


def as_frame(found: Sequence[Difference], arms: Sequence[Arm]) -> pd.DataFrame:
    """Return differences as a tidy table."""
    frame: pd.DataFrame = pd.DataFrame(
        [
            {
                "metric": d.metric.name,
                "arm": d.arm.label(arms),
                "other": d.other.label(arms),
                "difference": d.value,
                "low": d.low,
                "high": d.high,
                "clear": d.is_clear,
            }
            for d in found
        ],
        columns=["metric", "arm", "other", "difference", "low", "high", "clear"],
    )
    return frame


def sentences(found: Sequence[Difference], arms: Sequence[Arm], level: float) -> list[str]:
    """Return one sentence a metric, and one on what the intervals are."""
    by_metric: dict[Metric, list[Difference]] = {}
    for difference in found:
        by_metric.setdefault(difference.metric, []).append(difference)
    told = [_of_metric(metric, pairs, arms) for metric, pairs in by_metric.items()]
    if any(len(pairs) > FEW for pairs in by_metric.values()):
        told.append(".differences lists every pair.")
    if told:
        chance = ""
        if len(found) >= MANY:
            chance = (
                f" Of {len(found)} pairs with no difference at all, about "
                f"{max(round(len(found) * (1 - level)), 1)} would look clear by chance."
            )
        told.append(_on_intervals(level, "tasks and models") + chance)
    return told


def _of_metric(metric: Metric, found: Sequence[Difference], arms: Sequence[Arm]) -> str:
    places = names.places(metric, (end for d in found for end in (d.low, d.high)))
    if len(found) > FEW:
        parts = _beside_the_first(found, arms, places)
    else:
        parts = [_clear(d, arms, places) for d in found if d.is_clear]
        unclear = [d for d in found if not d.is_clear and not math.isnan(d.low)]
        unknown = [d for d in found if math.isnan(d.low)]
        if unclear:
            pairs = "; ".join(_pair(d, arms, places) for d in unclear)
            parts.append(f"no clear difference between {pairs}")
        if unknown:
            pairs = "; ".join(f"{d.arm.label(arms)} and {d.other.label(arms)}" for d in unknown)
            parts.append(f"too few responses to tell {pairs} apart")
    return f"{names.title(metric)} ({names.note(metric)}): {'; '.join(parts)}."


def _beside_the_first(found: Sequence[Difference], arms: Sequence[Arm], places: int) -> list[str]:
    """Tell many pairs: each model's methods beside its first, or models beside the first model."""
    first = found[0].other  # an arm without a value is in no pair
    told = [d for d in found if d.arm.model == d.other.model and d.other.method == first.method]
    told = told or [d for d in found if d.other == first]
    parts = []
    for other in dict.fromkeys(d.other for d in told):
        beside = [d for d in told if d.other == other]
        clear = [_apart(d, arms, places) for d in beside if d.is_clear]
        unclear = [
            f"{d.arm.label(arms)} {_numbers(d.value, d.low, d.high, places)}"
            for d in beside
            if not d.is_clear and not math.isnan(d.low)
        ]
        unknown = [d.arm.label(arms) for d in beside if math.isnan(d.low)]
        if unclear:
            clear.append(f"no clear difference for {', '.join(unclear)}")
        if unknown:
            clear.append(f"too few responses to tell {', '.join(unknown)} from it")
        parts.append(f"beside {other.label(arms)}, {', '.join(clear)}")
    others = [d for d in found if d not in told]
    if others:
        clear_ones = sum(d.is_clear for d in others)
        parts.append(f"of the other {len(others)} pairs, {clear_ones} differ clearly")
    return parts


def _clear(d: Difference, arms: Sequence[Arm], places: int) -> str:
    way, by = _way(d, places)
    return f"{d.arm.label(arms)} is {way} {d.other.label(arms)} by {by}"


def _apart(d: Difference, arms: Sequence[Arm], places: int) -> str:
    way, by = _way(d, places)
    return f"{d.arm.label(arms)} is {way} by {by}"


def _way(d: Difference, places: int) -> tuple[str, str]:
    """Return on which side of the other it lies, and how far away."""
    way, sign = ("above", 1) if d.value > 0 else ("below", -1)
    low, high = sorted((sign * d.low, sign * d.high))
    return way, _numbers(sign * d.value, low, high, places)


def _pair(d: Difference, arms: Sequence[Arm], places: int) -> str:
    numbers = _numbers(d.value, d.low, d.high, places)
    return f"{d.arm.label(arms)} and {d.other.label(arms)}, {numbers}"


def _numbers(value: float, low: float, high: float, places: int) -> str:
    return f"{number(value, places)} ({number(low, places)} to {number(high, places)})"


def _on_intervals(level: float, fixed: str) -> str:
    return (
        f"In parentheses, {percent(level, 0)} intervals: the responses were resampled, the {fixed} "
        "were not."
    )


def along(
    estimates: Sequence[Estimate], parameter: str, values: Sequence[float], level: float
) -> list[str]:
    """Return one sentence a metric: how far each method moves from the first value to the last."""
    told = []
    of = {(e.metric, e.arm.method, e.arm.at): e for e in estimates}
    for metric in dict.fromkeys(estimate.metric for estimate in estimates):
        methods = dict.fromkeys(e.arm.method for e in estimates if e.metric is metric)
        ends = [
            (method, of.get((metric, method, values[0])), of.get((metric, method, values[-1])))
            for method in methods
        ]
        parts = [
            _moves(method, last.minus(first, level), metric)
            for method, first, last in ends
            if first is not None and last is not None
        ]
        told.append(f"{names.title(metric)} ({names.note(metric)}): {'; '.join(parts)}.")
    if told:
        told.insert(0, f"From {parameter} {values[0]:g} to {values[-1]:g}.")
        told.append(_on_intervals(level, "tasks"))
    return told


def _moves(method: object, change: tuple[float, float, float], metric: Metric) -> str:
    value, low, high = change
    if math.isnan(value):
        return f"{method} cannot be told"
    places = names.places(metric, change)
    if math.isnan(low):
        return f"{method} changes by {number(value, places)} (too few responses for an interval)"
    if low > 0:
        return f"{method} rises by {_numbers(value, low, high, places)}"
    if high < 0:
        return f"{method} falls by {_numbers(-value, -high, -low, places)}"
    return f"{method} shows no clear change, {_numbers(value, low, high, places)}"

"""What the numbers say: the verdict in up to three short sentences, then the pairs one by one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from vs_magic.metrics import Metric
from vs_magic.metrics.units import MANY_TASKS
from vs_magic.study import names
from vs_magic.study.arms import Arm
from vs_magic.study.measure import Estimate
from vs_magic.study.trend import Trend
from vs_magic.study.verdict import Difference
from vs_magic.view.charts.frames import number
from vs_magic.view.words import percent

FEW = 3
"""Pairs that are all told; of more, those with the first method."""


def as_frame(found: Sequence[Difference], arms: Sequence[Arm], level: float) -> pd.DataFrame:
    """Return differences as a tidy table."""
    rows = []
    for d in found:
        low, high = d.spread.bounds(level)
        rows.append(
            {
                "metric": d.metric.name,
                "arm": d.arm.label(arms),
                "other": d.other.label(arms),
                "difference": d.spread.value,
                "low": low,
                "high": high,
                "clear": None if math.isnan(d.p) else d.is_clear(level),
                "p": d.p,
            }
        )
    columns = ["metric", "arm", "other", "difference", "low", "high", "clear", "p"]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"clear": "boolean"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a verdict is of.

    Parameters
    ----------
    of
        The metrics, the one whose values are told first.
    arms
        The arms.
    level
        Of the intervals.
    few
        Why nothing can be clear, where that is so.
    """

    of: Sequence[Metric]
    arms: Sequence[Arm]
    level: float
    few: str


def verdict(estimates: Sequence[Estimate], found: Sequence[Difference], of: Subject) -> list[str]:
    """Return the verdict: the values, what is clear and by which metric, what is not."""
    told = [_values(estimates, metric, of.arms) for metric in of.of[:1]]
    tested = [d for d in found if not math.isnan(d.p)]
    tasks = max((len(e.spreads) for e in estimates), default=1)
    where = (
        "" if tasks == 1 else " on these tasks" if tasks < MANY_TASKS else " on tasks like these"
    )
    by_metrics: dict[tuple[Metric, ...], list[tuple[Arm, Arm]]] = {}
    for pair in dict.fromkeys((d.arm, d.other) for d in tested):
        by = (d.metric for d in tested if (d.arm, d.other) == pair and d.is_clear(of.level))
        by_metrics.setdefault(tuple(by), []).append(pair)
    unclear = by_metrics.pop((), [])
    every = {d.metric for d in tested}
    clear = [
        f"({_listed(map(_name, metrics))}{'' if every == set(metrics) else ' only'}): "
        f"{_against(pairs, of.arms)}"
        for metrics, pairs in by_metrics.items()
    ]
    told.append(f"Clear{where} {'; '.join(clear)}." if clear else "")
    if unclear and not of.few:
        told.append(f"Not clear{where}: {_against(unclear, of.arms)}.")
    told.append(f"{of.few[:1].upper()}{of.few[1:]}." if of.few else "")
    return [line for line in told if line]


def _values(estimates: Sequence[Estimate], metric: Metric, arms: Sequence[Arm]) -> str:
    """Tell an arm's values: of answers as a count, of other metrics by their name."""
    of_it = [e for e in estimates if e.metric is metric and e.spreads]
    if not of_it:
        return ""
    tasks = max(len(e.spreads) for e in of_it)
    each = " a task" if tasks > 1 else ""
    if metric.name == "distinct-answers":
        places = 0 if all(float(e.value).is_integer() for e in of_it) else 1
        counts = [f"{e.arm.label(arms)} {number(e.value, places)}" for e in of_it]
        first = f"{of_it[0].arm.label(arms)} gave {number(of_it[0].value, places)}"
        noun = "answer" if of_it[0].value == 1 else "answers"
        return ", ".join([f"{first} {noun}{each}", *counts[1:]]) + "."
    places = names.places(metric, [e.value for e in of_it])
    told = ", ".join(f"{e.arm.label(arms)} {number(e.value, places)}" for e in of_it)
    return f"{names.title(metric)} ({names.note(metric)}): {told}."


def _against(pairs: Iterable[tuple[Arm, Arm]], arms: Sequence[Arm]) -> str:
    """Tell pairs, those beside the same arm together."""
    beside: dict[Arm, list[str]] = {}
    for arm, other in pairs:
        beside.setdefault(other, []).append(arm.label(arms))
    return "; ".join(f"{_listed(own)} against {o.label(arms)}" for o, own in beside.items())


def _listed(names_: Iterable[str]) -> str:
    *most, last = list(names_)
    return f"{', '.join(most)} and {last}" if most else last


def _name(metric: Metric) -> str:
    title = names.title(metric)
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def sentences(found: Sequence[Difference], arms: Sequence[Arm], level: float) -> list[str]:
    """Return one sentence a metric with its differences, and one on what stands beside them."""
    by_metric: dict[Metric, list[Difference]] = {}
    for difference in found:
        by_metric.setdefault(difference.metric, []).append(difference)
    told = [_of_metric(metric, pairs, arms, level) for metric, pairs in by_metric.items()]
    if any(len(pairs) > FEW for pairs in by_metric.values()):
        told.append(".differences lists every pair.")
    if told:
        told.append(_on_intervals(level))
    tested = sum(not math.isnan(d.p) for d in found)
    if tested:
        told.append(
            f"Clear means p ≤ {1 - level:.2g} by dealing the units anew, for {tested} "
            f"comparison{'s' if tested > 1 else ''} at once (Holm); it follows the test, and the "
            "interval tells the size."
        )
    return told


def _of_metric(
    metric: Metric, found: Sequence[Difference], arms: Sequence[Arm], level: float
) -> str:
    first = found[0].other  # an arm without a value is in no pair
    told = list(found)
    if len(found) > FEW:
        told = [d for d in found if d.arm.model == d.other.model and d.other.method == first.method]
        told = told or [d for d in found if d.other == first]
    ends = [end for d in told for end in (d.spread.value, *d.spread.bounds(level))]
    places = names.places(metric, ends)
    parts = [
        f"{d.arm.label(arms)} {'above' if d.spread.value >= 0 else 'below'} {d.other.label(arms)} "
        f"by {_by(d, places, level)}"
        for d in told
    ]
    return f"{names.title(metric)} ({names.note(metric)}): {'; '.join(parts)}."


def _by(d: Difference, places: int, level: float) -> str:
    sign = 1 if d.spread.value >= 0 else -1
    low, high = sorted(sign * end for end in d.spread.bounds(level))
    return _numbers(sign * d.spread.value, low, high, places)


def _numbers(value: float, low: float, high: float, places: int) -> str:
    if math.isnan(low):
        return f"{number(value, places)} (no interval)"
    return f"{number(value, places)} ({number(low, places)} to {number(high, places)})"


def _on_intervals(level: float) -> str:
    return (
        f"In parentheses, {percent(level, 0)} intervals: where the number would be, were the same "
        "models asked the same again."
    )


def of_source(found: pd.DataFrame, *, several: bool) -> list[str]:
    """Tell what the source has, by estimators that are named."""
    parts = [
        f"{row['method']}{' · ' + row['model'] if several else ''} {row['entropy']:.2f} bits, "
        f"{row['answers']:.1f} answers"
        for row in found.dropna().to_dict("records")
    ]
    if not parts:
        return []
    named = found["estimators"].iloc[0]
    return [f"Of the source, not of the sample, it is estimated ({named}): {'; '.join(parts)}."]


def along(trends: Mapping[Metric, Sequence[Trend]], parameter: str, level: float) -> list[str]:
    """Return one sentence a metric: how each method moves over all settings that arrived.

    Before them stands what is fitted.
    """
    told = []
    for metric, of_it in trends.items():
        parts = [_moves(trend, metric, level) for trend in of_it]
        told.append(f"{names.title(metric)} ({names.note(metric)}): {'; '.join(parts)}.")
    if told:
        told.insert(0, f"A straight line through every setting of {parameter} that arrived:")
        told.append(_on_intervals(level))
    return told


def _moves(trend: Trend, metric: Metric, level: float) -> str:
    value = trend.spread.value
    if math.isnan(value):
        return f"{trend.method} cannot be told, {trend.spread.note}"
    low, high = trend.spread.bounds(level)
    places = names.places(metric, (value, low, high))
    span = f"from {trend.first:g} to {trend.last:g}"
    if math.isnan(low):
        return f"{trend.method} changes by {number(value, places)} {span} (no interval)"
    if low > 0:
        return f"{trend.method} rises by {_numbers(value, low, high, places)} {span}"
    if high < 0:
        return f"{trend.method} falls by {_numbers(-value, -high, -low, places)} {span}"
    return f"{trend.method} shows no trend, {_numbers(value, low, high, places)} {span}"

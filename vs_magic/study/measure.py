"""Responses → metrics with intervals, and the differences between arms with theirs.

Each metric is taken within a task and averaged over the tasks. What is resampled within a task are
units (lists, conversations; single answers one by one); from eight tasks on, the tasks' values.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vs_magic.errors import VSError
from vs_magic.metrics import Metric
from vs_magic.metrics._answers import count_answers, read_reference
from vs_magic.metrics._parts import Part
from vs_magic.metrics.spreads import spreads
from vs_magic.metrics.units import (
    MANY_TASKS,
    Spread,
    are_enough,
    of_values,
    over_tasks,
    units_wanted,
)
from vs_magic.study.arms import Arm
from vs_magic.study.responses import Responses, ResponseTable
from vs_magic.verbalized.method import Method

Given = tuple[list[Any], dict[str, Any]] | str
"""What a metric takes of some responses: texts and options; or why it cannot be taken."""
Vectors = Callable[[Sequence[str]], NDArray[np.floating]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOptions:
    """How responses are measured.

    Parameters
    ----------
    references
        Task → what its answers are compared with; tasks without one are undefined for the metrics
        that need it.
    vectors
        Gives the embeddings of texts; None: there is no embedder.
    weighted
        Whether metrics that can take weights take them, instead of counting each response once.
    options
        Metric → options of its own, such as `{"rouge-l": {"tokenize": "paper"}}`.
    level
        Of the intervals.
    resamples, seed
        Of the resampling.
    """

    references: Mapping[str, Any] = field(default_factory=dict)
    vectors: Vectors | None = None
    weighted: bool = False
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    level: float = 0.95
    resamples: int = 1000
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One metric of one arm.

    Parameters
    ----------
    metric, arm
        What, and whose.
    spreads
        Task → value and spread, for the tasks where it is defined.
    n
        Responses to each task, the fewest.
    units
        Units of each task, the fewest.
    note
        Why there is no value or no interval; else "".
    """

    metric: Metric
    arm: Arm
    spreads: Mapping[str, Spread]
    n: int
    units: int = 0
    note: str = ""

    @property
    def by_task(self) -> dict[str, float]:
        """Task → value, for the tasks where it is defined."""
        return {task: spread.value for task, spread in self.spreads.items()}

    @cached_property
    def spread(self) -> Spread:
        """The mean over the tasks, with its spread."""
        return over_tasks(list(self.spreads.values()))

    @property
    def value(self) -> float:
        """The mean over the tasks; NaN where it is undefined in all of them."""
        return self.spread.value

    def bounds(self, level: float) -> tuple[float, float]:
        """Return the interval's bounds, NaN where there is none."""
        return self.spread.bounds(level, self.metric.low, self.metric.high)

    def minus(self, other: Estimate) -> Spread:
        """Return how much higher this is than another over the tasks of both.

        From eight tasks on the differences are paired, task by task.
        """
        shared = [task for task in self.spreads if task in other.spreads]
        if len(shared) >= MANY_TASKS:
            return of_values([self.by_task[task] - other.by_task[task] for task in shared])
        one, two = (over_tasks([side.spreads[task] for task in shared]) for side in (self, other))
        return one.minus(two)


def measure(table: ResponseTable, metrics: Sequence[Metric], how: MeasureOptions) -> list[Estimate]:
    """Measure every arm of a table by every metric.

    A metric that cannot be taken of these responses (numbers were wanted, say) is undefined, and
    the note says why: what was answered is not lost for it.
    """
    found = []
    for row, metric in enumerate(metrics):
        for column, arm in enumerate(table.arms):
            found.append(
                estimate(
                    metric,
                    table,
                    arm,
                    lambda cell, metric=metric: given(metric, cell, table, how),  # type: ignore[misc]
                    replace(how, seed=seed_of(how.seed, row, column)),
                )
            )
        for arm, why in table.left_out.items():
            found.append(Estimate(metric=metric, arm=arm, spreads={}, n=0, note=why))
    return found


def summarise(estimates: Sequence[Estimate], how: MeasureOptions) -> pd.DataFrame:
    """Return the estimates as a tidy table, one row an arm and metric."""
    rows = []
    for found in estimates:
        low, high = found.bounds(how.level)
        rows.append(
            {
                "metric": found.metric.name,
                "method": str(found.arm.method),
                "model": found.arm.model,
                "at": math.nan if found.arm.at is None else found.arm.at,
                "value": found.value,
                "low": low,
                "high": high,
                "n": found.n,
                "tasks": len(found.spreads),
                "unit": found.metric.unit,
                "higher_is": found.metric.higher_is,
                "note": found.note,
                "units": found.units,
            }
        )
    summary: pd.DataFrame = pd.DataFrame(rows, columns=SUMMARY)
    return summary


SUMMARY = [
    *("metric", "method", "model", "at", "value", "low", "high"),
    *("n", "tasks", "unit", "higher_is", "note", "units"),
]
"""The columns of a summary."""


def estimate(
    metric: Metric,
    table: ResponseTable,
    arm: Arm,
    take: Callable[[Responses], Given],
    how: MeasureOptions,
) -> Estimate:
    """Measure one arm by one metric.

    Parameters
    ----------
    metric, table, arm, how
        What is measured, of whom, and how.
    take
        What the metric takes of the responses to a task.
    """
    found: dict[str, Spread] = {}
    notes: list[str] = []
    cells = table.of(arm)
    units = {cell.task: len(cell) // cell.size for cell in cells}
    for place, cell in enumerate(cells):
        try:
            taken = take(cell)
            if isinstance(taken, str):
                notes.append(taken)
                continue
            spread = _spread(metric, cell, taken, how, seed_of(how.seed, place))
        except VSError as error:
            notes.append(str(error))
            continue
        if math.isnan(spread.value):
            notes.append(spread.note)
        else:
            found[cell.task] = spread
    if found and not are_enough([units[task] for task in found]):
        few = _too_few(min(units[task] for task in found), len(found), max(c.size for c in cells))
        found = {t: Spread(value=s.value, units=units[t], note=few) for t, s in found.items()}
    notes.extend(spread.note for spread in found.values() if spread.note)
    return Estimate(
        metric=metric,
        arm=arm,
        spreads=found,
        n=min(map(len, cells), default=0),
        units=min(units.values(), default=0),
        note="; ".join(dict.fromkeys(note for note in notes if note)),
    )


def _too_few(units: int, tasks: int, size: int) -> str:
    """Say why there is no interval, and what would do."""
    if size == 1:
        return f"fewer than {units_wanted(tasks)} responses: no interval"
    calls = "1 call" if units == 1 else f"{units} calls"
    wanted = units_wanted(tasks)
    return f"{calls} of {size}: no interval (n = {wanted * size} would do, {wanted} calls)"


def _spread(
    metric: Metric,
    cell: Responses,
    taken: tuple[list[Any], dict[str, Any]],
    how: MeasureOptions,
    seed: int,
) -> Spread:
    """Return a metric's value for one task with its spread: by its units, or by single answers."""
    texts, options = taken
    if cell.is_single or "stated" in metric.needs:
        (found,) = spreads(
            metric, texts, resamples=how.resamples, seed=seed, options=options, few=True
        )
        return found
    whole = cell.dealt(cell.size)
    places = [place for unit in whole for place in unit]
    numbers = [number for number, unit in enumerate(whole) for _ in unit]
    part = Part.of_texts(texts, places, options)
    (found,) = spreads(metric, part.texts, None, numbers, options=part.options, few=True)
    # Values are of equal numbers of responses, though a last unit may be cut for it.
    return found if len(places) == len(texts) else replace(found, value=metric(texts, **options))


def seed_of(*parts: int) -> int:
    """Return a seed of its own for each combination of numbers."""
    return int(np.random.SeedSequence([abs(part) for part in parts]).generate_state(1)[0])


def given(metric: Metric, cell: Responses, table: ResponseTable, how: MeasureOptions) -> Given:
    """Return what a metric takes of these responses, or why it cannot be taken of them."""
    texts = list(cell.texts)
    options: dict[str, Any] = dict(how.options.get(metric.name, {}))
    if "embedder" in metric.needs:
        if how.vectors is None:
            return "no embedder"
        options["vectors"] = how.vectors(texts)
    if "reference" in metric.needs or "numbers" in metric.needs:
        if cell.task not in how.references:
            return "no reference"
        options["reference"] = how.references[cell.task]
    if "stated" in metric.needs:
        observed = table.cells.get((cell.task, Arm(method=Method.DIRECT, model=cell.arm.model)))
        if not any(stated is not None for stated in cell.stated):
            return "states no probability"
        if observed is None:
            return "no direct responses to observe"
        options["stated"] = stated_frame(cell)
        texts = list(observed.texts)
    elif how.weighted and takes(metric.function, "weights") and len(set(cell.weights)) > 1:
        options["weights"] = list(cell.weights)
    elif takes(metric.function, "support") and closes(how.references.get(cell.task), texts):
        options.setdefault("support", how.references[cell.task])
    return texts, options


def closes(reference: Any, texts: Sequence[str]) -> bool:
    """Return whether a reference holds all answers that came, and so closes what there can be."""
    if reference is None:
        return False
    try:
        return read_reference(reference).position.keys() >= count_answers(texts).keys()
    except VSError:
        return False


def stated_frame(cell: Responses) -> pd.DataFrame:
    """Return what was stated, as the calibration metrics take it."""
    stated: pd.DataFrame = pd.DataFrame(
        {
            "text": list(cell.texts),
            "probability": [math.nan if p is None else p for p in cell.stated],
            "call": list(cell.calls),
        }
    )
    return stated


def takes(function: Callable[..., Any], parameter: str) -> bool:
    """Return whether a function has a parameter of that name."""
    return parameter in inspect.signature(function).parameters

"""Responses → metrics with intervals, and the differences between arms with theirs.

Each metric is taken within a task and averaged over the tasks. Responses are resampled within each
task (never the tasks), each kind of metric in the way that suits it (`vs_magic.metrics`); a
difference's interval comes from the same replicates, arm minus arm.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vs_magic.errors import VSError
from vs_magic.metrics import Metric, bootstrap
from vs_magic.study.arms import Arm
from vs_magic.study.responses import Responses, ResponseTable
from vs_magic.verbalized.method import Method

Floats = NDArray[np.float64]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One metric of one arm.

    Parameters
    ----------
    metric, arm
        What, and whose.
    by_task
        Task → value, for the tasks where it is defined.
    replicates
        Task → its replicates, shape (resamples,); empty where there are too few responses.
    n
        Responses to each task, the fewest.
    note
        Why there is no value or no interval; else "".
    """

    metric: Metric
    arm: Arm
    by_task: Mapping[str, float]
    replicates: Mapping[str, Floats]
    n: int
    note: str = ""

    @property
    def value(self) -> float:
        """The mean over the tasks; NaN where it is undefined in all of them."""
        return _mean(self.by_task, self.by_task)

    def bounds(self, level: float) -> tuple[float, float]:
        """Return the interval's bounds, NaN where there is none."""
        drawn = _mean_drawn(self, self.by_task)
        if drawn is None:
            return math.nan, math.nan
        low, high = _quantiles(drawn, level)
        value = self.value
        # Within what the metric can be, around a value that is.
        return min(max(low, self.metric.low), value), max(min(high, self.metric.high), value)

    def minus(self, other: Estimate, level: float) -> tuple[float, float, float]:
        """Return how much higher this is than another over the tasks of both, with bounds."""
        shared = [task for task in self.by_task if task in other.by_task]
        value = _mean(self.by_task, shared) - _mean(other.by_task, shared)
        one, two = _mean_drawn(self, shared), _mean_drawn(other, shared)
        if one is None or two is None:
            return value, math.nan, math.nan
        low, high = _quantiles(one - two, level)
        return value, min(low, value), max(high, value)


def measure(table: ResponseTable, metrics: Sequence[Metric], how: MeasureOptions) -> list[Estimate]:
    """Measure every arm of a table by every metric.

    A metric that cannot be taken of these responses (numbers were wanted, say) is undefined, and
    the note says why: what was answered is not lost for it.
    """
    found = []
    for row, metric in enumerate(metrics):
        for column, arm in enumerate(table.arms):
            found.append(_estimate(metric, table, arm, how, (how.seed, row, column)))
        for arm, why in table.left_out.items():
            nothing = Estimate(metric=metric, arm=arm, by_task={}, replicates={}, n=0, note=why)
            found.append(nothing)
    return found


def summarise(estimates: Sequence[Estimate], how: MeasureOptions) -> pd.DataFrame:
    """Return the estimates as a tidy table, one row an arm and metric."""
    rows = []
    for estimate in estimates:
        low, high = estimate.bounds(how.level)
        rows.append(
            {
                "metric": estimate.metric.name,
                "method": str(estimate.arm.method),
                "model": estimate.arm.model,
                "at": math.nan if estimate.arm.at is None else estimate.arm.at,
                "value": estimate.value,
                "low": low,
                "high": high,
                "n": estimate.n,
                "tasks": len(estimate.by_task),
                "unit": estimate.metric.unit,
                "higher_is": estimate.metric.higher_is,
                "note": estimate.note,
            }
        )
    summary: pd.DataFrame = pd.DataFrame(rows, columns=SUMMARY)
    return summary


SUMMARY = [
    *("metric", "method", "model", "at", "value", "low", "high"),
    *("n", "tasks", "unit", "higher_is", "note"),
]
"""The columns of a summary."""


def _estimate(
    metric: Metric, table: ResponseTable, arm: Arm, how: MeasureOptions, seed: tuple[int, ...]
) -> Estimate:
    values: dict[str, float] = {}
    replicates: dict[str, Floats] = {}
    notes: list[str] = []
    cells = table.of(arm)
    for place, cell in enumerate(cells):
        try:
            given = _given(metric, cell, table, how)
            if isinstance(given, str):
                notes.append(given)
                continue
            texts, options = given
            value, drawn, note = _value(metric, texts, options, how, (*seed, place))
        except VSError as error:
            notes.append(str(error))
            continue
        notes.extend([note] if note else [])
        if not math.isnan(value):
            values[cell.task] = value
        if drawn is not None:
            replicates[cell.task] = drawn
    n = min((len(cell) for cell in cells), default=0)
    note = "; ".join(dict.fromkeys(notes))
    return Estimate(metric=metric, arm=arm, by_task=values, replicates=replicates, n=n, note=note)


def _given(
    metric: Metric, cell: Responses, table: ResponseTable, how: MeasureOptions
) -> tuple[list[str], dict[str, Any]] | str:
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
    return texts, options


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


def _value(
    metric: Metric,
    texts: list[str],
    options: Mapping[str, Any],
    how: MeasureOptions,
    seed: tuple[int, ...],
) -> tuple[float, Floats | None, str]:
    """Return a metric's value, its replicates, and why there are none."""
    own = metric.replicate
    if own is not None and not all(takes(own, name) for name in options):
        metric = replace(metric, replicate=None)  # its own cannot be told of these options
    state = np.random.SeedSequence([abs(part) for part in seed]).generate_state(1)
    return bootstrap._value_and_replicates(  # noqa: SLF001 - the replicates behind `interval`
        metric, texts, None, resamples=how.resamples, seed=int(state[0]), options=options
    )


def _mean(values: Mapping[str, float], tasks: Sequence[str] | Mapping[str, float]) -> float:
    found = [values[task] for task in tasks]
    return math.fsum(found) / len(found) if found else math.nan


def _mean_drawn(estimate: Estimate, tasks: Sequence[str] | Mapping[str, float]) -> Floats | None:
    """Return the replicates of the mean over tasks; None unless every task has its own."""
    if not tasks or any(task not in estimate.replicates for task in tasks):
        return None
    return np.asarray(np.mean([estimate.replicates[task] for task in tasks], axis=0))


def _quantiles(drawn: Floats, level: float) -> tuple[float, float]:
    rest = (1.0 - level) / 2
    low, high = np.nanquantile(drawn, [rest, 1.0 - rest])
    return float(low), float(high)

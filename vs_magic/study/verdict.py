"""Which differences are clear: units dealt anew, and Holm's rule over all that is asked at once."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vs_magic.metrics import Metric, holm
from vs_magic.metrics._parts import Part, of_units
from vs_magic.metrics._registry import OfUnits
from vs_magic.metrics.permutation import (
    FEWER,
    PERMUTATIONS,
    permutation_p,
    smallest_p,
    student_p,
)
from vs_magic.metrics.units import MANY_TASKS, Spread, are_enough, units_wanted
from vs_magic.study.arms import Arm
from vs_magic.study.measure import Estimate, MeasureOptions, given
from vs_magic.study.responses import Responses, ResponseTable
from vs_magic.verbalized.method import Method
from vs_magic.view.words import count

HEADLINE = {
    "answers": ("distinct-answers", "entropy"),
    "texts": ("semantic-diversity", "rouge-l"),
}
"""What a verdict is of, where nobody named metrics; of the texts' ones the first that is there."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How much higher a metric is for one arm than for another.

    Parameters
    ----------
    metric, arm, other
        What, and whose.
    spread
        The difference, with its spread.
    p
        How often one as large comes about by chance, for the family (Holm); NaN where it was not
        tested.
    """

    metric: Metric
    arm: Arm
    other: Arm
    spread: Spread
    p: float = math.nan

    def is_clear(self, level: float) -> bool:
        """Whether the verdict is that there is a difference."""
        return self.p <= 1 - level + 1e-12


def headline(metrics: Sequence[Metric], kind: str, *, named: bool) -> tuple[Metric, ...]:
    """Return the metrics that a verdict is of: those named, or the usual ones of the kind."""
    tested = [m for m in metrics if m.name != "quality" and "stated" not in m.needs]
    if named:
        return tuple(tested)
    usual = [m for name in HEADLINE[kind] for m in tested if m.name == name]
    return tuple(usual if kind == "answers" else usual[:1])


def pairs(arms: Sequence[Arm]) -> list[tuple[Arm, Arm]]:
    """Return the pairs that a verdict is of, the later arm first.

    Each method beside the first, and each that verbalizes beside `sequence`, model by model; of one
    method, each model beside the first.
    """
    found: list[tuple[Arm, Arm]] = []
    if len({arm.method for arm in arms}) == 1:
        return [(arm, arms[0]) for arm in arms[1:]]
    for model in dict.fromkeys(arm.model for arm in arms):
        own = [arm for arm in arms if arm.model == model]
        lists = [arm for arm in own if arm.method is Method.SEQUENCE]
        found += [(arm, own[0]) for arm in own[1:]]
        found += [(a, b) for b in lists for a in own if a.method.verbalizes and b != own[0]]
    return list(dict.fromkeys(found))


def differences(
    estimates: Sequence[Estimate],
    table: ResponseTable,
    of: Sequence[Metric],
    how: MeasureOptions,
) -> list[Difference]:
    """Return the difference of each pair of arms that differ in one thing, metric by metric.

    The later arm less the earlier one: with the usual order, the method less its baseline.

    Parameters
    ----------
    estimates, table, how
        What was measured, of what, and how.
    of
        The metrics that a verdict is of.
    """
    asked = pairs(table.arms)
    found = []
    for metric in dict.fromkeys(estimate.metric for estimate in estimates):
        of_it = [e for e in estimates if e.metric is metric and e.spreads]
        everywhere = all(len(e.spreads) == len(table.tasks) for e in of_it)
        for first, second in itertools.combinations(of_it, 2):
            one, two = first.arm, second.arm
            if one.model != two.model and one.method != two.method:
                continue
            asks = metric in of and everywhere and (two, one) in asked
            apart = second.minus(first)
            p = _p(metric, table, (two, one), apart, how) if asks else math.nan
            found.append(Difference(metric=metric, arm=two, other=one, spread=apart, p=p))
    adjusted = holm([one.p for one in found])
    return [replace(one, p=p) for one, p in zip(found, adjusted, strict=True)]


def _p(
    metric: Metric,
    table: ResponseTable,
    arms: tuple[Arm, Arm],
    spread: Spread,
    how: MeasureOptions,
) -> float:
    """Return the p of one pair: paired t from eight tasks on, else units dealt within tasks."""
    if len(table.tasks) >= MANY_TASKS:
        if not spread.is_known:
            return 1.0 if spread.value == 0 else math.nan
        return student_p(spread)
    deals = []
    for task in table.tasks:
        cells = [table.cells[task, arm] for arm in arms]
        size = max(1 if cell.is_single else cell.size for cell in cells)
        whole = [cell.dealt(size) for cell in cells]
        units = min(map(len, whole))
        # The parts of an arm that no whole unit holds are not dealt; arms differ in k only then.
        if not units or any(not c.is_single and c.size != size for c in cells):
            return math.nan
        deals.append((_score(metric, table, cells, [w[:units] for w in whole], how), units))
    if not are_enough([units for _, units in deals]):
        return math.nan
    permutations = PERMUTATIONS if metric.by_unit else FEWER
    return permutation_p(deals, permutations=permutations, seed=how.seed)


def _score(
    metric: Metric,
    table: ResponseTable,
    cells: Sequence[Responses],
    whole: Sequence[Sequence[Sequence[int]]],
    how: MeasureOptions,
) -> OfUnits:
    """Return what scores choices of both arms' units, the first arm's first."""
    texts: list[str] = []
    weights: list[float] = []
    options: dict[str, object] = {}
    for cell, units in zip(cells, whole, strict=True):
        places = [place for unit in units for place in unit]
        taken = given(metric, cell.part(places), table, how)
        if isinstance(taken, str):  # it has no value then, and is in no pair
            continue
        texts += taken[0]
        weights += taken[1].get("weights", [1.0] * len(places))
        options |= taken[1]
    if "weights" in options:
        options["weights"] = weights
    if "vectors" in options and how.vectors is not None:
        options["vectors"] = how.vectors(texts)
    numbers = [n for n, unit in enumerate(u for units in whole for u in units) for _ in unit]
    return of_units(metric, Part(texts, options, len(texts)), numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a comparison is.

    Parameters
    ----------
    tasks
        Tasks.
    n
        Responses of each arm to each task.
    unit
        Responses of one unit: k, or 1 where all arms give single answers.
    comparisons
        Pairs of arms times metrics that a verdict is of.
    """

    tasks: int
    n: int
    unit: int
    comparisons: int

    @property
    def units(self) -> int:
        """Units of each arm for each task."""
        return self.n // self.unit

    def shortcoming(self, level: float) -> str:
        """Say that no difference could be clear, or get an interval, with the n that would do.

        "" where there is nothing to say.

        Examples
        --------
        >>> Size(tasks=1, n=20, unit=5, comparisons=6).shortcoming(0.95)
        '4 units of 5 are too few for intervals and a verdict: n = 25 would do'
        >>> Size(tasks=1, n=30, unit=5, comparisons=6).shortcoming(0.95)
        ''
        """
        most = (1 - level) / max(self.comparisons, 1)
        wanted = units_wanted(self.tasks)
        while self.tasks < MANY_TASKS and smallest_p([wanted] * self.tasks) > most and wanted < 40:
            wanted += 1
        if self.units >= wanted:
            return ""
        what = (
            count(self.units, "unit") + f" of {self.unit}" if self.unit > 1 else f"{self.n} answers"
        )
        verb = "is" if what.startswith("1 ") else "are"
        would = f"n = {wanted * self.unit} would do"
        if not are_enough([self.units] * self.tasks):
            return f"{what} {verb} too few for intervals and a verdict: {would}"
        return f"with {what} none of {self.comparisons} comparisons can be called clear: {would}"


def unit_of(arms: Sequence[Arm], k: int) -> int:
    """Return the responses of one unit: k, or 1 where all arms give single answers."""
    return k if any(arm.method.lists or arm.method.converses for arm in arms) else 1

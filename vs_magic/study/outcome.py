"""What came of a study, whatever it varied: the responses, their measures, what has to be said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from vs_magic._version import __version__
from vs_magic.errors import unknown
from vs_magic.metrics import Metric
from vs_magic.sampling.distribution import Distribution
from vs_magic.study import metric_plan as metric_plans
from vs_magic.study.arms import Arm
from vs_magic.study.judge import Judgement
from vs_magic.study.measure import Estimate, MeasureOptions, measure
from vs_magic.study.metric_plan import MeasureChanges, MetricPlan
from vs_magic.study.quality import QUALITY, quality
from vs_magic.study.responses import Responses, ResponseTable, equalise, read_responses
from vs_magic.verbalized.options import Options
from vs_magic.view.words import not_sent, price, seconds

if TYPE_CHECKING:
    import pandas as pd

_O = TypeVar("_O", bound="Outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one trial."""

    task: str
    arm: Arm
    distribution: Distribution


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a study.

    Parameters
    ----------
    results
        What came of each trial.
    options
        What all arms had in common.
    metric_plan
        What is measured.
    when
        When the models replied, also where the cache or a bundle gave the replies again: a day, or
        the first and the last one.
    seconds
        Wall time of the calls.
    stopped
        Whether the user stopped it before its end.
    judgement
        What a judge made of the responses, if there was one.
    """

    results: tuple[Result, ...]
    options: Options
    metric_plan: MetricPlan
    when: str
    seconds: float
    stopped: bool = False
    judgement: Judgement | None = None

    @cached_property
    def responses(self) -> tuple[Responses, ...]:
        """The responses of each arm to each task, as they came."""
        return tuple(read_responses(r.task, r.arm, r.distribution) for r in self.results)

    @cached_property
    def table(self) -> ResponseTable:
        """Equal numbers of responses: what is compared."""
        return equalise(self.responses, self.options.wanted, self.metric_plan.seed)

    @cached_property
    def kind(self) -> str:
        """`answers` where nearly all responses are short, else `texts`."""
        return metric_plans.kind_of([text for cell in self.responses for text in cell.texts])

    @cached_property
    def _taken(self) -> tuple[tuple[Metric, ...], str]:
        return metric_plans.suited(self.metric_plan, self.kind)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What was measured, in order."""
        return (*self._taken[0], *([QUALITY] if self.judgement is not None else []))

    @cached_property
    def how(self) -> MeasureOptions:
        """How it was measured."""
        return metric_plans.how(self.metric_plan, self.tasks, self._taken[0])

    @cached_property
    def estimates(self) -> list[Estimate]:
        """Each metric of each arm, a judge's scores among them."""
        found = measure(self.table, self._taken[0], self.how)
        if self.judgement is not None:
            found += quality(self.table, self.judgement.scores, self.how)
        return found

    def measured(self: _O, metrics: Any = None, **changes: Unpack[MeasureChanges]) -> _O:  # noqa: PYI019
        """Return the same responses, measured otherwise; nothing is asked again.

        Parameters
        ----------
        metrics
            Other metrics; None: those that suit the answers.
        **changes
            `reference`, `embedder`, `weighted`, `level`, `resamples`, `seed`, or `options` (metric
            → options of its own).

        Raises
        ------
        OptionError
            A metric is unknown, or lacks what it needs.

        Examples
        --------
        >>> from vs_magic.study.compare import compare
        >>> found = compare("Roll a die.", n=10, model="simulated/base", seed=1)
        >>> found.measured("coverage", reference=range(1, 7)).summary["metric"].unique().tolist()
        ['coverage']
        """
        for name in changes:
            if name not in MeasureChanges.__annotations__:
                raise unknown("option of measuring", name, MeasureChanges.__annotations__)
        metric_plan = replace(self.metric_plan, metrics=metric_plans.find(metrics), **changes)
        metric_plan = metric_plans.hosted(metric_plan, self.options)
        metric_plans.check(metric_plan, self.tasks, [arm.method for arm in self.arms])
        return replace(self, metric_plan=metric_plan)

    @property
    def tasks(self) -> tuple[str, ...]:
        """What was asked, in order."""
        return tuple(dict.fromkeys(result.task for result in self.results))

    @property
    def arms(self) -> tuple[Arm, ...]:
        """The arms, in order, those that failed among them."""
        return tuple(dict.fromkeys(result.arm for result in self.results))

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were asked, in order."""
        return tuple(dict.fromkeys(arm.model for arm in self.arms))

    @property
    def calls(self) -> int:
        """Calls that were made."""
        return sum(len(result.distribution.calls) for result in self.results)

    @property
    def cost_usd(self) -> float | None:
        """What the calls cost; None where any part of it is unknown."""
        costs = [r.distribution.usage.cost_usd for r in self.results if r.distribution.replies]
        return None if any(cost is None for cost in costs) else math.fsum(c or 0.0 for c in costs)

    @property
    def not_sent(self) -> dict[str, list[str]]:
        """The parameters that were asked for and that a model does not have, by model."""
        found: dict[str, dict[str, None]] = {}
        for result in self.results:
            if names := result.distribution.not_sent:
                found.setdefault(result.arm.model, {}).update(dict.fromkeys(names))
        return {model: list(names) for model, names in found.items()}

    @property
    def took(self) -> str:
        """What it took: calls, those that the cache or a bundle answered, price, seconds."""
        cached = sum(result.distribution.usage.cached for result in self.results)
        calls = f"{self.calls} calls{f' ({cached} cached)' if cached else ''}"
        return f"{calls}, {price(self.cost_usd)}, {seconds(self.seconds)}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know beside the numbers."""
        return tuple(self._notes())

    def _notes(self) -> Sequence[str]:
        notes = []
        if self.stopped:
            notes.append("stopped before its end: this is what had arrived")
        notes.extend(self.table.notes)
        for result in self.results:
            failures = result.distribution.failures
            if failures:
                where = f" on {result.task[:40]!r}" if len(self.tasks) > 1 else ""
                notes.append(
                    f"{result.arm.label(self.arms)}{where}: {len(failures)} of "
                    f"{len(result.distribution.calls)} calls failed ({_one_line(failures[0])})"
                )
        notes.extend(not_sent(model, names) for model, names in self.not_sent.items())
        if self._taken[1]:
            notes.append(self._taken[1])
        notes.extend(self._on_measures())
        if self.judgement is not None:
            notes.append(self.judgement.note())
        return notes

    def _on_measures(self) -> list[str]:
        """Say which measures are undefined, and where a reference has nothing to do with them."""
        notes = []
        for metric in self.metrics:
            of_it = [e for e in self.estimates if e.metric is metric and e.n]
            whys = dict.fromkeys(e.note for e in of_it if e.note)
            if of_it and all(math.isnan(e.value) for e in of_it):
                notes.append(f"{metric.name} is undefined: {', '.join(whys)}")
            elif any("no interval" in why for why in whys):
                notes.append(f"{metric.name}: {next(w for w in whys if 'no interval' in w)}")
        if self._no_overlap():
            answer = next(text for cell in self.table.cells.values() for text in cell.texts)
            notes.append(
                "no answer of any arm is in the reference: do they mean the same kind of thing? "
                f"An answer here is {answer[:40]!r}"
            )
        return notes

    def _no_overlap(self) -> bool:
        compared = [e for e in self.estimates if e.metric.name in ("coverage", "precision") and e.n]
        return bool(compared) and all(e.value == 0 for e in compared)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All responses: one row a candidate, a failed call is a row too.

        Columns `task`, `arm`, then those of a candidate frame; `attrs` as plain JSON. In a sweep
        also `at`, the value of the parameter; along `n` the first n of a method count for n.
        """
        import pandas as pd

        parts = []
        for result in self.results:
            part: pd.DataFrame = pd.DataFrame(result.distribution.frame)
            part.attrs.clear()
            part.insert(0, "arm", result.arm.label(self.arms))
            part.insert(0, "task", result.task)
            if any(arm.at is not None for arm in self.arms):
                part.insert(2, "at", math.nan if result.arm.at is None else result.arm.at)
            parts.append(part)
        frame: pd.DataFrame = pd.concat(parts, ignore_index=True)
        frame.attrs.update(self.attributes())
        return frame

    def attributes(self) -> dict[str, Any]:
        """Return what was done, as plain JSON."""
        options = self.options.as_json()
        return {
            "tasks": list(self.tasks),
            "models": list(self.models),
            "methods": [str(m) for m in dict.fromkeys(arm.method for arm in self.arms)],
            "options": {name: value for name, value in options.items() if name != "method"},
            "version": __version__,
            "when": self.when,
            "calls": self.calls,
            "seconds": round(self.seconds, 3),
            "cost_usd": self.cost_usd,
            "stopped": self.stopped,
            "not_sent": self.not_sent,
        }


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())

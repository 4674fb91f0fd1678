"""A design → its outcome: all calls at once under one limit, judged; what has arrived is kept."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from vs_magic.errors import Interrupted, VSError
from vs_magic.llm import loop
from vs_magic.llm.request import Model, OnText, Reply, Request
from vs_magic.llm.trust.wire import day
from vs_magic.sampling.distribution import Distribution
from vs_magic.sampling.plan import Plan
from vs_magic.sampling.progress import Observer, Progress
from vs_magic.sampling.sampler import Run, collect
from vs_magic.study import judge as judging
from vs_magic.study.design import Design
from vs_magic.study.judge import Judge, Judgement
from vs_magic.study.outcome import Outcome, Result

T = TypeVar("T", bound=Outcome)


def ask(
    design: Design,
    build: Callable[..., T],
    *,
    judge: Judge | None = None,
    observe: Observer | None = None,
) -> T:
    """Make the calls of a design, have the responses judged, and build the outcome.

    Parameters
    ----------
    design
        What is asked.
    build
        Makes the outcome of what has arrived, from the fields of `Outcome` but the metric plan.
    judge
        Who judges the responses, if anybody.
    observe
        Told how far it has come.

    Raises
    ------
    ModelError, ReplyError
        Nothing arrived from any arm; `.partial` is the outcome with its error rows.
    Interrupted
        The user stopped it; `.partial` is the outcome of what had arrived.
    """
    record = Record([trial.plan for trial in design.trials], design.options.concurrency, observe)

    def arrived(*, stopped: bool = False) -> T:
        distributions = record.distributions()
        return build(
            results=tuple(
                Result(task=trial.task, arm=trial.arm, distribution=distribution)
                for trial, distribution in zip(design.trials, distributions, strict=True)
            ),
            options=design.options,
            when=_days(distributions),
            seconds=record.progress().elapsed_s,
            stopped=stopped,
        )

    try:
        loop.run(run(record))
    except Interrupted as error:
        error.partial = arrived(stopped=True)
        raise
    except VSError as error:
        error.partial = arrived()
        raise
    return arrived() if judge is None else _judged(arrived(), design, judge, observe)


def _days(distributions: Sequence[Distribution]) -> str:
    """Return when the models replied, which for cached or recorded calls was earlier: days."""
    days = {day(reply.when) for found in distributions for reply in found.replies if reply.when}
    days = days or {dt.datetime.now().astimezone().date()}
    return " to ".join(dict.fromkeys(d.isoformat() for d in (min(days), max(days))))


def _judged(outcome: T, design: Design, judge: Judge, observe: Observer | None) -> T:
    """Have each different response judged once; a judge that fails leaves responses unscored."""
    pairs = judging.different(
        (cell.task, text) for cell in outcome.table.cells.values() for text in cell.texts
    )
    plans = [judge.plan(task, text, outcome.kind, design.budget) for task, text in pairs]

    def tell(progress: Progress) -> None:
        if observe is not None:
            note = " · ".join(filter(None, (f"judging by {judge.name}", progress.note)))
            observe(replace(progress, note=note))

    record = Record(plans, judge.options.concurrency, tell)

    def verdicts() -> Judgement:
        read = (
            judging.read_verdict(task, text, distribution)
            for (task, text), distribution in zip(pairs, record.distributions(), strict=True)
        )
        return Judgement(model=judge.name, verdicts=tuple(v for v in read if v is not None))

    try:
        loop.run(run(record))
    except Interrupted as error:
        error.partial = replace(outcome, judgement=verdicts(), stopped=True)
        raise
    except VSError:
        # No response was scored: each verdict says why, and the responses are worth keeping.
        pass
    return replace(outcome, judgement=verdicts())


class Record:
    """What has arrived of several plans.

    Parameters
    ----------
    plans
        What is asked.
    concurrency
        Calls under way at once, over all plans.
    observe
        Told of every change.
    """

    def __init__(
        self, plans: Iterable[Plan], concurrency: int, observe: Observer | None = None
    ) -> None:
        self._observe = observe
        self._began = time.monotonic()
        self._latest: dict[int, Progress] = {}
        gates = _Gates(concurrency)
        self.runs = [
            Run(replace(plan, model=gates.around(plan.model)), self._listener(place))
            for place, plan in enumerate(plans)
        ]
        self._total = sum(run.plan.calls for run in self.runs)

    def distributions(self) -> list[Distribution]:
        """Return what has arrived of each plan, in their order."""
        return [run.distribution() for run in self.runs]

    def progress(self, note: str = "") -> Progress:
        """Return how far all of it has come."""
        latest = [each for each in dict(self._latest).values() if each.done]
        costs = [each.cost_usd for each in latest]
        return Progress(
            done=sum(each.done for each in latest),
            total=self._total,
            cost_usd=None if None in costs else sum(cost or 0.0 for cost in costs),
            elapsed_s=time.monotonic() - self._began,
            note=note,
            partial=self._together,
        )

    def _together(self) -> Distribution:
        """Return the calls of all plans as if they were of one."""
        parts = self.distributions()
        calls = tuple(call for part in parts for call in part.calls)
        return replace(parts[0], calls=calls)

    def _listener(self, place: int) -> Observer:
        def listen(progress: Progress) -> None:
            before = self._latest.get(place)
            self._latest[place] = progress
            news = before is None or before.done != progress.done or progress.note
            if self._observe is not None and news:
                self._observe(self.progress(progress.note))

        return listen


async def run(record: Record) -> None:
    """Make all calls; a plan of which every call failed leaves its error rows.

    Raises
    ------
    VSError
        No plan brought a candidate: the first one's error.
    """
    # The turns of a conversation wait for each other, so they begin first.
    ordered = sorted(record.runs, key=lambda one: not one.plan.options.method.converses)
    tasks = [asyncio.ensure_future(_one(one)) for one in ordered]
    try:
        failures = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if failures and None not in failures:
        raise next(failure for failure in failures if failure is not None)


async def _one(run_: Run) -> VSError | None:
    """Collect one plan; return why nothing came of it."""
    try:
        await collect(run_.plan, into=run_)
    except VSError as error:
        return error
    return None


class _Gates:
    """How many calls may be under way: in all, and of each model that has a limit of its own."""

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._all = asyncio.Semaphore(concurrency)
        self._of_model: dict[str, asyncio.Semaphore] = {}

    def around(self, model: Model) -> Model:
        """Return the model, its calls waiting at these gates."""
        own = self._of_model.setdefault(
            model.name, asyncio.Semaphore(model.concurrency or self._concurrency)
        )

        async def complete(request: Request, *, on_text: OnText | None = None) -> Reply:
            async with own, self._all:
                return await model.complete(request, on_text=on_text)

        return replace(model, complete=complete)

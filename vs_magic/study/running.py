"""All calls of a study at once, under one limit; what has arrived is there at any time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import replace

from vs_magic.errors import VSError
from vs_magic.llm.models import Model
from vs_magic.llm.request import OnText, Reply, Request
from vs_magic.sampling.distribution import Distribution
from vs_magic.sampling.plan import Plan
from vs_magic.sampling.progress import Observer, Progress
from vs_magic.sampling.sampler import Run, collect


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

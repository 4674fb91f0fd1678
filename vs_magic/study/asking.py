"""A design → its outcome: make the calls, have the responses judged, keep what has arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from vs_magic.errors import Interrupted, VSError
from vs_magic.llm import loop
from vs_magic.llm.trust.wire import day
from vs_magic.sampling.distribution import Distribution
from vs_magic.sampling.progress import Observer, Progress
from vs_magic.study import judge as judging
from vs_magic.study.design import Design
from vs_magic.study.judge import Judge, Judgement
from vs_magic.study.outcome import Outcome, Result
from vs_magic.study.running import Record, run

T = TypeVar("T", bound=Outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What has arrived of a design.

    Parameters
    ----------
    results
        What came of each trial.
    when
        When the models replied: a day, or the first and the last one.
    seconds
        Wall time of the calls.
    stopped
        Whether the user stopped it before its end.
    judgement
        What the judge made of it, if there was one.
    """

    results: tuple[Result, ...]
    when: str
    seconds: float
    stopped: bool = False
    judgement: Judgement | None = None


def ask(
    design: Design,
    build: Callable[[Arrived], T],
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
        Makes the outcome of what has arrived.
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
    try:
        loop.run(run(record))
    except Interrupted as error:
        error.partial = build(_arrived(design, record, stopped=True))
        raise
    except VSError as error:
        error.partial = build(_arrived(design, record))
        raise
    arrived = _arrived(design, record)
    return build(arrived if judge is None else _judged(arrived, design, judge, build, observe))


def _arrived(design: Design, record: Record, *, stopped: bool = False) -> Arrived:
    distributions = record.distributions()
    return Arrived(
        results=tuple(
            Result(task=trial.task, arm=trial.arm, distribution=distribution)
            for trial, distribution in zip(design.trials, distributions, strict=True)
        ),
        when=_days(distributions),
        seconds=record.progress().elapsed_s,
        stopped=stopped,
    )


def _days(distributions: Sequence[Distribution]) -> str:
    """Return when the models replied, which for cached or recorded calls was earlier: days."""
    days = {day(reply.when) for found in distributions for reply in found.replies if reply.when}
    days = days or {dt.datetime.now().astimezone().date()}
    return " to ".join(dict.fromkeys(d.isoformat() for d in (min(days), max(days))))


def _judged(
    arrived: Arrived,
    design: Design,
    judge: Judge,
    build: Callable[[Arrived], T],
    observe: Observer | None,
) -> Arrived:
    """Have each different response judged once; a judge that fails leaves responses unscored."""
    outcome = build(arrived)
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
        error.partial = build(replace(arrived, judgement=verdicts(), stopped=True))
        raise
    except VSError:
        # No response was scored: each verdict says why, and the responses are worth keeping.
        pass
    return replace(arrived, judgement=verdicts())

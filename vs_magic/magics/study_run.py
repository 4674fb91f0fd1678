"""One study from its cell to what it returns: prepare, say the price, ask, bind, show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vs_magic.errors import OptionError, ReplyError, VSError
from vs_magic.magics import usage_errors
from vs_magic.magics.config import Settings
from vs_magic.magics.dry_run import report
from vs_magic.magics.memory import Memory
from vs_magic.magics.progress import ProgressLine, drawer
from vs_magic.magics.show import hidden, say
from vs_magic.magics.study_cell import embedder_of, options_for, reference_of
from vs_magic.magics.study_line import Asked
from vs_magic.sampling.progress import Observer
from vs_magic.study import compare, sweep
from vs_magic.study import metric_plan as metric_plans
from vs_magic.study.arms import METHODS, read_methods
from vs_magic.study.design import Design
from vs_magic.study.judge import Judge, make_judge
from vs_magic.study.metric_plan import MetricPlan
from vs_magic.study.parameter import Course, read_parameter
from vs_magic.study.study import Study
from vs_magic.study.tasks import read_tasks
from vs_magic.verbalized.options import Options

LAST = "_vs_study"
"""The variable that holds the last comparison or sweep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A study that is ready to run.

    Parameters
    ----------
    design
        What it asks.
    judge
        Who judges, if anybody.
    ask
        Makes the calls.
    """

    design: Design
    judge: Judge | None
    ask: Callable[[Observer], Study]

    def announce(self) -> list[str]:
        """Return the lines that say what it will take."""
        told = [self.design.announce()]
        if self.judge is not None:
            responses = len(self.design.trials) * self.design.n
            told.append(self.judge.announce(self.design.tasks, responses))
        return told


def prepare_comparison(shell: Any, asked: Asked, tasks: Sequence[str]) -> Prepared:
    """Check everything and plan every call; nothing is sent.

    Raises
    ------
    OptionError, MissingExtraError, ModelError
        It cannot run.
    """
    options = _options(shell, asked)
    metric_plan = _metric_plan(shell, asked, options)
    methods = read_methods(asked.study.get("methods", METHODS))
    model = asked.study.get("model") or _configured_model(shell)
    design = compare.prepare(read_tasks(tasks), methods, model, metric_plan, options)
    judge = make_judge(asked.study.get("judge"), asked.study.get("rubric"), options)
    return Prepared(
        design=design,
        judge=judge,
        ask=lambda observe: compare.run(design, metric_plan, judge, observe),
    )


def prepare_sweep(shell: Any, asked: Asked, tasks: Sequence[str]) -> Prepared:
    """Check everything and plan every call; nothing is sent.

    Raises
    ------
    OptionError, MissingExtraError, ModelError
        It cannot run.
    """
    if "vary" not in asked.study:
        raise OptionError(
            "--vary says what is swept: threshold, k, temperature or n, as in --vary threshold"
        )
    options = _options(shell, asked)
    metric_plan = _metric_plan(shell, asked, options)
    methods = read_methods(asked.study.get("methods", METHODS))
    parameter = read_parameter(asked.study["vary"], methods)
    if parameter.name in asked.options:
        raise OptionError(f"--{parameter.name} is swept: give its values with --values")
    values = parameter.values(asked.study.get("values"), options)
    course = Course(parameter=parameter, values=values)
    model = asked.study.get("model") or _configured_model(shell)
    design = sweep.prepare(read_tasks(tasks), methods, course, metric_plan, options, model=model)
    judge = make_judge(asked.study.get("judge"), asked.study.get("rubric"), options)
    return Prepared(
        design=design,
        judge=judge,
        ask=lambda observe: sweep.run(design, course, metric_plan, judge=judge, observe=observe),
    )


def run(shell: Any, asked: Asked, prepared: Prepared) -> Study | None:
    """Run a study; return it, or None where it was bound or nothing was sent.

    Raises
    ------
    VSError
        Nothing came of it; the error rows are bound.
    KeyboardInterrupt
        The user stopped it; what had arrived is bound and shown first.
    """
    if asked.dry_run:
        print(_dry_run(prepared))  # noqa: T201 - it is what was asked for
        return None
    if not asked.quiet:
        for line in prepared.announce():
            say(shell, line)
    study = _ask(shell, asked, prepared)
    _keep(shell, asked, study)
    if asked.out is None:
        if asked.quiet:
            hidden(shell, _memory(shell), study)  # type: ignore[arg-type] # it lends a method
        return study
    if not asked.quiet:
        study._ipython_display_()
    return None


def _ask(shell: Any, asked: Asked, prepared: Prepared) -> Study:
    """Make the calls with a progress line; whatever ends them early leaves what has arrived."""
    line = ProgressLine(None if asked.quiet else drawer(shell))
    try:
        with line:
            return prepared.ask(line.observe)
    except KeyboardInterrupt as stopped:
        partial = getattr(stopped, "partial", None)
        if partial is None:
            raise usage_errors.stopped("stopped before anything arrived") from None
        _keep(shell, asked, partial)
        if not asked.quiet and len(partial.frame):
            partial._ipython_display_()
        where = asked.out or LAST
        done = partial.calls
        raise usage_errors.stopped(
            f"stopped after {done} of {prepared.design.calls} calls; {where} holds what had arrived"
        ) from None
    except VSError as error:
        if isinstance(error, ReplyError):
            _memory(shell).keep(shell, usage_errors.REPLY, error.reply)
        if error.partial is not None:
            _keep(shell, asked, error.partial)
        raise


def _keep(shell: Any, asked: Asked, study: Study) -> None:
    _memory(shell).keep(shell, LAST, study)
    if asked.out is not None:
        shell.user_ns[asked.out] = study


def _dry_run(prepared: Prepared) -> str:
    """Return, as plain text, what a study would send: each arm's messages for the first task."""
    first = prepared.design.tasks[0]
    parts = ["Dry run: nothing was sent.", *prepared.announce()]
    if len(prepared.design.tasks) > 1:
        parts.append(f"Shown for the first of {len(prepared.design.tasks)} tasks.")
    for trial in prepared.design.trials:
        if trial.task == first:
            told = report(trial.plan).partition("\n")[2]
            parts.append(f"\n═══ {trial.arm.label(prepared.design.arms)} ═══\n{told}")
    return "\n".join(parts)


def settings_of(shell: Any) -> Settings:
    """Return the settings of `%vs`, which hold for studies too."""
    settings: Settings = _magics(shell).settings
    return settings


def _options(shell: Any, asked: Asked) -> Options:
    return options_for(settings_of(shell).resolve(dict(asked.options)))


def _metric_plan(shell: Any, asked: Asked, options: Options) -> MetricPlan:
    study, names = asked.study, shell.user_ns
    return MetricPlan(
        metrics=metric_plans.find(study.get("metrics")),
        reference=reference_of(study.get("reference"), names),
        embedder=embedder_of(study.get("embedder"), names),
        weighted=bool(study.get("weighted")),
        level=study.get("level", 0.95),
        seed=options.seed or 0,
    )


def _configured_model(shell: Any) -> str | None:
    """Return the model that the settings name, if any."""
    value = settings_of(shell).resolve()["model"].value
    return None if value is None else str(value)


def _memory(shell: Any) -> Memory:
    memory: Memory = _magics(shell).memory
    return memory


def _magics(shell: Any) -> Any:
    """Return the magics whose settings and memory these share."""
    return shell.magics_manager.registry["VSMagics"]

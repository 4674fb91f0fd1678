"""One study from its cell to what it returns: prepare, say the price, ask, bind, show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vs_magic.errors import OptionError, ReplyError, VSError
from vs_magic.magics import usage_errors
from vs_magic.magics.dry_run import report
from vs_magic.magics.line import Line
from vs_magic.magics.progress import ProgressLine, drawer
from vs_magic.magics.shell_state import ShellState
from vs_magic.magics.show import hidden, say
from vs_magic.magics.study_cell import embedder_of, options_for, reference_of
from vs_magic.sampling.progress import Observer
from vs_magic.study import compare, sweep
from vs_magic.study import metric_plan as metric_plans
from vs_magic.study.arms import METHODS, read_methods
from vs_magic.study.comparison import Comparison
from vs_magic.study.design import Design
from vs_magic.study.judge import Judge, make_judge
from vs_magic.study.metric_plan import MetricPlan
from vs_magic.study.parameter import Course, read_parameter
from vs_magic.study.sweep_result import Sweep
from vs_magic.study.tasks import read_tasks
from vs_magic.verbalized.options import Options

LAST = "_vs_study"
"""The variable that holds the last comparison or sweep."""

Study = Comparison | Sweep


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


def prepare_comparison(state: ShellState, line: Line, tasks: Sequence[str]) -> Prepared:
    """Check everything and plan every call; nothing is sent.

    Raises
    ------
    OptionError, MissingExtraError, ModelError
        It cannot run.
    """
    options = _options(state, line)
    metric_plan = _metric_plan(state, line, options)
    methods = read_methods(line.own.get("methods", METHODS))
    design = compare.prepare(read_tasks(tasks), methods, _model(state, line), metric_plan, options)
    judge = make_judge(line.own.get("judge"), line.own.get("rubric"), options)
    return Prepared(
        design=design,
        judge=judge,
        ask=lambda observe: compare.run(design, metric_plan, judge, observe),
    )


def prepare_sweep(state: ShellState, line: Line, tasks: Sequence[str]) -> Prepared:
    """Check everything and plan every call; nothing is sent.

    Raises
    ------
    OptionError, MissingExtraError, ModelError
        It cannot run.
    """
    if "vary" not in line.own:
        raise OptionError(
            "--vary says what is swept: threshold, k, temperature or n, as in --vary threshold"
        )
    options = _options(state, line)
    metric_plan = _metric_plan(state, line, options)
    methods = read_methods(line.own.get("methods", METHODS))
    parameter = read_parameter(line.own["vary"], methods)
    if parameter.name in line.options:
        raise OptionError(f"--{parameter.name} is swept: give its values with --values")
    values = parameter.values(line.own.get("values"), options)
    course = Course(parameter=parameter, values=values)
    model = _model(state, line)
    design = sweep.prepare(read_tasks(tasks), methods, course, metric_plan, options, model=model)
    judge = make_judge(line.own.get("judge"), line.own.get("rubric"), options)
    return Prepared(
        design=design,
        judge=judge,
        ask=lambda observe: sweep.run(design, course, metric_plan, judge=judge, observe=observe),
    )


def run(state: ShellState, line: Line, prepared: Prepared) -> Study | None:
    """Run a study; return it, or None where it was bound or nothing was sent.

    Raises
    ------
    VSError
        Nothing came of it; the error rows are bound.
    KeyboardInterrupt
        The user stopped it; what had arrived is bound and shown first.
    """
    if line.dry_run:
        print(_dry_run(prepared))  # noqa: T201 - it is what was asked for
        return None
    if not line.quiet:
        for told in prepared.announce():
            say(state.shell, told)
    study = _ask(state, line, prepared)
    _keep(state, line, study)
    if line.out is None:
        if line.quiet:
            hidden(state.shell, state.memory, study)  # type: ignore[arg-type] # it lends a method
        return study
    if not line.quiet:
        study._ipython_display_()
    return None


def _ask(state: ShellState, line: Line, prepared: Prepared) -> Study:
    """Make the calls with a progress line; whatever ends them early leaves what has arrived."""
    progress = ProgressLine(None if line.quiet else drawer(state.shell))
    try:
        with progress:
            return prepared.ask(progress.observe)
    except KeyboardInterrupt as stopped:
        partial = getattr(stopped, "partial", None)
        if partial is None:
            raise usage_errors.stopped("stopped before anything arrived") from None
        _keep(state, line, partial)
        if not line.quiet and len(partial.frame):
            partial._ipython_display_()
        where = line.out or LAST
        done = partial.calls
        raise usage_errors.stopped(
            f"stopped after {done} of {prepared.design.calls} calls; {where} holds what had arrived"
        ) from None
    except VSError as error:
        if isinstance(error, ReplyError):
            state.memory.keep(state.shell, usage_errors.REPLY, error.reply)
        if error.partial is not None:
            _keep(state, line, error.partial)
        raise


def _keep(state: ShellState, line: Line, study: Study) -> None:
    state.memory.keep(state.shell, LAST, study)
    if line.out is not None:
        state.shell.user_ns[line.out] = study


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


def _options(state: ShellState, line: Line) -> Options:
    return options_for(state.settings.resolve(line.options))


def _metric_plan(state: ShellState, line: Line, options: Options) -> MetricPlan:
    study, names = line.own, state.names
    return MetricPlan(
        metrics=metric_plans.find(study.get("metrics")),
        reference=reference_of(study.get("reference"), names),
        embedder=embedder_of(study.get("embedder"), names),
        weighted=bool(study.get("weighted")),
        level=study.get("level", 0.95),
        seed=options.seed or 0,
    )


def _model(state: ShellState, line: Line) -> str | None:
    """Return the model that the line names, or the settings, if any."""
    value = line.own.get("model") or state.settings.resolve()["model"].value
    return None if value is None else str(value)

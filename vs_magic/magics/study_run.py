"""One study from its cell to what it returns: prepare, say the price, ask, bind, show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from vs_magic.errors import OptionError, ReplyError, VSError
from vs_magic.magics import usage_errors
from vs_magic.magics.dry_run import report
from vs_magic.magics.line import Line
from vs_magic.magics.progress import ProgressLine, drawer
from vs_magic.magics.session_scope import surroundings
from vs_magic.magics.shell_state import ShellState
from vs_magic.magics.show import hidden, say
from vs_magic.magics.study_cell import embedder_of, options_for, reference_of, tasks_of
from vs_magic.study import compare, sweep
from vs_magic.study import metric_plan as metric_plans
from vs_magic.study.arms import METHODS, read_methods
from vs_magic.study.design import Design
from vs_magic.study.judge import Judge, make_judge
from vs_magic.study.metric_plan import MetricPlan
from vs_magic.study.parameter import Course, read_parameter
from vs_magic.study.study import Study
from vs_magic.study.tasks import read_tasks
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.options import Options

LAST = "_vs_study"
"""The variable that holds the last comparison or sweep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A study that is ready to run; `ask` makes the calls, and tells an observer of them."""

    design: Design
    judge: Judge | None
    ask: Callable[..., Study]

    def announce(self) -> list[str]:
        """Return the lines that say what it will take."""
        told = [self.design.announce()]
        if self.judge is not None:
            responses = len(self.design.trials) * self.design.n
            told.append(self.judge.announce(self.design.tasks, responses))
        return told


def run_study(state: ShellState, line: Line) -> Study | None:
    """Prepare a study and run it; return it, or None where it was bound or nothing was sent.

    Whatever ends it early, what had arrived is bound before the error is raised.
    """
    with surroundings(state.shell, state.settings, debug=line.debug):
        return _run(state, line, _prepare(state, line))


def _prepare(state: ShellState, line: Line) -> Prepared:
    """Check everything and plan every call; nothing is sent."""
    own, names = line.own, state.names
    tasks = read_tasks(tasks_of(line, names))
    options = options_for(state.settings.resolve(line.options))
    metric_plan = MetricPlan(
        metrics=metric_plans.find(own.get("metrics")),
        reference=reference_of(own.get("reference"), names),
        embedder=embedder_of(own.get("embedder"), names),
        weighted="weighted" in own,
        level=own.get("level", 0.95),
        seed=options.seed or 0,
    )
    methods = read_methods(own.get("methods", METHODS))
    model = own.get("model") or state.settings.resolve()["model"].value
    judge = make_judge(own.get("judge"), own.get("rubric"), options)
    ask: Callable[..., Study]
    if "vary" in own:
        course = _course(line, methods, options)
        design = sweep.prepare(tasks, methods, course, metric_plan, options, model=model)
        ask = partial(sweep.run, design, course, metric_plan, judge=judge)
    else:
        design = compare.prepare(tasks, methods, model, metric_plan, options)
        ask = partial(compare.run, design, metric_plan, judge=judge)
    return Prepared(design=design, judge=judge, ask=ask)


def _course(line: Line, methods: Sequence[Method], options: Options) -> Course:
    """Return the parameter that a sweep varies, and its values."""
    parameter = read_parameter(line.own["vary"], methods)
    if parameter.name in line.options:
        raise OptionError(f"--{parameter.name} is swept: give its values with --values")
    return Course(parameter=parameter, values=parameter.values(line.own.get("values"), options))


def _run(state: ShellState, line: Line, prepared: Prepared) -> Study | None:
    """Say what it will take, ask, bind, show."""
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
            return prepared.ask(observe=progress.observe)
    except KeyboardInterrupt as stopped:
        arrived = getattr(stopped, "partial", None)
        if arrived is None:
            raise usage_errors.stopped("stopped before anything arrived") from None
        _keep(state, line, arrived)
        if not line.quiet and len(arrived.frame):
            arrived._ipython_display_()
        where = line.out or LAST
        done = arrived.calls
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

"""One cell, from its arguments to what it returns: plan, ask, bind, show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from vs_magic.errors import ReplyError, VSError
from vs_magic.llm import loop
from vs_magic.magics import usage_errors
from vs_magic.magics.config import Setting, options_of
from vs_magic.magics.dry_run import report
from vs_magic.magics.line import Line
from vs_magic.magics.memory import LAST
from vs_magic.magics.progress import ProgressLine, drawer
from vs_magic.magics.shell_state import ShellState
from vs_magic.magics.show import hidden, returned, say, show, wants_widget
from vs_magic.sampling.distribution import Distribution
from vs_magic.sampling.plan import Plan, plan
from vs_magic.sampling.sampler import Run, collect
from vs_magic.verbalized.options import Options
from vs_magic.view.words import count

if TYPE_CHECKING:
    from vs_magic.view.frame import CandidateFrame

STREAMED = 4
"""Up to so many calls, replies are read as they are written, so that an interrupt keeps the
complete candidates of one that is half written; with more calls, that would be work for little."""


def ask(
    state: ShellState, task: str, line: Line, settings: Mapping[str, Setting]
) -> CandidateFrame | None:
    """Ask for candidates; return their frame, or None where it was bound or nothing was sent.

    Whatever ends the run early, what had arrived is bound and shown before the error is raised.
    """
    options = options_of(settings)
    try:
        planned = plan(task, options)
    except KeyboardInterrupt:  # a client may take seconds to load
        raise usage_errors.stopped("stopped before anything was sent") from None
    if line.dry_run:
        print(report(planned))  # noqa: T201 - it is what was asked for
        return None
    if options.model is None and not line.quiet:
        _explain_choice(state, planned)
    cell = _Cell(state, planned, options, line, settings["display"].value)
    return cell.finish(_collect(cell))


def _explain_choice(state: ShellState, planned: Plan) -> None:
    """Say once which model was taken and why, where nobody named one."""
    name = planned.model.name
    if name in state.memory.told:
        return
    state.memory.told.add(name)
    note = f" It is {planned.model.note}." if planned.model.note else ""
    say(
        state.shell, f"Asking {name}: {planned.reason}.{note} (%vs_config model=… chooses another.)"
    )


def _collect(cell: _Cell) -> Distribution:
    """Run the plan with a progress line; whatever ends it early leaves what has arrived."""
    draw = None if cell.line.quiet else drawer(cell.state.shell)
    progress = ProgressLine(draw)
    run = Run(cell.planned, progress.observe)
    try:
        with progress:
            stream = cell.planned.calls <= STREAMED
            return loop.run(collect(cell.planned, into=run, stream=stream))
    except KeyboardInterrupt:
        arrived = run.distribution()
        cell.salvage(arrived)
        raise usage_errors.stopped(cell.stopped_line(arrived)) from None
    except VSError as error:
        if isinstance(error, ReplyError):
            cell.state.memory.keep(cell.state.shell, usage_errors.REPLY, error.reply)
        if error.partial is not None:
            cell.salvage(error.partial)
        raise


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a cell does with its distribution."""

    state: ShellState
    planned: Plan
    options: Options
    line: Line
    display: Any

    def finish(self, distribution: Distribution) -> CandidateFrame | None:
        """Bind, show, return: bound means shown here, returned means shown by the cell."""
        self._keep(distribution)
        frame, quiet = distribution.frame, self.line.quiet
        if self.line.out is None:
            widget = self._widget(distribution)
            if quiet:
                return hidden(self.state.shell, self.state.memory, frame)
            return returned(self.state.shell, self.state.memory, frame, widget)
        if not quiet:
            show(self.state.shell, frame, self._widget(distribution))
        return None

    def salvage(self, distribution: Distribution) -> None:
        """Bind and show what had arrived before the run was ended."""
        self._keep(distribution)
        if distribution.candidates and not self.line.quiet:
            show(self.state.shell, distribution.frame, None)

    def stopped_line(self, distribution: Distribution) -> str:
        """Say how far a stopped run had come, and where that is."""
        done = sum(call.reply is not None for call in distribution.calls)
        where = self.line.out or f"{LAST}.frame"
        kept = f"; {where} holds {len(distribution)} candidates" if distribution.candidates else ""
        return f"stopped after {done} of {count(self.planned.calls, 'call')}{kept}"

    def _keep(self, distribution: Distribution) -> None:
        self.state.memory.keep(self.state.shell, LAST, distribution)
        if self.line.out is not None:
            self._bind(self.line.out, distribution.frame)

    def _bind(self, name: str, frame: Any) -> None:
        self.state.shell.user_ns[name] = frame

    def _widget(self, distribution: Distribution) -> Callable[[], Any] | None:
        """Return what makes the widget, where there is to be one."""
        if not wants_widget(self.state.shell, self.display):
            return None
        from vs_magic.magics.widget_bridge import make_widget

        return partial(
            make_widget,
            distribution,
            self.planned,
            self.options,
            name=self.line.out,
            bind=self._bind,
        )

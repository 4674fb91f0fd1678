"""One cell, from its arguments to what it returns: plan, ask, bind, show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from vs_magic.errors import ReplyError, VSError
from vs_magic.llm import loop
from vs_magic.magics import usage_errors
from vs_magic.magics.arguments import Arguments
from vs_magic.magics.config import Setting, options_of
from vs_magic.magics.dry_run import report
from vs_magic.magics.memory import LAST, Memory
from vs_magic.magics.progress import ProgressLine, drawer
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
    shell: Any, memory: Memory, task: str, arguments: Arguments, settings: Mapping[str, Setting]
) -> CandidateFrame | None:
    """Ask for candidates; return their frame, or None where it was bound or nothing was sent.

    Raises
    ------
    OptionError, ModelError, ReplyError
        Nothing came of it; what did come is bound and shown first.
    KeyboardInterrupt
        The user stopped it; what had arrived is bound and shown first.
    """
    options = options_of(settings)
    try:
        planned = plan(task, options)
    except KeyboardInterrupt:  # a client may take seconds to load
        raise usage_errors.stopped("stopped before anything was sent") from None
    if arguments.dry_run:
        print(report(planned))  # noqa: T201 - it is what was asked for
        return None
    _explain_choice(shell, memory, planned, named=options.model is not None, arguments=arguments)
    cell = _Cell(shell, memory, planned, options, arguments, settings["display"].value)
    return cell.finish(_collect(cell))


def _explain_choice(
    shell: Any, memory: Memory, planned: Plan, *, named: bool, arguments: Arguments
) -> None:
    """Say once which model was taken and why, where nobody named one."""
    name = planned.model.name
    if named or name in memory.told or arguments.quiet:
        return
    memory.told.add(name)
    note = f" It is {planned.model.note}." if planned.model.note else ""
    say(shell, f"Asking {name}: {planned.reason}.{note} (%vs_config model=… chooses another.)")


def _collect(cell: _Cell) -> Distribution:
    """Run the plan with a progress line; whatever ends it early leaves what has arrived."""
    draw = None if cell.arguments.quiet else drawer(cell.shell)
    line = ProgressLine(draw)
    run = Run(cell.planned, line.observe)
    try:
        with line:
            stream = cell.planned.calls <= STREAMED
            return loop.run(collect(cell.planned, into=run, stream=stream))
    except KeyboardInterrupt:
        arrived = run.distribution()
        cell.salvage(arrived)
        raise usage_errors.stopped(cell.stopped_line(arrived)) from None
    except VSError as error:
        if isinstance(error, ReplyError):
            cell.memory.keep(cell.shell, usage_errors.REPLY, error.reply)
        if error.partial is not None:
            cell.salvage(error.partial)
        raise


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a cell does with its distribution."""

    shell: Any
    memory: Memory
    planned: Plan
    options: Options
    arguments: Arguments
    display: Any

    def finish(self, distribution: Distribution) -> CandidateFrame | None:
        """Bind, show, return: bound means shown here, returned means shown by the cell."""
        self._keep(distribution)
        frame, quiet = distribution.frame, self.arguments.quiet
        if self.arguments.out is None:
            widget = self._widget(distribution)
            if quiet:
                return hidden(self.shell, self.memory, frame)
            return returned(self.shell, self.memory, frame, widget)
        if not quiet:
            show(self.shell, frame, self._widget(distribution))
        return None

    def salvage(self, distribution: Distribution) -> None:
        """Bind and show what had arrived before the run was ended."""
        self._keep(distribution)
        if distribution.candidates and not self.arguments.quiet:
            show(self.shell, distribution.frame, None)

    def stopped_line(self, distribution: Distribution) -> str:
        """Say how far a stopped run had come, and where that is."""
        done = sum(call.reply is not None for call in distribution.calls)
        where = self.arguments.out or f"{LAST}.frame"
        kept = f"; {where} holds {len(distribution)} candidates" if distribution.candidates else ""
        return f"stopped after {done} of {count(self.planned.calls, 'call')}{kept}"

    def _keep(self, distribution: Distribution) -> None:
        self.memory.keep(self.shell, LAST, distribution)
        if self.arguments.out is not None:
            self._bind(self.arguments.out, distribution.frame)

    def _bind(self, name: str, frame: Any) -> None:
        self.shell.user_ns[name] = frame

    def _widget(self, distribution: Distribution) -> Callable[[], Any] | None:
        """Return what makes the widget, where there is to be one."""
        if not wants_widget(self.shell, self.display):
            return None
        from vs_magic.magics.widget_bridge import make_widget

        return partial(
            make_widget,
            distribution,
            self.planned,
            self.options,
            name=self.arguments.out,
            bind=self._bind,
        )

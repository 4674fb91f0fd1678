"""`%%vs` and `%vs`: one task, one distribution of candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vs_magic.magics.command import Command, Takes
from vs_magic.magics.flags import DISPLAY, OPTIONS, OUT, RUN
from vs_magic.magics.line import Line
from vs_magic.magics.shell_state import ShellState

if TYPE_CHECKING:
    from vs_magic.view.frame import CandidateFrame


def run(state: ShellState, line: Line) -> CandidateFrame | None:
    """Ask for candidates; return their frame, or None where it was bound or nothing was sent."""
    task = state.put(line.task)
    shown = {name: line.own[name] for name in ("display",) if line.own.get(name) is not None}
    settings = state.settings.resolve({**line.options, **shown})
    # The sampler, the models and pandas are imported by the first cell that asks.
    from vs_magic.magics.run import ask
    from vs_magic.magics.session_scope import surroundings

    with surroundings(state.shell, state.settings, debug=line.debug):
        return ask(state, task, line, settings)


COMMAND = Command(
    name="vs",
    intro="""\
Ask a language model for a distribution of responses, and see the candidates.

%%vs [NAME <<] [flags]         the task goes on the lines below
%vs [NAME <<] [flags] task     the task goes on the same line, after the flags

{{name}} in the task or in a flag's value puts in the variable of that name; \\{{name}} stays as
typed. A task that begins with a dash or names a flag goes after --. The frame of candidates is
returned, or bound to NAME. After each run, _vs is its distribution: _vs.draw(), _vs.tail(0.1),
_vs.replies. %vs_config shows the defaults and sets them; %vs_models lists the models.
""",
    examples="""\
%%vs -k 5 -t 0.1 --out jokes
Tell me a joke about {{topic}}.

%vs --method direct -n 10 Name a colour.
""",
    run=run,
    flags=(*OPTIONS, OUT, DISPLAY, *RUN),
    takes=Takes.TASK,
    kind="line_cell",
)

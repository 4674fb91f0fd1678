"""`%vs_sweep`: one parameter over its values, all else fixed."""

from __future__ import annotations

from typing import Any

from vs_magic.errors import OptionError
from vs_magic.magics.command import Command, Takes
from vs_magic.magics.flags import Flag, model_names
from vs_magic.magics.line import Line
from vs_magic.magics.shell_state import ShellState
from vs_magic.magics.study_flags import elsewhere, flags_of, names_in


def run(state: ShellState, line: Line) -> Any:
    """Vary one parameter; return the Sweep, or None where it was bound or not run."""
    if "vary" not in line.own:
        raise OptionError(
            "--vary says what is swept: threshold, k, temperature or n, as in --vary threshold"
        )
    # The studies (pandas, metrics, charts) are imported by the first one that runs.
    from vs_magic.magics.study_run import run_study

    return run_study(state, line)


COMMAND = Command(
    name="vs_sweep",
    intro="""\
Vary one parameter, all else fixed, and see how the variety of the answers changes.

%%vs_sweep [NAME <<] --vary NAME [flags]        one task a line below
%vs_sweep [NAME <<] --vary NAME [flags] task    one task, behind the flags

A method that does not have the parameter is asked once, and stands beside the curves. With --judge,
quality is shown against diversity. The Sweep is returned, or bound to NAME: .summary, .frame,
.settings, .report(), .chart().
""",
    examples="""\
%vs_sweep --vary temperature --values 0.3,0.7,1 -n 30 Name a US state.

%%vs_sweep --vary threshold --values 1,0.5,0.1 --judge gpt-4.1
Tell me a joke about coffee.
""",
    run=run,
    flags=flags_of(
        Flag(
            name="vary",
            metavar="NAME",
            help="threshold, k, temperature or n",
            suggest=names_in("vs_magic.study.parameter", "PARAMETERS"),
        ),
        Flag(name="values", metavar="A,B", help="its values (default: the paper's ablations)"),
        Flag(
            name="model", metavar="MODEL", help="model to ask; see %vs_models", suggest=model_names
        ),
    ),
    takes=Takes.TASK,
    kind="line_cell",
    body="the tasks, one a line,",
    elsewhere=elsewhere("%vs_sweep"),
)

"""`%vs_compare`: methods and models side by side, on the same tasks."""

from __future__ import annotations

from typing import Any

from vs_magic.magics.command import Command, Takes
from vs_magic.magics.flags import Flag, model_names
from vs_magic.magics.line import Line
from vs_magic.magics.shell_state import ShellState
from vs_magic.magics.study_flags import elsewhere, flags_of


def run(state: ShellState, line: Line) -> Any:
    """Compare methods or models; return the Comparison, or None where it was bound or not run."""
    # The studies (pandas, metrics, charts) are imported by the first one that runs.
    from vs_magic.magics.study_run import run_study

    return run_study(state, line)


COMMAND = Command(
    name="vs_compare",
    intro="""\
Put the same tasks to several methods, or models, and measure how varied the answers are.

%%vs_compare [NAME <<] [flags]        one task a line below; {{name}} alone on a line: all in a list
%vs_compare [NAME <<] [flags] task    one task, behind the flags

As many responses of each, all calls at once; the price is told before. The Comparison is returned,
or bound to NAME: .summary, .differences, .report(), .frame, .chart() and single charts. It names no
winner: where a difference's interval holds 0, there is no clear difference.
""",
    examples="""\
%vs_compare -n 30 --temperature 0.7 Roll a six-sided die.

%%vs_compare found << --methods direct,sequence,vs-standard,vs-cot --reference states
Name a US state.
""",
    run=run,
    flags=flags_of(
        Flag(
            name="model",
            spellings=("--model", "--models"),
            metavar="A,B",
            help="models to ask; see %vs_models",
            suggest=model_names,
        )
    ),
    takes=Takes.TASK,
    kind="line_cell",
    body="the tasks, one a line,",
    elsewhere=elsewhere("%vs_compare"),
)

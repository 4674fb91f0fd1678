"""`%vs_compare` and `%vs_sweep`: methods side by side, a parameter over its values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from vs_magic.errors import OptionError
from vs_magic.magics.flags import Flag
from vs_magic.magics.help import _section
from vs_magic.magics.interpolate import interpolate
from vs_magic.magics.study_line import COMPARE, SWEEP, Asked, known, read_line
from vs_magic.magics.usage_errors import errors_in_one_line

_COMPARE_INTRO = """\
Put the same tasks to several methods, or models, and measure how varied the answers are.

%%vs_compare [NAME <<] [flags]        one task a line below; {{name}} alone on a line: all in a list
%vs_compare [NAME <<] [flags] task    one task, behind the flags

As many responses of each, all calls at once; the price is told before. The Comparison is returned,
or bound to NAME: .summary, .differences, .report(), .frame, .chart() and single charts. It names no
winner: where a difference's interval holds 0, there is no clear difference.
"""
_COMPARE_OUTRO = """\
Examples

    %vs_compare -n 30 --temperature 0.7 Roll a six-sided die.

    %%vs_compare found << --methods direct,sequence,vs-standard,vs-cot --reference states
    Name a US state.
"""
_SWEEP_INTRO = """\
Vary one parameter, all else fixed, and see how the variety of the answers changes.

%%vs_sweep [NAME <<] --vary NAME [flags]        one task a line below
%vs_sweep [NAME <<] --vary NAME [flags] task    one task, behind the flags

A method that does not have the parameter is asked once, and stands beside the curves. With --judge,
quality is shown against diversity. The Sweep is returned, or bound to NAME: .summary, .frame,
.settings, .report(), .chart().
"""
_SWEEP_OUTRO = """\
Examples

    %vs_sweep --vary temperature --values 0.3,0.7,1 -n 30 Name a US state.

    %%vs_sweep --vary threshold --values 1,0.5,0.1 --judge gpt-4.1
    Tell me a joke about coffee.
"""


@magics_class
class VSStudyMagics(Magics):
    """Many samples side by side: `%vs_compare`, `%vs_sweep`."""

    @no_var_expand
    @line_cell_magic
    def vs_compare(self, line: str, cell: str | None = None) -> Any:
        """Compare methods or models."""

        def prepare(asked: Asked, tasks: Sequence[str]) -> Any:
            from vs_magic.magics.study_run import prepare_comparison

            return prepare_comparison(self.shell, asked, tasks)

        return self._run("%vs_compare", COMPARE, line, cell, prepare)

    @no_var_expand
    @line_cell_magic
    def vs_sweep(self, line: str, cell: str | None = None) -> Any:
        """Vary one parameter."""

        def prepare(asked: Asked, tasks: Sequence[str]) -> Any:
            from vs_magic.magics.study_run import prepare_sweep

            return prepare_sweep(self.shell, asked, tasks)

        return self._run("%vs_sweep", SWEEP, line, cell, prepare)

    def _run(
        self,
        magic: str,
        own: Sequence[Flag],
        line: str,
        cell: str | None,
        prepare: Callable[[Asked, Sequence[str]], Any],
    ) -> Any:
        """Read the line, prepare the study and run it."""
        names = self.shell.user_ns  # type: ignore[union-attr]
        with errors_in_one_line(self.shell):
            asked = read_line(line, magic, own, lambda text: interpolate(text, names))
            if asked.help:
                print(_usage(magic))  # noqa: T201 - it is what was asked for
                return None
            if cell is not None and not cell.strip():
                raise OptionError(f"the cell is empty: write one task a line below %{magic}")
            # The studies (pandas, metrics, charts) are imported by the first one that runs.
            from vs_magic.magics.session_scope import surroundings
            from vs_magic.magics.study_cell import tasks_of
            from vs_magic.magics.study_run import run, settings_of

            with surroundings(self.shell, settings_of(self.shell), debug=asked.debug):
                return run(self.shell, asked, prepare(asked, tasks_of(asked, cell, names)))


def _usage(magic: str) -> str:
    """Return the help of a magic, as plain text."""
    intro, own, outro = {
        "%vs_compare": (_COMPARE_INTRO, COMPARE, _COMPARE_OUTRO),
        "%vs_sweep": (_SWEEP_INTRO, SWEEP, _SWEEP_OUTRO),
    }[magic]
    every = known(own)
    sections = [
        _section("What to compare", (f for f in every if f.group == "study")),
        _section("How to ask", (f for f in every if f.group == "ask")),
        _section("What to do with it", (f for f in every if f.group == "show")),
    ]
    return "\n".join((intro, *sections, outro))


VSStudyMagics.vs_compare.__doc__ = _usage("%vs_compare")
VSStudyMagics.vs_sweep.__doc__ = _usage("%vs_sweep")

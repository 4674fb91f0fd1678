"""What `%vs_compare` and `%vs_sweep` have in common: their flags, and how a line runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vs_magic.magics.flags import OPTIONS, OUT, RUN, Flag, model_names
from vs_magic.verbalized.method import Method

if TYPE_CHECKING:
    from vs_magic.magics.line import Line
    from vs_magic.magics.shell_state import ShellState
    from vs_magic.magics.study_run import Prepared

_OTHERWISE = ("method", "model", "min_probability")
"""Options that mean something else in a study, or nothing."""

_HELP = {"n": "responses of each method to each task (default: 20)"}
"""An option whose default is another here."""


def _methods(_: str) -> Iterable[str]:
    return (*map(str, Method), "all")


def _metrics(_: str) -> Iterable[str]:
    from vs_magic import metrics

    return metrics.names()


def _rubrics(_: str) -> Iterable[str]:
    from vs_magic.study.rubrics import RUBRICS

    return RUBRICS


_SHARED = (
    Flag(
        name="methods",
        suggest=_methods,
        spellings=("-m", "--methods"),
        metavar="A,B",
        help="what to compare, or all (default: direct,sequence,vs-standard)",
    ),
    Flag(
        name="metrics",
        suggest=_metrics,
        metavar="A,B",
        help="what to measure (default: what suits)",
    ),
    Flag(
        name="reference",
        metavar="NAME",
        help="variable with the correct answers, or answers and their counts; or a,b,c",
    ),
    Flag(
        name="embedder",
        metavar="NAME",
        help="where embeddings come from: auto, minilm, light, litellm:NAME, a folder, a variable",
    ),
    Flag(name="weighted", kind=bool, help="weigh candidates where a metric can"),
    Flag(
        name="judge",
        suggest=model_names,
        metavar="MODEL",
        help="model that scores quality, 0 to 100, at T = 0",
    ),
    Flag(
        name="rubric",
        suggest=_rubrics,
        metavar="NAME",
        help="what it judges by: joke, poem, story, answer, general, or your own criteria",
    ),
    Flag(name="level", kind=float, metavar="P", help="of the intervals (default: 0.95)"),
    Flag(name="whole", kind=bool, help="the whole cell is one task, not one a line"),
)


def flags_of(*own: Flag) -> tuple[Flag, ...]:
    """Return all flags of a study: its own, those of both, and the options of a call."""
    shared = [
        replace(flag, help=_HELP.get(flag.name, flag.help))
        for flag in OPTIONS
        if flag.name not in _OTHERWISE
    ]
    return (*own, *_SHARED, *shared, OUT, *RUN)


def elsewhere(magic: str) -> dict[str, str]:
    """Return the flags of `%vs` that a study does not have, and what to do instead."""
    instead = {
        "--method": f"{magic} takes several: --methods direct,vs-standard",
        "--min-probability": "here it would leave the methods with unequal numbers",
        "--display": f"{magic} shows its chart and its table",
    }
    return {flag: f"is a flag of %vs; {what}" for flag, what in instead.items()}


def run_study(
    state: ShellState, line: Line, prepare: Callable[[ShellState, Line, Sequence[str]], Prepared]
) -> Any:
    """Prepare a study and run it; return it, or None where it was bound or nothing was sent."""
    # The studies (pandas, metrics, charts) are imported by the first one that runs.
    from vs_magic.magics.session_scope import surroundings
    from vs_magic.magics.study_cell import tasks_of
    from vs_magic.magics.study_run import run

    with surroundings(state.shell, state.settings, debug=line.debug):
        return run(state, line, prepare(state, line, tasks_of(line, state.names)))

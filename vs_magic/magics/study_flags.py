"""The flags that `%vs_compare` and `%vs_sweep` have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module
from typing import Any

from vs_magic.magics.flags import OPTIONS, OUT, RUN, Flag, model_names
from vs_magic.verbalized.method import Method

_OTHERWISE = ("method", "model", "min_probability")
"""Options that mean something else in a study, or nothing."""

_HELP = {"n": "responses of each method to each task (default: 20)"}
"""An option whose default is another here."""


def names_in(module: str, names: str) -> Callable[[str], Iterable[str]]:
    """Return what completes to names that a module lists; imported by the first Tab that asks."""

    def suggest(_: str) -> Iterable[str]:
        listed: Any = getattr(import_module(module), names)
        return tuple(listed() if callable(listed) else listed)

    return suggest


_SHARED = (
    Flag(
        name="methods",
        suggest=lambda _: (*map(str, Method), "all"),
        spellings=("-m", "--methods"),
        metavar="A,B",
        help="what to compare, or all (default: direct,sequence,vs-standard)",
    ),
    Flag(
        name="metrics",
        suggest=names_in("vs_magic.metrics", "names"),
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
        suggest=names_in("vs_magic.study.rubrics", "RUBRICS"),
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

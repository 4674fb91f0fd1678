"""The lines of `%vs_compare` and `%vs_sweep`: their flags, and what stands behind them.

The options of a call are those of `%vs`, read off the same declaration; the flags of a study are
declared here, once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.magics.arguments import check_name
from vs_magic.magics.flags import Flag, added, flags, nearest, read_value
from vs_magic.magics.line import binding_at, skip_space, value_at, word_at

_NOT_OURS = ("method", "model", "min_probability", "display")
_OURS = {"n": "responses of each method to each task (default: 20)"}
"""Flags of %vs that mean something else here, or nothing; and one whose default is another."""


def _flag(name: str, *spellings: str, help: str, metavar: str = "", kind: Any = str) -> Flag:
    return Flag(
        name=name, spellings=spellings, kind=kind, help=help, metavar=metavar, group="study"
    )


_BOTH = (
    _flag(
        "methods",
        *("-m", "--methods"),
        metavar="A,B",
        help="what to compare, or all (default: direct,sequence,vs-standard)",
    ),
    _flag("metrics", "--metrics", metavar="A,B", help="what to measure (default: what suits)"),
    _flag(
        "reference",
        "--reference",
        metavar="NAME",
        help="variable with the correct answers, or answers and their counts; or a,b,c",
    ),
    _flag(
        "embedder",
        "--embedder",
        metavar="NAME",
        help="where embeddings come from: auto, minilm, light, litellm:NAME, a folder, a variable",
    ),
    _flag("weighted", "--weighted", kind=bool, help="weigh candidates where a metric can"),
    _flag(
        "judge", "--judge", metavar="MODEL", help="model that scores quality, 0 to 100, at T = 0"
    ),
    _flag(
        "rubric",
        "--rubric",
        metavar="NAME",
        help="what it judges by: joke, poem, story, answer, general, or your own criteria",
    ),
    _flag("level", "--level", kind=float, metavar="P", help="of the intervals (default: 0.95)"),
    _flag("whole", "--whole", kind=bool, help="the whole cell is one task, not one a line"),
)

COMPARE = (
    _flag("model", *("--model", "--models"), metavar="A,B", help="models to ask; see %vs_models"),
    *_BOTH,
)
"""The flags of `%vs_compare` that are no option of a call."""

SWEEP = (
    _flag("vary", "--vary", metavar="NAME", help="threshold, k, temperature or n"),
    _flag("values", "--values", metavar="A,B", help="its values (default: the paper's ablations)"),
    _flag("model", "--model", metavar="MODEL", help="model to ask; see %vs_models"),
    *_BOTH,
)
"""The flags of `%vs_sweep` that are no option of a call."""


def known(own: Sequence[Flag]) -> tuple[Flag, ...]:
    """Return all flags of a magic: its own, the options of a call, and how the cell shows."""
    shared = [flag for name, flag in flags().items() if name not in _NOT_OURS]
    return (*own, *(_described(flag) for flag in shared))


def _described(flag: Flag) -> Flag:
    return replace(flag, help=_OURS[flag.name]) if flag.name in _OURS else flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a line asks for.

    Parameters
    ----------
    options
        The options of a call that it names.
    study
        The flags of the study that it names.
    out, quiet, debug, dry_run, help
        As the flags say.
    rest
        What follows the flags, as typed: a task, or nothing.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    study: Mapping[str, Any] = field(default_factory=dict)
    out: str | None = None
    quiet: bool = False
    debug: bool = False
    dry_run: bool = False
    help: bool = False
    rest: str = ""


_SHORT = re.compile(r"-[A-Za-z]")


def read_line(
    line: str, magic: str, own: Sequence[Flag], interpolate: Callable[[str], str] = str
) -> Asked:
    """Read the line of a magic.

    Parameters
    ----------
    line
        What stands after its name.
    magic
        Its name, for messages.
    own
        The flags of its own.
    interpolate
        Puts variables into a flag's value.

    Raises
    ------
    OptionError
        A flag is unknown, said twice, lacks its value or has an impossible one.

    Examples
    --------
    >>> line = "found << -n 30 --methods direct,vs-cot Roll a die."
    >>> asked = read_line(line, "%vs_compare", COMPARE)
    >>> asked.out, dict(asked.options), dict(asked.study), asked.rest
    ('found', {'n': 30}, {'methods': 'direct,vs-cot'}, 'Roll a die.')
    """
    by_spelling = {spelling: flag for flag in known(own) for spelling in flag.spellings}
    found: dict[str, Any] = {}
    groups: dict[str, str] = {}
    name, at = binding_at(line)
    if name:
        found["out"] = name
    while True:
        at = skip_space(line, at)
        word = word_at(line, at)
        if word == "--":
            at = skip_space(line, at + 2)
            break
        if not re.match(r"--?[A-Za-z]", word):
            break
        flag, at = _name(at, word, by_spelling, magic)
        raw, at = _raw(line, at, flag, by_spelling)
        value = True if raw is None else _value(flag, interpolate(raw))
        found[flag.name] = added(found, flag, value)
        groups[flag.name] = flag.group
    return _asked(found, groups, line[at:].rstrip())


def _asked(found: Mapping[str, Any], groups: Mapping[str, str], rest: str) -> Asked:
    show = {n: v for n, v in found.items() if groups.get(n, "show") == "show"}
    if "out" in show:
        check_name(show["out"])
    if show.get("quiet") and show.get("dry_run"):
        raise OptionError("--dry-run only shows, and --quiet shows nothing: leave one out")
    return Asked(
        options={n: v for n, v in found.items() if groups.get(n) == "ask"},
        study={n: v for n, v in found.items() if groups.get(n) == "study"},
        rest=rest,
        **show,
    )


def _name(at: int, word: str, by_spelling: Mapping[str, Flag], magic: str) -> tuple[Flag, int]:
    """Read a flag's name; return the flag and the position after its name."""
    name = word.partition("=")[0]
    written = name if not name.startswith("--") else name.replace("_", "-").lower()
    if written in by_spelling:
        return by_spelling[written], at + len(name)
    short = by_spelling.get(word[:2]) if _SHORT.match(word) and len(word) > 2 else None
    if short is not None and short.takes_value:
        return short, at + 2
    if written in ("--method", "--min-probability", "--display"):
        raise OptionError(f"{name} is a flag of %vs; {_instead(written, magic)}")
    near = nearest(written, [spelling for spelling in by_spelling if spelling[:2] == "--"])
    meant = f"did you mean {near}?" if near else f"{magic} --help lists them"
    raise OptionError(f"unknown flag {name}: {meant}")


def _instead(written: str, magic: str) -> str:
    return {
        "--method": f"{magic} takes several: --methods direct,vs-standard",
        "--min-probability": "here it would leave the methods with unequal numbers",
    }.get(written, f"{magic} shows its chart and its table")


def _raw(line: str, at: int, flag: Flag, by_spelling: Mapping[str, Flag]) -> tuple[str | None, int]:
    """Read a flag's value as typed, from just behind its name."""
    attached = at < len(line) and not line[at].isspace()
    if not flag.takes_value:
        if attached:
            raise OptionError(f"{flag.long} takes no value, and {line[at:][:20]!r} follows it")
        return None, at
    at = at + (line[at] == "=") if attached else skip_space(line, at)
    if word_at(line, at).partition("=")[0] in by_spelling:
        raise OptionError(f"{flag.long} takes a value ({flag.metavar}), and none was given")
    return value_at(line, at, flag)


def _value(flag: Flag, text: str) -> Any:
    if flag.group != "study":
        return read_value(flag, text)
    if flag.kind is not float:
        return text
    try:
        return float(text)
    except ValueError:
        raise OptionError(f"{flag.long} takes a number, not {text!r}") from None

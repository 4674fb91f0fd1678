"""A magic's line → what was asked for: flags first, then (on `%vs`) the task, verbatim.

[NAME <<] [--flag value | --flag=value | -k 5 | -k5 …] [--] [task]
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.magics.flags import Display, Flag, added, flags, read_value
from vs_magic.magics.line import binding_at, flag_at, skip_space, word_at

Interpolate = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What a line asks for.

    Parameters
    ----------
    given
        The values of `Options` that the line names; None for one set to `none`.
    out
        The variable to bind the frame to.
    display
        How to show it; None leaves that to the settings.
    quiet, debug, dry_run, help
        As the flags say.
    rest
        What follows the flags, as typed: the task of `%vs`.
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    out: str | None = None
    display: Display | None = None
    quiet: bool = False
    debug: bool = False
    dry_run: bool = False
    help: bool = False
    rest: str = ""


def parse(line: str, interpolate: Interpolate = str) -> Arguments:
    """Read a magic's line.

    Parameters
    ----------
    line
        What stands after the magic's name.
    interpolate
        Puts variables into a flag's value; the rest of the line is left alone.

    Raises
    ------
    OptionError
        A flag is unknown, said twice, lacks its value or has an impossible one.

    Examples
    --------
    >>> found = parse("jokes << -k5 --temperature 0.7 Tell me a joke -- it's for a friend")
    >>> found.out, dict(found.given), found.rest
    ('jokes', {'k': 5, 'temperature': 0.7}, "Tell me a joke -- it's for a friend")
    """
    found: dict[str, Any] = {}
    name, at = binding_at(line)
    if name:
        _take(found, flags()["out"], name)
    while True:
        at = skip_space(line, at)
        if word_at(line, at) == "--":
            at = skip_space(line, at + 2)
            break
        read = flag_at(line, at)
        if read is None:
            break
        flag, raw, at = read
        _take(found, flag, raw if raw is None else interpolate(raw))
    return _arguments(found, line[at:].rstrip())


def _take(found: dict[str, Any], flag: Flag, raw: str | None) -> None:
    """Note a flag."""
    value: Any = True if raw is None else read_value(flag, raw)
    if flag.name == "out":
        check_name(value)
    found[flag.name] = added(found, flag, value)


def check_name(name: str | None) -> None:
    """Refuse what cannot name a variable.

    Raises
    ------
    OptionError
        It is no Python name, or a word that Python keeps for itself.
    """
    if not name or not name.isidentifier() or keyword.iskeyword(name):
        raise OptionError(f"--out takes the name of a variable, and {name or ''!r} cannot be one")


def _arguments(found: Mapping[str, Any], rest: str) -> Arguments:
    shown = {name: found[name] for name in found if flags()[name].group == "show"}
    if shown.get("quiet") and shown.get("dry_run"):
        raise OptionError("--dry-run only shows, and --quiet shows nothing: leave one out")
    asked = {name: found[name] for name in found if name not in shown}
    return Arguments(given=asked, rest=rest, **shown)

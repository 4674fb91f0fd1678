"""`%vs_config`: what its line asks for, and the table that it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.magics.arguments import Interpolate
from vs_magic.magics.config import Setting, option_name
from vs_magic.magics.flags import added, read_value, settable
from vs_magic.magics.line import flag_at, skip_space, unknown_flag, value_at, word_at
from vs_magic.magics.table import Table

_ASSIGNED = re.compile(r"([A-Za-z][\w-]*)[ \t]*=[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigLine:
    """What a `%vs_config` line asks for.

    Parameters
    ----------
    changes
        Options to set, as typed; the texts of one that can be repeated.
    names
        Options to show, or to reset; none stands for all.
    reset, help
        As the flags say.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    reset: bool = False
    help: bool = False


def parse_config(line: str, interpolate: Interpolate = str) -> ConfigLine:
    """Read the line of `%vs_config`; `interpolate` puts variables into a value.

    Raises
    ------
    OptionError
        An option is unknown, named twice, or lacks its value.

    Examples
    --------
    >>> parse_config("k=7 --model simulated/aligned").changes
    {'k': '7', 'model': 'simulated/aligned'}
    """
    changes: dict[str, Any] = {}
    names: list[str] = []
    words = {"--reset": False, "--help": False}
    at = skip_space(line, 0)
    while at < len(line):
        word = word_at(line, at)
        assigned = _ASSIGNED.match(line, at)
        if word in words:
            words[word] = True
            at += len(word)
        elif assigned:
            name = option_name(assigned[1])
            value, at = value_at(line, assigned.end(), settable()[name])
            _add(changes, name, interpolate(value))
        elif word.startswith("-"):
            name, value, at = _flagged(line, at, word)
            _add(changes, name, interpolate(value))
        else:
            names.append(option_name(word))
            at += len(word)
        at = skip_space(line, at)
    if words["--reset"] and changes:
        raise OptionError("--reset forgets and sets nothing: do one after the other")
    return ConfigLine(
        changes=changes, names=tuple(names), reset=words["--reset"], help=words["--help"]
    )


def table(settings: Mapping[str, Setting], names: tuple[str, ...] = ()) -> Table:
    """Return the settings, all or the named ones, as a table."""
    return Table(
        heads=("option", "value", "from"),
        rows=tuple(
            (name, "–" if s.value is None else _plain(s.value), s.source)
            for name, s in settings.items()
            if not names or name in names
        ),
        note="" if names else "Set one for this session: %vs_config k=7. More: %vs_config --help",
    )


def _flagged(line: str, at: int, word: str) -> tuple[str, str, int]:
    """Read an option that is written as a flag; those of a single cell cannot be kept."""
    read = flag_at(line, at)
    if read is None:
        raise unknown_flag(word)
    flag, value, end = read
    if flag.name not in settable():
        raise OptionError(f"{flag.long} belongs to one cell and cannot be set for all")
    return flag.name, "true" if value is None else value, end


def _add(changes: dict[str, Any], name: str, value: str) -> None:
    flag = settable()[name]
    changes[name] = added(changes, flag, read_value(flag, value) if flag.repeats else value)


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:g}" if isinstance(value, float) else str(value)

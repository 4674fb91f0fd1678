"""The reader of every magic's line: flags first, then what the magic takes, verbatim.

[NAME <<] [--flag value | --flag=value | -k 5 | -k5 …] [--] [task]
"""

from __future__ import annotations

import keyword
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.magics import misread
from vs_magic.magics.command import Command, Takes
from vs_magic.magics.config import option_name
from vs_magic.magics.flags import Flag, read_value, settable
from vs_magic.magics.line import Line
from vs_magic.magics.misread import Typed
from vs_magic.magics.scan import (
    ASSIGNED,
    DASHES,
    binding_at,
    flag_in,
    is_number,
    skip_space,
    value_at,
    with_plain_dashes,
    word_at,
)


def read(
    command: Command, text: str, cell: str | None = None, put: Callable[[str], str] = str
) -> Line:
    """Read what stands after a magic's name, and the lines below it, of a cell magic.

    `put` puts variables into the values of flags; the task is left alone. A flag is refused that is
    unknown, said twice, stands in the wrong place, lacks its value or has an impossible one; and a
    line without its task.

    >>> from vs_magic.magics.vs import COMMAND
    >>> line = read(COMMAND, "jokes << -k5 --temperature 0.7 A joke -- it's for a friend")
    >>> line.out, dict(line.options), line.task
    ('jokes', {'k': 5, 'temperature': 0.7}, "A joke -- it's for a friend")
    """
    typed = Typed(command=command, text=text, in_cell=cell is not None)
    found = _Found(typed, put)
    rest = text[found.read() :].rstrip()
    found.check_together()
    if command.takes is Takes.TASK and "help" not in found.values:
        rest = _task(typed, rest, cell)
    asked = {flag.name for flag in command.flags if flag.group == "ask"}
    return Line(
        options={name: value for name, value in found.values.items() if name in asked},
        own={name: value for name, value in found.values.items() if name not in asked},
        words=tuple(found.words),
        task=rest,
        in_cell=typed.in_cell,
    )


@dataclass(slots=True)
class _Found:
    """What has been read of a line so far."""

    typed: Typed
    put: Callable[[str], str]
    values: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def read(self) -> int:
        """Read the line up to its task; return where that begins."""
        command, text = self.typed.command, self.typed.text
        at, ended = 0, False
        if (out := command.spelled("--out")) is not None:
            name, at = binding_at(text)
            if name:
                self._take(out, name)
        while (at := skip_space(text, at)) < len(text):
            word = word_at(text, at)
            if word == "--" and not ended:
                at, ended = at + 2, True
            elif word[0] in DASHES and not ended:
                at = self._flag(at, word)
            elif command.takes is Takes.TASK:
                break
            else:
                at = self._word(at)
        if not ended:
            misread.refuse_flags_inside(self.typed, at)
        return at

    def check_together(self) -> None:
        """Refuse what contradicts itself on any line."""
        if "quiet" in self.values and "dry_run" in self.values:
            raise OptionError("--dry-run only shows, and --quiet shows nothing: leave one out")

    def _flag(self, at: int, word: str) -> int:
        """Read a flag and its value; return the position after them."""
        read = flag_in(word, self.typed.command)
        if read is None:
            raise misread.unknown_flag(self.typed, at, word)
        flag, length = read
        raw, at = raw_value(self.typed, at + length, flag)
        self._take(flag, raw)
        return at

    def _word(self, at: int) -> int:
        """Read what is no flag's; return the position after it."""
        takes, text = self.typed.command.takes, self.typed.text
        if takes is Takes.SETTINGS:
            if assigned := ASSIGNED.match(text, at):
                flag = settable()[option_name(assigned[1])]
                raw, at = _value(self.typed, assigned.end(), flag)
                self._take(flag, raw)
                return at
            self.words.append(option_name(word_at(text, at)))
            return at + len(word_at(text, at))
        word, end = value_at(text, at, "FILE")
        if takes is Takes.NOTHING or self.words:
            raise misread.surplus(self.typed, word)
        self.words.append(self.put(word))
        return end

    def _take(self, flag: Flag, raw: str | None) -> None:
        """Note a flag; saying it twice is refused, for one of the two would be lost silently."""
        value: Any = True if raw is None else read_value(flag, self.put(raw))
        if flag.name == "out":
            _check_name(value)
        if flag.repeats:
            value = (*(self.values.get(flag.name) or ()), *(value or ())) or None
        elif flag.name in self.values:
            raise OptionError(f"{flag.long} is given twice: leave one out")
        self.values[flag.name] = value


def raw_value(typed: Typed, at: int, flag: Flag) -> tuple[str | None, int]:
    """Read a flag's value as typed, from just behind its name; return the position after it, too.

    The value is None for a flag that takes none.
    """
    text = typed.text
    attached = at < len(text) and not text[at].isspace()
    if not flag.takes_value:
        if attached:
            raise OptionError(f"{flag.long} takes no value, and {text[at:][:20]!r} follows it")
        return None, at
    if attached:
        return _value(typed, at + (text[at] == "="), flag)
    at = skip_space(text, at)
    word = word_at(text, at)
    if word == "--" or flag_in(word, typed.command) or with_plain_dashes(word, typed.command):
        raise misread.lacking(flag)
    if word[:1] in tuple(DASHES) and not is_number(word):
        raise misread.lacking(flag, word)
    return _value(typed, at, flag)


def _value(typed: Typed, at: int, flag: Flag) -> tuple[str, int]:
    if not word_at(typed.text, at):
        raise misread.lacking(flag)
    return value_at(typed.text, at, flag.long)


def _check_name(name: str | None) -> None:
    """Refuse what cannot name a variable."""
    if not name or not name.isidentifier() or keyword.iskeyword(name):
        raise OptionError(f"--out takes the name of a variable, and {name or ''!r} cannot be one")


def _task(typed: Typed, rest: str, cell: str | None) -> str:
    """Return the task as typed: the cell's lines, or what follows the flags on the line."""
    line = f"%{typed.command.name} {rest or '-n 10 Name a colour.'}"
    if cell is None and not rest:
        raise OptionError(f"there is no task: write it after the flags, as in {line}")
    if cell is not None and not cell.strip():
        raise OptionError(
            f"the cell is empty: write {typed.command.body} below the first line, or on the line "
            f"with one %, as in {line}"
        )
    if cell is not None and rest:
        raise misread.unexpected(typed, rest)
    return rest if cell is None else cell.strip("\n")

"""A line that cannot be read: what was probably meant, and the line as it is to be written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from vs_magic.errors import OptionError
from vs_magic.magics.command import Command, Takes
from vs_magic.magics.flags import Flag, nearest
from vs_magic.magics.scan import DASHES, flag_in, value_at, with_plain_dashes, word_at
from vs_magic.verbalized.method import Method

_LONGEST = 200
"""Characters of a corrected line that an error shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A line as typed, and the magic that it was typed for."""

    command: Command
    text: str
    in_cell: bool = False

    @property
    def magic(self) -> str:
        """The magic's name, as typed."""
        return ("%%" if self.in_cell else "%") + self.command.name

    def written(self, *parts: str) -> str:
        """Return the magic with another line, cut where it is too long to be shown."""
        line = " ".join((self.magic, *(part.strip() for part in parts if part.strip())))
        return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"


def unknown_flag(typed: Typed, at: int, word: str) -> OptionError:
    """Return the error for a word with dashes that is no flag, with what was probably meant."""
    command, name = typed.command, word.partition("=")[0]
    _refuse_elsewhere(word, command)
    meant = with_plain_dashes(word, command)
    dashes = word[: len(word) - len(word.lstrip(DASHES))]
    if meant is not None and dashes.strip("-"):
        kind = unicodedata.name(dashes.strip("-")[0]).lower()
        line = typed.written(_line_with_plain_dashes(typed.text, command))
        article = "an" if kind[0] in "aeiou" else "a"
        return OptionError(f"{name} is typed with {article} {kind}: write {meant}, as in {line}")
    if meant is not None:
        known = meant.partition("=")[0]
        count = "two dashes" if known.startswith("--") else "one dash"
        return OptionError(f"unknown flag {name}: did you mean {known} ({count})?")
    if (near := _near(name, command)) is not None:
        return OptionError(f"unknown flag {name}: did you mean {near}?")
    hint = ""
    if command.takes is Takes.TASK and not typed.in_cell:
        line = typed.written(typed.text[:at], "--", typed.text[at:])
        hint = f"; a task that begins with a dash goes after --, as in {line}"
    return OptionError(f"unknown flag {name}: %{command.name} --help lists them{hint}")


def lacking(flag: Flag, follows: str = "") -> OptionError:
    """Return the error for a flag without its value."""
    value = f"{flag.long} takes a value ({flag.metavar})"
    if follows:
        return OptionError(
            f'{value}, and {follows} is typed as a flag: if it is the value, write "{follows}"'
        )
    choices = f": one of {', '.join(flag.choices)}" if flag.choices else ""
    return OptionError(f"{value}, and none was given{choices}")


def surplus(typed: Typed, word: str) -> OptionError:
    """Return the error for a word that the magic does not take."""
    command = typed.command
    hint = f": {command.surplus}" if command.surplus else ""
    return OptionError(
        f"%{command.name} takes {command.takes}, and {word[:40]!r} is one word too many{hint}"
    )


def refuse_flags_inside(typed: Typed, start: int) -> None:
    """Refuse a line whose task, which begins at `start`, holds flags; show it with them before."""
    inside = [] if typed.in_cell else list(_flags_inside(typed, start))
    if not inside:
        return
    flags, task, at = [], [], start
    for begin, end, written in inside:
        flags.append(written)
        task.append(typed.text[at:begin].strip())
        at = end
    line = typed.written(typed.text[:start], *flags, *task, typed.text[at:])
    name = word_at(typed.text, inside[0][0])
    raise OptionError(
        f"{name} stands inside the task: flags go before it, as in {line} (-- before the task "
        "sends it as typed)"
    )


def _flags_inside(typed: Typed, start: int) -> Iterator[tuple[int, int, str]]:
    """Yield each flag that stands inside the task: from where to where, and as it is written."""
    text, command, last = typed.text, typed.command, start
    for match in re.finditer(rf"(?<!\S)[{DASHES}]\S+", text[start:]):
        at = start + match.start()
        meant = match[0] if flag_in(match[0], command) else _typographic(match[0], command)
        _refuse_elsewhere(match[0], command)
        if at < last or meant is None:
            continue
        flag, length = flag_in(meant, command) or (None, 0)
        last = start + match.end()
        if flag is not None and flag.takes_value and length == len(meant) and text[last:].strip():
            begin = last + len(text[last:]) - len(text[last:].lstrip())
            try:
                last = value_at(text, begin, flag.long)[1]
            except OptionError:
                last = begin + len(word_at(text, begin))
            meant += f" {text[begin:last]}"
        yield at, last, meant


def _refuse_elsewhere(word: str, command: Command) -> None:
    """Refuse a flag of other magics that is often tried here."""
    name = word.partition("=")[0]
    long = "--" + name.lstrip(DASHES).replace("_", "-").lower()
    if (why := command.elsewhere.get(name) or command.elsewhere.get(long)) is not None:
        raise OptionError(f"{name} {why}")


def _typographic(word: str, command: Command) -> str | None:
    """Return a word that typographic dashes begin as the flag that it would be with plain ones."""
    dashes = word[: len(word) - len(word.lstrip(DASHES))]
    return with_plain_dashes(word, command) if dashes.strip("-") else None


def _line_with_plain_dashes(text: str, command: Command) -> str:
    """Return a line with plain dashes before each of its flags."""
    return re.sub(rf"(?<!\S)[{DASHES}]\S+", lambda m: _typographic(m[0], command) or m[0], text)


def _near(name: str, command: Command) -> str | None:
    """Return what a misspelt flag was probably meant to be."""
    short = command.spelled(name[:2])
    if short is not None and name[2:] in short.choices:
        return f"{name[:2]} {name[2:]}"
    bare = name.lstrip(DASHES).lower().replace("_", "-")
    longs = [s for flag in command.flags for s in flag.spellings if s.startswith("--")]
    return nearest(f"--{bare}", longs) if len(bare) > 1 else None


def unexpected(typed: Typed, rest: str) -> OptionError:
    """Return the error for words on a `%%` line that are no flag."""
    shown = rest if len(rest) <= 40 else rest[:40] + "…"
    meant = _binding(rest) or _without_dashes(word_at(rest, 0), typed.command)
    if not meant:
        meant = (
            f"on {typed.magic} write {typed.command.body} on the lines below; to write it on the "
            f"same line, use %{typed.command.name}"
        )
    return OptionError(f"{shown!r} is no flag: {meant}")


def _binding(rest: str) -> str:
    """A `NAME <<` whose name cannot be bound, or that comes after the flags."""
    name, arrow, _ = rest.partition("<<")
    name = name.strip()
    if not arrow or " " in name:
        return ""
    if name.isidentifier():
        return f"`{name} <<` goes before the flags, or write --out {name} after them"
    return f"a variable cannot be called {name!r}; `NAME <<` takes letters, digits and _"


def _without_dashes(word: str, command: Command) -> str:
    """A value without its flag, or a flag without its dashes."""
    name, equals, value = word.partition("=")
    flag = command.spelled("--" + name.replace("_", "-"))
    if flag is not None:
        shown = f"{flag.long} {value or flag.metavar}" if flag.takes_value else flag.long
        return f"did you mean {shown}?"
    if equals:
        return ""
    method = command.spelled("-m")
    if method is not None and word in {str(method) for method in Method}:
        return f"did you mean {method.long} {word}?"
    if word.isdigit():
        return f"did you mean --k {word}?"
    return f"did you mean --model {word}?" if "/" in word else ""

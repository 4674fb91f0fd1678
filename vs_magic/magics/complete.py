"""Tab completion: flags, their values, option names, and `{{names}}`.

`suggest` is the whole of it, on plain strings; `matcher` hands it to IPython, in the form that
serves the terminal and every kernel, with or without jedi.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from vs_magic.magics.command import Command, Takes
from vs_magic.magics.commands import COMMANDS
from vs_magic.magics.flags import Flag
from vs_magic.magics.interpolate import insertable
from vs_magic.magics.scan import flag_in

IDENTIFIER = "vs_magic.completer"
_LINE_MAGIC = re.compile(r"(?:[^%'\"]*=)?\s*%(\w+)(?=\s)")
_CELL_MAGIC = re.compile(r"%%(\w+)(?=\s|$)")
_BRACES = re.compile(r"\{\{[ \t]*(\w*)$")
_WORDS = re.compile(r"\"(?:\\\"|[^\"])*\"?|'(?:\\'|[^'])*'?|\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that could be typed, with what it is and a description."""

    text: str
    kind: str
    help: str

    @property
    def label(self) -> str:
        """Kind and description as front ends show them: short, on one line.

        JupyterLab breaks it at spaces and hyphens and prints the pieces over the entries below;
        no-break ones keep it whole.
        """
        told = shorten(f"{self.kind} · {self.help}", 60, placeholder=" …")
        return told.replace(" ", "\xa0").replace("-", "\u2011")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What could stand in place of `typed`, the end of the text before the cursor."""

    typed: str
    entries: tuple[Entry, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The entries' texts."""
        return tuple(entry.text for entry in self.entries)


def suggest(before: Iterable[str], names: Mapping[str, Any]) -> Suggestions | None:
    """Return what could be typed next after some lines of a cell, the last one cut at the cursor.

    None where the line is not ours, or its task has begun.
    """
    lines = list(before)
    line = lines[-1]
    cell = _CELL_MAGIC.match(lines[0])
    if cell is not None and _command(cell[1], "line_cell") is None:
        cell = None
    magic = _LINE_MAGIC.match(line) or (cell if len(lines) == 1 else None)
    command = None if magic is None else _command(magic[1])
    if magic is not None and command is not None and magic.end() == len(line):
        return None
    if not (cell or command):
        return None
    if braces := _BRACES.search(line):
        variables = (
            Entry(text=name, kind="variable", help=type(names[name]).__name__)
            for name in sorted(insertable(names))
        )
        return _fitting(braces[1], variables)
    if magic is None or command is None:
        return None
    words = line[magic.end() :]
    typed = re.split(r"\s", words)[-1]
    return _of_line(command, words[: len(words) - len(typed)], typed)


def _command(name: str, kind: str = "") -> Command | None:
    return next((c for c in COMMANDS if c.name == name and kind in ("", c.kind)), None)


def _of_line(command: Command, earlier: str, typed: str) -> Suggestions | None:
    """Complete a flag, an option's name or a value; nothing once the task has begun."""
    settings = command.takes is Takes.SETTINGS
    waiting: Flag | None = None
    used = set()
    for word in _WORDS.findall(re.sub(r"^\s*\w+\s*<<", "", earlier)):
        if waiting is not None:
            waiting = None
        elif (found := flag_in(word, command)) is not None:
            flag, length = found
            used.add(flag.name)
            waiting = flag if length == len(word) and flag.takes_value else None
        elif word == "--" or command.takes is Takes.TASK:
            return None
    if waiting is not None:
        return _fitting(typed, values_of(waiting, typed))
    name, equals, value = typed.partition("=")
    if equals:
        read = flag_in(name, command)
        if read is None and settings:
            read = flag_in("--" + name, command)
        return None if read is None else _fitting(value, values_of(read[0], value))
    unused = [f for f in command.flags if settings or f.repeats or f.name not in used]
    if settings and not typed.startswith("-"):
        end = "" if "reset" in used else "="
        options = [flag for flag in unused if flag.group == "ask" or flag.name == "display"]
        return _fitting(typed, (_entry(flag, flag.name + end) for flag in options))
    short = typed.startswith("-") and not typed.startswith("--")
    spelled = ((f, s) for f in unused for s in (f.spellings if short else (f.long,)))
    return _fitting(typed, (_entry(flag, spelling) for flag, spelling in spelled))


def _entry(flag: Flag, text: str) -> Entry:
    return Entry(text=text, kind=flag.kind_name, help=flag.help)


def values_of(flag: Flag, typed: str = "") -> Iterator[Entry]:
    """Yield the values that a flag can be completed to, for what has been typed of one.

    Of a list with commas between, the last item is completed.
    """
    before, comma, last = typed.rpartition(",") if flag.metavar == "A,B" else ("", "", typed)
    items = flag.choices if flag.suggest is None else flag.suggest(last)
    for item in items:
        note = " (the default)" if item == flag.default else ""
        yield Entry(text=before + comma + item, kind="value", help=f"{flag.long}{note}")


def _fitting(typed: str, entries: Iterable[Entry]) -> Suggestions:
    fits = tuple(entry for entry in entries if entry.text.lower().startswith(typed.lower()))
    return Suggestions(typed=typed, entries=fits)


def matcher(names: Mapping[str, Any]) -> Any:
    """Return the matcher for `Completer.custom_matchers`.

    What we suggest stands alone: file names and Python names would only be in the way. IPython has
    one text beside an entry, its type, which both the terminal and JupyterLab show: it holds our
    kind and description.
    """
    from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

    @context_matcher(identifier=IDENTIFIER)  # type: ignore[untyped-decorator, unused-ignore]
    def vs_magic_matcher(context: CompletionContext) -> Any:
        lines = context.full_text.split("\n")[: context.cursor_line + 1]
        lines[-1] = lines[-1][: context.cursor_position]
        found = suggest(lines, names)
        if found is None or not found.entries:
            return {"completions": []}
        return {
            "completions": [
                SimpleCompletion(text=entry.text, type=entry.label) for entry in found.entries
            ],
            "matched_fragment": found.typed,
            "suppress": True,
            "ordered": True,
        }

    return vs_magic_matcher

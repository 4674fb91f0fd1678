"""The line of a magic that has few flags: `%vs_cache`, `%vs_record`, `%vs_cost`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.magics.flags import Flag, nearest
from vs_magic.magics.line import skip_space, value_at, word_at

HELP = Flag(name="help", spellings=("-h", "--help"), kind=bool, help="show this text")
STOP = Flag(name="stop", spellings=("--stop",), kind=bool, help="end the recording")
CLEAR = Flag(name="clear", spellings=("--clear",), kind=bool, help="forget replies")
MODEL = Flag(name="model", spellings=("--model",), kind=str, help="whose", metavar="NAME")
EXPORT = Flag(name="export", spellings=("--export",), kind=str, help="where to", metavar="FILE")

_WORD = Flag(name="word", spellings=("FILE",), kind=str, help="no flag's", metavar="WORD")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a line asks for: its flags' values by name, and the words that are no flag's."""

    flags: Mapping[str, Any]
    words: tuple[str, ...] = ()


def read_line(line: str, magic: str, known: Sequence[Flag]) -> Asked:
    """Read the line of a magic.

    Parameters
    ----------
    line
        What stands after its name.
    magic
        Its name, for messages.
    known
        The flags that it has.

    Raises
    ------
    OptionError
        A flag is unknown, said twice or lacks its value.

    Examples
    --------
    >>> read_line("--clear --model=gpt-4.1", "%vs_cache", (CLEAR, MODEL)).flags
    {'clear': True, 'model': 'gpt-4.1'}
    >>> read_line('"my lesson.jsonl"', "%vs_record", (STOP,)).words
    ('my lesson.jsonl',)
    """
    by_spelling = {spelling: flag for flag in known for spelling in flag.spellings}
    flags: dict[str, Any] = {}
    words: list[str] = []
    at = skip_space(line, 0)
    while at < len(line):
        name = word_at(line, at).partition("=")[0]
        flag = by_spelling.get(name)
        if flag is not None:
            if flag.name in flags:
                raise OptionError(f"{flag.long} is given twice: leave one out")
            flags[flag.name], at = _value(line, at + len(name), flag, by_spelling)
        elif name.startswith("-"):
            raise _unknown(name, magic, by_spelling)
        else:
            word, at = value_at(line, at, _WORD)
            words.append(word)
        at = skip_space(line, at)
    return Asked(flags, tuple(words))


def _value(line: str, at: int, flag: Flag, known: Mapping[str, Flag]) -> tuple[Any, int]:
    """Read a flag's value, from just behind its name; return it, and the position after it."""
    attached = line[at : at + 1] == "="
    if not flag.takes_value:
        if attached:
            raise OptionError(f"{flag.long} takes no value")
        return True, at
    at = at + 1 if attached else skip_space(line, at)
    if word_at(line, at) in known:
        raise OptionError(f"{flag.long} takes a value ({flag.metavar}), and none was given")
    return value_at(line, at, flag)


def _unknown(name: str, magic: str, known: Mapping[str, Flag]) -> OptionError:
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else f"{magic} --help lists them"
    return OptionError(f"unknown flag {name}: {hint}")

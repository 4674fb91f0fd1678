r"""What stands at a place of a line: a word, a flag's name, a value.

A value ends at the next space, unless it begins with a quote; quotes elsewhere are ordinary
characters, so that an apostrophe in a task needs no care. Inside quotes, a backslash before the
same quote gives the quote itself; nothing else is an escape.
"""

from __future__ import annotations

import re

from vs_magic.errors import OptionError
from vs_magic.magics.command import Command
from vs_magic.magics.flags import Flag

DASHES = "-‐‑‒–—―−﹘﹣－"
"""Every character that editors, chats and web pages make of a dash."""

ASSIGNED = re.compile(r"([A-Za-z][\w-]*)[ \t]*=[ \t]*")
"""`NAME=` before a value, as `%vs_config` takes it."""

_BINDING = re.compile(r"\s*([^\W\d]\w*)\s*<<(?=\s|$)")
_WORD = re.compile(r"\S+")
_BARE = re.compile(r"(?:\{\{[ \t]*[^\W\d]\w*[ \t]*\}\}|\S)+")
_NUMBER = re.compile(r"[-−]?\.?\d|\{\{")
_QUOTED = {quote: re.compile(rf"{quote}((?:\\{quote}|[^{quote}])*){quote}") for quote in "\"'"}
_TYPOGRAPHIC_QUOTES = "“”„‟‘’‚«»"


def binding_at(line: str) -> tuple[str | None, int]:
    """Return the name that `NAME <<` at a line's beginning binds, and where the rest begins.

    >>> binding_at("jokes << -k 5"), binding_at("-k 5")
    (('jokes', 8), (None, 0))
    """
    match = _BINDING.match(line)
    return (match[1], match.end()) if match else (None, 0)


def skip_space(line: str, at: int) -> int:
    """Return the position of the next character that is no space."""
    while at < len(line) and line[at].isspace():
        at += 1
    return at


def word_at(line: str, at: int) -> str:
    """Return the word that begins at a position; empty at a space or the end."""
    match = _WORD.match(line, at)
    return match[0] if match else ""


def is_number(word: str) -> bool:
    """Whether a word begins as a number does, or is a variable that may hold one."""
    return _NUMBER.match(word) is not None


def flag_in(word: str, command: Command) -> tuple[Flag, int] | None:
    """Return the flag that a word writes, with or without its value, and its name's length.

    A number may stand right behind a short flag, as in `-k5`; a text may not, or a misspelt
    `-temperture` would be `-t emperture`.
    """
    name = word.partition("=")[0]
    spelled = name.replace("_", "-").lower() if name.startswith("--") else name
    if (flag := command.spelled(spelled)) is not None:
        return flag, len(name)
    flag = command.spelled(word[:2]) if is_number(word[2:]) else None
    return (flag, 2) if flag is not None and flag.kind in (int, float) else None


def with_plain_dashes(word: str, command: Command) -> str | None:
    """Return a word that begins with dashes as the flag that it would be with others, if any.

    >>> from vs_magic.magics.vs import COMMAND
    >>> [with_plain_dashes(word, COMMAND) for word in ("–k", "—dry-run", "-seed=3", "–kitchen")]
    ['-k', '--dry-run', '--seed=3', None]
    """
    name = word.lstrip(DASHES)
    if name == word:
        return None
    for dashes in ("--", "-") if word[:1] == "—" else ("-", "--"):
        if flag_in(dashes + name, command) is not None:
            return dashes + name
    return None


def value_at(line: str, at: int, owner: str) -> tuple[str, int]:
    """Read the value that begins at a position; return it, and the position after it."""
    first = line[at : at + 1]
    if first in _TYPOGRAPHIC_QUOTES:
        raise OptionError(
            f"the value of {owner} begins with {first}, which does not quote here: "
            "use plain quotes, \" or '"
        )
    if first not in _QUOTED:
        bare = _BARE.match(line, at)
        end = bare.end() if bare else at
        return line[at:end], end
    quoted = _QUOTED[first].match(line, at)
    if quoted is None:
        raise OptionError(
            f"the quote that opens the value of {owner} is never closed: {line[at:][:40]}"
        )
    end = quoted.end()
    if end < len(line) and not line[end].isspace():
        raise OptionError(
            f"the value of {owner} ends at {quoted[0][:40]} and goes on without a space: "
            f"inside these quotes, write {first} as \\{first}"
        )
    return quoted[1].replace(f"\\{first}", first), end

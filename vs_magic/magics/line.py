r"""How a flag and its value are written on a line.

A value ends at the next space, unless it begins with a quote; quotes elsewhere are ordinary
characters, so that an apostrophe in a task needs no care. Inside quotes, a backslash before the
same quote gives the quote itself; nothing else is an escape.
"""

from __future__ import annotations

import re

from vs_magic.errors import OptionError
from vs_magic.magics.flags import Flag, by_spelling, nearest

_BINDING = re.compile(r"\s*([^\W\d]\w*)\s*<<(?=\s|$)")
_LIKE_A_FLAG = re.compile(r"--?[A-Za-z]")
_LONG = re.compile(r"--([A-Za-z][\w-]*)")
_WORD = re.compile(r"\S+")
_BARE = re.compile(r"(?:\{\{[ \t]*[^\W\d]\w*[ \t]*\}\}|\S)+")
_QUOTED = {quote: re.compile(rf"{quote}((?:\\{quote}|[^{quote}])*){quote}") for quote in "\"'"}
_TYPOGRAPHIC_QUOTES = "“”„‟‘’‚«»"
_TYPOGRAPHIC_DASHES = "–—−"


def binding_at(line: str) -> tuple[str | None, int]:
    """Return the name that `NAME <<` at a line's beginning binds, and where the rest begins.

    Examples
    --------
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


def flag_at(line: str, at: int) -> tuple[Flag, str | None, int] | None:
    """Read the flag that begins at a position.

    Returns
    -------
    tuple or None
        The flag, its value as typed (None for a flag that takes none) and the position after it;
        None where no flag begins.

    Raises
    ------
    OptionError
        The flag is unknown, lacks its value, or has one that it does not take.
    """
    word = word_at(line, at)
    if word[:1] in _TYPOGRAPHIC_DASHES:
        _refuse_typographic_dash(word)
    if not _LIKE_A_FLAG.match(word):
        return None
    flag, end = _name_at(line, at, word)
    attached = end < len(line) and not line[end].isspace()
    if not flag.takes_value:
        if attached:
            raise OptionError(f"{flag.long} takes no value, and {line[end:][:20]!r} follows it")
        return flag, None, end
    if not attached:
        end = skip_space(line, end)
        if _is_known_flag(word_at(line, end)):
            raise _lacking(flag)
    elif line[end] == "=":
        end += 1
    value, end = value_at(line, end, flag)
    return flag, value, end


def value_at(line: str, at: int, flag: Flag) -> tuple[str, int]:
    """Read the value that begins at a position; return it, and the position after it.

    Raises
    ------
    OptionError
        There is none, or its quotes are not closed.
    """
    first = line[at : at + 1]
    if not first or first.isspace():
        raise _lacking(flag)
    if first in _TYPOGRAPHIC_QUOTES:
        raise OptionError(
            f"the value of {flag.long} begins with {first}, which does not quote here: "
            "use plain quotes, \" or '"
        )
    if first not in _QUOTED:
        bare = _BARE.match(line, at)
        end = bare.end() if bare else at
        return line[at:end], end
    quoted = _QUOTED[first].match(line, at)
    if quoted is None:
        raise OptionError(
            f"the quote that opens the value of {flag.long} is never closed: {line[at:][:40]}"
        )
    end = quoted.end()
    if end < len(line) and not line[end].isspace():
        raise OptionError(
            f"the value of {flag.long} ends at {quoted[0][:40]} and goes on without a space: "
            f"inside these quotes, write {first} as \\{first}"
        )
    return quoted[1].replace(f"\\{first}", first), end


def unknown_flag(word: str) -> OptionError:
    """Return the error for a flag that does not exist, with the one that was probably meant."""
    name = word.partition("=")[0]
    glued = re.fullmatch(r"(--[A-Za-z-]+?)([\d.]+)", name)
    if glued and glued[1] in by_spelling():
        return OptionError(f"unknown flag {name}: did you mean {glued[1]} {glued[2]}?")
    near = nearest(name.lower().replace("_", "-"), [s for s in by_spelling() if s[:2] == "--"])
    if near:
        return OptionError(f"unknown flag {name}: did you mean {near}?")
    return OptionError(
        f"unknown flag {name}: %vs --help lists them; a task that begins with dashes goes after --"
    )


def _name_at(line: str, at: int, word: str) -> tuple[Flag, int]:
    """Read a flag's name; return the flag and the position after its name."""
    known = by_spelling()
    if word.startswith("--"):
        match = _LONG.match(line, at)
        name = match[1].replace("_", "-").lower() if match else ""
        end = match.end() if match else at
        goes_on = line[end : end + 1]
        if f"--{name}" not in known or (goes_on and goes_on != "=" and not goes_on.isspace()):
            raise unknown_flag(word)
        return known[f"--{name}"], end
    whole = "--" + word[1:].partition("=")[0].replace("_", "-")
    if len(whole) > len("--k") and whole in known:
        raise OptionError(f"unknown flag {word}: did you mean {whole} (two dashes)?")
    flag = known.get(word[:2])
    if flag is None or (not flag.takes_value and len(word) > len("-h") and word[2] != "="):
        raise unknown_flag(word)
    return flag, at + 2


def _is_known_flag(word: str) -> bool:
    name = word.partition("=")[0]
    return name in by_spelling() or (name[:2] in by_spelling() and name[2:].isdigit())


def _lacking(flag: Flag) -> OptionError:
    return OptionError(
        f"{flag.long} takes a value ({flag.metavar}), and none was given"
        + (f": one of {', '.join(flag.choices)}" if flag.choices else "")
    )


def _refuse_typographic_dash(word: str) -> None:
    """Refuse `–k`, which an editor or a web page made of `-k` or `--k`; other words pass."""
    name = word.lstrip(_TYPOGRAPHIC_DASHES).partition("=")[0]
    for spelling in (f"--{name}", f"-{name[:1]}"):
        if name and spelling in by_spelling() and name == spelling.lstrip("-"):
            raise OptionError(
                f"{word} begins with {word[0]}, a typographic dash: write {spelling} "
                "(a task that begins so goes after --)"
            )

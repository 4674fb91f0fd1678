"""Every flag of the magics: those of `Options`, read off their declaration, and the cell's own.

The line, Tab completion, help and the settings all look here, so a flag is declared once.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.verbalized.method import Format, Method, TextPart, Wording
from vs_magic.verbalized.options import option_fields, read_option


class Display(StrEnum):
    """How candidates are shown: `auto` is the widget where someone can use it, else `static`."""

    AUTO = "auto"
    WIDGET = "widget"
    STATIC = "static"

    @classmethod
    def of(cls, name: str) -> Display:
        """Find a member by name, in any case.

        Raises
        ------
        OptionError
            No member has that name.
        """
        wanted = str(name).strip().lower()
        names = [member.value for member in cls]
        if wanted in names:
            return cls(wanted)
        raise OptionError(f"unknown display {name!r}: {hint(wanted, names)}one of {listed(names)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag, as people write it.

    Parameters
    ----------
    name
        Its name in Python, in VS_MAGIC_* (upper case) and in pyproject.toml.
    spellings
        How it is written on a line, the short form first.
    kind
        What its value is: int, float, str, bool (no value), or an enumeration.
    help, metavar
        For people.
    default
        What holds where nobody said anything.
    group
        `ask` for what goes into `Options`, `show` for what only the cell needs.
    """

    name: str
    spellings: tuple[str, ...]
    kind: Any
    help: str
    metavar: str = ""
    default: Any = None
    group: str = "ask"

    @property
    def long(self) -> str:
        """The spelling that messages use."""
        return self.spellings[-1]

    @property
    def takes_value(self) -> bool:
        """Whether a value follows."""
        return self.kind is not bool

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that can be named; empty where any goes."""
        if self.kind is bool:
            return ("true", "false")
        named = (Method, Wording, Format, TextPart, Display)
        return tuple(member.value for member in self.kind) if self.kind in named else ()


def _show(name: str, *spellings: str, kind: Any, help: str, metavar: str = "") -> Flag:
    default = {bool: False, Display: Display.AUTO}.get(kind)
    return Flag(
        name=name,
        spellings=spellings,
        kind=kind,
        help=help,
        metavar=metavar,
        default=default,
        group="show",
    )


SHOW = (
    _show(
        "out",
        *("-o", "--out"),
        kind=str,
        metavar="NAME",
        help="keep the frame under this name (also written `NAME <<` at the start of the line)",
    ),
    _show(
        "display",
        "--display",
        kind=Display,
        metavar="HOW",
        help="how candidates are shown: auto, widget, static",
    ),
    _show("quiet", "--quiet", kind=bool, help="show nothing; the frame is returned, or bound"),
    _show("debug", "--debug", kind=bool, help="show afterwards when each call did what"),
    _show(
        "dry_run",
        "--dry-run",
        kind=bool,
        help="show the messages, the calls and the price; send nothing",
    ),
    _show("help", *("-h", "--help"), kind=bool, help="show this text"),
)
"""The flags of a cell that are no part of what is asked."""


@functools.cache
def flags() -> Mapping[str, Flag]:
    """Return every flag by its Python name, in the order in which help lists them."""
    asked = (
        Flag(
            name=field.name,
            spellings=tuple(field.metadata["flags"]),
            kind=field.metadata["kind"],
            help=field.metadata["help"],
            metavar=field.metadata["metavar"],
            default=field.default,
        )
        for field in option_fields()
    )
    return {flag.name: flag for flag in (*asked, *SHOW)}


@functools.cache
def by_spelling() -> Mapping[str, Flag]:
    """Return every flag by each of its spellings."""
    return {spelling: flag for flag in flags().values() for spelling in flag.spellings}


def settable() -> Mapping[str, Flag]:
    """Return the flags that can have a default of one's own: all of `Options`, and `display`."""
    return {n: f for n, f in flags().items() if f.group == "ask" or n == "display"}


_NEVER_NONE = ("model", "replay")
"""Texts of which none is called none; a system prompt may be any text."""


def read_value(flag: Flag, text: str) -> Any:
    """Read a flag's value from text; None means "as if nobody had said anything".

    Raises
    ------
    OptionError
        The text is not of the flag's kind.
    """
    if flag.kind is Display:
        return None if text.strip().lower() in ("", "none") else Display.of(text)
    if flag.kind is str:
        unset = flag.name in _NEVER_NONE and text.strip().lower() == "none"
        return None if unset else text or None
    try:
        return read_option(flag.name, text)
    except OptionError as error:
        raise OptionError(f"{error}{_as_number(text)}") from None


def hint(wrong: str, right: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return "did you mean 'x'? " for the nearest name, or nothing.

    >>> hint("treshold", ["threshold", "model"]), hint("zzz", ["model"])
    ("did you mean 'threshold'? ", '')
    """
    near = nearest(wrong, right, cutoff=cutoff)
    return f"did you mean {near!r}? " if near else ""


def nearest(wrong: str, right: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the name that was probably meant: the one it begins, else the most alike."""
    names = list(right)
    begun = [name for name in names if len(wrong) > 1 and name.startswith(wrong)]
    if len(begun) == 1:
        return begun[0]
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=cutoff)
    return near[0] if near else None


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence lists them."""
    return ", ".join(names)


def _as_number(text: str) -> str:
    """Say how a number with a decimal comma, or a percentage, is written here."""
    plain = text.strip()
    number = plain.removesuffix("%").strip().replace(",", ".")
    try:
        value = float(number)
    except ValueError:
        return ""
    if plain.endswith("%"):
        value /= 100
    elif "," not in plain:
        return ""
    return f" (write {value:g})"

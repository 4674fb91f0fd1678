"""Flags: those of `Options`, read off their declaration, and those that several magics share.

A flag of one magic alone is declared beside that magic.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vs_magic.errors import OptionError, VSError, closest, unknown
from vs_magic.verbalized.options import option_fields, read_option


class Display(StrEnum):
    """How candidates are shown: `auto` is the widget where someone can use it, else `static`."""

    AUTO = "auto"
    WIDGET = "widget"
    STATIC = "static"

    @classmethod
    def of(cls, name: str) -> Display:
        """Find a member by name, in any case; another name is refused."""
        wanted = str(name).strip().lower()
        names = [member.value for member in cls]
        if wanted in names:
            return cls(wanted)
        raise unknown("display", name, names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag, as people write it.

    Parameters
    ----------
    name
        Its name in Python, in VS_MAGIC_* (upper case) and in pyproject.toml.
    spellings
        How it is written on a line, the short form first; by default `--name`.
    kind
        What its value is: int, float, str, bool (no value), tuple (texts, one each time the flag is
        given), or an enumeration.
    help, metavar
        For people; the metavar `A,B` stands for several values with commas between.
    default
        What holds where nobody said anything.
    group
        `ask` for what goes into `Options`, `show` for what is done with the answer, `own` for the
        rest.
    suggest
        Returns the values that completion offers, for what has been typed of one.
    """

    name: str
    help: str
    kind: Any = str
    spellings: tuple[str, ...] = ()
    metavar: str = ""
    default: Any = None
    group: str = "own"
    suggest: Callable[[str], Iterable[str]] | None = None

    def __post_init__(self) -> None:
        if not self.spellings:
            object.__setattr__(self, "spellings", ("--" + self.name.replace("_", "-"),))

    @property
    def long(self) -> str:
        """The spelling that messages use."""
        return self.spellings[-1]

    @property
    def takes_value(self) -> bool:
        """Whether a value follows."""
        return self.kind is not bool

    @property
    def repeats(self) -> bool:
        """Whether it can be given several times, each time with one value more."""
        return self.kind is tuple

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that can be named; empty where any goes."""
        if self.kind is bool:
            return ("true", "false")
        return tuple(member.value for member in self.kind) if self.kind not in _PLAIN else ()

    @property
    def kind_name(self) -> str:
        """What its value is, in a word or two."""
        return _PLAIN.get(self.kind, "choice")


_PLAIN = {int: "whole number", float: "number", str: "text", bool: "no value", tuple: "texts"}


def model_names(typed: str) -> Iterable[str]:
    """Return the names of models that begin with what has been typed."""
    from vs_magic.llm.models import complete_name

    try:
        return complete_name(typed)
    except VSError:
        # Completion never fails a keystroke; %vs_models says what is wrong.
        return ()


OPTIONS = tuple(
    Flag(
        name=declared.name,
        spellings=tuple(declared.metadata["flags"]),
        kind=declared.metadata["kind"],
        help=declared.metadata["help"],
        metavar=declared.metadata["metavar"],
        default=declared.default,
        group="ask",
        suggest=model_names if declared.name == "model" else None,
    )
    for declared in option_fields()
)
"""The flags of `Options`, in the order in which help lists them."""

HELP = Flag(name="help", spellings=("-h", "--help"), kind=bool, help="show this text", group="show")
OUT = Flag(
    name="out",
    spellings=("-o", "--out"),
    kind=str,
    metavar="NAME",
    help="keep the result under this name (also written `NAME <<` at the start of the line)",
    group="show",
)
DISPLAY = Flag(
    name="display",
    kind=Display,
    metavar="HOW",
    help="how candidates are shown: auto, widget, static",
    default=Display.AUTO,
    group="show",
)
RUN = (
    Flag(
        name="quiet", kind=bool, help="show nothing; the result is returned, or bound", group="show"
    ),
    Flag(name="debug", kind=bool, help="show afterwards when each call did what", group="show"),
    Flag(
        name="dry_run",
        kind=bool,
        help="show the messages, the calls and the price; send nothing",
        group="show",
    ),
    HELP,
)
"""What every magic that asks a model has beside `OUT`: how it runs, and what it shows."""


@functools.cache
def settable() -> Mapping[str, Flag]:
    """Return the flags that can have a default of one's own, by name: `Options` and `display`."""
    return {flag.name: flag for flag in (*OPTIONS, DISPLAY)}


def read_value(flag: Flag, text: str) -> Any:
    """Read a flag's value from text; None means "as if nobody had said anything"."""
    if flag.kind is Display:
        return None if text.strip().lower() in ("", "none") else Display.of(text)
    if flag.kind is str and flag.group == "ask":
        # A system prompt may be any text; no model and no file is called none.
        unset = flag.name in ("model", "replay") and text.strip().lower() == "none"
        return None if unset else text or None
    if flag.repeats and flag.group != "ask":
        return (text,)
    try:
        return read_option(flag.name, text) if flag.group == "ask" else flag.kind(text)
    except OptionError as error:
        raise OptionError(f"{error}{_as_number(text)}") from None
    except ValueError:
        what = "a whole number" if flag.kind is int else "a number"
        raise OptionError(f"{flag.long} takes {what}, not {text!r}{_as_number(text)}") from None


def as_typed(value: object) -> str:
    """Return a value as people write it; several texts as a JSON list."""
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:g}" if isinstance(value, float) else str(value)


def nearest(wrong: str, right: Iterable[str]) -> str | None:
    """Return the name that was probably meant, if any."""
    return next(iter(closest(wrong, right, cutoff=0.6)), None)


def _as_number(text: str) -> str:
    """Say how a number with a decimal comma, a typographic minus or a percentage is written."""
    plain = text.strip()
    number = plain.removesuffix("%").strip().replace(",", ".").replace("−", "-")
    try:
        value = float(number)
    except ValueError:
        return ""
    if plain.endswith("%"):
        value /= 100
    elif number == plain:
        return ""
    return f" (write {value:g})"

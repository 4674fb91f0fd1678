"""How an option is declared, once: its flag, its kind, its bounds, its help.

An option is a field of a dataclass whose metadata say how people write it. The kinds are int,
float, str, bool (on or off), tuple (several texts; the flag can be repeated) and the enumerations
of `vs_magic.verbalized.method`.
"""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import Field, field, fields
from typing import Any

from vs_magic.errors import OptionError

_SWITCH = dict.fromkeys(("true", "yes", "on", "1"), True)
_SWITCH |= dict.fromkeys(("false", "no", "off", "0"), False)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def option(
    default: Any,
    *flags: str,
    kind: Any,
    help: str,
    metavar: str = "",
    low: float = -math.inf,
    high: float = math.inf,
    above: bool = False,
) -> Any:
    """Declare a field: its flags (the long one last), its kind, what help says of it, its bounds.

    A number lies in [low, high], or in (low, high] if `above`. An option whose default is None may
    be left unset.
    """
    metadata = {"flags": flags, "kind": kind, "help": help, "metavar": metavar}
    return field(default=default, metadata={**metadata, "bounds": (low, high, above)})


def settle(values: Any) -> None:
    """Check every field of a frozen dataclass against its declaration; called as it is built.

    Raises
    ------
    OptionError
        A value is of another kind, or out of its range; the message names the flag.
    """
    for declared in fields(values):
        value = getattr(values, declared.name)
        if value is not None or declared.default is not None:
            object.__setattr__(values, declared.name, settled(declared, value))


def settled(declared: Field[Any], value: Any) -> Any:
    """Return a value of an option, checked by itself.

    Raises
    ------
    OptionError
        It is of another kind, or out of its range; the message names the flag.
    """
    kind, flag = declared.metadata["kind"], declared.metadata["flags"][-1]
    if kind in (int, float):
        _check_number(declared, value)
    elif kind is bool:
        if not isinstance(value, bool):
            raise OptionError(f"{flag} is on or off, not {value!r}")
    elif kind is str:
        is_file = declared.metadata["metavar"] == "FILE"
        value = os.fspath(value) if is_file and isinstance(value, os.PathLike) else value
        if not isinstance(value, str) or (is_file and not value):
            what = "the name of a file" if is_file else "text"
            raise OptionError(f"{flag} takes {what}, not {value!r}")
    elif kind is tuple:
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, (list, tuple)) or not all(t and isinstance(t, str) for t in texts):
            raise OptionError(f"{flag} takes a text, or several, none of them empty, not {value!r}")
        return tuple(texts) or None
    else:
        return kind.of(value)
    return value


def _check_number(declared: Field[Any], value: Any) -> None:
    """Refuse a value that is no number, or lies out of its bounds."""
    whole = declared.metadata["kind"] is int
    low, high, above = declared.metadata["bounds"]
    right_kind = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if right_kind and (low < value if above else low <= value) and value <= high:
        return
    what = "a whole number" if whole else "a number"
    if math.isinf(high):
        bounds = "" if math.isinf(low) else f" {'above' if above else 'of at least'} {low:g}"
    else:
        bounds = f" in {'(' if above else '['}{low:g}, {high:g}]"
    raise OptionError(f"{declared.metadata['flags'][-1]} takes {what}{bounds}, not {value!r}")


def read(declared: Field[Any], text: str) -> Any:
    r"""Read an option's value from text, as flags, variables and files give it.

    An empty text or "none" unsets an option that may be unset. A text that is one of several is
    read with `\n`, `\t`, `\r` and `\\` for what cannot be typed on a line, and a JSON list of
    texts is several at once.

    Raises
    ------
    OptionError
        The text is not of the option's kind.
    """
    kind, flag = declared.metadata["kind"], declared.metadata["flags"][-1]
    word = text.strip().lower()
    if word in ("", "none") and kind is not str:
        return None
    if kind is bool:
        if word not in _SWITCH:
            raise OptionError(f"{flag} is on or off, not {text!r}")
        return _SWITCH[word]
    if kind is tuple:
        return _texts(text)
    if kind not in (int, float):
        return text if kind is str else kind.of(text)
    try:
        dollars = declared.metadata["metavar"] == "USD"
        return kind(text.strip().removeprefix("$") if dollars else text)
    except ValueError:
        what = "a whole number" if kind is int else "a number"
        raise OptionError(f"{flag} takes {what}, not {text!r}") from None


def _texts(text: str) -> tuple[str, ...]:
    r"""Read one text with escapes, or a JSON list of texts.

    >>> _texts(r"\n\n"), _texts('["END", "\\n"]'), _texts("[END]")
    (('\n\n',), ('END', '\n'), ('[END]',))
    """
    try:
        several = json.loads(text) if text.lstrip().startswith("[") else None
    except ValueError:
        several = None
    if isinstance(several, list) and all(isinstance(one, str) for one in several):
        return tuple(several)
    return (re.sub(r"\\([ntr\\])", lambda match: _ESCAPED[match[1]], text),)

"""Model text is data: how it is made safe to show, without changing what is kept."""

from __future__ import annotations

import html
import re
import shutil
import sys
import unicodedata

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    r"""Make control characters visible: terminal sequences, null bytes, direction overrides.

    Newlines and tabs stay. The result is for showing only.

    >>> visible("a\x1b[31mb")
    'a␛[31mb'
    >>> visible("a\u202eb")
    'a⟦U+202E⟧b'
    """
    return _CONTROL.sub(lambda m: _picture(m.group()), text).encode(errors="replace").decode()


def printable(text: str) -> str:
    """Return a text with what the standard output's encoding does not have replaced.

    A console with an old code page has no Σ, and Python would end there; a notebook has all.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def escape(text: str) -> str:
    """Return text for HTML: escaped, with control characters made visible."""
    return html.escape(visible(text), quote=True)


def cut(text: str, most: int) -> str:
    """Return a text, cut with an ellipsis where it is longer than `most`."""
    return text if len(text) <= most else text[: most - 2] + " …"


def width(text: str) -> int:
    """Return how many terminal columns a line of text takes.

    >>> width("a红é")
    4
    """
    return sum(_columns(char) for char in text)


def room(most: int) -> int:
    """Return how many columns a text may fill: the terminal's, but never more than `most`.

    What is no terminal (a notebook, a file) has 100, whatever the process was started in: the same
    cell gives the same text everywhere.
    """
    columns = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100
    return min(columns, most)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _picture(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟦U+{code:04X}⟧"

"""Model text for a browser: made visible, and cut to a budget: saved notebooks stay small."""

from __future__ import annotations

from vs_magic.view.text import visible

MOST_BYTES = 1500
"""Longest head of one text in the widget's saved state, in UTF-8 bytes."""

LEAST_BYTES = 240
"""Shortest head, however many candidates there are."""

ALL_BYTES = 48_000
"""What the heads of all candidates share."""

LONG_LINES = 6
LONG_CHARACTERS = 420


def room(count: int) -> int:
    """Return the budget of one text among `count`, in UTF-8 bytes.

    >>> room(5), room(100), room(1000)
    (1500, 480, 240)
    """
    return max(LEAST_BYTES, min(MOST_BYTES, ALL_BYTES // max(count, 1)))


def head(text: str, most: int) -> tuple[str, bool]:
    """Return the beginning of a text, for showing, and whether something was left out.

    It takes `most` UTF-8 bytes at most; a character is never split.

    >>> head("an apple", 100)
    ('an apple', False)
    >>> head("eins zwei drei", 9)
    ('eins zwei', True)
    >>> head("ééé", 5)
    ('éé', True)
    """
    if len(text) <= most:
        whole = visible(text)
        if len(whole.encode()) <= most:
            return whole, False
    return visible(text[:most]).encode()[:most].decode(errors="ignore"), True


def is_long(text: str) -> bool:
    r"""Tell whether a text is folded at first.

    >>> is_long("short"), is_long("a\n" * 9)
    (False, True)
    """
    return len(text) > LONG_CHARACTERS or text.count("\n") >= LONG_LINES

"""The dress of a list's items: quotation marks, bold and code marks that delimit whole texts."""

from __future__ import annotations

from collections.abc import Sequence

_PAIRS = (
    ("**", "**"), ("__", "__"), ('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("`", "`"),
    ("'", "'"), ("‘", "’"), ("*", "*"), ("_", "_"),
)  # fmt: skip


def undressed(texts: Sequence[str]) -> list[str]:
    """Strip the marks around whole texts where every text of a list has the same ones.

    >>> undressed(['**"Hi"**', '**"Oh"**'])
    ['Hi', 'Oh']
    >>> undressed(['"Hi," she said.', '"Oh"'])
    ['"Hi," she said.', '"Oh"']
    """
    stripped = [_without_bold(text) for text in texts]
    for _ in range(3):
        pair = next((pair for pair in _PAIRS if _all_wear(stripped, *pair)), None)
        if pair is None:
            break
        left, right = len(pair[0]), len(pair[1])
        stripped = [text[left:-right].strip() for text in stripped]
    return stripped


def _without_bold(text: str) -> str:
    """Strip bold marks around a whole text: a list may set only its first item in bold."""
    if len(text) > 4 and text.startswith("**") and text.endswith("**") and "**" not in text[2:-2]:
        return text[2:-2].strip()
    return text


def _all_wear(texts: Sequence[str], left: str, right: str) -> bool:
    """Whether a pair of marks wraps each text, and most texts have none of them inside."""
    clean = 0
    for text in texts:
        if len(text) <= len(left) + len(right) or not text.startswith(left):
            return False
        if not text.endswith(right):
            return False
        inner = text[len(left) : -len(right)]
        clean += left not in inner and right not in inner
    return bool(texts) and 2 * clean > len(texts)

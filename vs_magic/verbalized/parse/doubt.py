"""Whether a reading of prose leaves something over: in doubt a reply is unread."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vs_magic.verbalized.parse.fields import Expected
from vs_magic.verbalized.parse.found import Block
from vs_magic.verbalized.parse.statements import LABEL, MARK

# What is left in a text, or around a list, that states something nobody got.
_SAID = rf"(?<!\w){LABEL}\**\s*[:：=]\s*\**(?:\d|[~<>≈≥≤]\s*\d)"
_LEFT_OVER = re.compile(_SAID, re.IGNORECASE)
_LEFT_OVER_BARE = re.compile(
    rf"{_SAID}|{LABEL}\s*[:：=]\s*[)\]]|\d\s*[%％]|\d\s+per\s?cent\b"
    rf"|{LABEL}{MARK}\s*(?:of|is|:)\s*{MARK}[.\d]|probabilit(?:y|ies)\b[^\n]{{0,40}}\d*[.,]\d",
    re.IGNORECASE,
)
_SHARE_LEFT = re.compile(
    r"(?<=\S)\s*\((?:\d{1,3}(?:\.\d+)?\s*%|0?\.\d+)\)?\s*\Z|\A\((?:\d{1,3}\s*%|0?\.\d+)\)\s"
)
_HEADS = re.compile(r"[ \t>]*(?:#{1,6}[ \t].*|\*\*[^*]*\*\*:?|.*[:：]\**)\s*")
_INTRO = re.compile(
    r"[<>≤≥]|\b(?:each|here|below|under|less|above|respons\w*|answers?|total)\b", re.IGNORECASE
)
_TOTAL = re.compile(r"\W*(?:total|sum|remaining|overall|other)\b", re.IGNORECASE)


def stated(blocks: Sequence[Block]) -> int:
    """Return how many texts a probability is stated for."""
    return sum(record.stated is not None for block in blocks for record in block.records)


def leaves_over(text: str, blocks: Sequence[Block], asked: Expected) -> bool:
    """Whether a probability is stated that no candidate got: in a text, or in a title line.

    Where a text, or the whole list, has none, a bare percentage counts as one.
    """
    if not asked.method.verbalizes:
        return False
    found = [record for block in blocks for record in block.records]
    if 2 * sum(_SHARE_LEFT.search(one.text) is not None for one in found) > len(found):
        return True
    left = (_LEFT_OVER_BARE if one.stated is None else _LEFT_OVER for one in found)
    if any(pattern.search(one.text) for pattern, one in zip(left, found, strict=True)):
        return True
    if any(_titles_state(block.between) for block in blocks):
        return True
    outside = _outside(text, blocks)
    return _titles_state(outside) if stated(blocks) else bool(_LEFT_OVER_BARE.search(outside))


def _outside(text: str, blocks: Sequence[Block]) -> str:
    """Return what stands before, between and behind the blocks."""
    parts, position = [], 0
    for block in sorted(blocks, key=lambda block: block.start):
        parts.append(text[position : block.start])
        position = max(position, block.end)
    return "\n".join([*parts, text[position:]])


def _titles_state(text: str) -> bool:
    """Whether a line of prose that heads something states a probability."""
    return any(
        _HEADS.fullmatch(line) is not None
        for line in text.split("\n")
        if _LEFT_OVER_BARE.search(line) and not _TOTAL.match(line) and not _INTRO.search(line)
    )

"""Candidates in prose: what is left when a reply has no JSON and no tags.

The readers stand in order, from the form that is hardest to mistake to the one that is easiest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vs_magic.verbalized.method import Method
from vs_magic.verbalized.parse import attached, keyed, lists, refusal, tables
from vs_magic.verbalized.parse.attached import Part
from vs_magic.verbalized.parse.dress import undressed
from vs_magic.verbalized.parse.found import Block, Record
from vs_magic.verbalized.parse.records import Asked

_PLAN = re.compile(
    r"\b(?:step[s]?|plan|approach|consider|think|first,? i|let['’]s|analy[sz]e|reason|requirements?|criteria|constraints?|notes?|instructions?|rules?|clarif)\b",
    re.IGNORECASE,
)
_ITEM_LABEL = re.compile(
    r"[*_]{0,3}(?:text|response|answer|content|joke|poem|story|candidate|completion)(?:[ \t]*#?\d{1,3})?[*_]{0,3}[ \t]*:[*_]{0,3}[ \t]*",
    re.IGNORECASE,
)


def find(text: str, asked: Asked) -> list[Block]:
    """Return the blocks of the first reader that finds candidates."""
    for reader in (tables.wire, tables.markdown, keyed.find, tables.csv):
        if found := reader(text, asked):
            return found
    if asked.method is Method.COT:
        return []
    return _lists(text, asked) or _lines(text, asked)


def _lists(text: str, asked: Asked) -> list[Block]:
    """Read a list in the style in which its items have probabilities; else in the first style."""
    unstated: list[Block] = []
    for runs in lists.styles(text):
        blocks = [block for run in runs if (block := _block(text, run, asked))]
        if any(record.stated is not None for block in blocks for record in block.records):
            return blocks
        if not unstated and _may_lack_values(text, runs, asked):
            unstated = blocks
    return unstated


def _may_lack_values(text: str, runs: Sequence[lists.Run], asked: Asked) -> bool:
    """Whether a list without any probability can be a list of candidates."""
    intro = text[max(0, runs[0].start - 400) : runs[0].start]
    if refusal.refuses(text[: runs[0].start] or "-"):
        return False
    if runs[0].style == "headed":
        return False
    items = [item for run in runs for item in run.items]
    if len(items) < 2 and not (asked.method is Method.SEQUENCE or runs[0].style == "labelled"):
        return False
    if 2 * sum(refusal.instructs(item) for item in items) >= len(items):
        return False
    return not asked.method.verbalizes or _PLAN.search(intro) is None


def _block(text: str, run: lists.Run, asked: Asked) -> Block | None:
    items = [item for item in run.items if item.strip()]
    every = asked.method is Method.SEQUENCE
    parts = attached.split(items, asked.wording, every=every)
    parts = _unlabelled(parts)
    texts = undressed([part.text for part in parts])
    records = [
        Record(one, part.stated) for one, part in zip(texts, parts, strict=True) if one.strip()
    ]
    if not records:
        return None
    return Block(run.start, run.end, records, {f"{run.style} list": None})


def _unlabelled(parts: list[Part]) -> list[Part]:
    """Drop "Text:" before the texts where all have it."""
    matches = [_ITEM_LABEL.match(part.text) for part in parts]
    if not all(matches):
        return parts
    return [
        Part(part.text[match.end() :].strip(), part.stated)
        for part, match in zip(parts, matches, strict=True)
        if match
    ]


def _lines(text: str, asked: Asked) -> list[Block]:
    """Read lines without markers: each with its probability, or (sequence) each a candidate."""
    return []

"""Candidates in prose: what is left when a reply has no JSON and no tags.

Each reader makes a reading of the whole text: tables, fields on lines, an outline in each of its
styles. The reading that accounts for most of what the text states is the answer. A reading that
leaves a stated probability over is none: in doubt a reply is unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from vs_magic.errors import ReplyError
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.parse import (
    answer,
    doubt,
    item,
    keyed,
    outline,
    refusal,
    statements,
    tables,
)
from vs_magic.verbalized.parse.fields import Expected
from vs_magic.verbalized.parse.found import Block, Record
from vs_magic.verbalized.parse.outline import Run
from vs_magic.verbalized.parse.statements import MAX_ITEMS

MAX_LENGTH = 400_000  # more prose than a model writes in one reply
MAX_LINES = 10_000  # more is no list that a person would read
_PLAN = re.compile(
    r"\b(?:step[s]?|plan|approach|consider|think|first,? i|let['’]s|analy[sz]e|reason"
    r"|requirements?|criteria|constraints?|notes?|instructions?|rules?|clarif)\b"
    r"|\bi (?:would|could|will|can):",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:could you|can you (?:tell|clarify|provide|share)|please (?:provide|clarify|share"
    r"|specify|tell)|which (?:one|of)|do you (?:mean|want)|would you (?:like|prefer)"
    r"|more (?:details|information|context|about what))\b",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"^[ \t#*_-]{0,6}(?:step|schritt|étape|paso)[ \t]*\d", re.IGNORECASE | re.MULTILINE
)
_OPEN_BRACKET = re.compile(r"[(\[][^()\[\]]{0,60}")
_VALUE_ALONE = re.compile(r"\s*[~<]?(?:\d{0,3}[.,]?\d+\s*%|0?[.,]\d+)\s*")
_IS_CUT = re.compile(
    r"(?:[^\n)\]}.!?\"'”’*`|%]|\d\.|[(\[][^()\[\]\n]{0,60}|\n[ \t]*[-*•][ \t]*[*_]{0,3})\Z"
)
_RULES = re.compile(r"\n[ \t]*(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*\n")
_TALKS = re.compile(
    r"\b(?:answer|guess|option|choice|candidate|response|first|second|third|likely)\b[^.\n]{0,40}"
    r"\b(?:is|are|would be)\b",
    re.IGNORECASE,
)
_COMMA = re.compile(r"(?<=[\d%)\]])\s*[,;]\s+(?:and\s+|or\s+)?")
_OPTION = re.compile(
    r"(?!(?:i|the|it|my|there|we|probably|maybe)\b)\S+(?:\s\S+){0,2}", re.IGNORECASE
)
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_MARKUP = "<{[`#-*|>("
_CHATTER = re.compile(
    r"(?:sure|here|certainly|of course|absolutely|okay|ok|great|the user|let me|let['’]s|please"
    r"|sorry|unfortunately|as an|i['’](?:m|d|ll|ve)|i (?:can|will|would|think|need))\b",
    re.IGNORECASE,
)


def find(text: str, asked: Expected, *, reasoned: bool = False) -> list[Block]:
    """Return the blocks of the best reading.

    Raises
    ------
    ReplyError
        Each reading leaves a stated probability over.
    """
    if len(text) > MAX_LENGTH or text.count("\n") > MAX_LINES:
        return []
    text = outline.unrolled(text.replace("\r\n", "\n"))
    if asked.method is Method.COT:
        found = keyed.find(text, asked) or answer.boxed(text, asked)
        return found or answer.alone(text, reasoned=reasoned)
    readings = [[b for b in bs if doubt.stated([b])] or bs for bs in _structured(text, asked)]
    if not any(map(doubt.stated, readings)):
        readings += filter(None, [_unmarked(text, asked)])
    clear = [blocks for blocks in readings if not doubt.leaves_over(text, blocks, asked)]
    best = max(clear, key=_rank, default=[])
    if not doubt.stated(best):
        best = next((blocks for blocks in readings if not doubt.stated(blocks)), [])
    if readings and best not in clear:
        raise ReplyError("the reply states probabilities, and it is not clear whose they are", text)
    return best


def _rank(blocks: list[Block]) -> tuple[bool, int, int]:
    """Return what makes a reading better than another."""
    return blocks[0].final, doubt.stated(blocks), -blocks[0].start


def _structured(text: str, asked: Expected) -> Iterator[list[Block]]:
    """Read tables, fields and outlines; bullets last, as fields are often written with them."""
    yield from filter(None, tables.find(text, asked))
    bullets: list[Block] = []
    unstated = False
    for runs in outline.readings(text):
        blocks = [block for run in runs if (block := _block(text, run, asked))]
        if not doubt.stated(blocks):
            if unstated or not _may_lack_values(text, runs, asked):
                continue
            unstated = bool(blocks)
        if runs[0].style == "bulleted":
            bullets = blocks
        elif blocks:
            yield blocks
    yield from filter(None, (keyed.find(text, asked), answer.boxed(text, asked), bullets))


def _may_lack_values(text: str, runs: Sequence[Run], asked: Expected) -> bool:
    """Whether a list without any probability can be a list of candidates."""
    intro = text[max(0, runs[0].start - 400) : runs[0].start]
    if refusal.refuses(text[: runs[0].start] or "-"):
        return False
    items = [item for run in runs for item in run.items]
    if _ASKS.search(intro) or (
        runs[0].headed and not (asked.method is Method.SEQUENCE and len(items) > 1)
    ):
        return False
    if len(items) < 2 and asked.method.verbalizes and _is_cut(text):
        return False
    if len(items) < 2 and not (asked.method is Method.SEQUENCE or runs[0].style == "labelled"):
        return False
    if 2 * sum(refusal.instructs(item) for item in items) >= len(items):
        return False
    return not asked.method.verbalizes or _PLAN.search(intro) is None


def _block(text: str, run: Run, asked: Expected) -> Block | None:
    items = [item for item in run.items if item.strip()]
    every = asked.method is Method.SEQUENCE
    cut = run.end >= len(text) and _is_cut(text)
    if asked.method.verbalizes and all(_VALUE_ALONE.fullmatch(item) for item in items):
        return None  # the numbers are the texts: `1: 16.7%`
    parts = statements.split(items, asked.wording, every=every, cut=cut)
    records = [
        one
        for one in item.records(parts, headed=run.headed)
        if not (cut and _OPEN_BRACKET.fullmatch(one.text))
    ]
    if not records:
        return None
    block = Block(run.start, run.end, records, {f"{run.style} list": None}, between=run.between)
    if len(parts) < len(items):
        block.repairs["truncated reply"] = None
    return block


def _is_cut(text: str) -> bool:
    """Whether a text ends in the middle of a sentence, of brackets or of quotation marks."""
    if _IS_CUT.search(text, max(0, len(text) - 80)):
        return True
    line = text[text.rfind("\n", max(0, len(text) - 4000)) + 1 :]
    return text[-1] in '"`' and line.count(text[-1]) % 2 == 1


def _unmarked(text: str, asked: Expected) -> list[Block]:
    """Read what no marks set off: each part with its probability, or (sequence) each a candidate.

    The parts are lines; else what horizontal rules, or blank lines, keep apart.
    """
    if _STEP.search(text):
        return []
    body = tables.unfenced(text)
    lines = [line for raw in body.splitlines() if (line := raw.strip()) and not item.is_rule(line)]
    if len(lines) > 1 and lines[0].rstrip("*_ ").endswith(":"):
        lines = lines[1:]
    parts = (_RULES if _RULES.search(body) else _BLANK_LINE).split(body)
    parts = [part.strip() for part in parts if part.strip()]
    if not asked.method.verbalizes:
        return _plain(text, body, lines, parts)
    if len(lines) == 1:
        found = _stated_parts(text, _COMMA.split(lines[0]), asked)
        options = all(_OPTION.fullmatch(one.text) for block in found for one in block.records)
        return found if options else []
    return _stated_parts(text, lines, asked) or _stated_parts(text, parts, asked)


def _stated_parts(text: str, parts: list[str], asked: Expected) -> list[Block]:
    """Read `Paris: 0.5`, a part each; prose may stand before and after."""
    found = statements.split(parts, asked.wording)
    if any(_TALKS.search(part.head) for part in found if part.stated is not None):
        return []
    stated = [index for index, part in enumerate(found) if part.stated is not None and part.text]
    if len(stated) < 2:
        return []
    first, last = stated[0], stated[-1]
    if last - first + 1 != len(stated) or first > 1 or (len(parts) - len(stated) > 2):
        return []
    return [Block(0, len(text), item.records(found[first : last + 1]), {"lines": None})]


def _plain(text: str, body: str, lines: list[str], parts: list[str]) -> list[Block]:
    """Read a sequence in which nothing but rules or line breaks marks the items."""
    if refusal.refuses(text) or refusal.instructs(text) or not lines:
        return []
    if _RULES.search(body):
        lines = parts
    elif len(parts) > 1:
        parts = parts[1:] if parts[0].rstrip("*_ ").endswith(":") else parts
        several = ["\n" in part for part in parts]
        if any(several) and several != [True, False]:
            return []
        lines = parts[0].split("\n") if any(several) else lines  # prose follows the list
    if len(lines) == 1:
        lines = _inline(lines[0])
    if not 0 < len(lines) <= MAX_ITEMS or (lines is not parts and max(map(len, lines)) > 2000):
        return []
    return [Block(0, len(text), [Record(one) for one in item.undressed(lines)], {"lines": None})]


def _inline(line: str) -> list[str]:
    """Read a list on one line: `a, b, c` of short items, or a list of one."""
    if line[:1] in _MARKUP:
        return []
    before, colon, after = line.partition(": ")
    items = (after if colon and len(before) < 60 else line).rstrip(".").split(", ")
    items[-1] = items[-1].removeprefix("and ").removeprefix("or ")
    if len(items) > 2 and all(0 < len(item.split()) <= 3 for item in items):
        return items
    return [] if _CHATTER.match(line) or line[-1] == ":" else [line]

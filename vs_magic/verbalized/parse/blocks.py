"""The structured blocks of a reply: JSON islands and runs of tags, each with its span.

What is outermost wins: tags inside a JSON string are text, and so is JSON inside a tag, unless the
tag only wraps the whole answer.
"""

from __future__ import annotations

import bisect
import re

from vs_magic.errors import ReplyError
from vs_magic.verbalized.parse import choose, records, scan, statements, strings, tags
from vs_magic.verbalized.parse.fields import Expected
from vs_magic.verbalized.parse.found import Block

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_REOPENED = re.compile(r"\n[ \t]*(?:```|~~~)\w*[ \t]*\r?\n\s*[{\[]")
_ITEM_MARK = re.compile(r"[ \t]*(?:[-*•+]|\(?\d{1,3}[.):])[ \t]+")
_LABEL = re.compile(r"[^{}\[\]\n]{0,120}[:=：][ \t*_`]*|[ \t>*_`]*(?:json|JSON)?[ \t]*")
_AFTER = re.compile(r"[ \t]*[}\])]*[.,;:`*)]*[ \t]*(?:\r?\n|\Z)")
_TAG_LEFT = re.compile(r"<probability>\s*[\d.]|\d\s*%?\s*</?\w*probability>")
_SWALLOWED = re.compile(
    r"(?:\A\w{0,30}|\")(?:text|responses?|answer|probability|confidence)\"\s*[:：]"
)
_KEY_FIRST = re.compile(r"\s*[\"'“]\w{1,30}[\"'”]\s*:")


_ISLAND_COST = 10  # what a new island takes beside its tokens, in steps


def find(text: str, asked: Expected) -> list[Block]:
    """Return the blocks with candidates, and those that were cut off before their first one.

    Raises
    ------
    ReplyError
        A tag or a quotation mark is broken, so that a text swallowed what stands behind it.
    """
    found = _outermost(text, asked)
    for block in found:
        damaged = "unescaped quote" in block.repairs or "missing quote" in block.repairs
        left = _TAG_LEFT if "tags" in block.repairs else _SWALLOWED if damaged else None
        if left and any(left.search(record.text) for record in block.records):
            raise ReplyError("a mark of the reply is broken: a text holds its neighbour", text)
    return found


def _outermost(text: str, asked: Expected) -> list[Block]:
    """Return the blocks that stand in no other one."""
    islands = _islands(text, asked)
    whole = all(island.closed for island in islands)
    tagged = tags.read(text, 0, len(text), cut=whole) if "<" in text else []
    if asked.method.verbalizes:
        _part_stated(tagged, asked)
    if not tagged or not islands:
        return tagged or islands
    if not any(one.holds_text for one in tagged) and _only_wrap(tagged, islands):
        return islands
    # Tags inside an island are text of it, and an island inside tags is text of theirs.
    tagged = _outside(tagged, [one for one in islands if one.records or _opens_reply(text, one)])
    outside = _outside(islands, [one for one in tagged if one.records or one.holds_text])
    return sorted([*outside, *tagged], key=lambda block: block.start)


def _opens_reply(text: str, block: Block) -> bool:
    """Whether a reply begins with a block, which then holds all that comes before its end."""
    return block.start < _FENCE_LENGTH and not text[: block.start].strip("`~ \t\r\njsonJSON")


_FENCE_LENGTH = 40


def _part_stated(tagged: list[Block], asked: Expected) -> None:
    """Part `<response>Paris (0.5)</response>`, if no tag states one and all texts do."""
    found = [record for block in tagged for record in block.records]
    if not found or any(record.stated is not None for record in found):
        return
    parts = statements.split([record.text for record in found], asked.wording, every=True)
    if all(part.stated is not None and part.text for part in parts):
        for record, part in zip(found, parts, strict=True):
            record.text, record.stated = part.text, part.stated


def _outside(blocks: list[Block], around: list[Block]) -> list[Block]:
    """Return the blocks that do not begin inside one of the blocks around them."""
    starts = [other.start for other in around]
    kept = []
    for block in blocks:
        index = bisect.bisect_left(starts, block.start) - 1
        if index < 0 or block.start >= around[index].end:
            kept.append(block)
    return kept


def _only_wrap(tagged: list[Block], islands: list[Block]) -> bool:
    """Whether tags hold nothing but JSON that is an answer by itself."""
    if any(record.stated is not None for one in tagged for record in one.records):
        return False
    strong = [block for block in islands if block.records and block.strong]
    return len(_outside(strong, tagged)) < len(strong)


def _islands(text: str, asked: Expected) -> list[Block]:
    """Read every object and list outside others, each as a block."""
    blocks: list[Block] = []
    size = len(text)
    if _KEY_FIRST.match(text):
        found = scan.island(text, 0, size, implied=True)
        if (block := _block(found, asked)) and block.records:
            return [block]
        if found.steps >= scan.MAX_STEPS:
            return [block] if block else []
    fences = [*(match.start() for match in _FENCE.finditer(text)), size]
    position, left = 0, scan.MAX_STEPS
    fenced_only = False
    quick = not strings.suspected(text)
    while left > 0 and (start := scan.next_start(text, position, size)) >= 0:
        stop = fences[bisect.bisect_right(fences, start)]
        strict = None
        try:
            strict = scan.strict_island(text, start) if quick else None
        except RecursionError:
            quick = False
        found = strict or scan.island(text, start, stop if fenced_only else size, steps=left)
        left -= found.steps + _ISLAND_COST
        if not fenced_only and stop < size and _swallows(text, found, stop):
            fenced_only = True
            found = scan.island(text, start, stop, steps=left)
            left -= found.steps
        position = max(found.end, start + 1)
        if (block := _block(found, asked)) and _stands(text, block):
            blocks.append(block)
    return blocks


def _swallows(text: str, found: scan.Island, fence: int) -> bool:
    """Whether an island ran over the fence that should have ended it."""
    if not found.closed:
        return True
    return (
        fence < found.end
        and "raw newline" in found.repairs
        and _REOPENED.search(text, fence, found.end) is not None
    )


def _block(found: scan.Island, asked: Expected) -> Block | None:
    """Turn an island into a block; None for one that is whole and has no candidates."""
    candidates, strong = records.harvest(found.value, asked)
    if not candidates and found.closed:
        return None
    block = Block(found.start, found.end, candidates, found.repairs, strong=strong)
    block.closed = found.closed
    block.reasoning = records.reasoning(found.value)
    return block


def _stands(text: str, block: Block) -> bool:
    """Whether a block stands by itself, rather than in the middle of a sentence or of an item."""
    near = max(0, block.start - 200)
    line = text.rfind("\n", near, block.start) + 1 or near
    before = text[line : block.start]
    after = _AFTER.match(text, block.end) is not None
    if len(block.records) > 1 and all("text as key" in one.repairs for one in block.records):
        return after or choose.is_whole(block)
    if not before.strip(" \t>*_`"):
        return block.strong or after or not block.closed
    if mark := _ITEM_MARK.match(before):
        return after and not before[mark.end() :].strip()
    if block.strong and block.records:
        return True
    return _LABEL.fullmatch(before) is not None and (
        after or before.rstrip(" *_`").endswith((":", "："))
    )

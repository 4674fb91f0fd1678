"""Which blocks of a reply are its answer: the final one of several drafts, or all its parts.

The words between two blocks decide first ("Draft", "Final answer", "Part 2"). Without such words a
later block replaces an earlier one that it repeats, or that was a whole distribution as it is one
itself; blocks that do neither are parts of one answer.
"""

from __future__ import annotations

import re

from vs_magic.errors import ReplyError
from vs_magic.verbalized.method import Wording
from vs_magic.verbalized.parse import probability
from vs_magic.verbalized.parse.found import Block

NEAR = 240
AROUND = 300
FINAL = re.compile(
    r"\b(?:final(?:ly|i[sz]ed)?|revised|corrected|correction|updated|refined|improved|polished"
    r"|instead"
    r"|better version|second attempt|on second thought|scratch that|clean(?:ed)?(?:[ -]up)? version"
    r"|let me (?:redo|fix|correct|try again|rewrite|revise|refine|reformat|re-?do|adjust|improve"
    r"|restate|start over)"
    r"|(?:here(?:'s| is| are)|now|output|answer|result)[^.\n]{0,40}\b(?:in"
    r"|as)\s+(?:a\s+)?(?:valid |proper |the (?:requested|required|specified) )?(?:json|xml|format)"
    r"|(?:actual|real|true|definitive|finished)\s+(?:answer|response|output|list|result)s?)\b",
    re.IGNORECASE,
)
_DRAFT = re.compile(
    r"\b(?:draft|brainstorm\w*|first (?:attempt|pass|thoughts?|version|try|cut)|initial(?:ly)?"
    r"|rough|scratch|preliminary"
    r"|for example|example (?:format|output|response|of the format)|e\.g\.|template|schema"
    r"|the format|this format|format:)",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?:part|batch|set|section|group|page|chunk)\s*(?:\d|two|three|ii|b\b)|\bcontinu\w+"
    r"|\bthe rest\b|\bremaining\b",
    re.IGNORECASE,
)
_HEADING = re.compile(  # of a part, not of another attempt
    r"^[ \t]*(?:#{1,6}[ \t]+|\*\*)(?![^\n]*\b(?:version|attempt|take|try|round|iteration)\b)\S",
    re.IGNORECASE | re.MULTILINE,
)
_NO_WORDS = " \t\r\n,;-*`0123456789.)"
_MORE = re.compile(
    r"\b(?:more|additional|next|another|also|second half|further|plus|others?|rarer|less \w+"
    r"|unusual)\b",
    re.IGNORECASE,
)


TURN = re.compile(
    r"^[ \t#*_>]{0,8}(?:(?:here(?:'s| is| are)|now|and) )?(?:the |my )?(?:final|revised|corrected"
    r"|improved|updated|actual)\b[^\n]{0,60}:[*_ \t]*\r?(?:\n|\Z)",
    re.IGNORECASE | re.MULTILINE,
)


def is_bulk(text: str, blocks: list[Block]) -> bool:
    """Whether blocks are most of a reply, but for a few sentences around them.

    A list without any probability is the answer only then; in a long text it is just a list.
    """
    inside = sum(block.end - block.start for block in blocks)
    return len(text.strip()) - inside <= inside + AROUND


def after_turn(text: str) -> str | None:
    """Return what follows the last line that announces a final answer after a draft."""
    for line in reversed(list(TURN.finditer(text))):
        rest = text[line.end() :]
        return rest if rest.strip() and text[: line.start()].strip() else None
    return None


def answer(text: str, blocks: list[Block]) -> tuple[list[Block], tuple[str, ...]]:
    """Return the blocks that make up the answer, in order, and the repairs that the choice is.

    Raises
    ------
    ReplyError
        Several are whole distributions under headings of their own, and none is called final.
    """
    repairs: dict[str, None] = {}
    stated = [b for b in blocks if any(r.stated is not None for r in b.records)]
    if all(len(b.records) > 1 for b in stated):
        blocks = stated or blocks
    kept: list[Block] = []
    known: set[str] = set()  # the texts of the blocks kept so far
    drafts: set[int] = set()
    end = 0
    for block in blocks:
        gap = text[max(end, block.start - NEAR) : block.start]
        end = block.end
        if len(known) > len(block.records) == 1 and block.records[0].text in known:
            continue  # it goes through the list once more
        if kept and _replaces(kept[-1], known, block, gap):
            kept, known = [], set()
            repairs["draft dropped"] = None
        goes_on = bool(kept) and id(kept[-1]) in drafts and not gap.strip(_NO_WORDS)
        if goes_on or (_DRAFT.search(gap) and not FINAL.search(gap)):
            drafts.add(id(block))
        kept.append(block)
        known.update(record.text for record in block.records)
    solid = [block for block in kept if id(block) not in drafts]
    if solid and len(solid) < len(kept) and kept[0] is not solid[0]:
        repairs["draft dropped"] = None
        kept = solid
    if len(kept) > 1:
        repairs["joined blocks"] = None
    return kept, tuple(repairs)


def _replaces(last: Block, known: set[str], block: Block, gap: str) -> bool:
    """Whether a block takes the place of all that stands before it."""
    if _PART.search(gap):
        return False
    if FINAL.search(gap):
        return True
    if _MORE.search(gap) or len(known) < 2 or len(block.records) < 2:
        return False
    shared = sum(record.text in known for record in block.records)
    if 2 * shared >= min(len(block.records), len(known)):
        return True
    if not (is_whole(last) and is_whole(block)):
        return False
    if _HEADING.search(gap):
        raise ReplyError("the reply holds several distributions, each under a heading", gap)
    return True


def is_whole(block: Block) -> bool:
    """Whether a block's probabilities sum to about 1, so that it is a distribution by itself."""
    stated = [probability.read(r.stated, r.wording or Wording.EXPLICIT) for r in block.records]
    values = [value for value, _ in probability.scaled(stated)]
    return all(value is not None for value in values) and 0.9 <= sum(v or 0 for v in values) <= 1.1

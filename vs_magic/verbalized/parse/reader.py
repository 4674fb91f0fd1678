"""The order of the readers, and the one place where records become candidates."""

from __future__ import annotations

from collections.abc import Sequence

from vs_magic.errors import RefusalError, ReplyError
from vs_magic.verbalized.candidate import Candidate, Reading
from vs_magic.verbalized.method import Method, Wording
from vs_magic.verbalized.parse import (
    blocks,
    choose,
    probability,
    prose,
    records,
    refusal,
    strings,
    tree,
    wrapping,
)
from vs_magic.verbalized.parse.fields import Expected
from vs_magic.verbalized.parse.found import Block, Record


def parse(
    text: str,
    method: str | Method = Method.VS_STANDARD,
    probability: str | Wording = Wording.EXPLICIT,
) -> list[Candidate]:
    """Read the candidates out of a reply.

    Parameters
    ----------
    text
        The reply, as the model wrote it.
    method
        The method that was asked for; it decides what counts as a candidate.
    probability
        The wording of the probability field that was asked for; it decides the scale.

    Returns
    -------
    list of Candidate
        In the reply's order; texts as written, probabilities on a 0-1 scale or None.

    Raises
    ------
    ReplyError
        The reply is empty, a refusal, an echo of the prompt, or holds no complete candidate.
    OptionError
        There is no such method or wording.

    Examples
    --------
    >>> parse('{"responses": [{"text": "heads", "probability": "50%"}]}')
    [Candidate(text='heads', probability=0.5, repairs=('percent sign',))]
    """
    return list(read(text, method, probability).candidates)


def read(
    text: str,
    method: str | Method = Method.VS_STANDARD,
    probability: str | Wording = Wording.EXPLICIT,
) -> Reading:
    """Read the candidates and the reasoning out of a reply; see `parse`."""
    asked = Expected(
        method if isinstance(method, Method) else Method.of(method),
        probability if isinstance(probability, Wording) else Wording.of(probability),
    )
    if not isinstance(text, str):
        raise ReplyError(f"the reply is not text but {type(text).__name__}", repr(text))
    if not text.strip():
        raise ReplyError("the reply is empty", text)
    if asked.method in (Method.DIRECT, Method.MULTI_TURN):
        return _whole(text)
    return _clean(text, asked) or _tolerant(text, asked)


def _whole(reply: str) -> Reading:
    """Take the reply itself as the response, without its reasoning."""
    split = wrapping.split(reply)
    response = split.answer.strip()
    if not response:
        raise ReplyError(_CUT if split.cut else "the reply is empty after its reasoning", reply)
    repairs = ("reasoning block",) if response != reply.strip() else ()
    return Reading(
        candidates=(Candidate(text=response, repairs=repairs),), reasoning=split.reasoning
    )


_CUT = "the reply ends inside its reasoning: allow more tokens"


def _clean(reply: str, asked: Expected) -> Reading | None:
    """Read valid JSON in the usual form, the quick way; None sends it to the tolerant readers."""
    text = reply.strip()
    if text[0] not in "{[" or strings.suspected(text):
        return None
    try:
        node = tree.strict(text)
    except (ValueError, RecursionError):
        return None
    found, _ = records.harvest(node, asked)
    found, dropped = refusal.without_echo(found)
    if not found:
        return None
    whole = ("placeholder dropped",) if dropped else ()
    return reading(reply, found, whole, records.reasoning(node), asked)


def _tolerant(reply: str, asked: Expected) -> Reading:
    """Read by every reader in turn."""
    plain, repairs = wrapping.decoded(reply)
    split = wrapping.split(plain)
    if split.cut or not split.answer.strip():
        raise ReplyError(_CUT if split.cut else "the reply is empty after its reasoning", reply)
    repairs += ("reasoning block",) if split.reasoning else ()
    text, kept = split.answer, []
    if (rest := choose.after_turn(text)) and (final := _final(rest, asked)):
        text, kept = rest, final
        repairs += ("draft dropped",)
    try:
        kept = kept or _answer(text, asked, reasoned=split.reasoning is not None)
        kept, chosen = choose.answer(text, kept)
    except ReplyError as error:
        raise type(error)(str(error), reply) from None
    return _from_blocks(reply, text, kept, repairs + chosen, thought=split.reasoning, asked=asked)


def _final(text: str, asked: Expected) -> list[Block]:
    """Return the blocks of what follows "Final answer:", if they are an answer by themselves."""
    if asked.method is Method.COT:
        return []
    try:
        found = _answer(text, asked, reasoned=False)
    except ReplyError:
        return []
    stated = all(record.stated is not None for block in found for record in block.records)
    return found if stated or not asked.method.verbalizes else []


def _answer(text: str, asked: Expected, *, reasoned: bool) -> list[Block]:
    """Return the blocks of a text: structured ones, else those of its prose.

    Raises
    ------
    ReplyError
        There are none, or they are not the answer.
    """
    found = blocks.find(text, asked)
    kept, echoed = _without_echo(found)
    if kept and (any(block.strong for block in kept) or not _is_aside(text, kept, asked)):
        return kept
    if any(not block.closed for block in found):
        raise ReplyError("the reply was cut off before its first candidate was complete", text)
    kept, dropped = _without_echo(prose.find(text, asked, reasoned=reasoned))
    if kept and not _is_aside(text, kept, asked):
        return kept
    if refusal.refuses(text):
        raise RefusalError("the model declined the request", text)
    if echoed or dropped or refusal.instructs(text):
        raise ReplyError("the reply repeats the prompt instead of answering it", text)
    raise ReplyError("no list of candidates was found in the reply", text)


def _is_aside(text: str, kept: list[Block], asked: Expected) -> bool:
    """Whether a list is not the answer, as it states no probability and is not most of the text."""
    if not asked.method.verbalizes or choose.is_bulk(text, kept):
        return False
    return all(record.stated is None for block in kept for record in block.records)


def _without_echo(found: Sequence[Block]) -> tuple[list[Block], bool]:
    """Drop placeholders, and the blocks that hold nothing else."""
    kept, echoed = [], False
    for block in found:
        block.records, dropped = refusal.without_echo(block.records)
        echoed = echoed or dropped > 0
        if block.records:
            if dropped:
                block.repairs["placeholder dropped"] = None
            kept.append(block)
    return kept, echoed


def _from_blocks(
    reply: str,
    text: str,
    kept: Sequence[Block],
    repairs: tuple[str, ...],
    *,
    thought: str | None,
    asked: Expected,
) -> Reading:
    whole = dict.fromkeys(repairs)
    first, last = kept[0], kept[-1]
    if "```" in text[max(0, first.start - 40) : first.start]:
        whole["code fence"] = None
    if text[: first.start].strip("`\n\t json") or text[last.end :].strip("`\n\t "):
        whole["prose around"] = None
    found: list[Record] = []
    for block in kept:
        whole.update(block.repairs)
        if not block.closed:
            whole["truncated reply"] = None
        found += block.records
        thought = block.reasoning or thought
    return reading(reply, found, tuple(whole), thought, asked)


def reading(
    reply: str,
    found: Sequence[Record],
    whole: tuple[str, ...],
    thought: str | None,
    asked: Expected,
) -> Reading:
    """Settle the scale, drop what is empty, mark duplicates."""
    full = [record for record in found if record.text.strip()]
    if not full:
        raise ReplyError("every candidate in the reply is empty", reply)
    if len(full) < len(found):
        whole = (*whole, "empty text dropped")
    stated = [probability.read(r.stated, r.wording or asked.wording) for r in full]
    seen: set[str] = set()
    candidates = []
    for record, (value, mended) in zip(full, probability.scaled(stated), strict=True):
        again = ("duplicate",) if record.text in seen else ()
        seen.add(record.text)
        repairs = (*whole, *record.repairs, *mended, *again)
        candidates.append(
            Candidate(
                text=record.text,
                probability=value,
                repairs=repairs,
                title=record.title,
                body=record.body,
            )
        )
    return Reading(candidates=tuple(candidates), reasoning=thought)

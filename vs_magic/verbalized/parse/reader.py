"""The order of the readers, and the one place where records become candidates."""

from __future__ import annotations

from collections.abc import Sequence

from vs_magic.errors import RefusalError, ReplyError
from vs_magic.verbalized.candidate import Candidate, Reading
from vs_magic.verbalized.method import Method, Wording
from vs_magic.verbalized.parse import (
    blocks,
    choose,
    escaped,
    latex,
    probability,
    prose,
    reasoning,
    records,
    refusal,
    tree,
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
    return _clean(text, asked) or _tolerant(text, escaped.unwrapped(text), asked)


def _whole(reply: str) -> Reading:
    """Take the reply itself as the response, without its reasoning."""
    split = reasoning.split(reply)
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
    if text[0] not in "{[" or latex.suspected(text):
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
    return _reading(reply, found, whole, records.reasoning(node), asked)


def _tolerant(reply: str, inner: str | None, asked: Expected) -> Reading:
    """Read by every reader in turn; `inner` is what the reply holds as one string of JSON."""
    plain = escaped.unescaped(reply) if inner is None else inner
    split = reasoning.split(reply if plain is None else plain)
    if split.cut or not split.answer.strip():
        raise ReplyError(_CUT if split.cut else "the reply is empty after its reasoning", reply)
    text = split.answer
    repairs: tuple[str, ...] = ("JSON in a string",) if inner is not None else ()
    repairs += ("Markdown escapes",) if inner is None and plain is not None else ()
    repairs += ("reasoning block",) if split.reasoning else ()
    found = blocks.find(text, asked)
    kept, echoed = _without_echo(found)
    if kept and not any(block.strong for block in kept) and _is_aside(text, kept, asked):
        kept = []
    if kept:
        if later := _final_prose(text, kept[-1].end, asked):
            text, kept = later
            repairs += ("draft dropped",)
        kept, chosen = choose.answer(text, kept)
        return _from_blocks(
            reply, text, kept, (*repairs, *chosen), thought=split.reasoning, asked=asked
        )
    if any(not block.closed for block in found):
        raise ReplyError("the reply was cut off before its first candidate was complete", reply)
    listed = prose.find(text, asked, reasoned=split.reasoning is not None)
    kept, dropped = _without_echo(listed)
    if kept and not _is_aside(text, kept, asked):
        kept, chosen = choose.answer(text, kept)
        return _from_blocks(
            reply, text, kept, (*repairs, *chosen), thought=split.reasoning, asked=asked
        )
    if refusal.refuses(text):
        raise RefusalError("the model declined the request", reply)
    raise ReplyError(_why_not(text, echoed=echoed or dropped), reply)


def _is_aside(text: str, kept: list[Block], asked: Expected) -> bool:
    """Whether a list is not the answer, as it states no probability and is not most of the text."""
    if not asked.method.verbalizes or choose.is_bulk(text, kept):
        return False
    return all(record.stated is None for block in kept for record in block.records)


def _final_prose(text: str, end: int, asked: Expected) -> tuple[str, list[Block]] | None:
    """Return the prose after `end` and its list, if it is the final answer to a draft in JSON."""
    rest = text[end:]
    if not choose.FINAL.search(rest[:400]):
        return None
    found, _ = _without_echo(prose.find(rest, asked))
    if not found or not choose.FINAL.search(rest[: found[0].start]):
        return None
    stated = all(record.stated is not None for block in found for record in block.records)
    return (rest, found) if stated or not asked.method.verbalizes else None


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


def _why_not(text: str, *, echoed: bool) -> str:
    if echoed or refusal.instructs(text):
        return "the reply repeats the prompt instead of answering it"
    return "no list of candidates was found in the reply"


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
    return _reading(reply, found, tuple(whole), thought, asked)


def _reading(
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

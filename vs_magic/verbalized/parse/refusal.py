"""What is no distribution: a refusal, or an echo of what was asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vs_magic.verbalized.parse.found import Record

_CANNOT = (
    r"(?:can(?:['’]?t|not| not)|won['’]?t|will not|wouldn['’]t|would not|am (?:not able|unable)"
    r"|['’]m (?:not able|unable|not going)|am not going|must (?:decline|refuse)"
    r"|(?:have|need) to decline|do(?:n['’]t| not) (?:feel comfortable|have the ability)"
    r"|am not comfortable|['’]m not comfortable|shouldn['’]t|could(?:n['’]t| not)|decline to"
    r"|refuse to)"
)
_REFUSES = re.compile(
    rf"\W{{0,10}}(?:(?:sorry|(?:i['’]m|i am|we['’]re|my) (?:so |very |really |truly )?(?:sorry"
    rf"|apologies)|i apologi[sz]e"
    rf"|apologies|unfortunately|regrettably|(?:i['’]m|i am) afraid|thank(?:s| you)[^.\n]{{0,60}}"
    rf"|as an? (?:ai|artificial|large language|language)[^,.\n]{{0,40}}"
    rf"|i understand[^.\n]{{0,100}}|i appreciate[^.\n]{{0,100}}"
    rf"|it['’]s against|this (?:request|content)[^.\n]{{0,60}})[^\n]{{0,120}}?)?"
    rf"\b(?:i|we)(?: {_CANNOT}| {_CANNOT}|{_CANNOT})",
    re.IGNORECASE,
)
_STOCK = re.compile(
    r"\W{0,10}(?:i['’]m sorry,? (?:but )?(?:i|that|this)|sorry,? (?:but )?(?:i |that|this|no\b)"
    r"|request (?:denied|refused|blocked)|i (?:must|have to) (?:decline|refuse)|i decline|i refuse"
    r"|(?:this|that|your) (?:request|content|prompt) (?:violates|goes against|is not|was"
    r"|may violate)"
    r"|content (?:policy|blocked|filtered)|no\.\s*\Z|lo siento|je suis désolée?|es tut mir leid"
    r"|mi dispiace|抱歉|对不起|申し訳)",
    re.IGNORECASE,
)
_DOTS = frozenset({"...", "…", "....", "[...]", "<...>", "(...)", "…."})
_WORDS = (
    r"(?:(?:your|the|an?|first|second|third|fourth|fifth|next|last|another|actual|full|complete"
    r"|generated|insert|put|write"
    r"|some|nth|more|example|sample|model|of|in|goes|here|itself|string|str|text|response|answer"
    r"|candidate|completion"
    r"|output|reply|joke|poem|story|sentence|content|placeholder|\d{1,2}|n|k|i|x)\b[\s_.:-]*)"
)
_NUMBERED = re.compile(
    r"(?:response|text|answer|candidate|joke|poem|story)[ _#]*\d{1,2}", re.IGNORECASE
)
_FIELD_NAME = re.compile(
    r"(?:probability|prob|confidence|perplexity|nll|reasoning|responses?|text)\W*", re.IGNORECASE
)
_TEMPLATE = re.compile(
    r"\s*\(?(?:probability|confidence)\s*[:=]\s*(?:\[[^\]\n]{1,40}\]|<[^>\n]{1,40}>)\)?\s*\Z",
    re.IGNORECASE,
)
_CORE = re.compile(
    r"response|text|str|answer|candidate|completion|output|reply|joke|poem|story|sentence|content"
    r"|placeholder|insert|your|here",
    re.IGNORECASE,
)
_BRACKETED = re.compile(rf"[<\[{{(]+\s*{_WORDS}{{1,6}}(?:\.\.\.|…)?\s*[>\]}})]+", re.IGNORECASE)
_SPOKEN = re.compile(rf"{_WORDS}{{1,6}}(?:\.\.\.|…)?", re.IGNORECASE)
_DESCRIBED = re.compile(r"<[A-Za-z][^<>=/]* [^<>=/]*>")
_CUE = re.compile(
    r"(?:here|placeholder|your|goes|string|response text|insert|text of|\.\.\.|…)", re.IGNORECASE
)
_NO_VALUE = re.compile(
    r"[<\[{(]\s*(?:probability|prob|number|float|p|confidence|nll|perplexity|value"
    r"|0\.\w+)[^\d]{0,20}[>\]})]"
    r"|<[A-Za-z][^<>]{0,80}>|0?\.[xXnN]+|float|number|double|decimal|probability|\.\.\.|…|<\w+>",
    re.IGNORECASE,
)
_INSTRUCTION = re.compile(
    r"\b(?:exactly \d+ responses|responses to the (?:user|input)|each with (?:its|a|an"
    r"|the) (?:\w+ )?(?:probability|confidence)"
    r"|sampled at random from the full|JSON object of this form|<response>|<probability>"
    r"|the (?:probability|confidence) of each response|reply with only|output format"
    r"|return (?:only )?(?:a|the) json)",
    re.IGNORECASE,
)


def refuses(reply: str) -> bool:
    """Whether a reply, or what stands before its list, declines the request."""
    head = reply.lstrip()[:600]
    return _REFUSES.match(head) is not None or _STOCK.match(head) is not None


def instructs(text: str) -> bool:
    """Whether a text repeats the instructions of a prompt."""
    return _INSTRUCTION.search(text[:2000]) is not None


def without_echo(records: Sequence[Record]) -> tuple[list[Record], int]:
    """Drop the placeholders of a prompt's example; say how many were dropped.

    Three dots are always one. Other texts ("<response>", "your text here", "Response 1") can be
    answers too, and are placeholders only where all their siblings are.
    """
    kept = [record for record in records if record.text.strip() not in _DOTS]
    for record in kept:
        record.text = _TEMPLATE.sub("", record.text)
    texts = [record.text.strip().strip("'\"`*<>") for record in kept]
    if (
        all(_is_placeholder(record) for record in kept)
        or all(_NUMBERED.fullmatch(text) for text in texts)
        or (_are_field_names(texts) and not any(map(_has_value, kept)))
    ):
        kept = []
    return kept, len(records) - len(kept)


def _are_field_names(texts: Sequence[str]) -> bool:
    """Whether texts are the names of fields; one alone may be an answer, unless a colon ends it."""
    several = len(texts) > 1 or (bool(texts) and texts[0][-1:] == ":")
    return several and all(_FIELD_NAME.fullmatch(text) for text in texts)


def _has_value(record: Record) -> bool:
    return record.stated is not None and not _NO_VALUE.fullmatch(record.stated.strip())


def _is_placeholder(record: Record) -> bool:
    text = record.text.strip()
    if len(text) > 80:
        return False
    bracketed = _BRACKETED.fullmatch(text) is not None and _CORE.search(text) is not None
    spoken = _SPOKEN.fullmatch(text) is not None
    if not _has_value(record) and (record.stated is not None or _DESCRIBED.fullmatch(text)):
        return bracketed or spoken or text.startswith("<")
    return bracketed or (spoken and _CUE.search(text) is not None)

"""The one answer of a chain of thought in prose: in a box, in a last sentence, or alone."""

from __future__ import annotations

import re

from vs_magic.verbalized.parse import item, refusal, statements
from vs_magic.verbalized.parse.fields import Expected
from vs_magic.verbalized.parse.found import Block, Record

MAX_UNMARKED = 20_000
_REACH = 20_000
_BOXED = re.compile(r"\\boxed\{(?:\\text\{)?((?:[^{}\n]|\{[^{}\n]{0,80}\}){1,400}?)\}?\}")
_IS = re.compile(
    r"\b(?:the|my) (?:final )?(?:answer|response) is:? (?:\*\*"
    r"|[\"“])?(?P<answer>[^.\n]{1,200}?)(?:\*\*|[\"”])?\.?(?:\*\*)?\Z",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^[ \t]*(?:\d{1,3}[.)]|[-*•])[ \t]", re.MULTILINE)
_REASONING = re.compile(
    r"\s*[#*_ \t]{0,8}(?:reasoning|thinking|thoughts?|analysis|chain of thought|rationale"
    r"|thought process|step[- ]by[- ]step(?: reasoning)?)[*_ \t]*(?::|\n)",
    re.IGNORECASE,
)
_CUES = re.compile(
    r"\b(?:first(?:ly)?|second(?:ly)?|next|then|therefore|thus|hence|because|since|step|think"
    r"|consider|reason|let['’]s|let me|let us|need to|should|could|would be|the user|so,|wait|okay"
    r"|hmm|the question|the task|asked|answer)\b",
    re.IGNORECASE,
)


def boxed(text: str, _asked: Expected) -> list[Block]:
    r"""Read the last `\boxed{…}` and the confidence that stands behind it."""
    found = list(_BOXED.finditer(text, max(0, len(text) - _REACH)))
    if not found:
        return []
    last = found[-1]
    own = statements.OWN_LINE.search(text, last.end())
    record = Record(last[1].strip(), own["value"] if own else None)
    return [Block(last.start(), len(text), [record], {"boxed answer": None})]


def unboxed(text: str) -> str:
    r"""Return what stands in a box that is the whole text.

    >>> unboxed(r"$\boxed{4}$"), unboxed("4")
    ('4', '4')
    """
    box = _BOXED.fullmatch(text.strip(" $\n")) if "\\boxed" in text else None
    return box[1].strip() if box else text


def alone(text: str, *, reasoned: bool) -> list[Block]:
    """Read the answer in the last sentence, or a text that is one as a whole.

    `reasoned` says that a block of reasoning stood before the text: all that is left is the answer.
    """
    stated = None
    if own := statements.OWN_LINE.search(text):
        text, stated = text[: own.start()], own["value"]
    body = text.strip()
    if match := _IS.search(body[-600:]):
        record = Record(match["answer"], stated)
        return [Block(0, len(text), [record], {"labelled answer": None})]
    if refusal.refuses(text) or refusal.instructs(text) or _REASONING.match(text):
        return []
    if len(_ITEM.findall(body)) > 1 and body.split("\n", 1)[0].rstrip().endswith(":"):
        return []  # steps that were announced
    short = len(body) <= MAX_UNMARKED and "\n\n" not in body and not _CUES.search(body)
    if body[:1] in ("", *"{[<`") or not (reasoned or short):
        return []
    record = Record(item.undressed([body])[0], stated)
    return [Block(0, len(text), [record], {"no reasoning": None})]

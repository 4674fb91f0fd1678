"""The one answer of a chain of thought that came in prose instead of JSON."""

from __future__ import annotations

import re

from vs_magic.verbalized.parse import refusal
from vs_magic.verbalized.parse.delimiters import undressed
from vs_magic.verbalized.parse.found import Block, Record

MAX_LENGTH = 400_000
MAX_UNMARKED = 20_000
_ANSWER = (
    r"(?:(?:my|the|here['’]s (?:my|the)|so,? (?:my|the))[ \t]+)?(?P<final>final[ \t]+)?(?:answer"
    r"|response|output|result|reply|completion"
    r"|joke|poem|story|haiku|riddle|limerick|slogan|sentence|quote|solution"
    r"|conclusion)(?:[ \t]+is)?"
)
_LABEL = re.compile(
    rf"^[ \t>]*(?:#{{1,6}}[ \t]+"
    rf"(?:\d[.)][ \t]+)?[*_]{{0,3}}{_ANSWER}[*_]{{0,3}}:?[*_]{{0,3}}[ \t]*\r?$"
    rf"|[*_]{{1,3}}(?:\d[.)][ \t]+)?{_ANSWER.replace('final>', 'final2>')}:?[*_]{{1,3}}:?[ \t]*"
    rf"|[*_]{{0,3}}"
    rf"(?:\d[.)][ \t]+)?{_ANSWER.replace('final>', 'final3>')}[*_]{{0,3}}[ \t]*:[*_]{{0,3}}[ \t]*)",
    re.IGNORECASE | re.MULTILINE,
)
_REASONING = re.compile(
    r"\s*[#*_ \t]{0,8}(?:reasoning|thinking|thoughts?|analysis|chain of thought|rationale"
    r"|thought process|step[- ]by[- ]step(?: reasoning)?)[*_ \t]*(?::|\n)[*_ \t]*",
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\boxed\{([^{}\n]{1,400})\}")
_IS = re.compile(
    r"\b(?:the|my) (?:final )?(?:answer|response) is:? (?:\*\*"
    r"|[\"“])?(?P<answer>[^.\n]{1,200}?)(?:\*\*|[\"”])?\.?(?:\*\*)?\Z",
    re.IGNORECASE,
)
_CUES = re.compile(
    r"\b(?:first(?:ly)?|second(?:ly)?|next|then|therefore|thus|hence|because|since|step|think"
    r"|consider|reason|let['’]s|let me|let us|need to|should|could|would be|the user|so,|wait|okay"
    r"|hmm|the question|the task|asked|answer)\b",
    re.IGNORECASE,
)


def find(text: str, *, reasoned: bool) -> Block | None:
    """Find the one answer in a text; None where nothing tells it from the reasoning.

    Parameters
    ----------
    text
        The reply without its reasoning block.
    reasoned
        Whether there was such a block: then all that is left is the answer.
    """
    if len(text) > MAX_LENGTH:
        return None
    if label := _label(text):
        return _block(text, label.end(), label.start())
    if match := _IS.search(text[-600:].rstrip()):
        return Block(0, len(text), [Record(match["answer"])], {"labelled answer": None})
    boxed = list(_BOXED.finditer(text[-20_000:]))
    if boxed:
        return Block(0, len(text), [Record(boxed[-1][1])], {"boxed answer": None})
    return _block(text, 0, 0) if _is_answer(text, reasoned=reasoned) else None


def _is_answer(text: str, *, reasoned: bool) -> bool:
    """Whether a text without any mark is the answer as a whole."""
    if refusal.refuses(text) or refusal.instructs(text) or _REASONING.match(text):
        return False
    if text.lstrip()[:1] in "{[<`":
        return False
    if reasoned:
        return True
    return len(text) <= MAX_UNMARKED and "\n\n" not in text.strip() and not _CUES.search(text)


def _label(text: str) -> re.Match[str] | None:
    """Return the last label of a final answer, else the first label of an answer."""
    first = None
    final = None
    size = len(text.rstrip())
    for match in _LABEL.finditer(text):
        if match.end() >= size:
            break
        first = first or match
        if match["final"] or match["final2"] or match["final3"]:
            final = match
    return final or first


def _block(text: str, start: int, before: int) -> Block | None:
    (answer,) = undressed([text[start:].strip()])
    if not answer:
        return None
    thought = text[:before].strip()
    if opening := _REASONING.match(thought):
        thought = thought[opening.end() :]
    block = Block(
        start,
        len(text),
        [Record(answer)],
        {"labelled answer" if before or start else "no reasoning": None},
    )
    block.reasoning = thought.strip() or None
    return block

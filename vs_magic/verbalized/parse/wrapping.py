"""What an answer comes wrapped in: an encoding of the whole reply, special tokens, reasoning."""

from __future__ import annotations

import contextlib
import html
import json
import re
from dataclasses import dataclass

_SPECIAL_NAMES = (
    r"think|thinking|thought|thoughts|seed:think|scratchpad|draft|brainstorm|brainstorming"
)
_NAMES = rf"{_SPECIAL_NAMES}|reasoning|reflection|analysis|planning"
_PAIRS = {
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
}
_OPEN = re.compile(
    rf"\s*(?:<(?P<name>{_NAMES})\s*>|(?P<mark>\[THINK\]|◁think▷|<\|begin_of_thought\|>))",
    re.IGNORECASE,
)
_CLOSE_ONLY = re.compile(
    rf"(?:</(?:{_SPECIAL_NAMES})\s*>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>)[ \t]*(?=\r?\n|\Z"
    rf"|[{{\[<`])",
    re.IGNORECASE,
)
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<]{0,60}(?:<\|constrain\|>\s*\w+\s*)?<\|message\|>")
_SPECIAL_TOKEN = re.compile(
    r"<\|(?:im_end|eot_id|end_of_text|endoftext|end|return|eom_id|end_of_solution|start)\|>"
    r"|</s>\s*\Z|<end_of_turn>"
)
_BEGIN_SOLUTION = re.compile(r"\s*<\|begin_of_solution\|>")
_STRUCTURE = re.compile(r"[{\[<]")
_QUOTED = re.compile(r"\s*\"\s*(?:\\n|\s)*[{\[]")
_ESCAPED = re.compile(r"\s*[{\[](?:\\n|\\t|\s|[{\[])*\\\"")
_TAGGED = re.compile(r"(?<!\\)</?(?:response|text|probability)s?>", re.IGNORECASE)
_TAGS_IN_MARKDOWN = re.compile(
    r"^[ \t]*\\<(?:responses?|candidate|answer|text)\b[^<>\n]{0,80}>", re.IGNORECASE | re.MULTILINE
)
_ENTITIES = re.compile(
    r"&quot;\w{1,40}&quot;\s{0,9}:|^[ \t]*&lt;(?:responses?|candidate|answer|text)\b"
    r"|^[ \t]*(?:\d{1,3}[.)]|[-*•])[ \t]+&quot;",
    re.IGNORECASE | re.MULTILINE,
)
_CUT_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Split:
    """A reply in two: its reasoning, and the answer after it.

    `cut` says that the reply ended inside its reasoning, so that there is no answer.
    """

    reasoning: str | None
    answer: str
    cut: bool = False


def decoded(reply: str) -> tuple[str, tuple[str, ...]]:
    """Decode a reply that was encoded once more as a whole, and name what was mended.

    That is JSON in one string, tags that Markdown or HTML escaped, JSON with HTML's entities.
    """
    text = reply.strip()
    if _QUOTED.match(text):
        encodings = [text, f'{text}"', f'{_CUT_ESCAPE.sub("", text)}"']
    else:
        encodings = [f'"{text}"', f'"{_CUT_ESCAPE.sub("", text)}"'] if _ESCAPED.match(text) else []
    for encoded in encodings:  # the last ones mend a reply that was cut off
        with contextlib.suppress(ValueError):
            inner = _DECODER.decode(encoded)
            if isinstance(inner, str) and inner.strip():
                return inner, ("JSON in a string",)
            break
    if text[:1] not in ("{", "[") and not _TAGGED.search(text) and _TAGS_IN_MARKDOWN.search(text):
        return re.sub(r"\\([<>])", r"\1", reply), ("Markdown escapes",)
    if '"' not in text and "<" not in text and _ENTITIES.search(text):
        return html.unescape(reply), ("entities",)
    return reply, ()


def split(reply: str) -> Split:
    """Cut the reasoning off a reply, and the special tokens of a chat template off its end."""
    if "<|channel|>" in reply and (found := _channels(reply)):
        return found
    answer = _without_tokens(reply)
    thoughts: list[str] = []
    position = 0
    while opened := _OPEN.match(answer, position):
        mark = (opened["mark"] or "").lower()
        closing = re.escape(_PAIRS[mark]) if mark else rf"</{re.escape(opened['name'])}\s*>"
        closed = re.compile(closing, re.IGNORECASE).search(answer, opened.end())
        if closed is None:
            if opened["name"] and not re.fullmatch(_SPECIAL_NAMES, opened["name"], re.IGNORECASE):
                break  # a field of the answer that was left open
            return Split(answer[opened.end() :].strip() or None, "", cut=True)
        thoughts.append(answer[opened.end() : closed.start()].strip())
        position = closed.end()
    if not thoughts and (closed := _last_closing(answer)):
        thoughts.append(answer[: closed.start()].strip())
        position = closed.end()
    if not thoughts:
        thoughts, answer = _later_block(answer)
        if not answer:
            return Split("\n\n".join(thoughts) or None, "", cut=True)
    if solution := _BEGIN_SOLUTION.match(answer, position):
        position = solution.end()
    joined = "\n\n".join(thought for thought in thoughts if thought)
    return Split(joined or None, answer[position:])


def _without_tokens(reply: str) -> str:
    """Drop the tokens that end a turn; what a model babbles after one is not its answer."""
    if "<|" not in reply and "</s>" not in reply and "<end_of_turn>" not in reply:
        return reply
    match = _SPECIAL_TOKEN.search(reply)
    if match is None or not reply[: match.start()].strip():
        return reply
    after = reply[match.end() :].strip()
    return reply[: match.start()] if not after or match[0] != "</s>" else reply


def _channels(reply: str) -> Split | None:
    """Read the channels of gpt-oss: what stands in `final` is the answer."""
    parts = list(_CHANNEL.finditer(reply))
    if not parts:
        return None
    answer, thoughts = None, []
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        end = following.start() if following else len(reply)
        body = _SPECIAL_TOKEN.split(reply[part.end() : end], maxsplit=1)[0].strip()
        if part[1] == "final":
            answer = body
        else:
            thoughts.append(body)
    return Split("\n\n".join(thoughts) or None, answer or "", cut=answer is None)


def _last_closing(answer: str) -> re.Match[str] | None:
    """Find a closing tag whose opening one went into the prompt, as some chat templates do."""
    if "/" not in answer and "<|end_of_thought|>" not in answer:
        return None
    found = None
    for match in _CLOSE_ONLY.finditer(answer):
        found = match
    if found is None:
        return None
    before = answer[: found.start()].lower()
    return None if re.search(rf"<(?:{_SPECIAL_NAMES})\s*>", before) else found


def _later_block(answer: str) -> tuple[list[str], str]:
    """Cut out a block of thinking that a line of prose precedes."""
    opened = re.search(rf"^[ \t]*<({_NAMES})>", answer, re.IGNORECASE | re.MULTILINE)
    if opened is None or _STRUCTURE.search(answer, 0, opened.start()):
        return [], answer
    closed = re.compile(rf"</{opened[1]}>", re.IGNORECASE).search(answer, opened.end())
    if closed is None and not re.fullmatch(_SPECIAL_NAMES, opened[1], re.IGNORECASE):
        return [], answer
    if closed is None:
        return [answer[opened.end() :].strip()], ""
    thought = answer[opened.end() : closed.start()].strip()
    return [thought], answer[: opened.start()] + answer[closed.end() :]

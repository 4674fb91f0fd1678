"""What a service has put into a field, read as the text, the count or the reason it is for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

MOST_TOKENS = 10**9
"""More than any call has; a larger count is none."""
_LONGEST_REASON = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message says: its answer, and what some services send among the parts of it."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""


def content(value: Any) -> Content:
    """Read a message's content: a text, or a list of parts with a type each.

    Data in the place of a text, as from a service that has parsed its model's JSON, is written as
    JSON again.

    >>> content([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Ohio"}])
    Content(text='Ohio', reasoning='hm', refusal='')
    >>> content({"responses": ["Ohio"]}).text
    '{"responses": ["Ohio"]}'
    """
    parts = value if isinstance(value, list) else [value]
    if not all(map(_is_part, parts)):
        return Content(text=json.dumps(value))
    found = {"text": "", "reasoning": "", "refusal": ""}
    for part in parts:
        kind = str(part.get("type") or "text") if isinstance(part, Mapping) else "text"
        goes_to = _GOES_TO.get(kind)
        if goes_to is not None:
            found[goes_to] += text(part)
    return Content(**found)


def text(value: Any) -> str:
    """Return the text in a value: itself, or that of its parts; "" where there is none.

    >>> text([{"type": "text", "text": "Oh"}, "io"]), text(None), text(7)
    ('Ohio', '', '7')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return "".join(map(text, value))
    if isinstance(value, Mapping):
        named = (value[name] for name in _TEXTS if value.get(name))
        return text(next(named, None))
    return "" if value is None or isinstance(value, bool) else str(value)


def count(value: Any) -> int | None:
    """Return a number of tokens; None for what is none.

    >>> count(20.0), count("20"), count(-1), count(1e30), count(True), count(2.5)
    (20, 20, None, None, None, None)
    """
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = float(value[:20])
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value <= MOST_TOKENS and value == int(value) else None


def finish_reason(value: Any) -> str | None:
    """Return why a reply ended, in OpenAI's words where the service's own mean the same.

    >>> finish_reason("MAX_TOKENS"), finish_reason("end_turn"), finish_reason("abort")
    ('length', 'stop', 'abort')
    """
    if not isinstance(value, str) or not value.strip():
        return None
    word = value.strip().lower().replace("-", "_").replace(" ", "_")
    return _REASONS.get(word, word[:_LONGEST_REASON])


_GOES_TO: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("text", "output_text"), "text"),
        **dict.fromkeys(("thinking", "reasoning", "reasoning_text", "summary_text"), "reasoning"),
        "refusal": "refusal",
    }
)
"""Where the text of a part goes, by its type; other parts (images, tools) have none."""

_TEXTS = ("text", "content", "value", "thinking", "reasoning", "summary", "refusal")
"""The names under which a part has its text."""

_REASONS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("end_turn", "eos", "eos_token", "complete", "completed", "stop_sequence", "done"),
            "stop",
        ),
        **dict.fromkeys(
            (
                "max_tokens", "max_output_tokens", "max_length", "model_length", "token_limit",
                "continuation", "compaction", "pause_turn", "model_context_window_exceeded",
            ),
            "length",
        ),
        **dict.fromkeys(
            (
                "content_filtered", "contentfilter", "safety", "recitation", "language", "other",
                "blocklist", "prohibited_content", "spii", "image_safety", "refusal", "sensitive",
                "guardrail_intervened", "error_toxic", "blocked", "model_armor", "escalation",
            ),
            "content_filter",
        ),
        **dict.fromkeys(("tool_use", "tool_call"), "tool_calls"),
    }
)  # fmt: skip


def _is_part(value: Any) -> bool:
    """Whether a value is a text or a part of a message, and no data."""
    if isinstance(value, Mapping):
        return isinstance(value.get("type"), str) or set(value) <= {"text"}
    return not isinstance(value, list)

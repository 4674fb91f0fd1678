"""Replies that were encoded once more: JSON as one string, or whose marks are all escaped."""

from __future__ import annotations

import contextlib
import json
import re

_QUOTED = re.compile(r"\s*\"\s*(?:\\n|\s)*[{\[]")
_ESCAPED = re.compile(r"\s*[{\[](?:\\n|\\t|\s|[{\[])*\\\"")
_TAGGED = re.compile(r"(?<!\\)</?(?:response|text|probability)s?>", re.IGNORECASE)
_MARKDOWN = re.compile(
    r"^[ \t]*\\<(?:responses?|candidate|answer|text)\b[^<>\n]{0,80}>", re.IGNORECASE | re.MULTILINE
)
_ANGLE = re.compile(r"\\([<>])")
_CUT_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_DECODER = json.JSONDecoder(strict=False)


def unescaped(reply: str) -> str | None:
    """Return a reply whose tags Markdown escaped, as tags; None where it has no such tags."""
    if not _MARKDOWN.search(reply) or _TAGGED.search(reply) or reply.lstrip()[:1] in ("{", "["):
        return None
    return _ANGLE.sub(r"\1", reply)


def unwrapped(reply: str) -> str | None:
    """Return what the string holds, or None where the reply is no such string."""
    text = reply.strip()
    if _QUOTED.match(text):
        encodings = [text, f'{text}"', f'{_CUT_ESCAPE.sub("", text)}"']
    elif _ESCAPED.match(text):
        encodings = [f'"{text}"', f'"{_CUT_ESCAPE.sub("", text)}"']
    else:
        return None
    for encoded in encodings:  # the last ones mend a reply that was cut off
        with contextlib.suppress(ValueError):
            inner = _DECODER.decode(encoded)
            return inner if isinstance(inner, str) and inner.strip() else None
    return None

"""JSON that was encoded once more: a reply that is one string, or whose marks are all escaped."""

from __future__ import annotations

import json
import re

_QUOTED = re.compile(r"\s*\"\s*(?:\\n|\s)*[{\[]")
_ESCAPED = re.compile(r"\s*[{\[](?:\\n|\\t|\s|[{\[])*\\\"")
_DECODER = json.JSONDecoder(strict=False)


def unwrapped(reply: str) -> str | None:
    """Return what the string holds, or None where the reply is no such string."""
    text = reply.strip()
    if _QUOTED.match(text) and text.endswith('"'):
        encoded = text
    elif _ESCAPED.match(text):
        encoded = f'"{text}"'
    else:
        return None
    try:
        inner = _DECODER.decode(encoded)
    except ValueError:
        return None
    return inner if isinstance(inner, str) and inner.strip() else None

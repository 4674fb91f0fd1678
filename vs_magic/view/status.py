"""The one line that says what a run was and what it took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vs_magic.view.words import count, price, seconds, unsent


def status_line(attrs: Mapping[Any, Any]) -> str:
    """Return the status line of a frame, from its `attrs`.

    >>> status_line({"options": {"method": "vs-standard", "k": 5}, "model": "local/x", "calls": 1,
    ...              "seconds": 3.52, "prompt_tokens": 90, "completion_tokens": 51,
    ...              "cost_usd": 0.0, "stated_sum": 1.04})
    'vs-standard · local/x · 1 call · 3.5 s · 90 + 51 tokens · free · Σ stated 1.04'
    """
    options = attrs.get("options", {})
    calls, cached = attrs.get("calls", 0), attrs.get("cached_calls", 0)
    tokens = attrs.get("prompt_tokens"), attrs.get("completion_tokens")
    stated = attrs.get("stated_sum")
    parts = [
        str(options.get("method", "")),
        str(attrs.get("model") or ""),
        count(calls, "call") + (f" ({cached} cached)" if cached else ""),
        seconds(float(attrs.get("seconds", 0.0))),
        "tokens unknown" if None in tokens else f"{tokens[0]:,} + {tokens[1]:,} tokens",
        price(attrs.get("cost_usd")),
        "" if stated is None else f"Σ stated {stated:.2f}",
        unsent(attrs.get("not_sent") or ()),
        _count(attrs.get("left_out", 0), "left out below --min-probability"),
        _count(attrs.get("failed", 0), "failed"),
    ]
    return " · ".join(part for part in parts if part)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number else ""

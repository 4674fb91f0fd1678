"""A chat completion in OpenAI's form, written anew from what can be understood of it.

Whatever stands in a field, what comes out has the fields that a client reads, each of its own kind:
a client that trusts the form then reads any answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from vs_magic.llm import values

_SENT = ("prompt_tokens", "input_tokens", "inputTokens", "promptTokenCount", "prompt_eval_count")
_WRITTEN = (
    "completion_tokens", "output_tokens", "outputTokens", "candidatesTokenCount",
    "thoughtsTokenCount", "eval_count",
)  # fmt: skip
COUNTS: Mapping[str, str] = MappingProxyType(
    {**dict.fromkeys(_SENT, "prompt_tokens"), **dict.fromkeys(_WRITTEN, "completion_tokens")}
)
"""What services call the number of tokens sent, and of those written."""

_IS_COUNT = re.compile(r"(_tokens|Tokens|TokenCount|tokenCount|eval_count)$")
_HOLDS_COUNTS = re.compile(r"(_details|Details)$")
_REASONING = ("reasoning_content", "reasoning")
_ENDS_OF_CLIENTS = ("stop", "length", "content_filter", "tool_calls", "error", "abort")


def in_order(answer: Mapping[str, Any], *, event: bool) -> dict[str, Any]:
    """Return a completion, or one event of it, in order; of several choices, the first."""
    return {
        "id": values.text(answer.get("id")) or "unnamed",
        "object": "chat.completion.chunk" if event else "chat.completion",
        "created": values.count(answer.get("created")) or 0,
        "model": values.text(answer.get("model")),
        "choices": [_choice(c, event=event) for c in objects(answer.get("choices"))[:1]],
        **_usage(answer.get("usage")),
        "service_tier": values.text(answer.get("service_tier")) or None,
    }


def refusal(ordered: Mapping[str, Any]) -> str:
    """Return the words with which the model refuses, in a completion that is in order."""
    parts = (choice.get("message") or choice.get("delta") for choice in ordered["choices"])
    return "".join(part["refusal"] or "" for part in parts)


def without_odd_counts(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer in another form, with 0 for every number of tokens that is none."""
    mended: dict[str, Any] = {}
    for name, value in answer.items():
        if _IS_COUNT.search(name) and not isinstance(value, (Mapping, list)):
            mended[name] = values.count(value) or 0
        elif name in ("usage", "usageMetadata"):
            mended[name] = without_odd_counts(value) if isinstance(value, Mapping) else {}
        elif isinstance(value, Mapping) and (name == "message" or _HOLDS_COUNTS.search(name)):
            mended[name] = without_odd_counts(value)
        elif isinstance(value, list) and _HOLDS_COUNTS.search(name):
            mended[name] = [without_odd_counts(part) for part in objects(value)]
        else:
            mended[name] = value
    return mended


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects in a list; none where it is no list."""
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _choice(choice: Mapping[str, Any], *, event: bool) -> dict[str, Any]:
    names = ("delta", "message") if event else ("message", "delta")
    said = next((choice[n] for n in names if isinstance(choice.get(n), Mapping)), None)
    end = values.finish_reason(choice.get("finish_reason"))
    known = end if end is None or end in _ENDS_OF_CLIENTS else "stop"  # `Noted` has the true one
    return {
        "index": 0,
        names[0]: _message({"content": choice.get("text")} if said is None else said),
        "finish_reason": known,
        **({"error": choice["error"]} if choice.get("error") else {}),
    }


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    said = values.content(message.get("content"))
    beside = (values.text(message.get(name)) for name in _REASONING)
    calls = objects(message.get("tool_calls"))
    if not calls and isinstance(message.get("function_call"), Mapping):
        calls = [{"function": message["function_call"]}]
    ordered: dict[str, Any] = {
        "role": "assistant",
        "content": said.text,
        "refusal": (values.text(message.get("refusal")) or said.refusal) or None,
    }
    if reasoning := next(filter(None, beside), said.reasoning):
        ordered |= dict.fromkeys(_REASONING, reasoning)  # litellm reads the one or the other
    if calls:
        ordered["tool_calls"] = [_tool_call(call, i) for i, call in enumerate(calls)]
    return ordered


def _tool_call(call: Mapping[str, Any], place: int) -> dict[str, Any]:
    function = call.get("function")
    function = function if isinstance(function, Mapping) else {}
    given = function.get("arguments")
    index = values.count(call.get("index"))
    return {
        "index": place if index is None else index,
        "id": values.text(call.get("id")) or None,
        "type": "function",
        "function": {
            "name": values.text(function.get("name")) or None,
            "arguments": given if isinstance(given, str) else json.dumps(given) if given else "",
        },
    }


def _usage(usage: Any) -> dict[str, Any]:
    """Return the counts that are some, and what the endpoint states as its price and tier."""
    if not isinstance(usage, Mapping):
        return {}
    counts = _counts(usage)
    for name in COUNTS.keys() & counts.keys():
        counts.setdefault(COUNTS[name], counts[name])
    total = sum(counts.get(name) or 0 for name in ("prompt_tokens", "completion_tokens"))
    if not total:
        return {}
    given = usage.get("cost")
    cost = {"cost": given} if isinstance(given, (int, float)) else {}
    unknown = {"prompt_tokens": 0, "completion_tokens": 0}
    tier = {"service_tier": values.text(usage.get("service_tier")) or None}
    return {"usage": {**unknown, **counts, **cost, **tier, "total_tokens": total}}


def _counts(usage: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in usage.items():
        if isinstance(value, Mapping):
            found[name] = _counts(value)
        elif (count := values.count(value)) is not None:
            found[name] = count
    return found

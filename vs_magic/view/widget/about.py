"""What the widget says about an ask: every sentence that is not a candidate's stands here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from vs_magic.verbalized.method import Method
from vs_magic.view.frame import FAR_FROM_ONE
from vs_magic.view.widget.texts import head
from vs_magic.view.widget.values import AskPrice, Shown
from vs_magic.view.words import count, estimated, price, seconds, stated, unsent


def label(method: str) -> str:
    """Return a method's name as the paper writes it; an unknown one stays as it is.

    >>> label("vs-standard"), label("else")
    ('VS-Standard', 'else')
    """
    if method not in list(Method):
        return method
    name = method.removeprefix("vs-").replace("cot", "coT")
    name = name[0].upper() + name[1:]
    return f"VS-{name}" if method.startswith("vs-") else name


def about(shown: Shown, *, pooled: int = 0) -> dict[str, Any]:
    """Return the heading of what is shown, of one ask or of so many pooled, as texts to be set."""
    task, cut = head(shown.task, 1000)
    return {
        "task": task + (" …" if cut else ""),
        "method": f"{pooled} asks pooled"
        if pooled
        else label(str(shown.options.get("method") or "")),
        "facts": [fact for fact in _facts(shown, pooled=bool(pooled)) if fact],
        "sum": _sum(shown),
        "note": head(shown.note, 400)[0],
        "empty": "" if len(shown.frame) else "No candidate has arrived.",
    }


def price_of(estimate: AskPrice) -> str:
    """Return what an ask will take, in words.

    >>> price_of(AskPrice(calls=1, cost_usd=0.00123)), price_of(AskPrice(calls=3))
    ('1 call, about $0.0012', '3 calls, cost unknown')
    >>> price_of(AskPrice(calls=2, cost_usd=0.0))
    '2 calls, free'
    """
    calls = count(estimate.calls, "call")
    return f"{calls}, {estimated(estimate.cost_usd)}"


def _facts(shown: Shown, *, pooled: bool) -> list[str]:
    attrs: Mapping[Any, Any] = shown.frame.attrs
    options, left_out = shown.options, attrs.get("not_sent") or ()
    facts = [head(str(attrs.get("model") or options.get("model") or ""), 120)[0]]
    if not pooled:
        facts += [
            _equals("k", options.get("k")),
            _equals("n", options.get("n")),
            "" if "temperature" in left_out else _equals("T", options.get("temperature")),
            _equals("below", options.get("threshold"), sign=" "),
        ]
    return [*facts, unsent(left_out), _took(attrs)]


def _equals(name: str, value: Any, sign: str = " = ") -> str:
    return "" if value is None else f"{name}{sign}{value:g}"


def _took(attrs: Mapping[Any, Any]) -> str:
    """Return calls, seconds, tokens and price, as far as they are known."""
    if "calls" not in attrs:
        return ""
    calls, cached = int(attrs["calls"]), int(attrs.get("cached_calls") or 0)
    parts = [count(calls, "call")]
    if cached:
        parts[0] += " (cached)" if cached == calls else f" ({cached} cached)"
    if attrs.get("seconds") is not None:
        parts.append(seconds(attrs["seconds"]))
    tokens = [attrs.get("prompt_tokens"), attrs.get("completion_tokens")]
    if None not in tokens:
        parts.append(count(sum(map(int, tokens)), "token"))  # type: ignore[arg-type]
    parts.append(price(attrs.get("cost_usd")))
    failed = int(attrs.get("failed") or 0)
    return " · ".join([*parts, *([f"{failed} failed"] if failed else [])])


def _sum(shown: Shown) -> dict[str, Any]:
    """Return Σ stated, with a plain word where it is far from 1."""
    total = shown.stated_sum
    if not shown.frame["text"].notna().any():
        return {}
    if total is None or math.isnan(total):
        return {"words": "No probabilities were stated: every candidate of a call weighs the same."}
    value = {"value": f"Σ stated {total:.2f}"}
    if abs(total - 1) <= FAR_FROM_ONE:
        return {**value, "words": "Close to 1, as a distribution should be."}
    words = stated(total, int(shown.frame.attrs.get("calls") or 1))
    return {**value, "far": True, "words": words}

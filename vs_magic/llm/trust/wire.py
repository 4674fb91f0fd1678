"""A call as plain JSON, and the key that tells one call from another: for the cache and bundles.

    {"request": {"model": …, "messages": […], "shape": {…}, "draw": 1, "turn": 1, …},
     "reply": {"text": …, "model": …, "mode": …, "finish_reason": …, "cost_usd": …, …}}

What is None, and a parameter at its default, is left out; `draw` is the number of the call, under
the name by which bundles and keys have always had it. A request's timeout is no part of it, nor is
a key or an address: none of them is in a `Request` or a `Reply`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from vs_magic.llm.request import Reply, Request
from vs_magic.verbalized.method import Format, Method, Wording
from vs_magic.verbalized.parameters import Parameters
from vs_magic.verbalized.prompt import Message
from vs_magic.verbalized.shape import Shape

KEY_VERSION = 1
"""Part of every key; raised when the same call would be told apart by something else."""

_ROLES = ("system", "user", "assistant")
_BIGGEST = 2**63  # a larger number is no count, and no float either


class WireError(ValueError):
    """A value is no recorded call; the message says what is wrong with it."""


def key(request: Request) -> str:
    """Return the key of a call: equal for the same call in any session, 64 hexadecimal digits.

    It is the SHA-256 of the canonical JSON of model, messages, shape, the parameters that were
    given, call and turn. Two calls with one prompt have two keys.
    """
    identity = {"v": KEY_VERSION, **request_as_json(request)}
    for declared in fields(Parameters):
        value = identity.get(declared.name)
        if declared.metadata["kind"] is float and isinstance(value, int) and value < _BIGGEST:
            identity[declared.name] = float(value)  # 1 and 1.0 are one temperature
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def request_as_json(request: Request) -> dict[str, Any]:
    """Return what makes a call the call that it is, as plain JSON."""
    shape = request.shape
    return {
        "model": request.model,
        "messages": [{"role": m["role"], "content": m["content"]} for m in request.messages],
        "shape": {
            "method": str(shape.method),
            "k": shape.k,
            "probability": str(shape.probability),
            "format": str(shape.format),
        },
        **request.parameters.given(),
        "draw": request.call,
        "turn": request.turn,
    }


def call_as_json(reply: Reply) -> dict[str, Any]:
    """Return a reply and the request that it answers, as plain JSON."""
    values: dict[str, Any] = {
        "text": reply.text,
        "model": reply.model,
        "mode": reply.mode,
        "taken_from": None if reply.taken_from == "content" else reply.taken_from,
        "finish_reason": reply.finish_reason,
        "reasoning": reply.reasoning,
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "cost_usd": reply.cost_usd,
        "latency_s": round(reply.latency_s, 3),
        "parameters": dict(reply.parameters) or None,
        "not_sent": list(reply.not_sent) or None,
        "when": reply.when or None,
    }
    return {
        "request": request_as_json(reply.request),
        "reply": {name: value for name, value in values.items() if value is not None},
    }


def call_from_json(value: Any) -> Reply:
    """Read a call back: the reply as it was when it came, with its request.

    Raises
    ------
    ValueError
        The value is no recorded call: a `WireError`, or an `OptionError` for an unknown method.
    """
    call = _mapping(value, "a call")
    request = _request(_mapping(call.get("request"), "request"))
    reply = _mapping(call.get("reply"), "reply")
    return Reply(
        text=_content(reply, "text"),
        request=request,
        model=_text(reply, "model"),
        mode=_text(reply, "mode", "plain"),
        taken_from=_text(reply, "taken_from", "content"),
        finish_reason=_optional_text(reply, "finish_reason"),
        reasoning=_optional_text(reply, "reasoning"),
        prompt_tokens=_count(reply, "prompt_tokens"),
        completion_tokens=_count(reply, "completion_tokens"),
        cost_usd=_number(reply, "cost_usd"),
        latency_s=_number(reply, "latency_s") or 0.0,
        **_sent(reply),
        when=moment(reply, "when"),
    )


def moment(values: Mapping[str, Any], name: str) -> str:
    """Return a time as a reply has it; empty where there is none.

    Raises
    ------
    WireError
        The value is no time.
    """
    said = _text(values, name, "")
    try:
        if said:
            day(said)
    except (ValueError, OverflowError):
        raise WireError(f"{name} is no time: {said[:40]!r}") from None
    return said


def day(when: str) -> dt.date:
    """Return the day, here, of a reply's time."""
    return dt.datetime.fromisoformat(when).astimezone().date()


def dumps(value: Mapping[str, Any]) -> str:
    """Return JSON on one line, in the languages' own letters where these can be encoded."""
    line = json.dumps(value, ensure_ascii=False, separators=(", ", ": "), default=str)
    try:
        line.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which only an escape can write
        return json.dumps(value, ensure_ascii=True, default=str)
    return line


def loads(line: str | bytes) -> Any:
    """Read JSON from a source that anybody may have written.

    Raises
    ------
    ValueError
        It is no JSON, or nested too deep.
    """
    try:
        return json.loads(line)
    except RecursionError:
        raise WireError("nested too deep") from None


def _sent(reply: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent, and what was not: older records have a mapping among what was sent."""
    parameters = dict(_mapping(reply.get("parameters", {}), "parameters"))
    before = parameters.pop("not_sent", None)
    not_sent = _texts(reply, "not_sent") or (tuple(before) if isinstance(before, dict) else ())
    return {"parameters": parameters, "not_sent": not_sent}


def _request(value: Mapping[str, Any]) -> Request:
    shape = _mapping(value.get("shape"), "shape")
    messages = value.get("messages")
    if not isinstance(messages, list):
        raise WireError("messages are missing")
    return Request(
        model=_text(value, "model"),
        messages=tuple(_message(m) for m in messages),
        shape=Shape(
            method=Method.of(_text(shape, "method")),
            k=_position(shape, "k"),
            probability=Wording.of(_text(shape, "probability", str(Wording.EXPLICIT))),
            format=Format.of(_text(shape, "format", str(Format.JSON))),
        ),
        parameters=Parameters(
            **{f.name: _READ[f.metadata["kind"]](value, f.name) for f in fields(Parameters)}
        ),
        call=_position(value, "draw"),
        turn=_position(value, "turn"),
    )


def _message(value: Any) -> Message:
    message = _mapping(value, "a message")
    role = _text(message, "role")
    if role not in _ROLES:
        raise WireError(f"a message's role is one of {', '.join(_ROLES)}, not {role[:20]!r}")
    return Message(role=role, content=_text(message, "content"))


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise WireError(f"{what} is {'missing' if value is None else 'no object'}")
    return value


def _text(value: Mapping[str, Any], name: str, default: str | None = None) -> str:
    text = value.get(name, default)
    if not isinstance(text, str):
        raise WireError(f"{name} is {'missing' if text is None else 'no text'}")
    return text


def _content(value: Mapping[str, Any], name: str) -> Any:
    """Return a reply's text, or the parts that it has in records of others; `Reply` joins them."""
    found = value.get(name)
    return found if isinstance(found, list) else _text(value, name)


def _optional_text(value: Mapping[str, Any], name: str) -> str | None:
    return None if value.get(name) is None else _text(value, name)


def _number(value: Mapping[str, Any], name: str) -> float | None:
    number = value.get(name)
    if number is None:
        return None
    right_kind = isinstance(number, (int, float)) and not isinstance(number, bool)
    if not right_kind or not -_BIGGEST < number < _BIGGEST or math.isnan(number):
        raise WireError(f"{name} is no number")
    return float(number)


def _whole(value: Mapping[str, Any], name: str) -> int | None:
    number = value.get(name)
    if number is None:
        return None
    if not isinstance(number, int) or isinstance(number, bool):
        raise WireError(f"{name} is no whole number")
    return number


def _texts(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    texts = value.get(name, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise WireError(f"{name} is no list of texts")
    return tuple(texts)


_READ: Mapping[Any, Callable[[Mapping[str, Any], str], Any]] = {
    float: _number,
    int: _whole,
    str: _optional_text,
    tuple: _texts,
}
"""How a parameter of each kind is read."""


def _count(value: Mapping[str, Any], name: str) -> int | None:
    number = _whole(value, name)
    if number is not None and not 0 <= number < _BIGGEST:
        raise WireError(f"{name} is no count")
    return number


def _position(value: Mapping[str, Any], name: str) -> int:
    if (number := _whole(value, name)) is None:
        return 1
    if not 1 <= number < _BIGGEST:
        raise WireError(f"{name} counts from 1")
    return number

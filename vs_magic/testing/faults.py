"""The ways in which a test endpoint can misbehave: each function returns one fault.

A fault is a function of an `Exchange`; a test can write its own.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from vs_magic.testing.answers import Answer
from vs_magic.testing.exchange import Exchange

Fault: TypeAlias = Callable[[Exchange], None]
"""What happens to one exchange instead of an answer."""


def status(
    code: int,
    message: str = "",
    *,
    retry_after: float | str | None = None,
    error_code: str | None = None,
    param: str | None = None,
) -> Fault:
    """Answer with an HTTP status and an error body in OpenAI's form.

    Parameters
    ----------
    code
        The HTTP status: 429, 500, 502, 503, 400, 401 …
    message
        The endpoint's own words.
    retry_after
        The Retry-After header: seconds, or a date as text.
    error_code, param
        The error body's `code` and `param`.
    """
    kind = "invalid_request_error" if code < 500 else "server_error"
    error = {"message": message or f"status {code}", "type": kind, "param": param}
    content = json.dumps({"error": {**error, "code": error_code}}).encode()
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return lambda exchange: exchange.send(content, status=code, headers=headers)


def reset() -> Fault:
    """Break the connection before any answer."""
    return lambda exchange: exchange.reset()


def hang(seconds: float) -> Fault:
    """Say nothing for so long, then break the connection."""

    def fault(exchange: Exchange) -> None:
        time.sleep(seconds)
        exchange.reset()

    return fault


def drip(text: str | Answer, pause: float, pieces: int = 100) -> Fault:
    """Answer in many small pieces with a pause after each, streamed or not; whole in the end."""

    def fault(exchange: Exchange) -> None:
        answer = replace(_answer(text), pieces=pieces, pause=pause)
        if exchange.streams:
            exchange.answer(answer)
            return
        content = _whole(exchange, answer)
        size = max(1, math.ceil(len(content) / pieces))
        parts = [content[start : start + size] for start in range(0, len(content), size)]
        exchange.send_parts(parts, length=len(content), pause=pause)

    return fault


def cut(text: str | Answer, after: int | None = None, *, pieces: int = 20) -> Fault:
    """Break the connection in the middle of a reply.

    Parameters
    ----------
    text
        The reply.
    after
        How many characters of a streamed text arrive; None for half of them. Without a stream, the
        body is cut in half: it is shorter than its head claims.
    pieces
        In how many pieces the stream comes, at most.
    """

    def fault(exchange: Exchange) -> None:
        answer = _answer(text)
        if not exchange.streams:
            whole = _whole(exchange, answer)
            exchange.send(whole[: len(whole) // 2], claim=len(whole))
            return
        kept = answer.text[: len(answer.text) // 2 if after is None else after]
        events = exchange.events(replace(answer, text=kept, pieces=pieces, finish_reason=None))
        with exchange.stream() as stream:
            for event in events:
                if event["choices"]:
                    stream.event(event)
            exchange.reset()
            raise ConnectionAbortedError

    return fault


def twice(text: str | Answer, pause: float = 0.0) -> Fault:
    """Deliver one answer two times over, as a gateway does that sends again what it has sent.

    A stream has all its events twice; a plain answer is followed by itself on the same connection,
    where a careless client takes it for the answer to its next request.

    Parameters
    ----------
    text
        The answer.
    pause
        Seconds between the two; 0 sends both in one go.
    """

    def fault(exchange: Exchange) -> None:
        answer = _answer(text)
        if exchange.streams:
            events = list(exchange.events(answer))
            with exchange.stream() as stream:
                for event in [*events, *events]:
                    stream.event(event)
            return
        content = _whole(exchange, answer)
        with exchange.in_one_go() if not pause else contextlib.nullcontext():
            exchange.send(content)
            time.sleep(pause)
            exchange.send(content)

    return fault


def mislabelled(text: str | Answer, content_type: str = "text/plain") -> Fault:
    """Answer well, under a content type that is not the answer's."""
    return lambda exchange: exchange.send(_whole(exchange, text), content_type=content_type)


def huge(size: int = 100_000_000, filler: bytes = b" ") -> Fault:
    """Answer with a body of so many bytes, made as it is sent: this end holds a chunk of it."""
    chunk = filler * (65_536 // len(filler))

    def fault(exchange: Exchange) -> None:
        whole, rest = divmod(size, len(chunk))
        parts = itertools.chain(itertools.repeat(chunk, whole), [chunk[:rest]])
        exchange.send_parts(parts, length=size)

    return fault


def body(
    content: bytes,
    *,
    content_type: str = "application/json",
    code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Fault:
    """Answer with any bytes: invalid JSON, a web page, 100 MB of nothing, a packed body."""
    return lambda exchange: exchange.send(
        content, status=code, content_type=content_type, headers=headers
    )


def plain_body(text: str) -> Fault:
    """Answer a request for a stream with one plain JSON body, as some gateways do."""
    return lambda exchange: exchange.send(_whole(exchange, text))


def empty_choices() -> Fault:
    """Answer with a completion that has no choices."""

    def fault(exchange: Exchange) -> None:
        whole: dict[str, Any] = {**exchange.completion(Answer(text="")), "choices": []}
        exchange.send(json.dumps(whole).encode())

    return fault


def content_filter(text: str = "") -> Fault:
    """End the reply with `content_filter`, after what was let through."""
    return lambda exchange: exchange.answer(Answer(text=text, finish_reason="content_filter"))


def refuse_forms(
    forms: Sequence[str], answer: str | Callable[[Any], str], code: int = 400
) -> Fault:
    """Refuse the response formats named in `forms` (`json_schema`, `json_object`), else answer."""

    def fault(exchange: Exchange) -> None:
        form = (exchange.body.get("response_format") or {}).get("type")
        if form in forms:
            message = f"'response_format' of type {form!r} is not supported by this model"
            status(code, message, param="response_format")(exchange)
            return
        text = answer if isinstance(answer, str) else answer(exchange.body)
        exchange.answer(Answer(text=text))

    return fault


def _whole(exchange: Exchange, text: str | Answer) -> bytes:
    return json.dumps(exchange.completion(_answer(text))).encode()


def _answer(text: str | Answer) -> Answer:
    return Answer(text=text) if isinstance(text, str) else text

"""Whatever a client raises becomes one `ModelError`: what happened, to which model, what to do.

Decided by status codes and error bodies, not by exception classes: litellm gives a 401 the class of
a 400 now and then. The message is one line and scrubbed of keys; the original exception is not
chained, since it holds request headers.
"""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from vs_magic.errors import ModelError
from vs_magic.llm import keys, names
from vs_magic.llm.providers import PROVIDERS
from vs_magic.llm.scrub import scrub

LONGEST_QUOTE = 300
EMPTY_STREAM = "empty_stream"
"""The code of a stream without events."""


class Kind(Enum):
    """What went wrong, as far as the next step depends on it."""

    RATE = "rate limit"
    SERVER = "server error"
    CONNECTION = "no connection"
    TIMEOUT = "timeout"
    GARBAGE = "unreadable answer"
    KEY = "key refused"
    CREDIT = "no credit left"
    MODEL = "unknown model"
    CONTEXT = "too long"
    CONTENT = "content policy"
    REQUEST = "bad request"

    @property
    def passes(self) -> bool:
        """Whether the same request may well succeed a little later."""
        return self in (Kind.RATE, Kind.SERVER, Kind.CONNECTION, Kind.TIMEOUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed attempt.

    Parameters
    ----------
    kind
        What went wrong.
    said
        The endpoint's own words, scrubbed and short; "" where there are none.
    status
        The HTTP status; None where there was no HTTP answer.
    code, param
        What the error body names, if anything.
    retry_after
        Seconds that the endpoint asks to wait; None where it does not say.
    partial
        Text that had streamed in before.
    """

    kind: Kind
    said: str = ""
    status: int | None = None
    code: str = ""
    param: str = ""
    retry_after: float | None = None
    partial: str = ""


class CallError(ModelError):
    """A call to an endpoint got no whole reply.

    Parameters
    ----------
    message
        One line, scrubbed.
    failed
        The last attempt.

    Attributes
    ----------
    kind
        What went wrong.
    partial_text
        What had streamed in before; "" where nothing had.
    """

    def __init__(self, message: str, failed: Failure) -> None:
        super().__init__(message)
        self.kind = failed.kind
        self.partial_text = failed.partial


def failure(error: BaseException, partial: str = "") -> Failure:
    """Read a client's exception."""
    body = getattr(error, "body", None)
    body = dict(body) if isinstance(body, Mapping) else {}
    said = _said(error, body)
    headers = getattr(error, "litellm_response_headers", None)
    if headers is None:
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
    status = _status(error, said, has_headers=bool(headers))
    code = str(body.get("code") or body.get("type") or "")
    return Failure(
        kind=_kind(status, f"{code} {said}".lower(), error),
        said=said,
        status=status,
        code=code,
        param=str(body.get("param") or getattr(error, "param", None) or ""),
        retry_after=_retry_after(headers),
        partial=partial,
    )


def as_error(failed: Failure, name: str, way: keys.Way, *, tries: int = 1) -> CallError:
    """Return the error that people see.

    Parameters
    ----------
    failed
        The last attempt.
    name
        The model's name.
    way
        How it was reached.
    tries
        How often it was tried.
    """
    what, advice = _wording(failed, name, way)
    status = "" if failed.status is None else str(failed.status)
    said = "" if failed.kind is Kind.CONNECTION else failed.said
    quoted = ": ".join(part for part in (status, said) if part)
    often = f", {tries} times in a row" if tries > 1 else ""
    line = f"{name}: {what}{often}{f' ({quoted})' if quoted else ''}: {advice}"
    line = " ".join(line.split())
    return CallError(scrub(line), failed)


def _wording(failed: Failure, name: str, way: keys.Way) -> tuple[str, str]:
    """What happened, and what to do."""
    provider = PROVIDERS.get(names.provider_of(name) or "")
    where = way.base or (provider.title if provider else "the endpoint")
    variable = way.variable or (provider.key_names if provider else "its key")
    wordings = {
        Kind.RATE: (
            f"{where} limits the rate of requests",
            _rate_advice(failed),
        ),
        Kind.SERVER: (f"{where} failed", "the fault is at its end; try again later"),
        Kind.CONNECTION: (
            f"the reply from {where} broke off" if failed.partial else f"cannot reach {where}",
            "what had arrived is kept"
            if failed.partial
            else "is the server running, and the network up?",
        ),
        Kind.TIMEOUT: (
            f"no complete answer from {where} in time",
            "raise --timeout, or ask for less at once",
        ),
        Kind.GARBAGE: (
            f"{where} answered with something that is no chat completion",
            "does the API base end in /v1, and is it the right server?",
        ),
        Kind.KEY: (f"{where} refused the key", f"check {variable}"),
        Kind.CREDIT: (f"{where} says that no credit is left", "see your account there"),
        Kind.MODEL: (f"{where} does not know this model", _model_advice(name)),
        Kind.CONTEXT: (
            "the request is too long for it",
            "shorten the task, or lower -k or --max-tokens",
        ),
        Kind.CONTENT: (
            f"{where} refused the request by its content policy",
            "word the task differently, or ask another model",
        ),
        Kind.REQUEST: (f"{where} refused the request", "see what it says, and the flags"),
    }
    return wordings[failed.kind]


def _rate_advice(failed: Failure) -> str:
    if failed.retry_after is not None and failed.retry_after > 1:
        return f"it asks to wait {failed.retry_after:.0f} s; lower --concurrency, or ask later"
    return "lower --concurrency, or ask later"


def _model_advice(name: str) -> str:
    close = [] if names.entry(name) else names.near(name, names.known())
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return f"{hint}%vs_models lists what is usable here"


_PREFIX = re.compile(r"^(?:\s*(?:litellm\.)?[A-Za-z]+(?:Error|Exception|Timeout)\s*[:-]\s*)+")


def _said(error: BaseException, body: dict[str, Any]) -> str:
    """The endpoint's own words: its body's message, else the exception's, without class names."""
    text = body.get("message")
    if not isinstance(text, str) or not text:
        text = _PREFIX.sub("", str(error))
        text = _inner_message(text)
    text = scrub(" ".join(re.sub(r"<[^>]*>", " ", text).split()))
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


def _inner_message(text: str) -> str:
    """The message inside a JSON error body that an exception quotes whole."""
    start = text.find("{")
    if start < 0:
        return text
    try:
        value = json.loads(text[start : text.rfind("}") + 1])
    except ValueError:
        return text
    value = value.get("error", value) if isinstance(value, dict) else {}
    inner = value.get("message") if isinstance(value, dict) else value
    return inner if isinstance(inner, str) and inner else text


_NO_ANSWER = ("connection error", "payload is not completed", "peer closed", "cannot connect")
_NO_COMPLETION = (
    "expecting value", "expecting property name", "empty or invalid response", "held no event",
)  # fmt: skip


def _status(error: BaseException, said: str, *, has_headers: bool) -> int | None:
    """The HTTP status; None for those that litellm makes up where there was no answer."""
    status = getattr(error, "status_code", None)
    if not isinstance(status, int):
        return None
    invented = not has_headers and any(mark in said.lower() for mark in _NO_ANSWER + _NO_COMPLETION)
    return None if invented else status


_LONG = (
    "context_length", "context length", "maximum context", "context window", "too many tokens",
    "prompt is too long", "reduce the length", "exceeds the available context",
)  # fmt: skip
_POLICY = ("content_policy", "content policy", "content_filter", "content management", "safety sys")
_NO_CREDIT = ("insufficient_quota", "exceeded your current quota", "credit balance", "billing")


def _kind(status: int | None, text: str, error: BaseException) -> Kind:
    """Sort a failure by its status, then by its words."""
    if status is None:
        return _kind_without_answer(text, error)
    if status in (402, 429) or 400 <= status < 500:
        if any(mark in text for mark in _NO_CREDIT) or status == 402:
            return Kind.CREDIT
        fixed = {401: Kind.KEY, 403: Kind.KEY, 404: Kind.MODEL, 413: Kind.CONTEXT}
        fixed |= {408: Kind.TIMEOUT, 425: Kind.SERVER, 429: Kind.RATE}
        if status in fixed:
            return fixed[status]
        if any(mark in text for mark in _LONG):
            return Kind.CONTEXT
        return Kind.CONTENT if any(mark in text for mark in _POLICY) else Kind.REQUEST
    return Kind.SERVER if status >= 500 else Kind.GARBAGE


def _kind_without_answer(text: str, error: BaseException) -> Kind:
    names_up = " ".join(kind.__name__.lower() for kind in type(error).__mro__)
    if "timeout" in names_up or "timed out" in text:
        return Kind.TIMEOUT
    if any(mark in text for mark in _NO_COMPLETION):
        return Kind.GARBAGE
    return Kind.CONNECTION


def _retry_after(headers: Any) -> float | None:
    """Seconds to wait: Retry-After as a number or a date, or its millisecond cousin."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    if value is None or (seconds := _number(value)) is not None:
        return None if value is None else seconds
    try:
        moment = email.utils.parsedate_to_datetime(str(value))
    except (TypeError, ValueError):
        return None
    return max(0.0, moment.timestamp() - time.time())


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return max(0.0, number) if number == number else None  # noqa: PLR0124  (NaN is no number)

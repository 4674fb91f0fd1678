"""What a client's exception means: one `Failure`, by status, error body and what led to it.

litellm's exception classes and statuses are not taken at their word: a 401 has the class of a 400
now and then, a refused connection the status 500, and a fault of its own that of a lost one. The
exceptions further down the chain are the client's own, and tell them apart.
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

from vs_magic.llm.trust.scrub import scrub

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
    """One failed attempt."""

    kind: Kind
    said: str = ""  # the endpoint's own words, scrubbed and short
    status: int | None = None  # None where there was no HTTP answer
    code: str = ""  # this and the next: what the error body names
    param: str = ""
    retry_after: float | None = None  # seconds that the endpoint asks to wait
    partial: str = ""  # text that had streamed in before


def failure(error: BaseException, partial: str = "") -> Failure:
    """Read a client's exception."""
    body = getattr(error, "body", None)
    body = dict(body) if isinstance(body, Mapping) else {}
    said = _said(error, body)
    headers = getattr(error, "litellm_response_headers", None)
    if headers is None:
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
    chain = causes(error)
    status = _status(chain, has_headers=bool(headers))
    code = str(body.get("code") or body.get("type") or "")
    return Failure(
        kind=_kind(status, f"{code} {said}".lower(), chain),
        said=said,
        status=status,
        code=code,
        param=str(body.get("param") or getattr(error, "param", None) or ""),
        retry_after=_retry_after(headers),
        partial=partial,
    )


_PREFIX = re.compile(
    r"^(?:\s*(?:(?:litellm\.)?[A-Za-z]+(?:Error|Exception|Timeout)|Error code: \d+)\s*[:-]\s*)+"
)


def _said(error: BaseException, body: dict[str, Any]) -> str:
    """The endpoint's own words: its body's message, else the exception's, without class names."""
    text = body.get("message")
    if not isinstance(text, str) or not text:
        text = _PREFIX.sub("", str(error))
        text = _inner_message(text)
    text = _without_traceback(text)
    text = scrub(" ".join(re.sub(r"<[^>]*>", " ", text).split()))
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


def _without_traceback(text: str) -> str:
    """What stands before a program's traceback, else the traceback's last line."""
    before, traceback, after = text.partition("Traceback (most recent call last)")
    return before if before.strip() or not traceback else after.rstrip().rpartition("\n")[2]


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


def causes(error: BaseException) -> list[BaseException]:
    """An exception and those that led to it, the latest first."""
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__ or link.__context__
    return links


def _status(chain: list[BaseException], *, has_headers: bool) -> int | None:
    """The HTTP status of a real answer; None where there was none.

    litellm makes up a status where no answer came, and changes one now and then: the client's own
    exception, deeper in the chain, has the real one.
    """
    for link in chain:
        if type(link).__module__.startswith("litellm"):
            continue
        status = getattr(getattr(link, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
    status = getattr(chain[0], "status_code", None)
    if not isinstance(status, int):
        return None
    refused_by_litellm = 400 <= status < 500 and status != 408
    return status if has_headers or refused_by_litellm else None


_LONG = (
    "context_length", "context length", "maximum context", "context window", "too many tokens",
    "prompt is too long", "reduce the length", "exceeds the available context",
)  # fmt: skip
_POLICY = ("content_policy", "content policy", "content_filter", "content management", "safety sys")
_NO_CREDIT = ("insufficient_quota", "exceeded your current quota", "credit balance", "billing")


def _kind(status: int | None, text: str, chain: list[BaseException]) -> Kind:
    """Sort a failure by its status, then by its words."""
    if status is None:
        return _kind_without_answer(chain)
    if 400 <= status < 500 and status != 425:
        return _kind_of_refusal(status, text)
    return Kind.GARBAGE if status < 400 else Kind.SERVER


def _kind_of_refusal(status: int, text: str) -> Kind:
    if status == 402 or any(mark in text for mark in _NO_CREDIT):
        return Kind.CREDIT
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if any(mark in text for mark in _LONG):
        return Kind.CONTEXT
    return Kind.CONTENT if any(mark in text for mark in _POLICY) else Kind.REQUEST


_BY_STATUS = {
    401: Kind.KEY,
    403: Kind.KEY,
    404: Kind.MODEL,
    408: Kind.TIMEOUT,
    413: Kind.CONTEXT,
    429: Kind.RATE,
}
# The bases of what httpx, aiohttp and sockets raise when a connection fails.
_LOST = {"TransportError", "ClientError", "OSError"}


def _kind_without_answer(chain: list[BaseException]) -> Kind:
    kinds = {kind.__name__ for link in chain for kind in type(link).__mro__}
    if any("Timeout" in kind for kind in kinds):
        return Kind.TIMEOUT
    return Kind.CONNECTION if kinds & _LOST else Kind.GARBAGE


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

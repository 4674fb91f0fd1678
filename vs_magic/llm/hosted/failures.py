"""What a client's exception means: one `Failure`, by status, error body and what led to it.

litellm's exception classes and statuses are not taken at their word: a 401 has the class of a 400
now and then, a refused connection the status 500, and a fault of its own that of a lost one. The
exceptions further down the chain are the client's own, and tell them apart.
"""

from __future__ import annotations

import email.utils
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from vs_magic.llm.hosted import reached
from vs_magic.llm.hosted.reached import is_loopback
from vs_magic.llm.trust.scrub import scrub

LONGEST_QUOTE = 300
LONGEST_READ = 64_000
"""Characters of a service's words that are looked at."""
EMPTY_STREAM = "empty_stream"
"""The code of a stream without events."""


class Kind(Enum):
    """What went wrong, as far as the next step depends on it."""

    RATE = "rate limit"
    SERVER = "server error"
    CONNECTION = "no connection"
    CLOSED = "nothing listens"
    HOST = "no such host"
    PROXY = "proxy"
    TLS = "no secure connection"
    REDIRECT = "leads elsewhere"
    TIMEOUT = "timeout"
    GARBAGE = "unreadable answer"
    KEY = "key refused"
    ACCESS = "not allowed"
    CREDIT = "no credit left"
    MODEL = "unknown model"
    CONTEXT = "too long"
    CONTENT = "content policy"
    REQUEST = "bad request"

    @property
    def passes(self) -> bool:
        """Whether the same request may well succeed a little later."""
        return self in (Kind.RATE, Kind.SERVER, Kind.CONNECTION, Kind.CLOSED, Kind.TIMEOUT)


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
    if status is None:
        kind, said = _without_answer(chain, said)
    else:
        kind = _kind(status, f"{code} {said}".lower())
    return Failure(
        kind=kind,
        said=said,
        status=status,
        code=code,
        param=str(body.get("param") or getattr(error, "param", None) or ""),
        retry_after=_retry_after(headers),
        partial=partial,
    )


_PREFIX = re.compile(
    r"^(?:\s{0,9}(?:(?:litellm\.)?[A-Za-z]{1,60}?(?:Error|Exception|Timeout)|Error code: \d{1,9})"
    r"\s{0,9}[:-])+"
)
_TAG = re.compile(r"<[^<>]{0,300}>")


def _said(error: BaseException, body: dict[str, Any]) -> str:
    """The endpoint's own words: its body's message, else the exception's, without class names."""
    text = body.get("message")
    if not isinstance(text, str) or not text:
        text = _inner_message(_PREFIX.sub("", str(error)[:LONGEST_READ]))
    text = scrub(" ".join(_TAG.sub(" ", text[:LONGEST_READ]).split()))
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


def _inner_message(text: str) -> str:
    """The message inside a JSON error body that an exception quotes whole."""
    start = text.find("{")
    if start < 0:
        return text
    try:
        value = json.loads(text[start : text.rfind("}") + 1])
    except (ValueError, RecursionError):
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


def _kind(status: int, text: str) -> Kind:
    """Sort an answer by its status, then by its words."""
    if 400 <= status < 500 and status != 425:
        return _kind_of_refusal(status, text)
    return Kind.GARBAGE if status < 400 else Kind.SERVER


def _kind_of_refusal(status: int, text: str) -> Kind:
    if status == 402 or any(mark in text for mark in _NO_CREDIT):
        return Kind.CREDIT
    if status in (400, 403, 404) and (kind := _kind_by_words(text)) is not None:
        return kind
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if any(mark in text for mark in _LONG):
        return Kind.CONTEXT
    return Kind.CONTENT if any(mark in text for mark in _POLICY) else Kind.REQUEST


def _kind_by_words(text: str) -> Kind | None:
    """What a 400, 403 or 404 says that means the same under any of them."""
    if _BAD_KEY.search(text):
        return Kind.KEY
    if any(mark in text for mark in _NOT_ALLOWED):
        return Kind.ACCESS
    return Kind.CONTENT if any(mark in text for mark in _FLAGGED) else None


_BAD_KEY = re.compile(
    r"api[ _-]?key (?:is |was )?(?:not valid|invalid|expired|not found)|api_key_invalid"
    r"|(?:invalid|incorrect|expired|wrong)[ _](?:x[ _-])?api[ _-]?key|authentication_error"
)
_FLAGGED = ("requires moderation", "flagged")
_NOT_ALLOWED = (
    "unsupported_country", "country, region", "your country", "your region", "your location",
    "user location", "from your territory", "region is not supported", "country is not supported",
    "data policy", "privacy settings", "guardrail restrictions", "data retention",
    "access to model", "access to the model", "access to this model",
    "you have been blocked", "just a moment", "attention required",
)  # fmt: skip
_BY_STATUS = {
    401: Kind.KEY,
    403: Kind.KEY,
    404: Kind.MODEL,
    407: Kind.PROXY,
    408: Kind.TIMEOUT,
    413: Kind.CONTEXT,
    429: Kind.RATE,
}
# The bases of what httpx, aiohttp and sockets raise when a connection fails.
_LOST = {"TransportError", "ClientError", "OSError"}
_BY_NAME = (
    ({"RedirectError"}, Kind.REDIRECT),
    ({"ProxyError", "ClientProxyConnectionError", "ClientHttpProxyError"}, Kind.PROXY),
    ({"gaierror"}, Kind.HOST),
)
# What no second try mends; a handshake that breaks off is a lost connection.
_UNTRUSTED = re.compile("certificate|version number|record layer|http request", re.IGNORECASE)


def _without_answer(chain: list[BaseException], said: str) -> tuple[Kind, str]:
    """Sort a failure without an answer by what a client raised, deepest first; with the evidence.

    The proxy goes before what went wrong on the way to it.
    """
    kinds = {kind.__name__: link for link in chain for kind in type(link).__mro__}
    for names, kind in _BY_NAME:
        if found := names & kinds.keys():
            return kind, _evidence(kinds[found.pop()])
    if "SSLError" in kinds and _UNTRUSTED.search(str(kinds["SSLError"])):
        return Kind.TLS, _evidence(kinds["SSLError"])
    if "FileNotFoundError" in kinds and os.environ.get("SSL_CERT_FILE"):
        return Kind.TLS, "no such file"
    if any("Timeout" in name for name in kinds):
        return Kind.TIMEOUT, said
    if "ConnectionRefusedError" in kinds and "ClientConnectorError" in kinds:
        server: Any = kinds["ClientConnectorError"]
        if is_loopback(server.host) and not reached.has_answered(server.host, server.port):
            return Kind.CLOSED, said
    return (Kind.CONNECTION if kinds.keys() & _LOST else Kind.GARBAGE), said


def _evidence(error: BaseException) -> str:
    """What a client's exception says, without the objects and the line numbers that it names."""
    told = getattr(error, "verify_message", "") or str(getattr(error, "status", "") or "")
    text = told or getattr(error, "strerror", None) or str(error)
    return scrub(_NOISE.sub("", " ".join(str(text).split())))[:LONGEST_QUOTE]


_NOISE = re.compile(r" ssl:<[^<>]{0,100}>| \(_ssl\.c:\d{1,9}\)|^\[SSL: \w{1,60}\] |^\[\w{1,60}\] ")


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

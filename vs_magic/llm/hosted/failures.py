"""What went wrong with a call: one `Failure`, by what the server sent, else a client's exception.

What came over the wire (`Noted`) is taken at its word: the status, and the fault that a body
states, with an error status or inside a 200. litellm's exception classes and statuses are not: a
401 has the class of a 400 now and then, a refused connection the status 500, and a fault of its own
that of a lost one. Where nothing was noted, the exceptions further down the chain are the client's
own, and tell them apart.
"""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vs_magic.llm.hosted.fault import Fault, read
from vs_magic.llm.hosted.kinds import Kind, kind_of, kind_without_answer, status_inside
from vs_magic.llm.hosted.noted import Noted
from vs_magic.llm.trust.scrub import scrub

__all__ = ["Failure", "Kind", "causes", "failure"]

LONGEST_QUOTE = 300
EMPTY_STREAM = "empty_stream"
"""The code of a stream without events."""
_LONGEST_READ = 4_000  # characters of an error's words that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed attempt."""

    kind: Kind
    said: str = ""  # the endpoint's own words, scrubbed and short
    status: int | None = None  # None where there was no HTTP answer
    code: str = ""  # the codes and types that the error body gives
    param: str = ""  # the parameter that it names
    inside: bool = False  # whether it came inside a 200
    retry_after: float | None = None  # seconds that the endpoint asks to wait
    partial: str = ""  # text that had streamed in before


def failure(
    error: BaseException | None,
    partial: str = "",
    noted: Noted | None = None,
    *,
    known: bool = True,
) -> Failure:
    """Read what a server sent, else a client's exception.

    Parameters
    ----------
    error
        The exception; None where the client noticed nothing.
    partial
        The text that had streamed in before.
    noted
        What came over the wire, where that was noted.
    known
        Whether the server has answered before: a page of HTML is a passing fault then.
    """
    noted = noted or Noted()
    if (fault := noted.fault()) is not None:
        return _as_stated(fault, noted, partial)
    chain = [] if error is None else causes(error)
    if noted.status is None and chain:
        return _as_raised(chain, partial)
    (kind, evidence), page = kind_without_answer(chain), noted.page
    ours = getattr(error, "body", {}) if _is_ours(error) else None
    if ours and ours["code"] == EMPTY_STREAM and page and noted.body.strip():
        ours = None  # it was no stream at all, but a web page
    if kind is not Kind.GARBAGE or ours is not None or page is None:
        said, code = (ours["message"], ours["code"]) if ours else (evidence or _words(error), "")
        return Failure(kind=kind, said=_short(said), code=code, partial=partial)
    kind = Kind.SERVER if known else Kind.GARBAGE
    return Failure(kind=kind, said=_short(page), inside=True, partial=partial)


def _is_ours(error: BaseException | None) -> bool:
    return type(error).__module__.startswith("vs_magic")


def _as_stated(fault: Fault, noted: Noted, partial: str) -> Failure:
    """The fault that an answer states: of its status, or of the one that its words amount to."""
    named = noted.headers.get("x-amzn-errortype")  # Bedrock names it here
    codes = (*fault.codes, named) if named else fault.codes
    text = _read_text(f"{' '.join(codes)} {fault.said}")
    status = noted.status if noted.refused and noted.status else status_inside(codes, text)
    kind = Kind.GARBAGE if not noted.refused and noted.is_paid else kind_of(status, text)
    return Failure(
        kind=kind,
        said=_short(fault.said),
        status=status,
        code=" ".join(codes),
        param=fault.param,
        inside=not noted.refused,
        retry_after=_retry_after(noted.headers, fault.delay, text),
        partial=partial,
    )


def _as_raised(chain: list[BaseException], partial: str) -> Failure:
    """A client's exception, where nothing was noted of the answer."""
    error = chain[0]
    body = getattr(error, "body", None)
    stated = read(
        dict(body) if isinstance(body, Mapping) and body.get("message") else _words(error)
    )
    headers = getattr(error, "litellm_response_headers", None)
    if headers is None:
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
    status = _status(chain, has_headers=bool(headers))
    text = _read_text(f"{' '.join(stated.codes)} {stated.said}")
    kind, evidence = kind_without_answer(chain) if status is None else (kind_of(status, text), "")
    return Failure(
        kind=kind,
        said=_short(evidence or stated.said),
        status=status,
        code=" ".join(stated.codes),
        param=stated.param or str(getattr(error, "param", None) or ""),
        retry_after=_retry_after(headers, stated.delay, text),
        partial=partial,
    )


_PREFIX = re.compile(
    r"^(?:\s{0,9}(?:(?:litellm\.)?[A-Za-z]{1,60}?(?:Error|Exception|Timeout)|Error code: \d{1,9})"
    r"\s{0,9}[:-])+"
)


def _words(error: BaseException | None) -> str:
    """An exception's own words: the JSON that it quotes, else without names of classes."""
    text = _PREFIX.sub("", str(error)[:_LONGEST_READ].partition("Original exception:")[0])
    start, end = text.find("{"), text.rfind("}")
    quoted = text[start : end + 1]
    return quoted if 0 <= start < end and read(quoted).said != quoted else text


def _short(said: str) -> str:
    """What is quoted: one line without tags, and without a program's traceback."""
    before, traceback, after = said[:_LONGEST_READ].partition("Traceback (most recent call last)")
    plain = before if before.strip() or not traceback else after.rstrip().rpartition("\n")[2]
    text = scrub(" ".join(re.sub(r"<[^<>]*>", " ", plain).split()))
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


def _read_text(text: str) -> str:
    """What a fault is sorted by: its words, without the addresses that they point to."""
    return re.sub(r"https?://\S+", " ", text[:_LONGEST_READ]).lower()


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


_AGAIN = re.compile(r"(?:again|retry|wait)\D{0,20}((?:\d+(?:\.\d+)? ?(?:ms|h|m|s)[a-z]* ?)+)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def _retry_after(headers: Any, delay: str, text: str) -> float | None:
    """Seconds to wait: Retry-After as a number or a date, its millisecond cousin, or in the body.

    >>> _retry_after({}, "", "please try again in 1m2.5s"), _retry_after({}, "37s", "")
    (62.5, 37.0)
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    if value is not None and (seconds := _number(value)) is not None:
        return seconds
    if value is not None:
        try:
            moment = email.utils.parsedate_to_datetime(str(value))
        except (TypeError, ValueError):
            return None
        return max(0.0, moment.timestamp() - time.time())
    found = _AGAIN.search(f"wait {delay}" if delay else text)
    parts = re.findall(r"(\d+(?:\.\d+)?) ?(ms|h|m|s)", found[1]) if found else []
    return sum(float(number) * _SECONDS[unit] for number, unit in parts) if parts else None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return max(0.0, number) if number == number else None  # noqa: PLR0124  (NaN is no number)

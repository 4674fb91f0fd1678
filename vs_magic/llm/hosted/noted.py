"""What is noted of an answer as it came, before any client has read it.

The clients of services read an answer first and lose much of it: that an error came inside a 200,
its code, its reason, that a page of HTML stood in the place of a reply, why a reply ended, which
tokens were counted. So our own session notes the head of each answer, the beginning of its body,
and what the reply says of itself.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from vs_magic.llm import values
from vs_magic.llm.hosted import completions
from vs_magic.llm.hosted.fault import Fault, parsed, read

MOST = 65_536
"""Bytes of a body that are noted."""
_TELL_THEIR_END = {"choices", "candidates", "promptFeedback", "stop_reason", "stopReason", "done"}
_ENDS = {
    "finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason", "blockReason",
}  # fmt: skip
_WITHIN = ("delta", "message", "usage", "usageMetadata", "metadata", "promptFeedback")


@dataclass(slots=True, kw_only=True)
class Noted:
    """An answer on its way, and what its reply says of itself, in the service's own words."""

    status: int | None = None  # None: none has begun
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    knows_end: bool = False  # its form is one that tells an end: without a reason, there was none
    finish_reason: str | None = None
    model: str = ""
    refusal: str = ""
    counts: set[str] = field(default_factory=set)  # which counts it stated

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Note the head of an answer; only the latest one of a call counts."""
        self.status, self.headers, self.body = status, headers, bytearray()

    def take(self, piece: bytes) -> None:
        """Note a piece of its body, up to `MOST` bytes in all."""
        self.body += piece[: MOST - len(self.body)]

    def note(self, answer: Mapping[str, Any]) -> None:
        """Take in a body, or one event of it."""
        self.knows_end |= bool(_TELL_THEIR_END & answer.keys())
        stated = {}
        for place in _places(answer):
            named = place.get("model") or place.get("modelVersion")
            self.model = self.model or values.text(named)
            for name in place.keys() & _ENDS:
                self.finish_reason = values.finish_reason(place[name]) or self.finish_reason
            for name in place.keys() & completions.COUNTS.keys():
                stated[completions.COUNTS[name]] = values.count(place[name])
        if any(stated.values()):  # all zeros is how some say that they do not know
            self.counts |= {name for name, count in stated.items() if count is not None}

    @property
    def refused(self) -> bool:
        """Whether its status says that there is no reply."""
        return self.status is not None and self.status >= 400

    @property
    def page(self) -> str | None:
        """What stands in the place of a reply: "an empty body", a page's text; else None."""
        text = self.body.strip()
        if not text:
            return "an empty body" if len(self.body) < MOST else None
        if text[:1] != b"<":
            return None
        words = re.sub(r"<[^<>]*>", " ", text.decode("utf-8", "replace"))
        return f"a web page: {' '.join(words.split())}"

    @property
    def is_paid(self) -> bool:
        """Whether it tells tokens that were used.

        Those of a message that has only started are none, nor are those beside an error that
        stands in a choice: OpenRouter, which sends such, does not charge for them.
        """
        usages = (
            document.get("usage") or document.get("usageMetadata")
            for document in self._documents()
            if document.get("type") != "message_start"
            and not any(_has_failed(choice) for choice in _choices(document))
        )
        counts = (each for usage in usages if isinstance(usage, dict) for each in usage.values())
        return any(isinstance(count, (int, float)) and count > 0 for count in counts)

    def fault(self) -> Fault | None:
        """Return the fault that the answer states, with an error status or inside a 200."""
        if not self.refused and b"rror" not in self.body and b":exception-type" not in self.body:
            return None
        for document in self._documents():
            for holder in (document, *_choices(document)):
                if holder.get("error"):
                    return read(holder)
            if self.refused or "error" in (document.get("type"), document.get("object")):
                return read(document)
            if any(_has_failed(choice) for choice in _choices(document)):
                return Fault(said="the reply ended in an error that it does not name")
        if self.refused:
            page = self.page if self.body else ""
            return Fault(said=page or self.body.decode("utf-8", "replace"))
        return None

    def _documents(self) -> Iterator[Mapping[str, Any]]:
        """The JSON objects of the body: it is one, a list of them, or has one a line or event."""
        text = self.body.decode("utf-8", "replace")
        whole = parsed(text)
        found = [parsed(_event(line)) for line in text.splitlines()] if whole is None else [whole]
        for value in found:
            each = value if isinstance(value, list) else [value]
            yield from (document for document in each if isinstance(document, dict))
        if (name := re.search(rb":exception-type\x07..(\w+)", self.body, re.DOTALL)) is not None:
            said = re.search(rb'"message"\s*:\s*"([^"]*)"', self.body)  # an event of Amazon's
            message = said[1].decode("utf-8", "replace") if said else ""
            yield {"type": "error", "code": name[1].decode(), "message": message}


def _places(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield where an answer may speak of itself: its top, its first choice, and within these."""
    found = [answer]
    for name in ("choices", "candidates"):
        found += completions.objects(answer.get(name))[:1]
    for place in found:
        yield place
        found += [place[name] for name in _WITHIN if isinstance(place.get(name), Mapping)]


def _choices(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return completions.objects(document.get("choices"))


def _has_failed(choice: Mapping[str, Any]) -> bool:
    return bool(choice.get("error")) or choice.get("finish_reason") == "error"


def _event(line: str) -> str:
    return line.removeprefix("data:").strip()


_noting: ContextVar[Noted | None] = ContextVar("vs_magic_noted", default=None)


@contextlib.contextmanager
def noting() -> Iterator[Noted]:
    """Note what comes in answer to the requests of this block."""
    noted = Noted()
    token = _noting.set(noted)
    try:
        yield noted
    finally:
        _noting.reset(token)


def under_way() -> Noted | None:
    """Return where the answer to the request under way is noted; None: nowhere."""
    return _noting.get()

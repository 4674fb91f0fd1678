"""What a server sent in answer to one request, as it came, and the fault that it states.

The clients of services read an answer first and lose much of it: that an error came inside a 200,
its code, its reason, or that a page of HTML stood in the place of a reply. So our own session notes
the head of each answer and the beginning of its body; what is stated there is read here.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

MOST = 65_536
"""Bytes of a body that are noted."""

_SAYS = ("message", "detail", "msg", "raw", "error")
_NAMES = ("code", "type", "status", "reason", "quotaId")
_HOLDS = ("errors", "details", "metadata", "violations", "param", "retryDelay")
_DEEPEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A fault in a server's own words."""

    said: str = ""
    codes: tuple[str, ...] = ()  # every code, type, status and name of a quota that it gives
    param: str = ""
    delay: str = ""  # how long to wait, as Google states it: "37.5s"


@dataclass(slots=True, kw_only=True)
class Heard:
    """An answer on its way, before any client has read it."""

    status: int | None = None  # None: none has begun
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Note the head of an answer; only the latest one of a call counts."""
        self.status, self.headers, self.body = status, headers, bytearray()

    def take(self, piece: bytes) -> None:
        """Note a piece of its body, up to `MOST` bytes in all."""
        self.body += piece[: MOST - len(self.body)]

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

    def stated(self) -> Stated | None:
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
                return Stated(said="the reply ended in an error that it does not name")
        if self.refused:
            page = self.page if self.body else ""
            return Stated(said=page or self.body.decode("utf-8", "replace"))
        return None

    def _documents(self) -> Iterator[Mapping[str, Any]]:
        """The JSON objects of the body: it is one, a list of them, or has one a line or event."""
        text = self.body.decode("utf-8", "replace")
        lines = [text] if (whole := _json(text)) is not None else text.splitlines()
        values = [whole] if whole is not None else [_json(_event(line)) for line in lines]
        for value in values:
            each = value if isinstance(value, list) else [value]
            yield from (document for document in each if isinstance(document, dict))
        if (name := re.search(rb":exception-type\x07..(\w+)", self.body, re.DOTALL)) is not None:
            said = re.search(rb'"message"\s*:\s*"([^"]*)"', self.body)  # an event of Amazon's
            message = said[1].decode("utf-8", "replace") if said else ""
            yield {"type": "error", "code": name[1].decode(), "message": message}


def read(error: object) -> Stated:
    """Read an error body, whichever service's: the reasons that it holds, the deepest last."""
    found = list(_strings(error))
    said = dict.fromkeys(text for name, text in found if name in _SAYS)
    first = dict(reversed(found))
    return Stated(
        said=": ".join(said),
        codes=tuple(dict.fromkeys(text for name, text in found if name in _NAMES)),
        param=first.get("param", ""),
        delay=first.get("retryDelay", ""),
    )


def _strings(value: object, name: str = "error", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield what an error body says, by the name under which it stands.

    Names that hold something else are passed over: some services repeat the request there.
    """
    if isinstance(value, str):
        value = found if (found := _json(value)) is not None else value.strip()
    if depth > _DEEPEST or not value or isinstance(value, bool):
        return
    if isinstance(value, (str, int, float)):
        yield name, str(value)
    elif isinstance(value, list):
        for each in value[:20]:
            yield from _strings(each, name, depth + 1)
    elif isinstance(value, dict):
        if isinstance(place := value.get("loc"), list):  # FastAPI names the parameter here
            value = {**value, "msg": f"{'.'.join(map(str, place))}: {value.get('msg')}"}
        for key in (*_SAYS, *_NAMES, *_HOLDS):
            yield from _strings(value.get(key), key, depth + 1)


def _choices(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    choices = document.get("choices")
    return [c for c in choices if isinstance(c, dict)] if isinstance(choices, list) else []


def _has_failed(choice: Mapping[str, Any]) -> bool:
    return bool(choice.get("error")) or choice.get("finish_reason") == "error"


def _event(line: str) -> str:
    return line.removeprefix("data:").strip()


def _json(text: str) -> Any:
    """The value of a JSON object or list; None where it is none."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


_listening: ContextVar[Heard | None] = ContextVar("vs_magic_heard", default=None)


@contextlib.contextmanager
def listening() -> Iterator[Heard]:
    """Note what comes in answer to the requests of this block."""
    heard = Heard()
    token = _listening.set(heard)
    try:
        yield heard
    finally:
        _listening.reset(token)


def listener() -> Heard | None:
    """Return who notes the answer to the request under way; None: nobody does."""
    return _listening.get()

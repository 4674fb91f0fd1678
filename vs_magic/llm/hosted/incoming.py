"""What a service sends, looked at on its way in, before any library reads it.

litellm and OpenAI's client trust the form of an answer: a list where they expect a text ends in a
traceback, a reason to end is lost, a count that was not sent is 0. So each JSON body and each event
is noted here as it came, and what has the form of OpenAI's chat API is written anew from what can
be understood of it (`completions`).
"""

from __future__ import annotations

import codecs
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from vs_magic.llm.hosted import completions
from vs_magic.llm.hosted.noted import Noted

_LONGEST_NUMBER = 20  # digits of what may be a count


class Incoming:
    """A body as litellm reads it, in pieces: of whole lines, or all of one JSON."""

    def __init__(self, body: Any, kind: str, noted: Noted) -> None:
        self._body = body
        self._by_lines = any(word in kind.lower() for word in ("event-stream", "ndjson", "jsonl"))
        self._noted = noted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        """Yield the body, in pieces of about `size` bytes where its form allows it."""
        held: list[bytes] = []
        begun = whole = False
        async for piece in self._body.iter_chunked(size):
            if not begun:
                start = piece.removeprefix(codecs.BOM_UTF8).lstrip()
                if not start:  # blank lines come before a body without end, too: none is held
                    yield b"\n"
                    continue
                begun, whole = True, start.startswith(b"{") and not self._by_lines
            end = 0 if whole else piece.rfind(b"\n") + 1
            held.append(piece[:end] if end else piece)
            if end:
                yield self._lines(b"".join(held))
                held = [piece[end:]]
        rest = b"".join(held)
        yield self._ordered(rest, rest, event=False) if whole else self._lines(rest)

    def _lines(self, lines: bytes) -> bytes:
        return b"".join(map(self._line, lines.splitlines(keepends=True)))

    def _line(self, line: bytes) -> bytes:
        """Put one line in order: the data of an event, or a JSON of its own."""
        line = line.removeprefix(codecs.BOM_UTF8)
        data = line.removeprefix(b"data:").strip()
        return self._ordered(line, data, event=True) if data.startswith(b"{") else line

    def _ordered(self, sent: bytes, data: bytes, *, event: bool) -> bytes:
        """Note an answer; return what was sent, with an answer in order in its place."""
        answer = _read(data)
        if answer is None:
            return sent
        self._noted.note(answer)
        if "choices" in answer and not answer.get("error"):
            ordered = completions.in_order(answer, event=event)
            self._noted.refusal += completions.refusal(ordered)
        else:
            ordered = completions.without_odd_counts(answer)
        if ordered == answer:
            return sent
        return sent.replace(data, json.dumps(ordered).encode(), 1)


def _read(data: bytes) -> Mapping[str, Any] | None:
    """Return a JSON object; None for anything else. A byte that is no letter becomes U+FFFD."""
    try:
        text = data.decode(json.detect_encoding(data), "replace")
        answer = json.loads(text, parse_int=_whole_number)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _whole_number(digits: str) -> float:
    return int(digits) if len(digits) < _LONGEST_NUMBER else float(digits)

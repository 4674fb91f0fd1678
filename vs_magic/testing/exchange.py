"""One request and its answer on the wire: what an answer or a fault may do to a connection."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import math
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any

from vs_magic.testing.answers import Answer

JSON = "application/json"
EVENTS = "text/event-stream"

_numbers = itertools.count(1)


class Exchange:
    """One chat request that waits for its answer, and the connection to write it to.

    Parameters
    ----------
    handler
        The server's handler of this connection.
    body
        The request's parsed JSON body.
    """

    def __init__(self, handler: BaseHTTPRequestHandler, body: Mapping[str, Any]) -> None:
        self._handler = handler
        self.body = body
        self._number = next(_numbers)

    @property
    def streams(self) -> bool:
        """Whether the request asks for a stream."""
        return bool(self.body.get("stream"))

    def send(
        self,
        content: bytes,
        *,
        status: int = 200,
        content_type: str = JSON,
        headers: Mapping[str, str] | None = None,
        claim: int | None = None,
    ) -> None:
        """Send one whole response.

        Parameters
        ----------
        content
            Its body.
        status, content_type, headers
            Its head.
        claim
            The length that the head claims; more than `content` has makes a truncated body.
        """
        self._head(status, content_type, {"Content-Length": str(claim or len(content))}, headers)
        self._handler.wfile.write(content)
        if claim is not None and claim > len(content):
            self._handler.close_connection = True

    def send_parts(self, parts: Iterable[bytes], *, length: int, pause: float = 0.0) -> None:
        """Send one whole JSON response in parts, with a pause after each.

        Parameters
        ----------
        parts
            Its body.
        length
            The body's length, for the head.
        pause
            Seconds.
        """
        self._head(200, JSON, {"Content-Length": str(length)}, None)
        for part in parts:
            self._handler.wfile.write(part)
            self._handler.wfile.flush()
            if pause:
                time.sleep(pause)

    @contextlib.contextmanager
    def in_one_go(self) -> Iterator[None]:
        """Hold back what is sent in the block, and send it all at its end."""
        wire, held = self._handler.wfile, io.BytesIO()
        self._handler.wfile = held
        try:
            yield
        finally:
            self._handler.wfile = wire
        wire.write(held.getvalue())

    def answer(self, answer: Answer) -> None:
        """Send a well-formed answer: as a stream where one was asked for, else as one body."""
        time.sleep(answer.delay)
        if self.streams:
            with self.stream() as events:
                for event in self.events(answer):
                    events.event(event)
                    time.sleep(answer.pause)
        else:
            self.send(json.dumps(self.completion(answer)).encode())

    def completion(self, answer: Answer) -> dict[str, Any]:
        """Return the body of a chat completion that holds `answer`."""
        message: dict[str, Any] = {"role": "assistant", "content": answer.text}
        if answer.reasoning is not None:
            message["reasoning_content"] = answer.reasoning
        choice = {"index": 0, "message": message, "finish_reason": answer.finish_reason}
        usage = {"usage": self.usage(answer)} if answer.usage else {}
        return {**self._frame("chat.completion"), "choices": [choice], **usage}

    def embeddings(self, texts: Sequence[str], rows: Sequence[Sequence[float]]) -> dict[str, Any]:
        """Return the body of a list of embeddings; a token is a word."""
        data = [
            {"object": "embedding", "index": i, "embedding": list(row)}
            for i, row in enumerate(rows)
        ]
        tokens = sum(len(text.split()) for text in texts)
        return {
            "object": "list",
            "data": data,
            "model": self.body.get("model", "loopback"),
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }

    def events(self, answer: Answer) -> Iterator[dict[str, Any]]:
        """Yield the events of a streamed chat completion that holds `answer`."""
        yield self._chunk({"role": "assistant", "content": ""})
        if answer.reasoning is not None:
            yield self._chunk({"reasoning_content": answer.reasoning})
        size = max(1, math.ceil(len(answer.text) / answer.pieces))
        for start in range(0, len(answer.text), size):
            yield self._chunk({"content": answer.text[start : start + size]})
        if answer.finish_reason is not None:
            yield self._chunk({}, answer.finish_reason)
        if answer.usage and (self.body.get("stream_options") or {}).get("include_usage"):
            frame = self._frame("chat.completion.chunk")
            yield {**frame, "choices": [], "usage": self.usage(answer)}

    def usage(self, answer: Answer) -> dict[str, int]:
        """Count tokens, a token being a word: so that tests can tell the sums beforehand."""
        sent = sum(len(str(m.get("content", "")).split()) for m in self.body.get("messages", []))
        said = len(answer.text.split())
        return {"prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said}

    @contextlib.contextmanager
    def stream(self) -> Iterator[Events]:
        """Open a stream of server-sent events; it is ended properly unless the block raises."""
        self._head(200, EVENTS, {"Transfer-Encoding": "chunked"}, None)
        events = Events(self._handler)
        yield events
        events.raw(b"data: [DONE]\n\n")
        self._handler.wfile.write(b"0\r\n\r\n")

    def reset(self) -> None:
        """Break the connection at once, as a crashed server does (RST, not FIN)."""
        self._handler.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        with contextlib.suppress(OSError):
            self._handler.wfile.flush()
        # shutdown() would send a FIN first; close() of a lingering socket sends the RST.
        self._handler.wfile.close()
        self._handler.rfile.close()
        self._handler.connection.close()

    def _head(
        self,
        status: int,
        content_type: str,
        length: Mapping[str, str],
        headers: Mapping[str, str] | None,
    ) -> None:
        self._handler.send_response(status)
        for name, value in {"Content-Type": content_type, **length, **(headers or {})}.items():
            self._handler.send_header(name, value)
        if self._handler.close_connection:  # the client asked for it, and is told so (RFC 9112)
            self._handler.send_header("Connection", "close")
        self._handler.end_headers()

    def _frame(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self._number}",
            "object": kind,
            "created": int(time.time()),
            "model": self.body.get("model", "loopback"),
        }

    def _chunk(self, delta: Mapping[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": dict(delta), "finish_reason": finish_reason}
        return {**self._frame("chat.completion.chunk"), "choices": [choice]}


class Events:
    """The writing end of an open stream of server-sent events."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler = handler

    def event(self, value: Mapping[str, Any]) -> None:
        """Send one event that carries `value` as JSON."""
        self.raw(b"data: " + json.dumps(value).encode() + b"\n\n")

    def raw(self, content: bytes) -> None:
        """Send bytes as they are, in one HTTP chunk."""
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        self._handler.wfile.flush()

"""A real HTTP server on loopback that answers like OpenAI's: chat, embeddings, list of models."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias, TypeVar

from vs_magic.testing.answers import Answer, Body, letters, scripted
from vs_magic.testing.exchange import Exchange
from vs_magic.testing.faults import Fault, status

Reaction: TypeAlias = "str | Answer | Mapping[str, Any] | Fault"
"""A text, an answer with its trimmings, a whole JSON body sent as it is, or a fault."""

_E = TypeVar("_E", bound="Endpoint")

CHAT = "/v1/chat/completions"
EMBEDDINGS = "/v1/embeddings"
KEY = "sk-loopback-0123456789"
"""The key that `Endpoint.env` hands out; it opens nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One request that an endpoint got.

    Parameters
    ----------
    path
        The path that was asked for.
    headers
        Its headers, names in lower case.
    body
        Its parsed JSON body; {} where there was none.
    at
        When it came, on the monotonic clock, in seconds.
    """

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    at: float


class Endpoint:
    """An OpenAI endpoint on loopback, for tests; used as a context manager.

    Parameters
    ----------
    reply
        What to answer. A function of the request's body returns a reaction for each request; a
        sequence of reactions is played back in order, and a request past its end gets a 400 that
        says so. By default it answers every method of vs_magic sensibly (see `scripted`).
    models
        The names that /v1/models lists.
    paths
        Further paths that answer like /v1/chat/completions, for clients of other APIs; their
        bodies are then up to `reply`.
    embed
        What /v1/embeddings answers: a function of the texts that returns a row for each, or a
        fault. By default it counts letters (see `letters`).

    Attributes
    ----------
    requests
        Every chat request so far, oldest first.
    embeddings
        Every request for embeddings so far, oldest first.
    peak
        The most requests that were under way at once.

    Examples
    --------
    >>> with Endpoint(["Hello."]) as endpoint:
    ...     endpoint.base_url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(
        self,
        reply: Callable[[Body], Reaction] | Sequence[Reaction] | None = None,
        *,
        models: Sequence[str] = ("loopback",),
        paths: Sequence[str] = (),
        embed: Callable[[Sequence[str]], Sequence[Sequence[float]] | Fault] = letters,
    ) -> None:
        if reply is None:
            self._reply: Callable[[Body], Reaction] = scripted()
        else:
            self._reply = reply if callable(reply) else _played(reply)
        self.models = tuple(models)
        self.paths = (CHAT, EMBEDDINGS, *paths)
        self.requests: list[Recorded] = []
        self.embeddings: list[Recorded] = []
        self._embed = embed
        self.peak = 0
        self._active = 0
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._listening = threading.RLock()
        self._open: set[Any] = set()
        self._port = 0

    @property
    def base_url(self) -> str:
        """The API base: what OPENAI_BASE_URL takes."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def bodies(self) -> list[Mapping[str, Any]]:
        """The bodies of the requests so far."""
        return [request.body for request in self.requests]

    def env(self) -> dict[str, str]:
        """Return the environment variables that lead a client here."""
        return {
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": self.base_url,
            "OPENAI_API_BASE": self.base_url,
        }

    def __enter__(self: _E) -> _E:  # noqa: PYI019  (typing.Self needs Python 3.11)
        self._start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop()

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Refuse every connection inside the block; afterwards it listens on the same port."""
        self._stop()
        try:
            yield
        finally:
            self._start()

    def _start(self) -> None:
        with self._listening:
            self._server = _Server(("127.0.0.1", self._port), _Handler)
            self._server.react, self._server.models = self._react, self.models
            self._server.paths, self._server.open = self.paths, self._open
            self._port = self._server.server_address[1]
            threading.Thread(
                target=self._server.serve_forever,
                kwargs={"poll_interval": 0.02},
                name="vs_magic.testing.Endpoint",
                daemon=True,
            ).start()

    def _stop(self) -> None:
        self._stop_listening()
        for request in tuple(self._open):
            _hang_up(request)
        self._open.clear()

    def _stop_listening(self) -> bool:
        """Take no more connections, and leave the open ones alone; False: it took none before."""
        with self._listening:
            server, self._server = self._server, None
        if server is None:
            return False
        server.shutdown()
        server.server_close()
        return True

    def _react(self, recorded: Recorded, exchange: Exchange) -> None:
        if recorded.path.partition("?")[0].rstrip("/") == EMBEDDINGS:
            self._give_embeddings(recorded, exchange)
            return
        with self._lock:
            self.requests.append(recorded)
            self._active += 1
            self.peak = max(self.peak, self._active)
        try:
            reaction = self._reaction(recorded)
            if isinstance(reaction, str):
                exchange.answer(Answer(text=reaction))
            elif isinstance(reaction, Answer):
                exchange.answer(reaction)
            elif isinstance(reaction, Mapping):
                exchange.send(json.dumps(reaction).encode())
            else:
                reaction(exchange)
        finally:
            with self._lock:
                self._active -= 1

    def _give_embeddings(self, recorded: Recorded, exchange: Exchange) -> None:
        with self._lock:
            self.embeddings.append(recorded)
        given = recorded.body.get("input", [])
        texts = [given] if isinstance(given, str) else list(given)
        rows = self._embed(texts)
        if callable(rows):
            rows(exchange)
        else:
            exchange.send(json.dumps(exchange.embeddings(texts, rows)).encode())

    def _reaction(self, recorded: Recorded) -> Reaction:
        """Decide what a request gets."""
        return self._reply(recorded.body)


def _played(reactions: Sequence[Reaction]) -> Callable[[Body], Reaction]:
    """Play reactions back in order; past the end, say so in a way that no client tries again."""
    rest = iter(reactions)
    lock = threading.Lock()
    over = status(400, f"the script of this endpoint ended after {len(reactions)} answers")

    def reply(_body: Body) -> Reaction:
        with lock:
            return next(rest, over)

    return reply


class _Server(ThreadingHTTPServer):
    """A threading server that can drop its open connections, so that `down` means down."""

    daemon_threads = True
    request_queue_size = 128
    react: Callable[[Recorded, Exchange], None]
    models: Sequence[str]
    paths: Sequence[str]
    open: set[Any]

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or a fault that broke the line: both are meant."""


def _hang_up(connection: Any) -> None:
    """Close a connection that a handler may still be reading from or writing to."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
    connection.close()


class _Handler(BaseHTTPRequestHandler):
    """Reads requests; the endpoint decides on the answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        listed = [{"id": name, "object": "model"} for name in self.server.models]
        exchange = Exchange(self, {})
        if self.path.rstrip("/") == "/v1/models":
            exchange.send(json.dumps({"object": "list", "data": listed}).encode())
        else:
            status(404, f"no such path: {self.path}")(exchange)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        exchange = Exchange(self, json.loads(raw or b"{}"))
        if self.path.partition("?")[0].rstrip("/") not in self.server.paths:
            status(404, f"no such path: {self.path}")(exchange)
            return
        recorded = Recorded(
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=exchange.body,
            at=time.monotonic(),
        )
        self.server.react(recorded, exchange)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: a test's output is its own."""

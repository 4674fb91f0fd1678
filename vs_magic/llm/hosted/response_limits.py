"""What may come over the wire: how much of it, in which coding, and read by whom.

aiohttp carries litellm's calls. Here are the parts of it that our own session is made of
(`http_session`); imported late, with the HTTP clients.
"""

from __future__ import annotations

import asyncio
import weakref
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import httpx
from aiohttp import hdrs

from vs_magic.llm.hosted import noted, reached
from vs_magic.llm.hosted.failures import causes
from vs_magic.llm.hosted.incoming import Incoming

LONGEST_ERROR = 64_000
"""Bytes of an error's body that are read; what it says stands at its beginning."""

LONGEST = 64_000_000
"""Bytes that one answer may take: twice what 128,000 tokens take, each in a frame of 250 bytes."""


class TooLongError(Exception):
    """An answer that goes on and on; no network fault, so it is not asked for again."""


class CodingError(Exception):
    """An answer that is packed in a way that cannot be read."""


class RedirectError(Exception):
    """An answer that sends the call to another server, where it does not go."""


class Peeked(httpx.AsyncByteStream):
    """A body, unread so far, whose first piece is looked at before anybody reads it."""

    def __init__(self, body: Any) -> None:
        self._body = body
        self._rest = body.__aiter__()
        self._first = b""

    async def first(self) -> bytes:
        """Return the first piece; b"" where there is none."""
        async for piece in self._rest:
            self._first = piece
            break
        return self._first

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the whole body."""
        yield self._first
        async for piece in self._rest:
            yield piece

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._body.aclose()


class Connector(aiohttp.TCPConnector):
    """Connections that are kept, without those on which something came in unasked for.

    A gateway that delivers an answer twice leaves the second one on the connection. aiohttp looks
    for that when a connection is put back, and not when it is taken out again: the next call would
    read the old answer, the call after it that one's, and so on.
    """

    def __init__(self) -> None:
        super().__init__(limit=0)
        self._kept: weakref.WeakSet[Any] = weakref.WeakSet()

    async def connect(self, *given: Any, **named: Any) -> Any:
        """Return a new connection, or a kept one that is silent."""
        # What lies in a socket by now is read in the next round, and ours comes after it.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        while True:
            connection = await super().connect(*given, **named)
            protocol = connection.protocol
            if protocol not in self._kept or not protocol.should_close:  # type: ignore[union-attr]
                self._kept.add(protocol)
                return connection
            connection.close()


class Answer(aiohttp.ClientResponse):
    """An answer whose body is unpacked here, where its length can be bounded."""

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        """Read the head."""
        await super().start(connection)
        coding = super().headers.get(hdrs.CONTENT_ENCODING, "")
        reached.note(self.url.host, self.url.port)
        body = _Body(self.content, coding.strip().lower(), error=self.status >= 400)
        self.content: Any = body
        if (notes := noted.under_way()) is not None:
            notes.begin(self.status, self.headers)
            body.take = notes.take
            kind = super().headers.get(hdrs.CONTENT_TYPE, "")
            if self.status < 400 and "amazon" not in kind:  # Amazon's events are no text
                self.content = Incoming(body, kind, notes)
        return self

    @property
    def headers(self) -> Any:
        """The headers, without the coding that the body had."""
        plain = super().headers.copy()
        plain.popall(hdrs.CONTENT_ENCODING, None)
        return plain


async def plainly(request: aiohttp.ClientRequest, handler: Any) -> Any:
    """Send a request on, with the wish for an answer that is not packed (aiohttp's middleware).

    An answer that leads to another server would take the prompt there, and with most providers the
    key, which they have in a header of their own: it ends the call.
    """
    request.headers[hdrs.ACCEPT_ENCODING] = "identity"
    answer = await handler(request)
    place = answer.headers.get(hdrs.LOCATION)
    if 300 <= answer.status < 400 and place is not None:
        here = httpx.URL(str(request.url))
        there = _joined(here, place)
        if there is None or _origin(there) != _origin(here):
            answer.close()
            raise RedirectError(place[:200] if there is None else str(there.copy_with(query=None)))
    return answer


def _joined(here: httpx.URL, place: str) -> httpx.URL | None:
    """Where a redirect leads, as the client that follows it reads it; None: nobody can tell."""
    try:
        there = httpx.URL(place)
        return here.join(there) if there.host or not there.is_absolute_url else None
    except (httpx.InvalidURL, ValueError):
        return None


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host.lower(), port


class _Body:
    """A body as litellm reads it, in pieces; everything else is aiohttp's reader's own."""

    def __init__(self, reader: aiohttp.StreamReader, coding: str, *, error: bool) -> None:
        if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise CodingError(f"the answer is packed as {coding[:40]!r}, which was not asked for")
        self._reader = reader
        self._unpack = None if coding in ("", "identity") else zlib.decompressobj(wbits=47)
        self._left = LONGEST_ERROR if error else LONGEST
        self._is_error = error
        self._size = 0
        self.take: Callable[[bytes], object] = len  # what else is done with each piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def iter_chunked(self, size: int) -> _Body:
        """Return an iterator over pieces of about `size` bytes."""
        self._size = size
        return self

    def __aiter__(self) -> _Body:
        return self

    async def __anext__(self) -> bytes:
        while self._left >= 0 and (raw := await self._read()):
            piece = self._unpacked(raw)
            self._left -= len(piece)
            if self._left < 0:
                if self._is_error:
                    return piece[: self._left]
                raise TooLongError(f"the answer was longer than {LONGEST // 10**6} MB")
            if piece:
                self.take(piece)
                return piece
        raise StopAsyncIteration

    async def _read(self) -> bytes:
        """Return what comes next; what came before a connection broke off comes first."""
        try:
            return await self._reader.read(self._size)
        except aiohttp.ClientPayloadError as error:
            self._reader.set_exception(None)  # type: ignore[arg-type]
            arrived = self._reader.read_nowait()
            self._reader.set_exception(error)
            if not arrived:
                raise
            return arrived

    def _unpacked(self, raw: bytes) -> bytes:
        if self._unpack is None:
            return raw
        try:
            return self._unpack.decompress(raw, max(self._left, 0) + 1)
        except zlib.error as error:
            raise CodingError(f"the answer cannot be unpacked: {error}") from None


def ended_here(error: BaseException) -> BaseException | None:
    """Return the fault of this file that a client's exception was made of, if one is."""
    own = (TooLongError, CodingError, RedirectError)
    return next((link for link in causes(error) if isinstance(link, own)), None)

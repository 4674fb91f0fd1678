"""What comes over the wire before a client reads it: bounded, asked for, peeked at.

Imported late, with the HTTP client.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx

from vs_magic.llm.hosted.failures import causes

LONGEST = 64_000_000
"""Bytes that one answer may take: twice what 128,000 tokens take, each in a frame of 250 bytes."""


class TooLongError(Exception):
    """An answer that goes on and on; no network fault, so it is not asked for again."""


class Peeked(httpx.AsyncByteStream):
    """A body whose first piece is looked at before anybody reads it.

    Parameters
    ----------
    body
        The body of a response that nobody has begun to read.
    """

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


def bound(carrier: Any, ours: Callable[[], bool]) -> None:
    """Bound the answers that litellm's transport hands on, where a call is ours.

    litellm reads a whole body into memory before it looks at it, and has no setting for how much
    that may be; the class of its bodies is the one place that all its providers share. Where a
    version of litellm has no such class, nothing is bounded.

    Parameters
    ----------
    carrier
        litellm's module of that class.
    ours
        Whether the call under way is one of ours.
    """
    plain: Any = getattr(carrier, "AiohttpResponseStream", None)
    if plain is None or hasattr(plain, "bounded"):
        return

    class Bounded(plain):  # type: ignore[misc, unused-ignore]  # litellm's class has no types
        bounded = True

        async def __aiter__(self) -> AsyncIterator[bytes]:
            length = 0
            async for piece in super().__aiter__():
                length += len(piece)
                if length > LONGEST and ours():
                    await self.aclose()
                    raise TooLongError(f"the answer was longer than {LONGEST // 10**6} MB")
                yield piece

    carrier.AiohttpResponseStream = Bounded


def without_leftovers(carrier: Any) -> None:
    """Have connections dropped on which something came in that nobody asked for.

    A gateway that delivers an answer twice leaves the second one on the connection. The client
    below litellm keeps connections and does not look for what came in meanwhile: its next call
    would read the old answer, the call after it that one's, and so on. To do without kept
    connections would cost each call a new one; asking the server to close (a header) makes this
    client drop the first answer as well, where both come together.

    Parameters
    ----------
    carrier
        litellm's module of its transport.
    """
    plain: Any = getattr(carrier, "LiteLLMAiohttpTransport", None)
    if plain is None or hasattr(plain, "without_leftovers"):
        return

    class Careful(plain):  # type: ignore[misc, unused-ignore]  # litellm's class has no types
        without_leftovers = True

        async def _make_aiohttp_request(
            self, client_session: Any, *given: Any, **named: Any
        ) -> Any:
            # What lies in a socket by now is read in the next round, and ours comes after it.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            # aiohttp asks this of a connection as it is put back, and not as it is taken out again.
            for kept in getattr(client_session.connector, "_conns", {}).values():
                for connection, _ in kept:
                    if connection.should_close:
                        connection.close()
            return await super()._make_aiohttp_request(client_session, *given, **named)

    carrier.LiteLLMAiohttpTransport = Careful


def too_long(error: BaseException) -> TooLongError | None:
    """Return what a client's exception was made of, where an answer was too long."""
    return next((link for link in causes(error) if isinstance(link, TooLongError)), None)

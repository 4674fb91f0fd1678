"""What comes over the wire before a client reads it: bounded in length, its first bytes looked at.

Imported late, with the HTTP client.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx

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


def too_long(error: BaseException) -> TooLongError | None:
    """Return what a client's exception was made of, where an answer was too long."""
    link: BaseException | None = error
    while link is not None and not isinstance(link, TooLongError):
        link = link.__cause__ or link.__context__
    return link

"""A client with a memory: the same call asked again is answered from disk, free and identical.

A call is the same when model, messages, form, parameters, number and turn are (`wire.key`), and
what answers is. Call 2 with a prompt is never answered by call 1, or the cache would make the mode
collapse that people came to measure.

Kept is every reply that came to its own end with a text, or with no word of how it ended. Not kept
are failures, empty replies, what was cut off at the token limit, by a content filter or otherwise,
and any call that holds a secret.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from vs_magic.llm.request import Complete, OnText, Reply, Request
from vs_magic.llm.trust import wire
from vs_magic.llm.trust.notices import Notices
from vs_magic.llm.trust.secrets import holds_secret
from vs_magic.store.store import Kept, Store

T = TypeVar("T")

OnHit: TypeAlias = Callable[[Reply], None]
"""Called with a reply as it was when it came, each time it answers once more for nothing."""

PATIENCE_S = 2.0
"""How long a call waits for the disk before it goes on without."""

_WHOLE = ("stop", "tool_calls", "function_call", None)
"""How a reply ends that is not cut off; None: its endpoint does not say."""


class Cache:
    """What clients with one memory share: the store, and the calls under way.

    The store is asked on one thread of its own, in order: a slow or locked disk holds up neither
    the event loop nor its look-ups of addresses (these have the loop's threads) nor an interrupt.
    Each trouble is told once to `notices`; calls go on without the cache.
    """

    def __init__(self, folder: Path, *, limit: int, notices: Notices) -> None:
        without = "calls go on without it and are paid for each time"
        self.store = Store(folder, limit=limit, what="replies", without=without, tell=notices.say)
        self._notices = notices
        self._flights: dict[str, _InFlight] = {}
        self._process = 0

    async def look_up(self, key: str) -> Reply | None:
        """Return a kept reply, as it was when it came, or None."""
        kept = await self._patiently(asyncio.wrap_future(self._later(self.store.get, [key])))
        return _reply(kept[key]) if kept and key in kept else None

    async def keep(self, key: str, reply: Reply) -> None:
        """Keep a reply, if it is worth keeping; an interrupt does not lose it."""
        if worth_keeping(reply):
            kept = {key: ("json", wire.dumps(wire.call_as_json(reply)))}
            work = self._later(self.store.put, reply.request.model, kept)
            await self._patiently(asyncio.shield(asyncio.wrap_future(work)))

    def replies(self) -> list[Reply]:
        """Return every reply that is kept, oldest first."""
        found = map(_reply, self.store.values())
        return [reply for reply in found if reply is not None]

    def close(self) -> None:
        """Finish what is under way and close the file; the next call opens it again."""
        self._later(self.store.close).result()

    def board(self, key: str, answer: Answer, on_text: OnText | None) -> tuple[_InFlight, bool]:
        """Join the call with this key that is under way, or start it; True for who starts it."""
        flight = self._flights.get(key)
        if flight is not None and flight.can_be_joined():
            flight.listen(on_text)
            return flight, False
        flight = _InFlight(answer, on_text, on_end=lambda: self._flights.pop(key, None))
        self._flights[key] = flight
        return flight, True

    def _later(self, job: Callable[..., T], *args: Any) -> Future[T]:
        if self._process != os.getpid():  # the first job, or a fork, which has no thread
            self._thread, self._process = ThreadPoolExecutor(1, "vs_magic-cache"), os.getpid()
        return self._thread.submit(job, *args)

    async def _patiently(self, work: asyncio.Future[T]) -> T | None:
        try:
            return await asyncio.wait_for(work, PATIENCE_S)
        except TimeoutError:  # two classes until Python 3.11
            self._notices.say(
                f"the cache of replies in {self.store.folder} took more than {PATIENCE_S:g} s: "
                "calls went on without it"
            )
            return None


def caching(
    complete: Complete,
    cache: Cache,
    *,
    fresh: bool = False,
    source: str = "",
    on_hit: OnHit | None = None,
) -> Complete:
    """Return a client that asks `complete` only for what is not kept; or in any case, if `fresh`.

    Equal calls under way at the same time share one request; the one that came first pays.
    `source` is what a reply depends on beside the call: a server's address, a file's state. Only
    its hash is kept. `on_hit` is told of each reply that came from the memory.
    """

    async def call(request: Request, *, on_text: OnText | None = None) -> Reply:
        key = _key(request, source)
        if fresh:
            reply = await complete(request, on_text=on_text)
            await cache.keep(key, reply)
            return reply

        async def answer(tell: OnText | None) -> Found:
            kept = await cache.look_up(key)
            if kept is not None:
                return kept, True
            reply = await complete(request, on_text=tell)
            await cache.keep(key, reply)
            return reply, False

        began = time.monotonic()
        flight, leads = cache.board(key, answer, on_text)
        reply, was_kept = await flight.wait()
        if leads and not was_kept:
            return reply
        if on_hit is not None:
            on_hit(reply)
        return for_nothing(reply, request, began, on_text)

    return call


def for_nothing(
    reply: Reply, request: Request, began: float, on_text: OnText | None = None
) -> Reply:
    """Return a kept reply as the answer to `request`: free, and as late as the look-up was.

    The look-up began at `began`, on the monotonic clock. `on_text` is told the whole text.
    """
    if on_text is not None:
        on_text(reply.text)
    seconds = time.monotonic() - began
    return replace(reply, request=request, cached=True, cost_usd=0.0, latency_s=seconds)


def worth_keeping(reply: Reply) -> bool:
    """Return whether a reply is an answer that may be written to disk."""
    return bool(reply.text.strip()) and reply.finish_reason in _WHOLE and not holds_secret(reply)


Found: TypeAlias = tuple[Reply, bool]
"""A reply, and whether it was kept."""

Answer: TypeAlias = Callable[["OnText | None"], Coroutine[Any, Any, Found]]


class _InFlight:
    """One call under way, and those who wait for it; when the last one leaves, it is stopped."""

    def __init__(
        self, answer: Answer, on_text: OnText | None, on_end: Callable[[], object]
    ) -> None:
        self._listeners: list[OnText] = []
        self._waiting = 0
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self.listen(on_text)
        self._task = self._loop.create_task(answer(self._tell if on_text else None))
        self._task.add_done_callback(lambda _: self._end())
        self._over = False

    def can_be_joined(self) -> bool:
        """Whether it is still under way, on this event loop."""
        return not self._over and self._loop is asyncio.get_running_loop()

    def listen(self, on_text: OnText | None) -> None:
        """Have one more listener told the text as it streams in."""
        if on_text is not None:
            self._listeners.append(on_text)

    async def wait(self) -> Found:
        """Wait for the reply."""
        self._waiting += 1
        try:
            return await asyncio.shield(self._task)
        finally:
            self._waiting -= 1
            if not self._waiting and not self._task.done():
                self._end()
                self._task.cancel()
                await asyncio.wait([self._task])

    def _tell(self, text: str) -> None:
        for listener in tuple(self._listeners):
            listener(text)

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self._on_end()


def _reply(kept: Kept) -> Reply | None:
    """Return a reply; None for a value that someone else wrote, or another version."""
    form, value = kept
    try:
        return wire.call_from_json(wire.loads(value)) if form == "json" else None
    except (ValueError, TypeError):
        return None


def _key(request: Request, source: str) -> str:
    key = wire.key(request)
    return hashlib.sha256(f"{source}\n{key}".encode()).hexdigest() if source else key

"""How many calls an endpoint gets at once: found out by its refusals, per endpoint.

The caller's `--concurrency` is the most that is asked for; this is what the endpoint stands.
Nothing is held back until it refuses for rate or overload (429, 503, 529). Then the number in
flight is halved, and each success lets a little more through: one more call per round of successes
up to just below the number that was refused, and a tenth of that from there on, so that probing a
limit that stays where it is costs few refusals. A refusal that says how long to wait holds the
others back as well: they would only be refused too.

An endpoint that refuses one call in twenty, however few are in flight, would be asked one by one
that way. So a refusal counts only where the number can be its cause: while most of the latest
attempts that left as many in flight, or more, were answered, the refused call alone waits and comes
back; and a number that was taken to be too much and proves to be none is let through again at once.

Calls wait in the order in which they came; one that was refused goes first when it comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import math
import weakref
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from vs_magic.llm.hosted.failures import Failure, Kind

T = TypeVar("T")

OVERLOADED = (503, 529)
"""The statuses of a server, beside 429, that say: too much at once."""

PROBING = 0.1
"""How much slower the number grows near the one that was refused."""

RECENT = 40
"""How many attempts back an endpoint is judged by."""

CHANCE = 0.25
"""The share of them up to which refusals have nothing to do with how many are in flight."""

_log = logging.getLogger("vs_magic")


class Pace:
    """The pace of one endpoint; its calls all run on one event loop.

    An endpoint's word on waiting holds other calls back for `longest_hold` seconds at most; one
    that asks for more holds nobody, and each call is told by itself.
    """

    def __init__(self, name: str = "", *, longest_hold: float = 60.0) -> None:
        self.limit = math.inf  # how many may be in flight, in fractions
        self.in_flight = 0
        self.refused = 0
        self.answered = False  # whether any call was
        self._name = name
        self._longest_hold = longest_hold
        self._too_many = math.inf
        self._round = 0  # attempts that left before the latest halving tell nothing about it
        self._recent: deque[tuple[int, bool]] = deque(maxlen=RECENT)  # in flight, and if refused
        self._held_until = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._alarm: asyncio.TimerHandle | None = None

    async def attempt(
        self, send: Callable[[], Awaitable[T | Failure]], *, again: bool = False
    ) -> T | Failure:
        """Make one attempt as soon as the endpoint is likely to take it.

        One that was refused before (`again`) goes before those that wait.
        """
        await self._leave(first=again)
        left_in, left_with = self._round, self.in_flight
        outcome: T | Failure | None = None
        try:
            outcome = await send()
            return outcome
        finally:
            self._learn(outcome, left_in, left_with)
            self.in_flight -= 1
            self._admit()

    async def _leave(self, *, first: bool) -> None:
        """Wait for a place, and take it."""
        if not self._waiting and self._is_open():
            self.in_flight += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if first:
            self._waiting.appendleft(place)
        else:
            self._waiting.append(place)
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                with contextlib.suppress(ValueError):
                    self._waiting.remove(place)
            else:  # it was let in and stopped at once
                self.in_flight -= 1
                self._admit()
            raise

    def _admit(self) -> None:
        """Let in who may go now; come back when a hold ends."""
        while self._waiting and self._is_open():
            place = self._waiting.popleft()
            if not place.done():  # else its call was stopped this very moment
                self.in_flight += 1
                place.set_result(None)
        loop = asyncio.get_running_loop()
        if self._waiting and loop.time() < self._held_until:
            if self._alarm is not None:
                self._alarm.cancel()
            # In a context of its own: the one here holds the observer of a whole run.
            context = contextvars.Context()
            self._alarm = loop.call_at(self._held_until, self._admit, context=context)

    def _is_open(self) -> bool:
        held = asyncio.get_running_loop().time() < self._held_until
        return not held and self.in_flight + 1 <= max(1.0, self.limit)

    def _learn(self, outcome: object, left_in: int, left_with: int) -> None:
        """Take in how an attempt went that left in a round, with so many in flight."""
        if not isinstance(outcome, Failure):
            if outcome is not None:
                self.answered = True
                self._recent.append((left_with, False))
                if self._waiting:  # else the limit is not what holds it
                    self._grow()
            return
        if not is_overload(outcome):
            return
        self.refused += 1
        self._recent.append((left_with, True))
        if self._stands_more_than(left_with - 1):
            return
        if outcome.retry_after is not None and outcome.retry_after <= self._longest_hold:
            until = asyncio.get_running_loop().time() + outcome.retry_after
            self._held_until = max(self._held_until, until)
        if left_in == self._round:
            self._round += 1
            self._too_many = self.in_flight
            self.limit = max(1.0, min(self.limit, self.in_flight) / 2)
            _log.debug("%s refused %d at once: %d now", self._name, self.in_flight, self.limit)

    def _stands_more_than(self, number: float) -> bool:
        """Whether it was seen to answer more than so many at once, but for a few by chance."""
        refusals = [refused for left_with, refused in self._recent if left_with > number]
        return sum(refusals) < CHANCE * len(refusals)

    def _grow(self) -> None:
        if self._stands_more_than(self.limit):
            self.limit += 1.0
            return
        near = self.limit >= self._too_many - 1
        self.limit += (PROBING if near else 1.0) / self.limit


def is_overload(failed: Failure) -> bool:
    """Whether a failure says that there were too many calls."""
    return failed.kind is Kind.RATE or failed.status in OVERLOADED


_paces: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Pace]] = (
    weakref.WeakKeyDictionary()
)


def pace_of(endpoint: str) -> Pace:
    """Return the pace of an endpoint on the running loop: the same one each time."""
    paces = _paces.setdefault(asyncio.get_running_loop(), {})
    return paces.setdefault(endpoint, Pace(endpoint))

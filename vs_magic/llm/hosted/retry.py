"""When a failed call is tried again, and how long to wait before.

A rate limit waits as long as the endpoint says; a server's fault and a lost connection wait a
moment; a timeout is tried once more. What would fail again is not tried again: a refused key, an
unknown model, a bad request, a refusal. Nor is a reply that broke off: its text is paid for, and
what had arrived is kept.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from vs_magic.llm.hosted.failures import Failure, Kind
from vs_magic.llm.hosted.pace import Pace
from vs_magic.llm.progress import tell_lost, tell_wait

T = TypeVar("T")

TRIES = MappingProxyType(
    {
        Kind.RATE: 8,
        Kind.SERVER: 4,
        Kind.CONNECTION: 4,
        Kind.CLOSED: 2,
        Kind.HOST: 2,
        Kind.TIMEOUT: 2,
    }
)
INSIDE = 4
"""The most tries, in all, where the fault comes inside a 200."""
JITTER = 0.25
"""Share of a wait that is added at random, so that waiting calls do not come back all at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How patient a client is."""

    tries: Mapping[Kind, int] = field(default_factory=lambda: TRIES)  # in all; others: one
    first_wait: float = 0.5  # seconds, where the endpoint names none; doubled from then on
    longest_wait: float = 60.0  # an endpoint that asks for more has the call fail at once
    tick: float = 1.0  # seconds between two tellings of a countdown


async def with_retries(
    attempt: Callable[[], Awaitable[T | Failure]], policy: Policy, pace: Pace | None = None
) -> tuple[T | Failure, int]:
    """Make a call, again where that may help; return its result or last failure, and the attempts.

    The pace lets attempts go as fast as their endpoint takes them; None: at once.
    """
    failed: Counter[Kind] = Counter()
    while True:
        if pace is None:
            outcome = await attempt()
        else:
            outcome = await pace.attempt(attempt, again=bool(failed))
        if not isinstance(outcome, Failure):
            return outcome, failed.total() + 1
        failed[outcome.kind] += 1
        wait = _wait(outcome, failed[outcome.kind], policy)
        tries = policy.tries.get(outcome.kind, 1)
        spent = failed[outcome.kind] >= (min(tries, INSIDE) if outcome.inside else tries)
        if spent or outcome.partial or wait > policy.longest_wait:
            return outcome, failed.total()
        if outcome.kind is Kind.TIMEOUT:
            tell_lost()
        await _count_down(min(wait * (1 + JITTER * random.random()), wait + 5), outcome, policy)


def _wait(failure: Failure, times: int, policy: Policy) -> float:
    """Seconds to wait after a kind of failure that has now come `times` times."""
    if failure.retry_after is not None:
        return failure.retry_after
    doubled = policy.first_wait * 2.0 ** (times - 1)
    return min(doubled, policy.longest_wait)


async def _count_down(seconds: float, failure: Failure, policy: Policy) -> None:
    """Wait, telling whoever watches how long it still takes and why."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        tell_wait(left, failure.kind.value)
        await asyncio.sleep(min(left, policy.tick))
    tell_wait(0.0, failure.kind.value)

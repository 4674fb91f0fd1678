"""The pace of an endpoint: halved on refusal, grown back on success, and nobody is forgotten."""

from __future__ import annotations

import asyncio
import functools
import math
import random
import statistics
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vs_magic.llm import loop
from vs_magic.llm.hosted.failures import Failure, Kind
from vs_magic.llm.hosted.litellm_quiet import litellm_module
from vs_magic.llm.hosted.pace import Pace, is_overload, pace_of
from vs_magic.llm.hosted.retry import Policy, with_retries
from vs_magic.testing import Answer, Endpoint, faults

RATE = Failure(kind=Kind.RATE, status=429)
PATIENT = Policy(first_wait=0.05, longest_wait=2.0, tick=0.5)


class Busy:
    """An endpoint in the process that takes so many at once and refuses the others."""

    def __init__(self, takes, takes_s=0.01, failure=RATE):
        self.takes, self.takes_s, self.failure = takes, takes_s, failure
        self.at_once = self.peak = self.asked = self.refused = 0

    async def send(self):
        """Answer, or refuse."""
        self.asked += 1
        if self.at_once >= self.takes:
            self.refused += 1
            await asyncio.sleep(0.001)
            return self.failure
        self.at_once += 1
        self.peak = max(self.peak, self.at_once)
        try:
            await asyncio.sleep(self.takes_s)
        finally:
            self.at_once -= 1
        return "answer"


async def crowd(pace, send, calls, again=60):
    """Make calls all at once, each until it is answered."""

    async def one():
        for attempt in range(again):
            outcome = await pace.attempt(send, again=attempt > 0)
            if not isinstance(outcome, Failure):
                return outcome
            await asyncio.sleep(0.005)
        return None

    return await asyncio.gather(*(one() for _ in range(calls)))


async def queue(pace, send, calls, at_once):
    """Make calls, so many of them at once, each until it is answered."""
    gate = asyncio.Semaphore(at_once)

    async def one():
        async with gate:
            return await crowd(pace, send, 1)

    return await asyncio.gather(*(one() for _ in range(calls)))


def test_nothing_is_held_back_from_an_endpoint_that_takes_all():
    """Without a refusal every call goes at once."""
    busy, pace = Busy(takes=100), Pace()
    assert asyncio.run(crowd(pace, busy.send, 50)) == ["answer"] * 50
    assert (busy.peak, pace.limit, pace.refused) == (50, math.inf, 0)


def test_a_refusal_halves_what_is_in_flight():
    """Of eight in flight, four may go on; refusals that left before that tell nothing new."""
    busy, pace = Busy(takes=0), Pace()

    async def once():
        return await asyncio.gather(*(pace.attempt(busy.send) for _ in range(8)))

    assert asyncio.run(once()) == [RATE] * 8
    assert (pace.limit, pace.refused, pace.in_flight) == (4, 8, 0)


def test_at_least_one_call_goes_on():
    """However often it refuses."""
    busy, pace = Busy(takes=0), Pace()

    async def often():
        for _ in range(6):
            await pace.attempt(busy.send)

    asyncio.run(often())
    assert pace.limit == 1


def test_success_grows_it_back_but_slowly_near_the_refused_number():
    """One more a round at first; a tenth of that from one below what was refused."""
    pace = Pace()

    async def story():
        refusing = asyncio.gather(*(pace.attempt(Busy(takes=0).send) for _ in range(8)))
        await refusing
        assert pace.limit == 4
        seen = []
        for _ in range(60):
            # As many as may go, and one that waits: only then is the limit what holds calls back.
            await crowd(pace, Busy(takes=99, takes_s=0).send, math.floor(pace.limit) + 1)
            seen.append(pace.limit)
        return seen

    seen = asyncio.run(story())
    assert seen == sorted(seen)
    quick = sum(limit < 7 for limit in seen)
    assert 10 < quick < 25, "about 4 + 5 + 6 successes that others waited for"
    assert 7.3 < seen[-1] < 8, "and then a tenth of that"


def test_the_limit_does_not_grow_while_nobody_waits():
    """One call at a time proves nothing about eight at once."""
    pace, busy = Pace(), Busy(takes=0)

    async def story():
        await asyncio.gather(*(pace.attempt(busy.send) for _ in range(8)))
        busy.takes = 99
        for _ in range(50):
            await pace.attempt(busy.send)

    asyncio.run(story())
    assert pace.limit == 4


def test_it_settles_below_the_limit_of_the_endpoint():
    """Four at once are taken: of 400 calls, 8 at once, all arrive, and few are refused."""
    busy, pace = Busy(takes=4, takes_s=0.003), Pace()

    assert asyncio.run(queue(pace, busy.send, 400, at_once=8)) == [["answer"]] * 400
    assert busy.peak == 4
    assert busy.refused < 0.1 * 400, busy.refused


def test_a_refusal_that_names_a_wait_holds_the_others_back():
    """They would only be refused too; a call that comes meanwhile leaves after the wait."""
    pace, left = Pace(), []

    async def story():
        wait = Failure(kind=Kind.RATE, status=429, retry_after=0.2)
        await pace.attempt(Busy(takes=0, failure=wait).send)
        refused = time.monotonic()

        async def send():
            left.append(time.monotonic() - refused)
            return "answer"

        await asyncio.gather(pace.attempt(send), pace.attempt(send))

    asyncio.run(story())
    assert len(left) == 2
    assert all(0.19 < seconds < 1.0 for seconds in left)


class Moody:
    """An endpoint that refuses one call in twenty, however many are in flight."""

    def __init__(self, seed):
        self.chance = random.Random(seed)

    async def send(self):
        """Answer, or refuse sooner than that."""
        refuses = self.chance.random() < 0.05
        await asyncio.sleep(0.001 if refuses else 0.01)
        return RATE if refuses else "answer"


@pytest.mark.parametrize("seed", range(5))
def test_refusals_by_chance_do_not_slow_down(seed):
    """400 calls, 32 at once, one in twenty refused: most of the time over 20 may go at once."""
    moody, pace, limits = Moody(seed), Pace(), []

    async def send():
        limits.append(pace.limit)
        return await moody.send()

    assert asyncio.run(queue(pace, send, 400, at_once=32)) == [["answer"]] * 400
    assert pace.refused > 8
    assert statistics.median(limits) > 20


def test_a_refusal_by_chance_holds_only_its_own_call():
    """What the endpoint says of waiting is meant for the one that it refused."""
    pace, wait = Pace(), Failure(kind=Kind.RATE, status=429, retry_after=30.0)

    async def story():
        for _ in range(20):
            await pace.attempt(Busy(takes=1, takes_s=0).send)
        assert await pace.attempt(Busy(takes=0, failure=wait).send) is wait
        return await asyncio.wait_for(pace.attempt(Busy(takes=1).send), 1.0)

    assert asyncio.run(story()) == "answer"
    assert (pace.limit, pace.refused) == (math.inf, 1)


def test_an_hour_holds_nobody():
    """A wait past all patience fails its own call; the others hear it for themselves."""
    pace = Pace(longest_hold=60)

    async def story():
        wait = Failure(kind=Kind.RATE, status=429, retry_after=3600.0)
        await pace.attempt(Busy(takes=0, failure=wait).send)
        return await asyncio.wait_for(pace.attempt(Busy(takes=1).send), 1.0)

    assert asyncio.run(story()) == "answer"


def test_a_refused_call_goes_first_when_it_comes_back():
    """Else it could be overtaken until its attempts are used up."""
    pace, order = Pace(), []

    def sender(name):
        async def send():
            order.append(name)
            await asyncio.sleep(0.01)
            return "answer"

        return send

    async def story():
        await pace.attempt(Busy(takes=0).send)
        names = ["running", "waiting", "later"]
        tasks = [asyncio.ensure_future(pace.attempt(sender(name))) for name in names]
        await asyncio.sleep(0)
        tasks.append(asyncio.ensure_future(pace.attempt(sender("back again"), again=True)))
        await asyncio.gather(*tasks)

    asyncio.run(story())
    assert order == ["running", "back again", "waiting", "later"]


@pytest.mark.parametrize(
    ("failure", "counts"),
    [
        (RATE, True),
        (Failure(kind=Kind.SERVER, status=503), True),
        (Failure(kind=Kind.SERVER, status=529), True),
        (Failure(kind=Kind.SERVER, status=500), False),
        (Failure(kind=Kind.CREDIT, status=429), False),
        (Failure(kind=Kind.CONNECTION), False),
        (Failure(kind=Kind.TIMEOUT), False),
    ],
)
def test_only_rate_limits_and_overload_slow_down(failure, counts):
    """A bug at the other end, an empty account or a lost connection is not about numbers."""
    pace = Pace()
    asyncio.run(pace.attempt(Busy(takes=0, failure=failure).send))
    assert is_overload(failure) is counts
    assert (pace.limit == 1) is counts


@settings(max_examples=60)
@given(
    takes=st.integers(1, 6),
    stopped=st.lists(st.integers(0, 29), max_size=20, unique=True),
    seed=st.integers(0, 10**6),
)
def test_no_place_is_lost_whoever_is_stopped(takes, stopped, seed):
    """Calls that are cancelled while they wait, or as they are let in, leave no place taken."""
    chance = random.Random(seed)
    busy, pace = Busy(takes=takes, takes_s=0.0), Pace()

    async def story():
        tasks = [asyncio.ensure_future(crowd(pace, busy.send, 1)) for _ in range(30)]
        for index in stopped:
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            tasks[index].cancel()
        results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)
        assert all(r == ["answer"] for i, r in enumerate(results) if i not in stopped)
        assert pace.in_flight == 0
        assert await asyncio.wait_for(crowd(pace, busy.send, 1), 5) == ["answer"]

    asyncio.run(story())


def test_each_endpoint_and_each_loop_has_its_own_pace():
    """What one server cannot take says nothing about another; a dead loop's counts are gone."""

    async def two():
        return pace_of("http://a/v1"), pace_of("http://b/v1"), pace_of("http://a/v1")

    first, other, same = asyncio.run(two())
    later, *_ = asyncio.run(two())
    assert first is same
    assert len({id(first), id(other), id(later)}) == 3


def crowded(takes, takes_s=0.25):
    """An endpoint on loopback that refuses what comes above so many in flight."""
    lock = threading.Lock()
    state = {"at_once": 0, "refused": 0}

    def answer(exchange):
        with lock:
            state["at_once"] += 1
            over = state["at_once"] > takes
            state["refused"] += over
        try:
            if over:
                faults.status(429, "too many at once")(exchange)
            else:
                exchange.answer(Answer(text="yes", delay=takes_s))
        finally:
            with lock:
                state["at_once"] -= 1

    return Endpoint(lambda _: answer), state


@pytest.mark.parametrize("paced", [True, False], ids=["paced", "as fast as it can"])
def test_a_crowded_endpoint_gets_all_calls_through_with_few_refusals(client_of, request_for, paced):
    """80 calls, 24 at once, to an endpoint that takes 4: all arrive, and few were refused.

    Beside it the same attempts without the pace: refused several times as often.
    """
    endpoint, state = crowded(takes=4)
    request = request_for(method="direct")

    async def ask_all(complete):
        litellm, gate = await litellm_module(), asyncio.Semaphore(24)

        async def one():
            async with gate:
                if paced:
                    return await complete(request)
                send = functools.partial(complete._negotiate, litellm, request, None, [])
                return (await with_retries(send, PATIENT))[0]

        return await asyncio.gather(*(one() for _ in range(80)))

    with endpoint:
        results = loop.run(ask_all(client_of(endpoint, policy=PATIENT)))
    if paced:
        assert [reply.text for reply in results] == ["yes"] * 80
        assert state["refused"] < 45, "20 of them before anything is known"
    else:
        assert state["refused"] > 60

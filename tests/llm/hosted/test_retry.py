"""What is tried again, how often, and how long it waits."""

from __future__ import annotations

import asyncio
import email.utils
from datetime import UTC, datetime, timedelta

import pytest

from vs_magic.llm import loop
from vs_magic.llm.hosted.call_error import CallError
from vs_magic.llm.hosted.failures import Failure, Kind
from vs_magic.llm.hosted.retry import JITTER, Policy, with_retries
from vs_magic.llm.progress import waits_told_to
from vs_magic.testing import Endpoint, faults

OK = "Ohio"


def overloaded(code):
    """A fault by its HTTP status."""
    return faults.status(code, "busy")


@pytest.mark.parametrize(
    "fault",
    [overloaded(429), overloaded(500), overloaded(502), overloaded(503), faults.reset()],
    ids=["429", "500", "502", "503", "reset"],
)
def test_what_may_pass_is_tried_again(ask, fault):
    """A rate limit, a server's fault and a lost connection: the next attempt counts."""
    with Endpoint([fault, fault, OK]) as endpoint:
        assert ask(endpoint).text == OK
    assert len(endpoint.requests) == 3


@pytest.mark.parametrize("code", [401, 403, 404, 413])
def test_what_would_fail_again_is_not_tried_again(ask, code):
    """A refused key, an unknown model, a task that is too long: one request and no more."""
    with Endpoint([overloaded(code), OK]) as endpoint, pytest.raises(CallError, match=str(code)):
        ask(endpoint)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            faults.status(429, "You exceeded your current quota", error_code="insufficient_quota"),
            "no credit is left",
        ),
        (
            faults.status(
                400,
                "This model's maximum context length is 8192 tokens",
                error_code="context_length_exceeded",
            ),
            "too long for it",
        ),
        (
            faults.status(400, "rejected", error_code="content_policy_violation"),
            "by its content policy",
        ),
        (faults.body(b"{not JSON"), "no usable answer"),
        (faults.body(b"<html>hello</html>", content_type="text/html"), "no usable answer"),
        (faults.empty_choices(), "no usable answer"),
    ],
    ids=["quota", "context", "policy", "invalid JSON", "a web page", "no choices"],
)
def test_money_length_policy_and_garbage_are_not_tried_again(ask, fault, message):
    """Asking again would cost, or change nothing."""
    with Endpoint([fault, OK]) as endpoint, pytest.raises(CallError, match=message):
        ask(endpoint)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("code", "kind", "tries"),
    [(429, Kind.RATE, 8), (503, Kind.SERVER, 4)],
)
def test_patience_ends(ask, code, kind, tries):
    """After so many attempts the last failure is told, with their number."""
    with (
        Endpoint(lambda _: overloaded(code)) as endpoint,
        pytest.raises(CallError, match=f"{code}: busy.*after {tries} tries") as caught,
    ):
        ask(endpoint)
    assert len(endpoint.requests) == tries
    assert caught.value.kind is kind


def test_a_dead_endpoint_is_told_as_such(ask):
    """A refused connection is tried again, then the message asks whether it runs."""
    with (
        Endpoint() as endpoint,
        endpoint.down(),
        pytest.raises(CallError, match=r"cannot reach http://127.*, after 2 tries: is the se"),
    ):
        ask(endpoint)


def test_a_rate_limit_waits_as_the_endpoint_says(ask):
    """Retry-After in seconds is the least wait, with some jitter on top."""
    with Endpoint([faults.status(429, retry_after=0.3), OK]) as endpoint:
        ask(endpoint)
    waited = endpoint.requests[1].at - endpoint.requests[0].at
    assert 0.3 <= waited < 0.3 * (1 + JITTER) + 0.3


def test_retry_after_may_be_a_date(ask):
    """The header's other form is understood; dates are whole seconds."""
    moment = datetime.now(UTC) + timedelta(seconds=2)
    header = email.utils.format_datetime(moment, usegmt=True)
    with Endpoint([faults.status(429, retry_after=header), OK]) as endpoint:
        ask(endpoint, policy=Policy(first_wait=0.01, longest_wait=5))
    assert 0.8 <= endpoint.requests[1].at - endpoint.requests[0].at < 3.5


def test_a_wait_past_all_patience_is_told_at_once(ask):
    """An endpoint that asks for an hour fails the call now, and says so."""
    with (
        Endpoint([faults.status(429, "daily limit", retry_after=3600), OK]) as endpoint,
        pytest.raises(CallError, match="daily limit.*it asks to wait 3600 s"),
    ):
        ask(endpoint)
    assert len(endpoint.requests) == 1


def test_a_wait_counts_down_for_who_watches(client_of, request_for):
    """The observer of the run hears the seconds left, falling, with the reason, then 0."""
    told: list[tuple[float, str]] = []

    async def watched(complete):
        with waits_told_to(lambda seconds, reason: told.append((seconds, reason))):
            return await complete(request_for(method="direct"))

    with Endpoint([faults.status(429, retry_after=0.3), OK]) as endpoint:
        loop.run(watched(client_of(endpoint)))
    seconds = [s for s, _ in told]
    assert seconds == sorted(seconds, reverse=True)
    assert len(seconds) >= 4
    assert seconds[-1] == 0.0
    assert {reason for _, reason in told} == {"rate limit"}


def test_a_wait_can_be_cancelled(client_of, request_for):
    """An interrupt during a countdown does not wait for its end."""
    patient = Policy(first_wait=0.01, longest_wait=100)

    async def give_up(complete):
        task = asyncio.ensure_future(complete(request_for(method="direct")))
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    with Endpoint([faults.status(429, retry_after=50), OK]) as endpoint:
        assert loop.run(give_up(client_of(endpoint, policy=patient)))
    assert len(endpoint.requests) == 1


async def test_waits_double_up_to_the_longest():
    """Where the endpoint names no time, waits grow and then stay."""
    told: list[float] = []
    outcomes = iter([Failure(kind=Kind.SERVER)] * 4)

    async def attempt():
        return next(outcomes)

    policy = Policy(first_wait=0.02, longest_wait=0.05, tick=10, tries={Kind.SERVER: 4})
    with waits_told_to(lambda seconds, _: told.append(seconds)):
        outcome, tries = await with_retries(attempt, policy)
    waits = [s for s in told if s]
    assert (outcome.kind, tries, len(waits)) == (Kind.SERVER, 4, 3)
    for wait, least in zip(waits, [0.02, 0.04, 0.05], strict=True):
        assert least * 0.9 <= wait <= least * (1 + JITTER)


async def test_each_kind_of_failure_has_its_own_count():
    """A timeout after two rate limits is the first timeout, not the third failure."""
    outcomes = iter(
        [
            Failure(kind=Kind.RATE),
            Failure(kind=Kind.TIMEOUT),
            Failure(kind=Kind.RATE),
            Failure(kind=Kind.SERVER),
            "done",
        ]
    )

    async def attempt():
        return next(outcomes)

    assert await with_retries(attempt, Policy(first_wait=0.001)) == ("done", 5)


async def test_text_that_had_arrived_is_not_paid_for_again():
    """A failure with text in hand ends the call, whatever its kind."""
    calls = []

    async def attempt():
        calls.append(1)
        return Failure(kind=Kind.CONNECTION, partial="half a")

    outcome, _ = await with_retries(attempt, Policy())
    assert (outcome.partial, len(calls)) == ("half a", 1)

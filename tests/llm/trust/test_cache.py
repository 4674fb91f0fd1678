"""The cache: the same call is free and identical, calls stay apart, secrets are not written."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from vs_magic.errors import ModelError
from vs_magic.llm import loop
from vs_magic.llm.request import Reply
from vs_magic.llm.trust.cache import caching
from vs_magic.testing import Answer, Endpoint, ScriptedModel, faults

ROOT = Path(__file__).parents[3]


# --- the same call ---------------------------------------------------------------------------


def test_the_same_call_again_is_free_and_identical(cache, client_of, request_for):
    """A call asked twice reaches the endpoint once; the second reply is the first, for nothing."""
    with Endpoint([Answer(text="California", reasoning="A big one.")]) as endpoint:
        client = caching(client_of(endpoint), cache)
        request = request_for(method="direct", temperature=0.7)
        first, second = loop.run(client(request)), loop.run(client(request))
        assert len(endpoint.requests) == 1
    assert not first.cached
    assert second.cached
    assert second.cost_usd == 0.0
    assert second.latency_s < first.latency_s
    unlike = {"cached": True, "cost_usd": 0.0, "latency_s": second.latency_s}
    assert second == replace(first, **unlike)


def test_another_kernel_finds_what_one_has_asked(open_cache, request_for, model):
    """Replies outlive the session: a second kernel on the same folder asks nothing."""
    request = request_for(method="direct")
    asyncio.run(caching(model, open_cache())(request))
    silent = ScriptedModel([])
    reply = asyncio.run(caching(silent, open_cache())(request))
    assert (reply.text, reply.cached, silent.requests) == ("reply 1", True, [])


def test_draws_never_fold_into_one(cache, client_of, request_for):
    """Six calls with one prompt are six requests, and asked again they are the same six replies."""
    with Endpoint(lambda _: f"number {len(endpoint.requests)}") as endpoint:
        client = caching(client_of(endpoint), cache)
        requests = [request_for(method="direct", call=i) for i in range(1, 7)]
        first = [loop.run(client(r)).text for r in requests]
        again = [loop.run(client(r)).text for r in requests]
        assert len(endpoint.requests) == 6
    assert first == again == [f"number {i}" for i in range(1, 7)]


async def test_more_draws_pay_only_for_the_new_ones(cache, request_for, model):
    """Raising n keeps the calls that are there: only those beyond them are asked."""
    client = caching(model, cache)
    for wanted in (3, 5):
        for number in range(1, wanted + 1):
            await client(request_for(method="direct", call=number))
    assert [r.call for r in model.requests] == [1, 2, 3, 4, 5]


async def test_fresh_asks_anew_and_takes_the_old_ones_place(cache, request_for, model):
    """`fresh` always asks; from then on the new reply is the one that is kept."""
    request = request_for(method="direct")
    kept, fresh = caching(model, cache), caching(model, cache, fresh=True)
    texts = [(await client(request)).text for client in (kept, kept, fresh, fresh, kept)]
    assert texts == ["reply 1", "reply 1", "reply 2", "reply 3", "reply 3"]


async def test_two_servers_do_not_answer_for_each_other(cache, request_for, model):
    """One model name at two servers is two models; the address itself is not written down."""
    request = request_for(method="direct")
    here = caching(model, cache, source="http://user:hunter22@one.example/v1")
    there = caching(model, cache, source="http://two.example/v1")
    texts = [(await client(request)).text for client in (here, there, here)]
    assert texts == ["reply 1", "reply 2", "reply 1"]
    assert not _bytes_in(cache, b"one.example")


# --- what is kept ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (Answer(text="A state, cut", finish_reason="length"), False),
        (Answer(text="Ohio", finish_reason=None), True),
        (Answer(text="", finish_reason="length"), False),
        (Answer(text="Oh", finish_reason="content_filter"), False),
        (Answer(text="Oh", finish_reason="abort"), False),
        (faults.status(401, "no such key"), False),
    ],
    ids=["cut off", "no reason told", "empty", "filtered", "stopped", "failed"],
)
def test_only_answers_are_kept(cache, client_of, request_for, answer, kept):
    """Kept is what came to its own end; an empty or cut-off reply and a failure are asked again."""
    with Endpoint(lambda _: answer) as endpoint:
        client = caching(client_of(endpoint), cache)
        for _ in range(2):
            with contextlib.suppress(ModelError):
                loop.run(client(request_for(method="direct", max_tokens=5)))
        assert len(endpoint.requests) == (1 if kept else 2)


@pytest.mark.parametrize("where", ["prompt", "reply"])
async def test_a_call_that_holds_a_secret_is_not_written(cache, request_for, monkeypatch, where):
    """A secret of the environment in prompt or reply keeps the whole call off the disk."""
    monkeypatch.setenv("ACME_API_KEY", "correct-horse-battery")
    texts = {"prompt": ("Use correct-horse-battery.", "Done."), "reply": ("Do.", "")}[where]
    said = texts[1] or "It is correct-horse-battery."
    model = ScriptedModel([said, said])
    client = caching(model, cache)
    request = request_for(method="direct", task=texts[0])
    assert [(await client(request)).text for _ in range(2)] == [said, said]
    assert len(model.requests) == 2
    assert not _bytes_in(cache, b"correct-horse")


async def test_a_key_never_reaches_the_disk(cache, client_of, request_for):
    """What is written about a call to an endpoint does not hold the key that opened it."""
    with Endpoint(["Ohio"]) as endpoint:
        client = caching(client_of(endpoint), cache)
        await loop.bridge(client(request_for(method="direct")))
        key = endpoint.requests[0].headers["authorization"].removeprefix("Bearer ")
    assert cache.store.info().entries == 1
    assert not _bytes_in(cache, key.encode())


def _bytes_in(cache, what):
    cache.close()
    files = [p for p in cache.store.folder.rglob("*") if p.is_file()]
    return any(what in path.read_bytes() for path in files)


# --- calls under way -------------------------------------------------------------------------


def test_equal_calls_under_way_share_one_request(cache, client_of, request_for):
    """Ten equal calls at once are one request, paid once; another call is a request of its own."""
    with Endpoint(lambda _: Answer(text="Ohio", delay=0.2)) as endpoint:
        client = caching(client_of(endpoint), cache)
        numbers = [1] * 10 + [2]

        async def ask_all():
            return await asyncio.gather(
                *(client(request_for(method="direct", call=d)) for d in numbers)
            )

        replies = loop.run(ask_all())
        assert len(endpoint.requests) == 2
    assert [r.text for r in replies] == ["Ohio"] * 11
    assert sum(not r.cached for r in replies) == 2
    assert all(r.cost_usd == 0.0 for r in replies if r.cached)


class _Slow:
    """A client that answers when told to, and notes how its calls end."""

    def __init__(self):
        self.go, self.started, self.stopped, self.listeners = asyncio.Event(), 0, 0, []

    async def __call__(self, request, *, on_text=None):
        self.started += 1
        self.listeners.append(on_text)
        if on_text is not None:
            on_text("Oh")
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        return Reply(text="Ohio", request=request, model="slow", cost_usd=1.0)


async def _until(condition):
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came to be")


async def test_who_came_first_may_leave_the_others_get_their_reply(cache, request_for):
    """Stopping the call that sent the request does not take the reply from one that waits too."""
    slow, request = _Slow(), request_for(method="direct")
    client = caching(slow, cache)
    first = asyncio.create_task(client(request))
    await _until(lambda: slow.started)
    second = asyncio.create_task(client(request))
    await asyncio.sleep(0.05)
    first.cancel()
    await asyncio.wait([first])
    assert first.cancelled()
    slow.go.set()
    assert (await second).text == "Ohio"
    assert (slow.started, slow.stopped) == (1, 0)


async def test_when_the_last_one_leaves_the_request_is_stopped(cache, request_for):
    """An interrupt cancels the request itself and leaves nothing running; a new call asks anew."""
    slow, request = _Slow(), request_for(method="direct")
    client = caching(slow, cache)
    waiting = [asyncio.create_task(client(request)) for _ in range(3)]
    await _until(lambda: slow.started)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert (slow.started, slow.stopped) == (1, 1)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    slow.go.set()
    assert not (await client(request)).cached
    assert slow.started == 2


async def test_a_failure_reaches_everyone_who_waits_and_is_not_kept(cache, request_for):
    """Two calls that share a request share its failure; the next one asks again."""
    model = ScriptedModel([ModelError("no credit left"), "Ohio"])
    client = caching(model, cache)
    request = request_for(method="direct")
    both = await asyncio.gather(client(request), client(request), return_exceptions=True)
    assert [str(error) for error in both] == ["no credit left"] * 2
    assert (await client(request)).text == "Ohio"


async def test_text_streams_to_whoever_listens(cache, request_for):
    """A kept reply tells its text at once; of a shared request, each listener hears the text."""
    slow, request = _Slow(), request_for(method="direct")
    client = caching(slow, cache)
    heard: list[list[str]] = [[], [], []]
    first = asyncio.create_task(client(request, on_text=heard[0].append))
    await _until(lambda: slow.started)
    second = asyncio.create_task(client(request, on_text=heard[1].append))
    await asyncio.sleep(0.05)
    slow.listeners[0]("Ohi")
    slow.go.set()
    await asyncio.gather(first, second)
    await client(request, on_text=heard[2].append)
    assert heard == [["Oh", "Ohi"], ["Ohi", "Ohio"], ["Ohio"]]

"""Bundles: recorded once with a key, replayed anywhere without; nothing secret in them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from vs_magic.errors import ModelError
from vs_magic.llm import loop
from vs_magic.llm.request import Reply
from vs_magic.llm.trust import bundle
from vs_magic.llm.trust.replay import recording, replaying
from vs_magic.testing import Answer, Endpoint, ScriptedModel, faults

ROOT = Path(__file__).parents[3]


@pytest.fixture
def _acme(monkeypatch):
    """Two secrets in the environment."""
    monkeypatch.setenv("ACME_API_KEY", "correct-horse-battery")
    monkeypatch.setenv("ACME_TOKEN", "correct+horse+1")


def lines_of(path):
    """Return the lines of a bundle as text."""
    return path.read_bytes().decode().splitlines()


# --- record, then replay ---------------------------------------------------------------------


def test_a_lesson_replays_without_a_key(record, path, client_of, request_for):
    """What an endpoint answered once is answered from the file, with nobody there to ask."""
    requests = [request_for(method="vs-standard", k=3, call=i, temperature=1.0) for i in (1, 2, 3)]
    with Endpoint() as endpoint:
        client = recording(client_of(endpoint), record())
        live = [loop.run(client(request)) for request in requests]
    replay = replaying(bundle.read(path))
    again = [asyncio.run(replay(request)) for request in requests]
    for first, second in zip(live, again, strict=True):
        assert second.cached
        assert second.cost_usd == 0.0
        assert replace(first, cached=True, cost_usd=0.0, latency_s=second.latency_s) == second
        assert second.when == first.when != ""
    assert len({reply.text for reply in again}) == 3


def test_calls_of_an_older_bundle_are_as_old_as_the_bundle(record, path, client_of, request_for):
    """A line that does not say when it was recorded has its file's time, not today's."""
    with Endpoint() as endpoint:
        loop.run(recording(client_of(endpoint), record())(request_for(method="direct")))
    header, call = map(json.loads, lines_of(path))
    header["created"] = "2025-10-01T12:00:00Z"
    del call["reply"]["when"]
    path.write_text(f"{json.dumps(header)}\n{json.dumps(call)}\n", encoding="utf-8")
    found = bundle.read(path)
    reply = asyncio.run(replaying(found)(request_for(method="direct")))
    assert reply.when == found.created == "2025-10-01T12:00:00Z"


def test_a_bundle_is_one_line_a_call_under_a_header(record, path, client_of, request_for):
    """The file is what its documentation says: a header, then calls, as readable JSON lines."""
    with Endpoint([Answer(text="Māori")]) as endpoint:
        loop.run(recording(client_of(endpoint), record())(request_for(method="direct")))
    header, call = map(json.loads, lines_of(path))
    assert header.keys() == {"bundle", "format", "version", "created", "models"}
    assert (header["bundle"], header["format"]) == ("vs_magic bundle", 1)
    assert header["models"] == ["openai/loopback"]
    assert header["created"].endswith("Z")
    assert call["reply"]["text"] == "Māori"
    assert call["request"]["messages"][-1] == {"role": "user", "content": "Name a US state."}
    assert "Māori" in path.read_text(encoding="utf-8")


def test_no_key_and_no_address_is_in_a_bundle(record, path, client_of, request_for, monkeypatch):
    """Neither the key nor the server, nor any other secret of the environment is written."""
    monkeypatch.setenv("OTHER_SERVICE_TOKEN", "tok-other-secret-value")
    with Endpoint([Answer(text="Ohio"), faults.status(401, "wrong key")]) as endpoint:
        client = recording(client_of(endpoint), record())
        loop.run(client(request_for(method="vs-standard")))
        with pytest.raises(ModelError, match="refused the key"):
            loop.run(client(request_for(method="vs-standard", call=2)))
        sent = endpoint.requests[0].headers
    written = path.read_text()
    assert len(lines_of(path)) == 2, "the failed call is not recorded"
    for secret in (sent["authorization"].split()[-1], sent["host"], "tok-other-secret-value"):
        assert secret not in written


@pytest.mark.usefixtures("_acme")
@pytest.mark.parametrize(
    "text", ["it is correct-horse-battery", "sk-proj-a1b2c3d4e5f6g7h8i9j0", "correct%2Bhorse%2B1"]
)
async def test_a_call_that_holds_a_secret_is_not_recorded_and_that_is_said(
    record, path, notices, request_for, text
):
    """A prompt or reply with a secret in it is left out whole: no text is ever altered."""
    client = recording(ScriptedModel([text, "Ohio", "Iowa"]), record())
    await client(request_for(method="direct"))
    await client(request_for(method="direct", task=text))
    await client(request_for(method="direct", call=2))
    assert [json.loads(line)["reply"]["text"] for line in lines_of(path)[1:]] == ["Iowa"]
    assert text not in path.read_text()
    assert [line for line in notices.take() if "holds a secret was not recorded" in line]


async def test_writing_a_bundle_leaves_secrets_out(path, request_for, monkeypatch):
    """An export leaves out the calls that hold a secret, and says how many it wrote."""
    monkeypatch.setenv("ACME_API_KEY", "correct-horse-battery")
    texts = ("Ohio", "it is correct-horse-battery", "Iowa")
    replies = [
        Reply(text=text, request=request_for(call=i), model="m")
        for i, text in enumerate(texts, start=1)
    ]
    assert bundle.write(path, replies) == 2
    assert [r.text for r in bundle.read(path).calls.values()] == ["Ohio", "Iowa"]


# --- a call that is not there ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"temperature": 0.7}, r"differs in temperature \(recorded: none; asked: 0.7\)$"),
        ({"call": 9}, r"differs in call \(recorded: 3; asked: 9\)$"),
        ({"k": 7}, r"differs in k \(recorded: 5; asked: 7\)$"),
        ({"task": "Name a colour."}, r"differs in the task \(recorded: 'Name a US state.'\)"),
        ({"model": "gpt-9"}, r"differs in model \(recorded: openai/loopback; asked: gpt-9\)$"),
        ({"words": 20}, r"differs in its messages"),
        ({"seed": 1, "top_p": 0.5, "max_tokens": 9, "call": 4}, r"seed .* and 1 more$"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_a_call_that_is_not_recorded_names_the_nearest(path, request_for, change, says):
    """Under a replay another call is an error in one line that says what sets it apart."""
    replies = [Reply(text="Ohio", request=request_for(call=i), model="m") for i in (1, 2, 3)]
    bundle.write(path, replies)
    with pytest.raises(ModelError, match=says) as caught:
        await replaying(bundle.read(path))(request_for(**change))
    assert "not among the 3 calls" in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_an_empty_bundle_says_that_it_is_empty(path, request_for):
    """A bundle without calls answers none, and says so."""
    bundle.write(path, [])
    with pytest.raises(ModelError, match="holds no calls"):
        await replaying(bundle.read(path))(request_for())


async def test_the_later_of_two_equal_calls_counts(record, path, request_for):
    """A call that was asked anew while recording replays as it was answered last."""
    recorder = record()
    client = recording(ScriptedModel(["first", "other", "second"]), recorder)
    for number in (1, 2, 1):
        await client(request_for(call=number))
    found = bundle.read(path)
    assert [r.text for r in found.calls.values()] == ["second", "other"]
    assert recorder.calls == 3


async def test_a_call_that_stands_there_is_not_written_twice(record, path, request_for):
    """Running a recorded cell again, from the cache, adds nothing to the bundle."""
    reply = Reply(text="Ohio", request=request_for(), model="m", cost_usd=0.25, latency_s=1.5)
    recorder = record()
    recorder.record(reply)
    recorder.record(reply)
    recorder.close()
    record().record(reply)
    assert len(lines_of(path)) == 2

"""A call as JSON: it comes back as it was, and its key tells calls apart and nothing else."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_magic.llm.request import Reply, Request
from vs_magic.llm.trust import wire
from vs_magic.verbalized.method import Format, Method, Wording
from vs_magic.verbalized.parameters import Parameters
from vs_magic.verbalized.prompt import Message
from vs_magic.verbalized.shape import Shape

TEXT = st.text(max_size=40)
MESSAGES = st.lists(
    st.builds(Message, role=st.sampled_from(["system", "user", "assistant"]), content=TEXT),
    max_size=4,
).map(tuple)
SHAPES = st.builds(
    Shape,
    method=st.sampled_from(list(Method)),
    k=st.integers(1, 1000),
    probability=st.sampled_from(list(Wording)),
    format=st.sampled_from(list(Format)),
)
SHARE = st.none() | st.floats(0, 2, allow_nan=False)
COUNT = st.none() | st.integers(0, 10**9)
PARAMETERS = st.builds(
    Parameters,
    temperature=SHARE,
    top_p=st.none() | st.floats(0, 1, exclude_min=True),
    top_k=COUNT,
    min_p=st.none() | st.floats(0, 1),
    max_tokens=st.none() | st.integers(1, 10**6),
    seed=st.none() | st.integers(),
    stop=st.none() | st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=3).map(tuple),
    presence_penalty=st.none() | st.floats(-2, 2),
    frequency_penalty=st.none() | st.floats(-2, 2),
    reasoning_effort=st.none() | TEXT,
)
REQUESTS = st.builds(
    Request,
    model=TEXT,
    messages=MESSAGES,
    shape=SHAPES,
    parameters=PARAMETERS,
    call=st.integers(1, 10**6),
    turn=st.integers(1, 10**3),
)
REPLIES = st.builds(
    Reply,
    text=TEXT,
    request=REQUESTS,
    model=TEXT,
    mode=TEXT,
    taken_from=st.sampled_from(["content", "tool_calls", "refusal"]),
    finish_reason=st.none() | TEXT,
    reasoning=st.none() | TEXT,
    prompt_tokens=COUNT,
    completion_tokens=COUNT,
    cost_usd=SHARE,
    latency_s=st.integers(0, 10**6).map(lambda ms: ms / 1000),
    when=st.just("") | st.dates(dt.date(1970, 1, 2)).map("{}T12:00:00Z".format),
    parameters=st.dictionaries(TEXT, st.none() | st.booleans() | st.integers() | TEXT, max_size=3),
    not_sent=st.lists(TEXT, max_size=3).map(tuple),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)

REQUEST = Request(
    model="openai/loopback",
    messages=(Message(role="user", content="Name a colour."),),
    shape=Shape(method=Method.VS_STANDARD, k=5),
    parameters=Parameters(temperature=0.7),
)


@given(REPLIES)
def test_a_call_comes_back_as_it_was(reply):
    """Writing a call as one line of JSON and reading it loses nothing, whatever the texts hold."""
    line = wire.dumps(wire.call_as_json(reply))
    assert "\n" not in line
    back = wire.call_from_json(wire.loads(line.encode()))
    assert back == reply
    assert back.when == reply.when
    assert wire.key(back.request) == wire.key(reply.request)


def test_a_text_in_parts_is_joined():
    """A record that someone else wrote may hold a service's own parts."""
    call = wire.call_as_json(Reply(text="", request=REQUEST, model="m"))
    thought = {"type": "thinking", "thinking": "hm"}
    call["reply"]["text"] = [
        thought,
        {"type": "text", "text": "Oh"},
        {"type": "text", "text": "io"},
    ]
    back = wire.call_from_json(call)
    assert (back.text, back.reasoning) == ("Ohio", "hm")


@given(JSON)
def test_foreign_json_is_refused_as_a_value_error_and_nothing_else(value):
    """Whatever JSON stands where a call should, reading it raises ValueError, in one line."""
    for call in (value, {"request": value, "reply": value}, {"request": value}):
        with pytest.raises(ValueError, match=r".+") as caught:
            wire.call_from_json(call)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        (("reply",), None, "reply is missing"),
        (("reply", "text"), 5, "text is no text"),
        (("reply", "cost_usd"), "free", "cost_usd is no number"),
        (("reply", "cost_usd"), float("nan"), "cost_usd is no number"),
        (("reply", "prompt_tokens"), -1, "prompt_tokens is no count"),
        (("reply", "parameters"), [], "parameters is no object"),
        (("reply", "when"), "yesterday", "when is no time: 'yesterday'"),
        (("reply", "when"), "0001-01-01T00:00:00+23:00", "when is no time"),
        (("request", "messages"), "hello", "messages are missing"),
        (("request", "messages"), [{"role": "robot", "content": ""}], "one of system, user"),
        (("request", "shape", "method"), "magic", "unknown method 'magic'"),
        (("request", "draw"), 0, "draw counts from 1"),
        (("request", "temperature"), True, "temperature is no number"),
        (("request", "temperature"), 10**400, "temperature is no number"),
        (("request", "seed"), 1.5, "seed is no whole number"),
    ],
)
def test_what_is_wrong_with_a_call_is_named(where, value, message):
    """A field that is missing or of the wrong kind is named."""
    call = wire.call_as_json(Reply(text="Blue", request=REQUEST, model="m"))
    place = call
    for name in where[:-1]:
        place = place[name]
    place[where[-1]] = value
    with pytest.raises(ValueError, match=message):
        wire.call_from_json(call)


def test_json_that_is_nested_too_deep_is_refused():
    """A line of a hundred thousand brackets is an error, not a crash."""
    with pytest.raises(ValueError, match="nested too deep"):
        wire.loads("[" * 100_000)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "openai/other"},
        {"messages": (Message(role="user", content="Name a colour. "),)},
        {"messages": (Message(role="system", content="Name a colour."),)},
        {"shape": Shape(method=Method.VS_STANDARD, k=6)},
        {"shape": Shape(method=Method.SEQUENCE, k=5)},
        {"shape": Shape(method=Method.VS_STANDARD, k=5, probability=Wording.NLL)},
        {"shape": Shape(method=Method.VS_STANDARD, k=5, format=Format.LINES)},
        {"parameters": Parameters()},
        {"parameters": Parameters(temperature=0.8)},
        {"call": 2},
        {"turn": 2},
    ],
    ids=str,
)
def test_every_part_of_a_call_is_in_its_key(change):
    """Two calls that differ in model, messages, form, a parameter, number or turn have two keys."""
    assert wire.key(replace(REQUEST, **change)) != wire.key(REQUEST)


@given(st.lists(st.text(max_size=4), min_size=1, max_size=3), st.integers(0, 3))
def test_texts_cannot_be_moved_between_messages_unnoticed(parts, at):
    """Where one message ends and the next begins is in the key: no two conversations collide."""
    whole = "".join(parts)
    at = min(at, len(whole))
    one = replace(REQUEST, messages=(Message(role="user", content=whole),))
    two = replace(
        REQUEST,
        messages=(
            Message(role="user", content=whole[:at]),
            Message(role="user", content=whole[at:]),
        ),
    )
    assert wire.key(one) != wire.key(two)


def test_what_does_not_change_a_reply_is_not_in_the_key():
    """How long to wait, and whether a temperature is written 1 or 1.0, make no other call."""
    assert wire.key(replace(REQUEST, timeout=1.0)) == wire.key(REQUEST)
    one, same = (replace(REQUEST, parameters=Parameters(temperature=t)) for t in (1, 1.0))
    assert wire.key(one) == wire.key(same)


def test_the_key_is_the_same_in_every_version():
    """A cache and a bundle outlive a release: the key of a call never changes unnoticed."""
    assert wire.key(REQUEST) == ("9c2ad8967b237e536bb16281b6f6c488a096a589e6b87af3c00d292bae7bf39b")


def test_a_call_is_readable_json_without_what_is_unknown():
    """The line of a call is what a person expects: plain names, no nulls, letters as they are."""
    when = "2026-01-31T12:00:00Z"
    reply = Reply(
        text="Grün", request=REQUEST, model="m", mode="json_schema", cost_usd=0.0, when=when
    )
    line = wire.dumps(wire.call_as_json(reply))
    assert "Grün" in line
    assert json.loads(line) == {
        "request": {
            "model": "openai/loopback",
            "messages": [{"role": "user", "content": "Name a colour."}],
            "shape": {"method": "vs-standard", "k": 5, "probability": "explicit", "format": "json"},
            "temperature": 0.7,
            "draw": 1,
            "turn": 1,
        },
        "reply": {
            "text": "Grün",
            "model": "m",
            "mode": "json_schema",
            "cost_usd": 0.0,
            "latency_s": 0.0,
            "when": when,
        },
    }

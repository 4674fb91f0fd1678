"""Replies that stream in: whole, broken, unannounced."""

from __future__ import annotations

import itertools
import socket
import time

import pytest

from vs_magic.llm.hosted.call_error import CallError
from vs_magic.llm.hosted.failures import Kind
from vs_magic.testing import Answer, Endpoint, faults

PRICED = "gpt-4.1-mini"
TEXT = "One state that comes to mind is Ohio."


def test_text_arrives_piece_by_piece_and_whole(ask):
    """Each call of on_text brings the whole text so far; the reply is the last of them."""
    heard: list[str] = []
    with Endpoint([Answer(text=TEXT, pieces=6)]) as endpoint:
        reply = ask(endpoint, on_text=heard.append)
    assert reply.text == heard[-1] == TEXT
    assert len(heard) >= 5
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(heard))
    assert endpoint.bodies[0]["stream"] is True
    assert endpoint.bodies[0]["stream_options"] == {"include_usage": True}


def test_text_arrives_while_the_endpoint_still_writes(ask):
    """The first piece is there long before the last."""
    times: list[float] = []
    with Endpoint([Answer(text=TEXT, pieces=5, pause=0.1)]) as endpoint:
        ask(endpoint, on_text=lambda _: times.append(time.monotonic()))
    assert times[-1] - times[0] > 0.25


def test_a_stream_tells_tokens_price_end_and_reasoning(ask):
    """A streamed reply knows as much as a whole one."""
    answer = Answer(text="two words", reasoning="hm", finish_reason="length")
    with Endpoint([answer]) as endpoint:
        reply = ask(endpoint, PRICED, on_text=lambda _: None)
    assert (reply.completion_tokens, reply.finish_reason, reply.reasoning) == (2, "length", "hm")
    assert reply.cost_usd == pytest.approx(reply.prompt_tokens * 0.4e-6 + 2 * 1.6e-6)
    assert reply.parameters["stream"] is True


def test_what_a_stream_does_not_tell_is_unknown(ask):
    """No usage and no finish_reason: None, where litellm would make both up."""
    with Endpoint([Answer(text="Ohio", usage=False, finish_reason=None)]) as endpoint:
        reply = ask(endpoint, PRICED, on_text=lambda _: None)
    assert (reply.prompt_tokens, reply.completion_tokens) == (None, None)
    assert (reply.finish_reason, reply.cost_usd) == (None, None)


def test_counting_tokens_never_goes_to_the_network(ask, monkeypatch):
    """For a name like llama-3, litellm would fetch a tokenizer, and hold the loop for a minute."""
    asked_for, look_up = set(), socket.getaddrinfo

    def noted(host, *given, **named):
        asked_for.add(host)
        return look_up(host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", noted)
    with Endpoint([Answer(text="Ohio", usage=False)]) as endpoint:
        ask(endpoint, "openai/llama-3-8b", on_text=lambda _: None)
    assert asked_for <= {"127.0.0.1"}


def test_a_plain_body_in_answer_to_a_stream_request_is_read(ask):
    """Some gateways ignore `stream`; their body is read, at no second call."""
    heard: list[str] = []
    with Endpoint([faults.plain_body("Ohio")]) as endpoint:
        reply = ask(endpoint, on_text=heard.append)
    assert (reply.text, heard, len(endpoint.requests)) == ("Ohio", ["Ohio"], 1)
    assert reply.completion_tokens == 1


def test_an_endpoint_that_ignores_streams_is_not_asked_for_one_again(ask):
    """What was learned is kept for the session."""
    with Endpoint([faults.plain_body("Ohio"), "Utah"]) as endpoint:
        ask(endpoint, on_text=lambda _: None)
        assert ask(endpoint, on_text=lambda _: None).text == "Utah"
    assert "stream" not in endpoint.bodies[1]


def test_a_stream_without_events_is_asked_for_again_without_one(ask):
    """An empty stream brings nothing: the call is made once more, plainly."""
    empty = faults.body(b": nothing\n\n", content_type="text/event-stream")
    with Endpoint([empty, "Ohio"]) as endpoint:
        assert ask(endpoint, on_text=lambda _: None).text == "Ohio"
    assert ["stream" in body for body in endpoint.bodies] == [True, False]


def test_an_endpoint_that_refuses_streams_answers_without(ask):
    """A 400 about `stream` costs nothing and is not seen."""

    def reply(body):
        if body.get("stream"):
            return faults.status(400, "stream is not supported by this model", param="stream")
        return "Ohio"

    with Endpoint(reply) as endpoint:
        assert ask(endpoint, on_text=lambda _: None).text == "Ohio"
    assert len(endpoint.requests) == 2


def test_a_stream_that_breaks_off_keeps_what_had_arrived(ask):
    """The error carries the text so far, and the call is not paid for twice."""
    with (
        Endpoint([faults.cut(TEXT, after=14), "Utah"]) as endpoint,
        pytest.raises(CallError, match="broke off: what had arrived is kept") as caught,
    ):
        ask(endpoint, on_text=lambda _: None)
    assert caught.value.partial_text == TEXT[:14]
    assert caught.value.kind is Kind.CONNECTION
    assert len(endpoint.requests) == 1


def test_a_stream_that_drips_past_the_timeout_keeps_what_had_arrived(ask):
    """The timeout is for the whole reply, not for each piece."""
    with (
        Endpoint([faults.drip(TEXT, pause=0.1, pieces=30)]) as endpoint,
        pytest.raises(CallError, match="no complete answer from .* in time") as caught,
    ):
        ask(endpoint, on_text=lambda _: None, timeout=0.6)
    assert caught.value.partial_text
    assert TEXT.startswith(caught.value.partial_text)
    assert len(endpoint.requests) == 1


def test_a_connection_lost_before_any_text_is_tried_again(ask):
    """Nothing had arrived, so nothing is lost by asking once more."""
    with Endpoint([faults.reset(), "Ohio"]) as endpoint:
        assert ask(endpoint, on_text=lambda _: None).text == "Ohio"
    assert len(endpoint.requests) == 2


def test_an_error_of_the_listener_is_its_own(ask):
    """What on_text raises comes out as it is, not as a fault of the model."""

    def listener(_: str) -> None:
        raise ZeroDivisionError("mine")

    with Endpoint(["Ohio"]) as endpoint, pytest.raises(ZeroDivisionError, match="mine"):
        ask(endpoint, on_text=listener)

"""The client of hosted models, through real litellm and a real HTTP server."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import threading

import pytest

from vs_magic.errors import ModelError
from vs_magic.llm import loop
from vs_magic.llm.client import connect
from vs_magic.llm.hosted import keys
from vs_magic.llm.hosted.call_error import CallError
from vs_magic.testing import Answer, Endpoint, faults
from vs_magic.verbalized.options import Options
from vs_magic.verbalized.prompt import opening

TASK = 'Name a US state.\nMind {braces}, "quotes" and $dollars.'
PRICED = "gpt-4.1-mini"
PRICE_IN, PRICE_OUT = 0.4e-6, 1.6e-6


def test_a_direct_request_holds_messages_parameters_and_nothing_else(ask):
    """The body is the conversation verbatim, the options that were given, and the bare model."""
    with Endpoint(["Ohio"]) as endpoint:
        ask(endpoint, task=TASK, temperature=0.7, top_p=0.9, max_tokens=100, seed=42)
    assert endpoint.bodies == [
        {
            "model": "loopback",
            "messages": list(opening(TASK, Options(method="direct"), 1)),
            "temperature": 0.7,
            "top_p": 0.9,
            "max_tokens": 100,
            "seed": 42,
        }
    ]


def test_what_is_not_given_is_not_sent(ask):
    """An option left to the endpoint does not appear in the body."""
    with Endpoint(["Ohio"]) as endpoint:
        ask(endpoint)
    assert set(endpoint.bodies[0]) == {"model", "messages"}


def test_a_list_method_asks_for_its_strict_schema(ask):
    """vs-standard sends the JSON schema of its reply, strict, and the reply says so."""
    with Endpoint() as endpoint:
        reply = ask(endpoint, method="vs-standard", k=3)
    sent = endpoint.bodies[0]["response_format"]
    item = sent["json_schema"]["schema"]["properties"]["responses"]["items"]
    assert (sent["type"], sent["json_schema"]["strict"]) == ("json_schema", True)
    assert item == {
        "type": "object",
        "properties": {"text": {"type": "string"}, "probability": {"type": "number"}},
        "required": ["text", "probability"],
        "additionalProperties": False,
    }
    assert reply.mode == "json_schema"
    assert len(json.loads(reply.text)["responses"]) == 3


def test_the_key_goes_into_the_header_and_nowhere_else(ask):
    """The endpoint gets the key; the reply, its parameters and its repr do not hold it."""
    with Endpoint(["Ohio"]) as endpoint:
        reply = ask(endpoint, temperature=0.5)
        key = endpoint.env()["OPENAI_API_KEY"]
    assert endpoint.requests[0].headers["authorization"] == f"Bearer {key}"
    assert reply.parameters == {"temperature": 0.5}
    assert key not in repr(reply)
    assert endpoint.base_url not in repr(reply)


def test_a_reply_says_what_it_took(ask):
    """Tokens are the endpoint's, the price is the table's, the time is the whole wait."""
    with Endpoint([Answer(text="two words", reasoning="hm", delay=0.1)]) as endpoint:
        reply = ask(endpoint, PRICED)
    sent = sum(len(m["content"].split()) for m in endpoint.bodies[0]["messages"])
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("two words", "hm", "stop")
    assert (reply.prompt_tokens, reply.completion_tokens) == (sent, 2)
    assert reply.cost_usd == pytest.approx(sent * PRICE_IN + 2 * PRICE_OUT)
    assert 0.1 <= reply.latency_s < 5
    assert (reply.model, reply.mode, reply.cached) == (PRICED, "plain", False)


def test_an_unknown_price_is_none_and_so_are_unknown_tokens(ask):
    """Where the endpoint or the table says nothing, the reply says None, never 0."""
    with Endpoint([Answer(text="Ohio"), Answer(text="Ohio", usage=False)]) as endpoint:
        unpriced = ask(endpoint, "openai/nobody-knows-me")
        uncounted = ask(endpoint, PRICED)
    assert (unpriced.completion_tokens, unpriced.cost_usd) == (1, None)
    assert (uncounted.prompt_tokens, uncounted.completion_tokens) == (None, None)
    assert uncounted.cost_usd is None


def test_equal_draws_are_separate_calls(ask):
    """No cache folds two equal requests into one: that would manufacture mode collapse."""
    with Endpoint(["Ohio", "Utah"]) as endpoint:
        assert [ask(endpoint, seed=1).text for _ in range(2)] == ["Ohio", "Utah"]
        assert endpoint.bodies[0] == endpoint.bodies[1]


def test_a_content_filter_is_a_finish_reason_not_an_error(ask):
    """What was let through is a reply, marked as the endpoint marks it."""
    with Endpoint([faults.content_filter("Oh")]) as endpoint:
        reply = ask(endpoint)
    assert (reply.text, reply.finish_reason) == ("Oh", "content_filter")


def test_many_calls_run_at_once(client_of, request_for):
    """The endpoint sees eight calls together."""
    with Endpoint(lambda _: Answer(text="Ohio", delay=0.3)) as endpoint:
        complete = client_of(endpoint)
        loop.run(complete(request_for(method="direct")))

        async def all_of_them():
            return await asyncio.gather(*(complete(request_for(method="direct")) for _ in range(8)))

        replies = loop.run(all_of_them())
    assert [reply.text for reply in replies] == ["Ohio"] * 8
    assert endpoint.peak == 8


def test_a_bare_name_goes_to_the_users_own_server(ask):
    """With an API base set, a name that no provider claims is that server's."""
    with Endpoint(["Ohio"]) as endpoint:
        ask(endpoint, "my-finetune")
    assert endpoint.bodies[0]["model"] == "my-finetune"


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("hosted_vllm/loopback", "HOSTED_VLLM_API_BASE"),
        ("lm_studio/loopback", "LM_STUDIO_API_BASE"),
    ],
)
def test_ones_own_server_needs_no_key_and_costs_nothing(name, variable, monkeypatch, request_for):
    """A server on this machine is asked without a key, and its price is known: nothing."""
    with Endpoint(["Ohio"]) as endpoint:
        monkeypatch.setenv(variable, endpoint.base_url)
        reply = loop.run(connect(name, keys.route_to(name))(request_for(name, method="direct")))
    assert (reply.text, reply.cost_usd) == ("Ohio", 0.0)
    assert endpoint.bodies[0]["model"] == "loopback"


def test_ollama_is_asked_through_its_chat_client(monkeypatch, request_for):
    """ollama/… keeps the conversation's roles and sends the schema as Ollama takes it."""
    answer = {
        "model": "llama3",
        "message": {"role": "assistant", "content": '{"responses": []}'},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 5,
        "eval_count": 2,
    }
    with Endpoint([answer], paths=["/api/chat"]) as endpoint:
        monkeypatch.setenv("OLLAMA_API_BASE", endpoint.base_url.removesuffix("/v1"))
        complete = connect("ollama/llama3", keys.route_to("ollama/llama3"))
        reply = loop.run(complete(request_for("ollama/llama3", seed=3)))
    body = endpoint.bodies[0]
    assert [m["role"] for m in body["messages"]] == ["system", "user"]
    assert body["format"]["properties"]["responses"]["type"] == "array"
    assert (reply.prompt_tokens, reply.completion_tokens, reply.cost_usd) == (5, 2, 0.0)


def test_anthropic_is_asked_in_its_own_form(monkeypatch, request_for):
    """claude goes through litellm's own translation; what it does not take is told, not hidden."""
    answer = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": '{"responses": []}'}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 10, "output_tokens": 4},
    }
    name = "anthropic/claude-haiku-4-5"
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-0123456789")
    with Endpoint([answer], paths=["/v1/messages"]) as endpoint:
        monkeypatch.setenv("ANTHROPIC_API_BASE", endpoint.base_url.removesuffix("/v1"))
        reply = loop.run(
            connect(name, keys.route_to(name))(request_for(name, seed=3, temperature=0.5))
        )
    body = endpoint.bodies[0]
    assert body["temperature"] == 0.5
    assert "seed" not in body
    assert reply.not_sent == ("seed",)
    assert (reply.mode, reply.prompt_tokens, reply.finish_reason) == ("json_schema", 10, "stop")
    assert reply.cost_usd == pytest.approx(10 * 1e-6 + 4 * 5e-6)


def test_a_provider_outside_our_table_still_names_its_key(request_for):
    """litellm is asked which key such a provider takes, before any request."""
    name = "novita/deepseek/deepseek-v3-turbo"
    with pytest.raises(ModelError, match="novita/.* needs NOVITA_API_KEY in the environment"):
        loop.run(connect(name, keys.route_to(name))(request_for(name)))


def test_a_request_passes_through_unchanged(ask, request_for):
    """The reply carries the very request that it answers."""
    with Endpoint(["Ohio"]) as endpoint:
        reply = ask(endpoint, seed=9)
    assert dataclasses.replace(reply.request, timeout=1.0) == dataclasses.replace(
        request_for(method="direct", seed=9), timeout=1.0
    )


def test_a_slow_endpoint_times_out_as_asked(ask):
    """The wait ends at --timeout; a timeout is tried once more and then told."""
    with (
        Endpoint([faults.hang(3000), faults.hang(3000)]) as endpoint,
        pytest.raises(
            CallError, match="no complete answer .* in time, after 2 tries: raise --timeout"
        ),
    ):
        ask(endpoint, timeout=0.2)
    assert len(endpoint.requests) == 2


def test_a_cancelled_call_ends_at_once(client_of, request_for):
    """Cancelling the task ends the call while the endpoint is still at it, for most of an hour."""
    under_way = threading.Event()
    reactions = iter([faults.hang(3000), "Ohio"])

    def reply(_):
        under_way.set()
        return next(reactions)

    with Endpoint(reply) as endpoint:
        complete = client_of(endpoint)

        async def give_up():
            task = asyncio.ensure_future(complete(request_for(method="direct")))
            await asyncio.to_thread(under_way.wait, 5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError, match="^$"):
                await task

        loop.run(give_up())
        assert loop.run(complete(request_for(method="direct"))).text == "Ohio"

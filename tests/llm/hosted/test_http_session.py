"""Our calls go through a session of our own: bounded, clean, and whichever provider is asked."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import zlib

import pytest

from vs_magic.llm import loop
from vs_magic.llm.client import connect
from vs_magic.llm.hosted.call_error import CallError
from vs_magic.llm.hosted.keys import Route
from vs_magic.llm.hosted.response_limits import LONGEST
from vs_magic.llm.hosted.retry import Policy
from vs_magic.testing import Endpoint, faults

ONCE = Policy(tries={})
PATHS = {
    "openai/some-model": "/v1/chat/completions",
    "azure/deployed": "/v1/openai/deployments/deployed/chat/completions",
    "azure_ai/some-model": "/v1/chat/completions",
    "anthropic/claude-haiku-4-5": "/v1/v1/messages",
    "gemini/gemini-2.5-flash": "/v1/models/gemini-2.5-flash:{verb}",
    "bedrock/converse/amazon.nova-micro-v1:0": "/v1/model/amazon.nova-micro-v1%3A0/{verb}",
    "cohere_chat/command-r7b-12-2024": "/v1",
    "ollama_chat/some-model": "/v1/api/chat",
    "mistral/some-model": "/v1/chat/completions",
    "groq/some-model": "/v1/chat/completions",
    "openrouter/some-model": "/v1/chat/completions",
    "deepseek/deepseek-chat": "/v1/chat/completions",
    "xai/grok-4": "/v1/chat/completions",
    "together_ai/some-model": "/v1/chat/completions",
    "fireworks_ai/some-model": "/v1/chat/completions",
    "cerebras/some-model": "/v1/chat/completions",
    "perplexity/sonar": "/v1/chat/completions",
    "huggingface/some/model": "/v1/chat/completions",
    "nvidia_nim/some-model": "/v1/chat/completions",
    "hosted_vllm/some-model": "/v1/chat/completions",
    "lm_studio/some-model": "/v1/chat/completions",
}
VERBS = {
    "gemini": ("generateContent", "streamGenerateContent"),
    "bedrock": ("converse", "converse-stream"),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", PATHS)
def test_every_providers_calls_go_through_our_session(request_for, monkeypatch, name, stream):
    """It asks for a body that is not packed, as no client below it does by itself."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "not-a-key")
    monkeypatch.setenv("AWS_REGION_NAME", "us-east-1")
    verb = VERBS.get(name.partition("/")[0], ("", ""))[stream]
    path = PATHS[name].format(verb=verb)
    with Endpoint(lambda _: faults.status(400, "no"), paths=[path]) as endpoint:
        route = Route(model=name, base=endpoint.base_url, key="not-a-key")
        asked = request_for(name, method="direct")
        on_text = (lambda _: None) if stream else None
        with pytest.raises(CallError, match="no"):
            loop.run(connect(name, route, ONCE)(asked, on_text=on_text))
    assert {request.headers["accept-encoding"] for request in endpoint.requests} == {"identity"}


def packed(text: str, coding: str):
    """A chat completion, packed by a server that was asked not to."""
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": bytes}[coding]

    def fault(exchange):
        message = {"role": "assistant", "content": text}
        whole = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        content = json.dumps({**whole, "model": "loopback", "object": "chat.completion"}).encode()
        faults.body(pack(content), headers={"Content-Encoding": coding})(exchange)

    return fault


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_an_answer_that_comes_packed_all_the_same_is_read(ask, coding):
    """A gateway that packs whatever it is asked loses nothing."""
    with Endpoint([packed("Ohio", coding)]) as endpoint:
        assert ask(endpoint).text == "Ohio"


def test_an_answer_in_an_unknown_coding_is_one_line(ask):
    """Nobody asked for it, and what cannot be unpacked safely is not unpacked."""
    with (
        Endpoint([packed("Ohio", "br")]) as endpoint,
        pytest.raises(CallError, match="packed as 'br', which was not asked for") as caught,
    ):
        ask(endpoint)
    assert "\n" not in str(caught.value)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_small_body_that_unfolds_without_end_is_given_up(ask, stream):
    """The bound holds for what the body unfolds to, not for its bytes on the wire."""
    bomb = gzip.compress(b" " * (LONGEST + 1_000_000))
    kind = "text/event-stream" if stream else "application/json"
    fault = faults.body(bomb, content_type=kind, headers={"Content-Encoding": "gzip"})
    with (
        Endpoint([fault]) as endpoint,
        pytest.raises(CallError, match="the answer was longer than 64 MB"),
    ):
        ask(endpoint, on_text=(lambda _: None) if stream else None)
    assert len(bomb) < 100_000
    assert len(endpoint.requests) == 1


def test_kept_connections_are_used_again(ask):
    """A session that drops connections with leftovers keeps the others: one serves three calls."""
    with Endpoint(["Ohio", "Utah", "Iowa"]) as endpoint:
        accepted = []
        process = endpoint._server.process_request
        endpoint._server.process_request = lambda request, address: (
            accepted.append(address),
            process(request, address),
        )
        assert [ask(endpoint).text for _ in range(3)] == ["Ohio", "Utah", "Iowa"]
    assert len(accepted) == 1


def test_a_server_that_speaks_first_is_an_error_and_not_asked_for_ever(ask, monkeypatch):
    """A new connection on which something lies is no kept one: it is tried, and fails."""
    listener = socket.create_server(("127.0.0.1", 0))

    def greet():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.sendall(b"220 mail.example ready\r\n")

    threading.Thread(target=greet, daemon=True).start()
    with Endpoint([]) as endpoint:
        monkeypatch.setattr(endpoint, "_port", listener.getsockname()[1])
        with pytest.raises(CallError, match="^openai/loopback: "):
            ask(endpoint, timeout=5, policy=ONCE)
    listener.close()

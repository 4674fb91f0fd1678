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
from vs_magic.llm.embeddings import HostedEmbedder
from vs_magic.llm.hosted.call_error import CallError
from vs_magic.llm.hosted.failures import Kind
from vs_magic.llm.hosted.keys import Route
from vs_magic.llm.hosted.response_limits import LONGEST
from vs_magic.llm.hosted.retry import Policy
from vs_magic.testing import Endpoint, faults

ONCE = Policy(tries={})
PATHS = {
    "openai/some-model": "/v1/chat/completions",
    "azure/deployed": "/v1/openai/deployments/deployed/chat/completions",
    "openai/o3-pro": "/v1/responses",
    "azure/o3-pro": "/v1/openai/v1/responses",
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
EMBEDDERS = {
    "openai/some-model": "/v1/embeddings",
    "azure/deployed": "/v1/openai/deployments/deployed/embeddings",
    "mistral/some-model": "/v1/embeddings",
    "together_ai/some-model": "/v1/embeddings",
    "fireworks_ai/some-model": "/v1/embeddings",
    "azure_ai/some-model": "/v1/embeddings",
    "nvidia_nim/some-model": "/v1/embeddings",
    "gemini/gemini-embedding-001": "/v1/models/gemini-embedding-001:batchEmbedContents",
    "cohere/embed-english-v3.0": "/v1",
    "voyage/voyage-3": "/v1/embeddings",
    "jina_ai/jina-embeddings-v3": "/v1/embeddings",
    "perplexity/some-model": "/v1/v1/embeddings",
    "bedrock/amazon.titan-embed-text-v2:0": "/v1/model/amazon.titan-embed-text-v2%3A0/invoke",
    "lm_studio/some-model": "/v1/embeddings",
    "hosted_vllm/some-model": "/v1/embeddings",
}
VERBS = {
    "gemini": ("generateContent", "streamGenerateContent"),
    "bedrock": ("converse", "converse-stream"),
}


KEY = "vErYsEcReTvAlUe0123456789"


@pytest.fixture(autouse=True)
def other_settings(monkeypatch):
    """What some providers want beside a key."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, KEY)
    monkeypatch.setenv("AWS_REGION_NAME", "us-east-1")


def path_of(name, stream):
    """The path that a door asks for."""
    verb = VERBS.get(name.partition("/")[0], ("", ""))[stream]
    return PATHS[name].format(verb=verb)


def call(name, endpoint, request_for, *, stream=False, policy=ONCE):
    """Make a call by one door; it is to fail."""
    route = Route(model=name, base=endpoint.base_url, key=KEY)
    asked = request_for(name, method="direct")
    on_text = (lambda _: None) if stream else None
    with pytest.raises(CallError, match=f"^{name}: ") as caught:
        loop.run(connect(name, route, policy)(asked, on_text=on_text))
    return caught.value


def embed(name, endpoint):
    """Ask for embeddings by one door; it is to fail."""
    route = Route(model=name, base=endpoint.base_url, key=KEY)
    with pytest.raises(CallError, match=f"^{name}: ") as caught:
        HostedEmbedder(name=name, route=route)(["a text"])
    return caught.value


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", PATHS)
def test_every_providers_calls_go_through_our_session(request_for, name, stream):
    """It asks for a body that is not packed, as no client below it does by itself."""
    with Endpoint(lambda _: faults.status(400, "no"), paths=[path_of(name, stream)]) as endpoint:
        assert "no" in str(call(name, endpoint, request_for, stream=stream))
    assert {request.headers["accept-encoding"] for request in endpoint.requests} == {"identity"}


@pytest.mark.parametrize("name", EMBEDDERS)
def test_every_providers_embeddings_come_through_our_session(name):
    """Also where litellm takes neither a session nor a client for them."""
    no = faults.status(400, "no")
    with Endpoint(lambda _: no, paths=[EMBEDDERS[name]], embed=lambda _: no) as endpoint:
        assert "no" in str(embed(name, endpoint))
    asked = [*endpoint.requests, *endpoint.embeddings]
    assert {request.headers["accept-encoding"] for request in asked} == {"identity"}


class Elsewhere:
    """Another server, which takes connections and says nothing."""

    def __enter__(self):
        self.connections = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            connection.close()

    def __exit__(self, *_error):
        self._listener.close()


def leading_to(place, code=307):
    """A redirect."""
    return faults.body(b"", code=code, headers={"Location": place})


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", PATHS)
def test_a_call_is_not_led_to_another_server(request_for, name, stream):
    """Neither the prompt nor the key goes there, whatever the provider's way to send its key."""
    with Elsewhere() as other:
        fault = leading_to(f"{other.address}/v1/take?key={KEY}")
        with Endpoint(lambda _: fault, paths=[path_of(name, stream)]) as endpoint:
            error = call(name, endpoint, request_for, stream=stream, policy=Policy())
    assert error.kind is Kind.REDIRECT
    assert f"({other.address}/v1/take)" in str(error)
    assert (len(endpoint.requests), other.connections) == (1, [])


@pytest.mark.parametrize("name", EMBEDDERS)
def test_texts_for_embeddings_are_not_led_to_another_server(name):
    """They are people's words as a prompt is."""
    with Elsewhere() as other:
        fault = leading_to(f"{other.address}/v1/take")
        with Endpoint(lambda _: fault, paths=[EMBEDDERS[name]], embed=lambda _: fault) as endpoint:
            error = embed(name, endpoint)
    assert error.kind is Kind.REDIRECT
    assert other.connections == []


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("form", ["{}", "//{bare}/x", "http://user@{bare}/x", "HTTP://{bare}"])
def test_no_way_to_write_another_server_leads_there(ask, code, form):
    """Whole, without its scheme, with a user: what counts is where the client would go."""
    with Elsewhere() as other:
        place = form.format(other.address, bare=other.address.partition("//")[2])
        with (
            Endpoint([leading_to(place, code)]) as endpoint,
            pytest.raises(CallError, match=r"leads to another server.*: set OPENAI_BASE_URL to it"),
        ):
            ask(endpoint)
    assert other.connections == []


def test_a_redirect_at_the_same_server_is_followed(ask):
    """A server may have moved the path."""
    moved = leading_to("/v1/moved")
    with Endpoint([moved, "Ohio"], paths=["/v1/moved"]) as endpoint:
        assert ask(endpoint).text == "Ohio"


def test_an_errors_body_is_read_to_64_kb(ask):
    """What it says stands at the beginning; the megabytes after it are nobody's business."""
    sent = []

    def fault(exchange):
        whole = b'{"error": {"message": "no such thing"}} ' + b" " * 5_000_000
        exchange.send(whole, status=400)
        sent.append(len(whole))

    with (
        Endpoint([fault]) as endpoint,
        pytest.raises(CallError, match=r"refused the request \(400.*no such thing"),
    ):
        ask(endpoint)
    assert sent == []  # it was hung up on before the end


def packed(text: str, coding: str):
    """A chat completion, packed by a server that was asked not to."""
    pack = {"gzip": gzip.compress, "deflate": zlib.compress}.get(coding, bytes)

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


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_an_answer_in_an_unknown_coding_is_one_line(ask, coding):
    """Nobody asked for it, and what cannot be unpacked safely is not unpacked."""
    with (
        Endpoint([packed("Ohio", coding)]) as endpoint,
        pytest.raises(CallError, match=f"packed as '{coding}', which was not asked for") as caught,
    ):
        ask(endpoint)
    assert "\n" not in str(caught.value)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_small_body_that_unfolds_without_end_is_given_up(ask, stream, coding):
    """The bound holds for what the body unfolds to, not for its bytes on the wire."""
    pack = {"gzip": gzip.compress, "deflate": zlib.compress}[coding]
    bomb = pack(b" " * (LONGEST + 1_000_000))
    kind = "text/event-stream" if stream else "application/json"
    fault = faults.body(bomb, content_type=kind, headers={"Content-Encoding": coding})
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

"""Hosted embedders (`litellm:NAME`), against a real server on loopback."""

from __future__ import annotations

import json

import numpy as np
import pytest

from vs_magic import metrics
from vs_magic.errors import BudgetError, ModelError, OptionError
from vs_magic.llm import embeddings, session
from vs_magic.llm.hosted.call_error import CallError
from vs_magic.llm.hosted.keys import Route
from vs_magic.llm.trust.budget import Budget
from vs_magic.testing import Endpoint, faults, letters

PAPERS = "litellm:text-embedding-3-small"
TEXTS = ["the cat sat", "a dog barked", "the cat sat"]


@pytest.fixture
def endpoint(monkeypatch):
    """A server that embeds by letters, to which the environment leads."""
    with Endpoint() as endpoint:
        for name, value in endpoint.env().items():
            monkeypatch.setenv(name, value)
        yield endpoint


@pytest.fixture
def serve(monkeypatch):
    """Start servers that embed in a way of their own."""
    opened = []

    def start(embed):
        opened.append(Endpoint(embed=embed).__enter__())
        for name, value in opened[-1].env().items():
            monkeypatch.setenv(name, value)
        return opened[-1]

    yield start
    for each in opened:
        each.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def fresh_session(monkeypatch):
    """A session of this test's own."""
    monkeypatch.setattr(session, "_session", session.Session())
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "VS_MAGIC_REPLAY"):
        monkeypatch.delenv(name, raising=False)


def test_the_papers_embedder_gives_what_the_server_gave(endpoint):
    """One request: the model's own name, floats, each different text once; rows of unit length."""
    rows = metrics.embed.embed(TEXTS, PAPERS)
    plain = np.array(letters(TEXTS))
    assert rows == pytest.approx(plain / np.linalg.norm(plain, axis=1, keepdims=True), abs=1e-6)
    [request] = endpoint.embeddings
    assert request.body == {
        "model": "text-embedding-3-small",
        "input": ["the cat sat", "a dog barked"],
        "encoding_format": "float",
    }
    assert request.headers["accept-encoding"] == "identity"  # it goes through our own session


def test_a_metric_takes_it_by_name(endpoint):
    """Semantic diversity of alike texts is 0, of others as the vectors say."""
    assert metrics.semantic_diversity(["same", "same"], embedder=PAPERS) == pytest.approx(
        0, abs=1e-6
    )
    rows = metrics.embed.embed(["one", "two"], PAPERS)
    diversity = metrics.semantic_diversity(["one", "two"], embedder=PAPERS)
    assert diversity == pytest.approx(1 - float(rows[0] @ rows[1]), abs=1e-6)


def test_what_was_embedded_is_not_asked_for_again(endpoint):
    """Another embedder of that name, as in another kernel, is answered from the disk."""
    metrics.embed.embed(TEXTS, PAPERS)
    metrics.embed.embed([*TEXTS, "something new"], PAPERS)
    assert [request.body["input"] for request in endpoint.embeddings] == [
        ["the cat sat", "a dog barked"],
        ["something new"],
    ]


def test_another_servers_model_of_the_same_name_is_another_one(endpoint, serve):
    """Vectors of two servers are not mixed up in the cache."""
    one = metrics.embed.embed(["a", "b"], PAPERS)
    serve(lambda texts: [[0.0, 1.0] for _ in texts])
    other = metrics.embed.embed(["a", "b"], PAPERS)
    assert (one.shape, other.shape) == ((2, 27), (2, 2))


def test_many_texts_go_in_batches(endpoint):
    """Not more than 64 a request, and not more characters than a strict provider takes."""
    metrics.embed.embed([f"text {n}" for n in range(150)], PAPERS)
    assert [len(request.body["input"]) for request in endpoint.embeddings] == [64, 64, 22]
    metrics.embed.embed([letter * 15_000 for letter in "abcde"], PAPERS)
    assert [len(request.body["input"]) for request in endpoint.embeddings[3:]] == [2, 2, 1]


def test_rows_are_matched_by_their_numbers(serve):
    """A server that answers out of order is read in the order of the texts."""

    def backwards(texts):
        def fault(exchange):
            whole = exchange.embeddings(texts, letters(texts))
            content = json.dumps({**whole, "data": whole["data"][::-1]}).encode()
            faults.body(content)(exchange)

        return fault

    serve(backwards)
    shuffled = metrics.embed.embed(["a", "b"], PAPERS)
    assert shuffled[0][1] == pytest.approx(2**-0.5)


def test_odd_texts_are_sent_as_something_that_can_be(endpoint):
    """An empty text would be refused, and half a surrogate pair cannot be encoded."""
    rows = metrics.embed.embed(["", "half \ud83d", "whole"], PAPERS)
    assert rows.shape == (3, 27)
    assert endpoint.embeddings[0].body["input"] == [" ", "half ?", "whole"]


def test_what_it_costs_is_counted(endpoint):
    """The ledger has a line: the server's own token counts at the table's price."""
    metrics.embed.embed(["one two three", "four"], PAPERS)
    [line] = session.current().ledger.lines()
    assert (line.model, line.calls, line.prompt_tokens) == ("openai/text-embedding-3-small", 1, 4)
    assert line.cost_usd == pytest.approx(4 * 0.02e-6)
    assert session.current().budget.spent_usd == pytest.approx(line.cost_usd)


def test_a_batch_that_would_pass_the_budget_is_not_sent(endpoint):
    """What was embedded before is kept, and is not paid for again."""
    texts = [f"{n} {'word ' * 100}" for n in range(192)]
    asked = embeddings.embedder("text-embedding-3-small", budget=Budget(0.000_3))
    model = metrics.embed.provided("limited", asked)
    with pytest.raises(BudgetError, match=r"openai/text-embedding-3-small.* would pass --budget"):
        model(texts)
    sent = len(endpoint.embeddings)
    assert 1 <= sent < 3
    metrics.embed.embed(texts, PAPERS)
    assert len(endpoint.embeddings) == 3


def test_the_sessions_budget_holds_too(endpoint):
    """A limit of the session stops a metric that is called by itself."""
    session.current().budget.limit_usd = 1e-9
    with pytest.raises(BudgetError, match="would pass the session's budget"):
        metrics.semantic_diversity(TEXTS, embedder=PAPERS)
    assert endpoint.embeddings == []


def test_a_missing_key_is_named_before_anything():
    """The variable is in the line; litellm is not even imported for it."""
    with pytest.raises(ModelError, match="openai/text-embedding-3-small needs OPENAI_API_KEY"):
        metrics.get_embedder(PAPERS)


def test_under_a_replay_nothing_is_asked_for(endpoint, monkeypatch):
    """Not by an argument, not by the environment, whatever keys are set."""
    with pytest.raises(OptionError, match=r"nothing is sent under a replay \(lesson.jsonl\)"):
        embeddings.embedder("text-embedding-3-small", replay="lesson.jsonl")
    monkeypatch.setenv("VS_MAGIC_REPLAY", "lesson.jsonl")
    with pytest.raises(OptionError, match="name an embedder that runs here, such as minilm"):
        metrics.semantic_diversity(TEXTS, embedder=PAPERS)
    assert endpoint.embeddings == []


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("text-embeding-3-small", "did you mean 'litellm:text-embedding-3-small'"),
        ("nothing-like-it", "name the provider too, as in litellm:openai/text-embedding-3-small"),
        ("nowhere/some-model", "unknown model 'nowhere/some-model'"),
    ],
)
def test_an_unknown_name_is_one_line(endpoint, monkeypatch, name, match):
    """Said before anything is sent, where no server of one's own could have it."""
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.delenv("OPENAI_API_BASE")
    with pytest.raises(OptionError, match=match):
        metrics.get_embedder(f"litellm:{name}")
    assert endpoint.embeddings == []


def test_a_models_own_server_and_name_are_taken(endpoint):
    """What no table lists is asked for at the server that the environment names."""
    metrics.embed.embed(["a"], "litellm:openai/nomic-embed-text")
    assert endpoint.embeddings[0].body["model"] == "nomic-embed-text"


@pytest.mark.parametrize(
    ("fault", "match"),
    [
        (faults.status(401, "wrong key"), r"refused the key \(401: wrong key\): check OPENAI_API"),
        (faults.status(404, "no such"), "does not know this model"),
        (faults.body(b"<html>"), "no usable answer from http"),
        (faults.body(b'{"data": [], "object": "list"}'), "0 embeddings came for 2 texts"),
        (faults.body(b'{"data": [{"embedding": "odd"}, {}]}'), "no usable answer from http"),
    ],
    ids=["key", "model", "web page", "none", "garbage"],
)
def test_a_failure_is_one_line_as_for_chat_models(serve, fault, match):
    """It is a CallError with the server, what it said and what to do; asked once."""
    endpoint = serve(lambda _: fault)
    with pytest.raises(CallError, match=match) as caught:
        metrics.semantic_diversity(TEXTS, embedder=PAPERS)
    assert "\n" not in str(caught.value)
    assert len(endpoint.embeddings) == 1
    assert session.current().ledger.total.failed == 1


PROVIDERS = {
    "openai/some-model": "/v1/embeddings",
    "mistral/mistral-embed": "/v1/embeddings",
    "together_ai/some-model": "/v1/embeddings",
    "fireworks_ai/some-model": "/v1/embeddings",
    "azure/deployed": "/v1/openai/deployments/deployed/embeddings",
    "openrouter/some-model": "/v1/embeddings",
    "hosted_vllm/some-model": "/v1/embeddings",
    "ollama/nomic-embed-text": "/v1/api/embed",
    "gemini/gemini-embedding-001": "/v1/models/gemini-embedding-001:batchEmbedContents",
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_other_providers_are_asked_too(name):
    """Each at its own path; what it says is in the error's line."""
    path = PROVIDERS[name]
    refused = faults.status(401, "not with this key")
    with Endpoint(lambda _: refused, paths=[path], embed=lambda _: refused) as endpoint:
        route = Route(model=name, base=endpoint.base_url, key="not-a-key")
        asked = embeddings.HostedEmbedder(name=name, route=route)
        with pytest.raises(CallError, match=r"refused the key .*not with this key"):
            asked(["a", "b"])
    [request] = [*endpoint.requests, *endpoint.embeddings]
    assert request.path.partition("?")[0] == path


def test_what_passes_is_tried_again(serve):
    """A rate limit waits as told, and the answer is the second one's."""
    rest = iter([faults.status(429, "slow down", retry_after=0.05)])
    endpoint = serve(lambda texts: next(rest, None) or letters(texts))
    assert metrics.embed.embed(["a"], PAPERS).shape == (1, 27)
    assert len(endpoint.embeddings) == 2

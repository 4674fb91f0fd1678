"""From a name to a model, and which one to take when none is named."""

from __future__ import annotations

import pytest

from vs_magic.errors import ModelError, OptionError, VSError
from vs_magic.llm import models
from vs_magic.llm.fetch import catalogue
from vs_magic.llm.hosted import names, prices
from vs_magic.llm.hosted.providers import PROVIDERS
from vs_magic.llm.models import available, choose, complete_name, connect
from vs_magic.verbalized.method import Format

KEY = "sk-test-0123456789"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    """No key, no server, no weights."""
    for provider in PROVIDERS.values():
        for name in (*provider.bases, *(name for group in provider.keys for name in group)):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VS_MAGIC_CACHE_DIR", str(tmp_path))


def test_the_same_name_is_the_same_model(monkeypatch):
    """Connecting twice keeps one client, so that what it learned is not lost."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert connect("gpt-4.1") is connect(" gpt-4.1 ")
    assert connect("simulated/base") is connect("simulated/base")


def test_a_changed_server_is_another_model(monkeypatch):
    """Keys and bases may be set in the middle of a session."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    before = connect("gpt-4.1")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert connect("gpt-4.1") is not before


def test_a_hosted_model_sets_no_limit_and_has_a_price(monkeypatch, request_for):
    """JSON lists, no limit of its own, an estimate from the table."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = connect("gpt-4.1-mini")
    assert (model.name, model.format, model.concurrency) == ("gpt-4.1-mini", Format.JSON, None)
    assert 1e-5 < model.estimate(request_for("gpt-4.1-mini")) < 1e-3


@pytest.mark.parametrize("name", ["simulated/nosuch", "simulated/"])
def test_an_unknown_simulated_model_is_an_error(name):
    """Both that exist are named."""
    with pytest.raises(OptionError, match="the simulated ones are simulated/aligned, simulated/ba"):
        connect(name)


def test_a_missing_key_is_told_on_connecting():
    """Before any request."""
    with pytest.raises(ModelError, match="gpt-4.1 needs OPENAI_API_KEY"):
        connect("gpt-4.1")


def test_missing_weights_are_told_on_connecting():
    """With the command that fetches them (or, without the runtime, the one that installs it)."""
    with pytest.raises(VSError, match=r"vs-magic fetch|pip install"):
        connect(catalogue.DEFAULT)


def test_the_choice_follows_its_order(monkeypatch):
    """Named, configured, VS_MAGIC_MODEL, a key that is set, weights, simulated: with the reason."""
    assert choose(None).name == "simulated/aligned"
    assert "only simulates" in choose(None).reason
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    assert choose(None).name == "gemini/gemini-2.5-flash"
    assert choose(None).reason == "no model was named, and a key of Google Gemini is set"
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert choose(None).name == "gpt-4.1-mini"
    monkeypatch.setenv("VS_MAGIC_MODEL", "groq/x")
    assert choose(None).name == "groq/x"
    assert choose(None, "mistral/y") == models.Choice(
        name="mistral/y", reason="your configuration names it"
    )
    assert choose("o3", "mistral/y") == models.Choice(name="o3", reason="you named it")


def test_litellm_knows_each_provider():
    """litellm carries the calls: to a provider that it lacks, a key would open nothing."""
    import litellm

    carried = {provider.value for provider in litellm.LlmProviders}
    assert set(PROVIDERS) <= carried, "vs_magic/llm/hosted/providers.py"


@pytest.mark.parametrize("prefix", [p for p, known in PROVIDERS.items() if known.model])
def test_each_first_model_is_reached_through_its_own_provider(prefix):
    """The model offered for a key is one that this key opens."""
    model = PROVIDERS[prefix].model
    assert names.provider_of(model) == prefix


@pytest.mark.parametrize(
    "model",
    [p.model for prefix, p in PROVIDERS.items() if p.model and prefix != "openrouter"],
)
def test_each_first_model_is_in_the_table_with_a_price(model, request_for):
    """What we offer unasked is current, and its price is known (openrouter's is not listed)."""
    assert prices.estimate(request_for(model), model) > 0


def test_what_is_available_says_what_the_rest_takes(monkeypatch):
    """Keys found and not found, servers, weights, the simulated ones."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    lines = {line.name: line for line in available()}
    assert (lines["gpt-4.1-mini"].ready, lines["gpt-4.1-mini"].kind) == (True, "hosted")
    assert lines["gpt-4.1-mini"].note == "OpenAI: OPENAI_API_KEY is set"
    claude = lines["anthropic/claude-haiku-4-5"]
    assert (claude.ready, claude.note) == (
        False,
        "Anthropic: set ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN",
    )
    assert "OPENAI_BASE_URL" in lines["openai/<model>"].note
    assert "11434" in lines["ollama/<model>"].note
    assert f"vs-magic fetch {catalogue.DEFAULT}" in lines[catalogue.DEFAULT].note
    assert lines["simulated/aligned"].ready
    assert not any(KEY in line.note for line in lines.values())


def test_names_are_completed_with_usable_models_first(monkeypatch):
    """Without a key OpenAI's list is short; with it, all its chat models are offered."""
    assert complete_name("gpt-4") == ["gpt-4.1-mini"]
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    offered = complete_name("gpt-4")
    assert offered[0] == "gpt-4.1-mini"
    assert {"gpt-4.1", "gpt-4o"} <= set(offered)
    assert complete_name("sim") == ["simulated/aligned", "simulated/base"]


def test_without_a_price_table_names_and_prices_are_simply_unknown(request_for):
    """An unlisted model has no estimate."""
    assert prices.estimate(request_for(), "openai/nobody-knows-me") is None


@pytest.mark.parametrize(
    ("server", "price"),
    [
        (("ollama/llama3", "OLLAMA_API_BASE", "http://localhost:11434"), 0.0),
        (("ollama/llama3", "OLLAMA_API_BASE", "https://ollama.example"), None),
        (("ollama/gpt-oss:20b-cloud", "OLLAMA_API_BASE", "http://localhost:11434"), None),
        (("hosted_vllm/x", "HOSTED_VLLM_API_BASE", "http://127.0.0.1:8000/v1"), 0.0),
        (("hosted_vllm/x", "HOSTED_VLLM_API_BASE", "https://gpu.example/v1"), None),
        (("openrouter/some/model:free", "OPENROUTER_API_BASE", ""), 0.0),
        (("gemini/gemma-3-27b-it", "GEMINI_API_BASE", ""), None),
    ],
)
def test_only_what_is_known_to_be_free_costs_nothing(server, price, monkeypatch, request_for):
    """One's own machine, or a name that says so; a zero in the table is no knowledge."""
    name, variable, base = server
    monkeypatch.setenv(variable, base)
    assert prices.estimate(request_for(), name) == price


def test_an_estimate_follows_length_and_number(request_for):
    """More candidates, longer ones and reasoning cost more; --max-tokens is a lid."""

    def price(**options):
        return prices.estimate(request_for(**options), "gpt-4.1-mini")

    assert price(k=2) < price(k=20)
    assert price(k=5) < price(k=5, words=200)
    assert price(k=5) < price(k=5, method="vs-cot")
    assert price(k=5, words=200, max_tokens=10) < price(k=5)


def test_the_words_asked_for_are_read_off_our_own_prompt(request_for):
    """200 words are 270 tokens a response."""
    sent, expected = prices.expected_tokens(request_for(method="direct", words=200))
    assert expected == 270
    assert 30 < sent < 100

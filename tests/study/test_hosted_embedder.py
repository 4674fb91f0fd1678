"""A study measured with a hosted embedder: within its budget, not under a replay, nothing lost."""

from __future__ import annotations

import pytest

import vs_magic as vs
from vs_magic.errors import ModelError, OptionError
from vs_magic.llm import session
from vs_magic.testing import Endpoint, faults, letters, scripted

PAPERS = "litellm:text-embedding-3-small"
JOKES = [
    f"Joke {n}: why did the coffee file a police report? It got mugged again." for n in range(9)
]


@pytest.fixture
def serve(monkeypatch):
    """Start a server that tells jokes and embeds; the session's cache is off, its sums are new."""
    monkeypatch.setenv("VS_MAGIC_CACHE_MB", "0")
    monkeypatch.setattr(session, "_session", session.Session())
    opened = []

    def start(embed=letters):
        opened.append(Endpoint(scripted(JOKES), embed=embed).__enter__())
        for name, value in opened[-1].env().items():
            monkeypatch.setenv(name, value)
        return opened[-1]

    yield start
    for each in opened:
        each.__exit__(None, None, None)


def compare(**options):
    """Compare two methods on jokes by meaning."""
    given = {"methods": "direct,vs-standard", "n": 6, "k": 3, "model": "openai/gpt-4.1-mini"}
    measured = {"metrics": "semantic-diversity", "embedder": PAPERS, "seed": 1}
    return vs.compare("Tell me a joke about coffee.", **{**given, **measured, **options})


def test_both_arms_are_measured_and_paid_for_once(serve):
    """Semantic diversity by the hosted model; its line in the ledger; charts ask nothing again."""
    endpoint = serve()
    found = compare()
    assert found.summary["value"].notna().all()
    sent = len(endpoint.embeddings)
    found.chart()
    found.map_chart()
    assert len(endpoint.embeddings) == sent > 0
    line = next(x for x in session.current().ledger.lines() if "embedding" in x.model)
    assert line.calls == sent
    assert 0 < line.cost_usd < 1e-4


def test_embeddings_count_under_the_runs_budget(serve):
    """What they cost is taken from --budget, beside the calls."""
    serve()
    found = compare(budget=1.0)
    assert found.summary["value"].notna().all()
    sums = {line.model: line.cost_usd for line in session.current().ledger.lines()}
    assert set(sums) == {"openai/gpt-4.1-mini", "openai/text-embedding-3-small"}
    run_budget = found.metric_plan.embedder.model().budget
    assert run_budget.limit_usd == 1.0
    assert run_budget.spent_usd == pytest.approx(sum(sums.values()))


def test_a_batch_past_the_budget_is_a_note(serve):
    """Nothing is left: it is not sent, the metric says why, and the answers are there."""
    endpoint = serve()
    found = compare(metrics="rouge-l", embedder="lexical")
    session.current().budget.limit_usd = session.current().budget.spent_usd
    found = found.measured("semantic-diversity", embedder=PAPERS)
    assert found.summary["note"].str.contains("would pass the session's budget").all()
    assert endpoint.embeddings == []


def test_a_missing_key_is_told_before_the_first_call(serve, monkeypatch):
    """Whatever is measured: who names a hosted embedder wants it."""
    endpoint = serve()
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    for metrics in (None, "semantic-diversity"):
        with pytest.raises(ModelError, match="mistral/mistral-embed needs MISTRAL_API_KEY"):
            compare(embedder="litellm:mistral/mistral-embed", metrics=metrics)
    assert endpoint.requests == []


def test_a_replayed_study_asks_no_embedder(serve, tmp_path):
    """Refused before anything, with the way out; with an embedder that runs here it is measured."""
    endpoint = serve()
    bundle = str(tmp_path / "lesson.jsonl")
    session.current().record(bundle)
    compare()
    session.current().stop_recording()
    sent = len(endpoint.embeddings)
    with pytest.raises(OptionError, match="nothing is sent under a replay .*lesson.jsonl"):
        compare(replay=bundle)
    found = compare(replay=bundle, embedder="lexical")
    assert found.summary["value"].notna().all()
    for ask in (lambda: found.measured(embedder=PAPERS), lambda: found.map_chart(embedder=PAPERS)):
        with pytest.raises(OptionError, match="nothing is sent under a replay"):
            ask()
    assert len(endpoint.embeddings) == sent


def test_a_server_that_fails_afterwards_loses_no_answer(serve):
    """The metric has no value and says why; the responses and the other metric are there."""
    serve(lambda _: faults.status(401, "not with this key"))
    found = compare(metrics="semantic-diversity,rouge-l")
    by_metric = found.summary.set_index("metric")
    assert by_metric.loc["semantic-diversity", "value"].isna().all()
    assert by_metric.loc["semantic-diversity", "note"].str.contains("refused the key").all()
    assert by_metric.loc["rouge-l", "value"].notna().all()
    assert len(found.frame) == 12
    assert "rouge-l" in str(found.chart().to_dict())

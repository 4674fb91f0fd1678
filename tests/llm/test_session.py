"""A session around real runs: re-runs are free, kills lose nothing, replays need no key."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from vs_magic.errors import BudgetError, ModelError, OptionError
from vs_magic.llm import loop, models
from vs_magic.llm.session import CACHE_LIMIT, Session, current
from vs_magic.llm.trust import bundle
from vs_magic.llm.trust.budget import Budget
from vs_magic.sampling.plan import plan
from vs_magic.sampling.sampler import collect
from vs_magic.testing import Answer, Endpoint
from vs_magic.verbalized.method import Format

ROOT = Path(__file__).parents[2]
TASK = "Name a US state."


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("VS_MAGIC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv(CACHE_LIMIT, raising=False)


@pytest.fixture
def open_session():
    """Open sessions, as kernels do; every one is closed."""
    opened = []

    def open_one():
        opened.append(Session())
        return opened[-1]

    yield open_one
    for session in opened:
        session.close()


@pytest.fixture
def session(open_session):
    """One session."""
    return open_session()


@pytest.fixture
def endpoint(monkeypatch):
    """An endpoint that the environment leads to; each of its replies is another."""
    with Endpoint() as server:
        for variable, value in server.env().items():
            monkeypatch.setenv(variable, value)
        yield server


def run(session, *, model="openai/loopback", fresh=False, replay=None, budget_usd=None, **options):
    """Run a task as the sampler does, through a session's client."""
    budget = None if budget_usd is None else Budget(budget_usd)
    client, _ = session.open(model, fresh=fresh, replay=replay, budget=budget)
    planned = plan(TASK, {"model": "simulated/aligned", "format": client.format, **options})
    options_ = planned.options.with_(model=client.name)
    return loop.run(collect(replace(planned, model=client, options=options_)))


# --- runs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method", ["direct", "cot", "sequence", "multi-turn", "vs-standard", "vs-cot", "vs-multi"]
)
def test_a_run_again_is_free_and_identical(session, endpoint, method):
    """Whatever the method, the same task again sends nothing and gives the same candidates."""
    first = run(session, method=method, n=6, k=2)
    sent = len(endpoint.requests)
    again = run(session, method=method, n=6, k=2)
    assert len(endpoint.requests) == sent == (6 if method in ("direct", "cot", "multi-turn") else 3)
    assert [c.text for c in again] == [c.text for c in first]
    assert len({c.text for c in first}) == 6
    assert again.weights == first.weights
    assert again.usage.cached == len(again.calls)
    assert again.usage.cost_usd == 0.0
    assert again.frame["cached"].all()


def test_fresh_asks_anew_and_the_next_run_has_the_new_ones(session, endpoint):
    """`fresh` pays again; a run after it is identical to the fresh one."""
    first = run(session, n=10)
    fresh = run(session, n=10, fresh=True)
    again = run(session, n=10)
    assert len(endpoint.requests) == 4
    assert [c.text for c in fresh] != [c.text for c in first]
    assert [c.text for c in again] == [c.text for c in fresh]


def test_another_server_is_another_model(session, endpoint, monkeypatch):
    """A name at one server never answers for the same name at another."""
    run(session)
    with Endpoint() as other:
        for variable, value in other.env().items():
            monkeypatch.setenv(variable, value)
        assert not run(session).usage.cached
        assert len(other.requests) == 1
    assert len(endpoint.requests) == 1


def test_a_gguf_file_that_changed_is_another_model(tmp_path):
    """The replies of a local file hold as long as the file is the same."""
    from vs_magic.llm.session import _source

    path = tmp_path / "own.gguf"
    path.write_bytes(b"one")
    before = _source(f"local/{path}")
    path.write_bytes(b"other")
    assert before != _source(f"local/{path}") != ""
    assert _source("local/qwen2.5-coder-0.5b") == ""


def test_simulated_models_are_not_cached(session, tmp_path):
    """A toy that costs nothing and is drawn at random stays random, and writes nothing."""
    texts = {run(session, model="simulated/base", method="direct", k=1, n=20)[0].text}
    for _ in range(20):
        texts.add(run(session, model="simulated/base", method="direct", k=1, n=1)[0].text)
    assert len(texts) > 1
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("limit", ["0", "0.0"])
def test_the_cache_can_be_switched_off(session, endpoint, monkeypatch, tmp_path, limit):
    """With a limit of 0 every run pays, and nothing is written."""
    monkeypatch.setenv(CACHE_LIMIT, limit)
    for _ in range(2):
        run(session)
    assert len(endpoint.requests) == 2
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("limit", ["plenty", "256 MB", "nan", "inf"])
def test_a_limit_that_is_no_number_is_refused_before_any_call(session, monkeypatch, limit):
    """A misspelt limit is named at once."""
    monkeypatch.setenv(CACHE_LIMIT, limit)
    with pytest.raises(OptionError, match=r"VS_MAGIC_CACHE_MB takes a number of megabytes"):
        session.cache()


RUN = """
from vs_magic.llm import loop
from vs_magic.sampling.plan import plan
from vs_magic.sampling.sampler import collect

planned = plan("Name a US state.", {"method": "direct", "n": 20, "model": "openai/loopback",
                                    "concurrency": 2})
"""


def test_a_killed_run_pays_only_for_what_is_missing(monkeypatch, tmp_path):
    """kill -9 in the middle of a run: the run again asks for the missing draws, and no other."""
    answer = lambda body: Answer(text=f"answer {len(server.requests)}", delay=0.1)  # noqa: ARG005, E731
    with Endpoint(answer) as server:
        env = {**os.environ, **server.env()}
        code = RUN + "print('go', flush=True)\nloop.run(collect(planned))"
        kernel = subprocess.Popen([sys.executable, "-c", code], env=env, cwd=ROOT)
        while len(server.requests) < 9:
            assert kernel.poll() is None
            time.sleep(0.01)
        kernel.send_signal(signal.SIGKILL)
        kernel.wait()
        time.sleep(0.3)
        before = len(server.requests)
        code = RUN + "d = loop.run(collect(planned))\nprint(len(d), d.usage.cached)"
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        got, cached = map(int, done.stdout.split())
        paid_again = len(server.requests) - before
    assert got == 20
    assert paid_again == 20 - cached
    assert before - 2 <= cached <= before, "all but the calls that were under way had been kept"


# --- record and replay --------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["direct", "vs-standard", "vs-cot", "vs-multi", "multi-turn"])
def test_a_recorded_lesson_replays_without_key_or_server(
    open_session, endpoint, monkeypatch, tmp_path, method
):
    """Teacher records, pupil replays: same candidates, no key, no server, nothing sent."""
    path = str(tmp_path / "lesson.jsonl")
    teacher = open_session()
    teacher.record(path)
    taught = run(teacher, method=method, n=4, k=2)
    teacher.stop_recording()
    sent = len(endpoint.requests)
    for variable in endpoint.env():
        monkeypatch.delenv(variable)
    with endpoint.down():
        pupil = open_session()
        seen = run(pupil, model=None, replay=path, method=method, n=4, k=2)
    assert len(endpoint.requests) == sent
    assert [c.text for c in seen] == [c.text for c in taught]
    assert seen.weights == taught.weights
    assert pupil.ledger.total.cached == len(seen.calls)


def test_what_the_cache_answers_is_recorded_with_its_price(session, endpoint, tmp_path):
    """A lesson recorded from cached cells is whole, and says what its calls cost when they came."""
    name = "openai/gpt-4.1-mini"
    first = run(session, model=name, n=10)
    session.record(str(tmp_path / "lesson.jsonl"))
    run(session, model=name, n=10)
    session.stop_recording()
    run(session, model=name, n=15)
    calls = bundle.read(tmp_path / "lesson.jsonl").calls.values()
    assert [r.cost_usd for r in calls] == [r.cost_usd for r in first.replies]
    assert all(r.cost_usd > 0 and not r.cached for r in calls)
    assert len(endpoint.requests) == 3
    line = session.ledger.lines()[0]
    assert line.saved_usd == pytest.approx(2 * first.usage.cost_usd)


def test_a_replay_never_asks_even_where_a_key_is_set(session, endpoint, tmp_path):
    """A call that is not in the bundle is an error, and no request reaches the server."""
    path = str(tmp_path / "lesson.jsonl")
    session.record(path)
    run(session)
    session.stop_recording()
    with pytest.raises(ModelError, match=r"temperature \(recorded: none; asked: 1.5\)"):
        run(session, replay=path, temperature=1.5)
    assert len(endpoint.requests) == 1


def test_a_replay_asks_in_the_form_that_was_recorded(session, request_for, tmp_path):
    """A model that was asked for lines is replayed with lines: the prompt has to be the same."""
    from vs_magic.llm.request import Reply

    path = tmp_path / "lesson.jsonl"
    calls = [request_for("a", format="json"), request_for("b", format="lines")]
    bundle.write(path, [Reply(text="Ohio | 0.5", request=call, model="m") for call in calls])
    forms = [session.open(name, replay=str(path))[0].format for name in ("a", "b")]
    assert forms == [Format.JSON, Format.LINES]


def test_a_replay_says_which_models_it_holds(session, request_for, tmp_path):
    """Without a name the first recorded model answers; a model that is not there is refused."""
    from vs_magic.llm.request import Reply

    path = str(tmp_path / "lesson.jsonl")
    calls = [request_for(name) for name in ("gpt-4.1", "local/qwen2.5-coder-0.5b")]
    bundle.write(path, [Reply(text="Ohio", request=call, model="m") for call in calls])
    model, reason = session.open(replay=path)
    assert (model.name, reason) == ("gpt-4.1", f"{path} replays it")
    assert model.estimate(calls[0]) == 0.0
    says = r"holds no call to 'gpt-5': recorded are gpt-4.1, local/qwen2.5-coder-0.5b"
    with pytest.raises(OptionError, match=says):
        session.open("gpt-5", replay=path)
    Path(path).unlink()
    bundle.write(path, [])
    with pytest.raises(OptionError, match="holds no calls: record some with %vs_record"):
        session.open(replay=path)


def test_a_bundle_that_changed_is_read_again(session, request_for, tmp_path):
    """A lesson that the teacher replaces in the folder is the one that is replayed."""
    from vs_magic.llm.request import Reply

    path = tmp_path / "lesson.jsonl"
    for name in ("one", "another"):
        bundle.write(path, [Reply(text="Ohio", request=request_for(name), model="m")])
        assert session.open(replay=str(path))[0].name == name
        whole = path.read_bytes()
        path.unlink()
    path.write_bytes(whole + b'{"request": {"mo')
    session.open(replay=str(path))
    assert session.notices.take() == [f"the last line of {path} is cut off, and was left out"]


def test_one_recording_at_a_time(session, tmp_path):
    """A second recording is refused, and the first goes on."""
    session.record(str(tmp_path / "one.jsonl"))
    with pytest.raises(OptionError, match=r"recorded to .*one.jsonl already: .*--stop"):
        session.record(str(tmp_path / "two.jsonl"))
    assert session.stop_recording().path.endswith("one.jsonl")
    assert session.stop_recording() is None


# --- budget, secrets, ledger --------------------------------------------------------------------


def test_a_run_stops_before_its_budget_is_passed_and_keeps_what_it_has(session, endpoint):
    """The calls that the budget pays for are in the frame; the others are error rows."""
    name = "openai/gpt-4.1"
    one = run(session, model=name, n=5).usage.cost_usd
    endpoint.requests.clear()
    got = run(session, model=name, n=50, budget_usd=4 * one, temperature=0.5, max_tokens=60)
    assert 1 <= len(endpoint.requests) < 10
    assert len(got.failures) == 10 - len(endpoint.requests)
    assert all(isinstance(error, BudgetError) for error in got.failures)
    assert got.frame["error"].str.contains("would pass --budget").sum() == len(got.failures)
    assert sum(r.cost_usd for r in got.replies) <= 4 * one


def test_a_repair_counts_against_the_budget(session, monkeypatch):
    """The call that asks for the form once more is held to the limit, and spent, like any other."""
    name, answers = "openai/gpt-4.1", ["I'd rather not say.", '{"responses": ["Ohio"]}']
    with Endpoint(answers) as endpoint:
        for variable, value in endpoint.env().items():
            monkeypatch.setenv(variable, value)
        session.budget.limit_usd = 1.0
        found = run(session, model=name, method="sequence", k=1, n=1)
        assert [len(endpoint.requests), len(found)] == [2, 1]
        assert session.budget.spent_usd == pytest.approx(session.ledger.total.cost_usd)


def test_cached_calls_cost_no_budget(session, endpoint):
    """A run that is kept works under a budget of nothing."""
    name = "openai/gpt-4.1"
    run(session, model=name)
    assert run(session, model=name, budget_usd=0.0).usage.cached == 1
    with pytest.raises(BudgetError, match=r"would pass --budget \$0.00: \$0.00 is spent"):
        run(session, model=name, budget_usd=0.0, fresh=True)
    assert len(endpoint.requests) == 1


def test_the_sessions_limit_holds_across_runs(session, endpoint):
    """What earlier runs spent counts, whichever run it was that spent it."""
    name = "openai/gpt-4.1"
    spent = run(session, model=name).usage.cost_usd
    session.budget.limit_usd = spent
    with pytest.raises(BudgetError, match="the session's budget"):
        run(session, model=name, temperature=1.0)
    assert len(endpoint.requests) == 1


def test_a_prompt_with_a_secret_is_told_of(session, endpoint, monkeypatch, tmp_path):
    """The variable and the model are named, once; the value is in no notice and in no file."""
    monkeypatch.setenv("ACME_API_KEY", "correct-horse-battery")
    session.record(str(tmp_path / "lesson.jsonl"))
    for _ in range(2):
        run(session, system="Say correct-horse-battery.")
    told = session.notices.take()
    assert len(told) == 2
    assert "the prompt holds the value of ACME_API_KEY and goes to openai/loopback" in told[0]
    assert "correct-horse" not in " ".join(told)
    session.close()
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert not [p for p in files if b"correct-horse" in p.read_bytes()]
    assert len(endpoint.requests) == 2, "it is not cached either"


def test_wrapping_changes_the_client_only(session, endpoint):
    """Name, estimate, form, limit and note of a model are its own."""
    model = models.connect("openai/loopback")
    wrapped = session.wrap(model)
    assert replace(wrapped, complete=model.complete) == model
    assert wrapped.complete is not model.complete


def test_there_is_one_session_a_process():
    """Cells, widgets and plain Python share cache, ledger and budget."""
    assert current() is current()

"""Cache, replay, budget and timeline as a person uses them: cells in a shell, a real server."""

from __future__ import annotations

import json
import re

import pytest

import vs_magic as vs
from vs_magic.errors import OptionError
from vs_magic.llm.session import CACHE_LIMIT
from vs_magic.magics.widget_bridge import _Again
from vs_magic.testing import Answer, faults, scripted
from vs_magic.verbalized.options import Options
from vs_magic.view.widget import Ask

pytestmark = pytest.mark.usefixtures("session")

MODEL = "openai/gpt-4.1"
TASK = "Name a US state."


@pytest.fixture
def served(endpoint, run):
    """An endpoint whose every reply is another, asked by default."""
    server = endpoint(scripted([f"Ohio no. {i}" for i in range(500)]))
    assert run(f"%vs_config model={MODEL}").success
    return server


def texts(result):
    """The candidates that a cell returned."""
    assert result.success, result.error_in_exec
    return list(result.result["text"])


# --- the cache ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["direct", "vs-standard", "vs-multi"])
def test_the_same_cell_again_is_free_and_identical(run, served, method):
    """The second run sends nothing, costs nothing, and says that it was cached."""
    cell = f"%%vs -n 6 -k 3 -m {method}\n{TASK}"
    first = run(cell)
    sent = len(served.requests)
    assert sent == {"direct": 6, "vs-multi": 4}.get(method, 2)
    again = run(cell)
    assert len(served.requests) == sent
    assert texts(again) == texts(first)
    assert again.result["cached"].all()
    assert not first.result["cached"].any()


def test_draws_never_fold_into_one(run, served):
    """Ten equal questions are ten calls, and their ten answers come back from the cache."""
    first = texts(run(f"%vs -m direct -n 10 {TASK}"))
    assert len(served.requests) == 10
    assert len(set(first)) == 10
    assert texts(run(f"%vs -m direct -n 10 {TASK}")) == first
    assert texts(run(f"%vs -m direct -n 12 {TASK}"))[:10] == first
    assert len(served.requests) == 12


def test_fresh_asks_anew_and_is_what_the_cache_then_holds(run, served):
    """`--fresh` is never answered from the cache; afterwards its answer is the cell's."""
    first = texts(run(f"%vs {TASK}"))
    fresh = texts(run(f"%vs --fresh {TASK}"))
    assert fresh != first
    assert texts(run(f"%vs {TASK}")) == fresh
    assert len(served.requests) == 2


def test_fresh_can_be_the_default(run, served):
    """As a setting it holds for every cell."""
    run("%vs_config fresh=on")
    assert texts(run(f"%vs {TASK}")) != texts(run(f"%vs {TASK}"))
    run("%config VSMagics.fresh = False")
    run(f"%vs {TASK}")
    assert len(served.requests) == 2


def test_plain_python_shares_the_cache(run, served):
    """What a cell has paid for, `vs.sample` has for nothing."""
    paid = texts(run(f"%vs {TASK}"))
    got = vs.sample(TASK, model=MODEL)
    assert [c.text for c in got.candidates] == paid
    assert got.usage.cached == 1
    assert len(served.requests) == 1


def test_asking_again_is_new_and_replayable(run, served, tmp_path):
    """The widget's button never shows the cache; a replay of both asks gives both back."""
    path = tmp_path / "lesson.jsonl"
    run(f"%vs_record {path}")
    options = Options(model=MODEL, seed=7)
    change = Ask(method="vs-standard", k=5)
    first = vs.sample(TASK, model=MODEL, seed=7)
    live = _Again(TASK, options, 1)
    asks = [list(live.ask(change, lambda _: None).result(30).frame["text"]) for _ in range(2)]
    run("%vs_record --stop")
    seeds = [request.body["seed"] for request in served.requests]
    assert seeds == [7, 8, 9]
    assert len({first.candidates[0].text, asks[0][0], asks[1][0]}) == 3
    replayed = _Again(TASK, options.with_(replay=str(path)), 1)
    same = [list(replayed.ask(change, lambda _: None).result(30).frame["text"]) for _ in range(2)]
    assert same == asks
    assert len(served.requests) == 3


# --- record and replay --------------------------------------------------------------------------


def test_a_lesson_runs_without_a_key(run, served, monkeypatch, tmp_path, complaint):
    """Recorded with a key, replayed without: the same frames; what is not there is an error."""
    path = tmp_path / "my lesson.jsonl"
    run(f'%vs_record "{path}"')
    first = texts(run(f"%vs -n 6 -k 3 {TASK}"))
    run("%vs_record --stop")
    served.__exit__(None, None, None)
    for name in served.env():
        monkeypatch.delenv(name)
    monkeypatch.setenv(CACHE_LIMIT, "0")
    assert texts(run(f'%vs -n 6 -k 3 --replay "{path}" {TASK}')) == first
    line = complaint(f'%vs -n 6 -k 3 --replay "{path}" Name a planet.')
    assert "my lesson.jsonl" in line
    assert "differs in the task (recorded: 'Name a US state.')" in line
    assert "loopback-key" not in path.read_text()


def test_a_replay_can_be_the_default(run, served, monkeypatch, tmp_path):
    """`VS_MAGIC_REPLAY` turns a whole notebook into a replay of its bundle."""
    path = tmp_path / "lesson.jsonl"
    run(f"%vs_record {path}")
    first = texts(run(f"%vs {TASK}"))
    run("%vs_record --stop")
    run("%vs_config --reset model")
    monkeypatch.setenv("VS_MAGIC_REPLAY", str(path))
    assert texts(run(f"%vs {TASK}")) == first
    assert len(served.requests) == 1


def test_plain_python_names_a_bundle_by_its_path(run, served, tmp_path):
    """A `Path` is as good as its name."""
    path = tmp_path / "lesson.jsonl"
    run(f"%vs_record {path}")
    first = texts(run(f"%vs {TASK}"))
    run("%vs_record --stop")
    assert [c.text for c in vs.sample(TASK, replay=path)] == first


def test_fresh_and_replay_do_not_go_together(complaint, monkeypatch):
    """Asking anew and never asking are two things; a setting's share of it is named."""
    says = "--fresh asks the model anew, and --replay x.jsonl never asks it: leave one out"
    assert complaint(f"%vs --fresh --replay x.jsonl {TASK}") == says
    monkeypatch.setenv("VS_MAGIC_REPLAY", "x.jsonl")
    assert complaint(f"%vs --fresh {TASK}").startswith(says + " (--replay is set by VS_MAGIC_R")


def test_a_missing_bundle_is_named(complaint):
    """The file, and how bundles are made."""
    assert "nowhere.jsonl" in complaint(f"%vs --replay nowhere.jsonl {TASK}")


# --- budget -------------------------------------------------------------------------------------


def test_a_cells_budget_stops_before_the_call_that_would_pass_it(run, served):
    """What the budget pays for is in the frame, the rest are error rows, none was sent."""
    one = vs.sample(TASK, model=MODEL).usage.cost_usd
    served.requests.clear()
    found = run(f"%vs -k 5 -n 50 --max-tokens 60 --budget {3 * one:.6f} {TASK}").result
    failed = found[found["error"].notna()]
    assert 1 <= len(served.requests) < 10
    assert len(failed) == 10 - len(served.requests)
    assert failed["error"].str.contains("would pass --budget").all()
    assert found["cost_usd"].sum() <= 3 * one


def test_the_sessions_budget_holds_over_cells(run, served, complaint, capsys):
    """It counts from cell to cell; a flag is a limit of its own beside it; `%vs_cost` tells."""
    one = vs.sample(TASK, model=MODEL, max_tokens=60).usage.cost_usd
    served.requests.clear()
    run(f"%vs_config budget={10 * one:.6f}")
    for i in range(50):
        if not run(f"%vs --seed {i} --max-tokens 60 {TASK}").success:
            break
    assert 0 < len(served.requests) < 50
    assert "would pass the session's budget" in complaint(f"%vs --seed 999 --budget 5 {TASK}")
    capsys.readouterr()
    run("%vs_cost")
    assert "The session's budget is $0.00" in " ".join(capsys.readouterr().out.split())
    run("%vs_config budget=none")
    assert run(f"%vs --seed 999 {TASK}").success


def test_a_budget_is_shared_by_all_arms_of_a_comparison(run, served):
    """It is for all calls together, not for each arm."""
    run(f"%vs_config model={MODEL}")
    flags = "-n 20 --max-tokens 40 --budget 0.0012 --methods direct,vs-standard"
    found = run(f"%vs_compare {flags} {TASK}")
    assert found.success
    assert 1 <= len(served.requests) < 24
    assert found.result.frame["cost_usd"].sum() <= 0.0012
    assert found.result.frame["error"].str.contains("would pass --budget").any()


@pytest.mark.parametrize("text", ["-1", "nan", "much", "1e999x"])
def test_an_impossible_budget_is_refused(complaint, text):
    """It is named, with what it takes."""
    assert "--budget takes a number" in complaint(f"%vs --budget {text} {TASK}")


def test_a_budget_may_be_written_with_its_sign(run, served):
    """People write $0.50."""
    assert run(f"%vs --budget $0.50 {TASK}").success


# --- what is said -------------------------------------------------------------------------------


def test_debug_shows_what_each_call_did_when(run, served, capsys):
    """A line an event with its second; no prompt, no reply, no key."""
    capsys.readouterr()
    run(f"%vs --debug -m direct -n 1 {TASK}")
    shown = capsys.readouterr().out
    assert re.search(r"^ +0\.\d{3} s  .*gpt-4.1", shown, re.MULTILINE)
    assert TASK not in shown
    capsys.readouterr()
    run(f"%vs -m direct -n 1 {TASK}")
    assert " s  " not in capsys.readouterr().out


def test_a_secret_in_the_prompt_is_said(run, served, monkeypatch, capsys):
    """The variable is named, its value is not; the call is neither cached nor recorded."""
    monkeypatch.setenv("MY_SERVICE_TOKEN", "tok-9f8e7d6c5b4a")
    run("leak = 'tok-9f8e7d6c5b4a'")
    capsys.readouterr()
    run("%vs -o kept What is {{leak}}?")
    shown = capsys.readouterr().out
    assert "the prompt holds the value of MY_SERVICE_TOKEN" in " ".join(shown.split())
    run("%vs --quiet What is {{leak}}?")
    assert len(served.requests) == 2


def test_plain_python_is_warned(served, monkeypatch):
    """Where nobody shows lines, a warning says it, at the caller's line."""
    monkeypatch.setenv("MY_SERVICE_TOKEN", "tok-9f8e7d6c5b4a")
    with pytest.warns(UserWarning, match="the value of MY_SERVICE_TOKEN") as caught:
        vs.sample("What is tok-9f8e7d6c5b4a?", model=MODEL)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("fresh", "yes", "--fresh is on or off"),
        ("replay", 3, "--replay takes the name of a file"),
        ("budget", "1", "--budget takes a number of at least 0"),
    ],
)
def test_python_is_told_of_wrong_values(option, value, says):
    """The option, and what it takes."""
    with pytest.raises(OptionError, match=says):
        vs.sample(TASK, model="simulated/aligned", **{option: value})


def test_a_saved_frame_says_how_it_came_about(run, served):
    """The options are among its attributes, plain JSON."""
    frame = run(f"%vs --budget 0.5 {TASK}").result
    assert json.loads(json.dumps(frame.attrs["options"]))["budget"] == 0.5


# --- time ---------------------------------------------------------------------------------------


def test_a_deadline_ends_the_run_and_keeps_what_arrived(run, endpoint):
    """Three calls answer at once, the fourth never: three rows and an error row, in time."""
    server = endpoint(["red", "green", "blue", faults.hang(3000)])
    flags = f"--model {MODEL} -m direct -n 4 --concurrency 1 --deadline 1.5"
    frame = run(f"%vs {flags} Name a colour.").result
    assert list(frame["text"].dropna()) == ["red", "green", "blue"]
    assert list(frame["error"].dropna()) == [
        "not answered within --deadline 1.5 s: allow more, or ask for less"
    ]
    assert len(server.requests) == 4


def test_a_deadline_ends_a_conversation_at_its_turn(run, endpoint):
    """The turns before it stay, the one under way is an error row, the later ones were not made."""
    first = '{"responses": [{"text": "red", "probability": 0.6}]}'
    endpoint([first, faults.hang(30)])
    flags = f"--model {MODEL} -m vs-multi -k 3 --per-turn 1 --deadline 1.5"
    frame = run(f"%vs {flags} Name a colour.").result
    assert list(frame["text"].dropna()) == ["red"]
    assert frame["error"].notna().sum() == 1


def test_nothing_within_the_deadline_is_an_error(complaint, endpoint):
    """One line; the deadline is named."""
    endpoint([faults.hang(30)])
    line = complaint(f"%vs --model {MODEL} --deadline 0.5 Name a colour.")
    assert line == "not answered within --deadline 0.5 s: allow more, or ask for less"


def test_what_a_content_filter_stopped_says_so(complaint, endpoint):
    """Not "the reply is empty": the provider's filter, and what to do."""
    endpoint([Answer(text="", finish_reason="content_filter")])
    line = complaint(f"%vs --model {MODEL} Name a colour.")
    assert line.startswith("the provider's content filter stopped the reply")

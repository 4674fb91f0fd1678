"""Cells as people write them, in a real shell, on the simulated model."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

from vs_magic.magics.help import usage
from vs_magic.magics.vs import COMMAND
from vs_magic.view.frame import DTYPES, CandidateFrame


def test_a_cell_returns_its_frame(run, shell):
    """`%%vs` gives a DataFrame of candidates, in `_` and Out like any other value."""
    result = run("%%vs -k 4\nRoll a die.\n")
    frame = result.result
    assert isinstance(frame, CandidateFrame)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == list(DTYPES)
    assert len(frame) == 4
    assert frame["weight"].sum() == pytest.approx(1)
    assert shell.user_ns["_"] is frame


def test_a_line_takes_the_task_on_it(run):
    """`%vs` reads flags first; the rest is the task, apostrophes and dashes included."""
    frame = run("%vs -k 3 Let's roll a die -- a six-sided one!").result
    assert frame.attrs["task"] == "Let's roll a die -- a six-sided one!"
    assert len(frame) == 3


@pytest.mark.parametrize(
    ("cell", "task"),
    [
        ("%vs -k 2 What shows a die?", "What shows a die?"),
        ("%vs -k 2 What's a die for??", "What's a die for??"),
        ("df = %vs -k 2 Roll a die, will you?", "Roll a die, will you?"),
        ("%vs -k 2 {{ task }}?", "Roll a die?"),
        ("if True:\n    %vs -k 2 --quiet Roll a die?", "Roll a die?"),
        ("1\n%vs -k 2 -- Is a die --quiet?\n2", "Is a die --quiet?"),
    ],
)
def test_a_line_may_end_with_a_question_mark(run, shell, cell, task):
    """A question is a task; IPython would look for a variable of the last word's name."""
    shell.user_ns["task"] = "Roll a die"
    assert run(cell).success
    assert shell.user_ns["_vs"].task == task


def test_help_on_the_magics_and_on_names_stays_ipythons(shell):
    """`%vs?`, `%%vs?`, `name?`, and such a line inside a string."""
    shell.user_ns["die"] = 6
    for cell in ("%vs?", "%%vs?", "%vs_compare??", "die?", "%time die?"):
        assert "pinfo" in shell.transform_cell(cell)
    text = 's = """\n%vs Roll a die?\n"""\n'
    assert shell.transform_cell(text) == text
    assert "_vs" not in shell.user_ns


def test_a_line_can_be_assigned(run, shell, capsys):
    """`df = %vs …` keeps the frame and shows nothing."""
    run("df = %vs -k 2 Roll a die.")
    assert len(shell.user_ns["df"]) == 2
    assert capsys.readouterr().out == ""


def test_the_task_is_the_cell_as_typed(run):
    """Inner newlines, indentation and braces are kept; the blank lines around are not."""
    frame = run("%%vs -k 2\n\n  Roll a die:\n\n    {once}\n\n").result
    assert frame.attrs["task"] == "  Roll a die:\n\n    {once}"


@pytest.mark.parametrize("line", ["faces << -k 3", "-k 3 -o faces", "--out=faces --k=3"])
def test_a_bound_frame_is_shown_and_not_returned(run, shell, capsys, line):
    """`NAME <<` and `--out` bind the frame; it is shown once, and Out stays free."""
    result = run(f"%%vs {line}\nRoll a die.")
    assert result.result is None
    assert len(shell.user_ns["faces"]) == 3
    assert capsys.readouterr().out.count("response") == 1


def test_a_returned_frame_is_shown_once(run, capsys):
    """The terminal gets one table with one status line, as text."""
    run("%%vs -k 3\nRoll a die.")
    shown = capsys.readouterr().out
    assert shown.count("vs-standard · simulated/aligned · 1 call") == 1
    assert shown.count("response") == 1


def test_quiet_shows_nothing_and_keeps_everything(run, shell, capsys):
    """The frame is in `_`, and a later display of it is a table as ever."""
    frame = run("%%vs -k 3 --quiet\nRoll a die.").result
    assert "response" not in capsys.readouterr().out
    assert shell.user_ns["_"] is frame
    run("_")
    assert "response" in capsys.readouterr().out
    run("%vs -k 2 --quiet -o kept Roll a die.")
    assert capsys.readouterr().out == ""
    assert len(shell.user_ns["kept"]) == 2


def test_a_quiet_frame_shows_when_it_is_asked_for(run, capsys):
    """Only the cell's own display is hidden: `df = %vs --quiet …` hides nothing later."""
    run("df = %vs -k 2 --quiet Roll a die.")
    run("df")
    assert "response" in capsys.readouterr().out


def test_variables_reach_task_and_flags(run):
    """`{{name}}` is put in on the line and in the cell, spaces in a value included."""
    run("n, who, what = 3, 'You are a croupier.', 'a die'")
    frame = run("%%vs -k {{n}} --system {{ who }}\nRoll {{what}}, as {{what}}: {json}.").result
    assert frame.attrs["task"] == "Roll a die, as a die: {json}."
    assert frame.attrs["options"]["system"] == "You are a croupier."
    assert len(frame) == 3


def test_ipythons_own_expansion_keeps_out(run):
    """`$name` and `{name}`, which IPython expands on lines, stay as typed."""
    run("k = 3")
    frame = run("%vs -k 2 Roll a die for $k and {k} and $HOME.").result
    assert frame.attrs["task"] == "Roll a die for $k and {k} and $HOME."


def test_the_last_distribution_is_kept(run, shell):
    """`_vs` draws, cuts the tail and holds the replies of the last run."""
    run("%%vs -k 4 --seed 1\nRoll a die.")
    last = shell.user_ns["_vs"]
    assert len(last) == 4
    assert last.draw(seed=1).text in {c.text for c in last}
    assert last.replies[0].text


def test_settings_flags_and_seed_reach_the_request(run, shell):
    """What was asked for is what was sent."""
    run("%vs_config temperature=0.3")
    run("%vs -k 2 -n 4 --seed 7 --top-p 0.9 --max-tokens 200 --timeout 9 Roll a die.")
    requests = [reply.request for reply in shell.user_ns["_vs"].replies]
    assert [r.parameters.seed for r in requests] == [7, 8]
    sent = [(r.parameters.temperature, r.parameters.top_p, r.timeout) for r in requests]
    assert sent == [(0.3, 0.9, 9.0)] * 2
    assert {r.parameters.max_tokens for r in requests} == {200}


@pytest.mark.parametrize(
    "method", ["direct", "cot", "sequence", "multi-turn", "vs-standard", "vs-cot", "vs-multi"]
)
def test_every_method_works_from_a_cell(run, method):
    """Four responses, however they are asked for."""
    frame = run(f"%%vs -m {method} -k 2 -n 4\nRoll a die.").result
    assert len(frame) == 4
    assert set(frame["method"]) == {method}
    assert frame["error"].isna().all()


def test_the_choice_of_a_model_is_explained_once(bare, capsys, monkeypatch, tmp_path):
    """Where nobody named one: its name, the reason, what it is; and not a second time."""
    monkeypatch.setenv("VS_MAGIC_CACHE_DIR", str(tmp_path))  # no weights there
    bare.run_line_magic("load_ext", "vs_magic")
    bare.run_cell("%vs -k 2 Roll a die.", store_history=True)
    first = capsys.readouterr().out
    assert first.startswith("Asking ")
    assert "no model was named" in first
    assert "%vs_config model=…" in first
    bare.run_cell("%vs -k 2 Roll a die.", store_history=True)
    assert "Asking" not in capsys.readouterr().out


def test_dry_run_shows_all_and_sends_nothing(run, shell, capsys):
    """The model and why, the calls, the price, and the very messages."""
    result = run("%%vs --dry-run -k 5 -n 12 --system Terse. -o x\nTell me\n{a} joke.")
    shown = capsys.readouterr().out
    assert result.result is None
    assert "x" not in shell.user_ns
    assert "_vs" not in shell.user_ns
    assert "Dry run: nothing was sent." in shown
    assert "model   simulated/aligned (you named it)" in shown
    assert "vs-standard, 3 calls: 2 × 5 candidates and 1 × 2 candidates" in shown
    assert "price   free" in shown
    assert "── 2 calls, 5 candidates each ──" in shown
    assert "── 1 call, 2 candidates ──" in shown
    assert shown.count("user:\n    Tell me\n    {a} joke.") == 2
    assert "system:\n    Terse.\n" in shown


def test_dry_run_of_a_conversation_shows_its_turns(run, capsys):
    """Later turns stand where they will, with a place for the model's own reply."""
    run("%vs --dry-run -m vs-multi -k 3 -n 4 Roll a die.")
    shown = capsys.readouterr().out
    assert "2 calls: 1 × 3 candidates and 1 × 1 candidate, in one conversation" in shown
    assert "assistant:\n    <reply of turn 1>" in shown
    run("%vs --dry-run -m direct -n 2 Roll a die.")
    assert "direct, 2 calls: 2 × 1 candidate" in capsys.readouterr().out


@pytest.mark.parametrize(
    "cell", ["%vs --help", "%%vs --help", "%%vs -h\n", "%vs -k 3 -h task", "%%vs --help\nx"]
)
def test_help_is_printed_and_nothing_raised(run, capsys, cell):
    """No SystemExit, no empty-cell error: the text that is generated from the flags."""
    result = run(cell)
    assert result.success
    assert capsys.readouterr().out.startswith(usage(COMMAND))


def test_help_names_every_flag(run):
    """Flags, metavars and defaults come from their declarations."""
    text = usage(COMMAND)
    for part in ("-k, --k K", "(default: 5)", "--min-probability P", "-o, --out NAME", "--dry-run"):
        assert part in text
    assert max(map(len, text.splitlines())) <= 100


def test_question_mark_shows_the_same_help(run, shell):
    """`%%vs?` and `%vs_config?` are worth asking."""
    for name, begins in (("vs", "Ask a language model"), ("vs_config", "Show the defaults")):
        assert shell.object_inspect(f"%{name}")["docstring"].startswith(begins)
    assert "--threshold T" in shell.object_inspect("%vs")["docstring"]


def test_vs_models_lists_what_can_be_asked(run, monkeypatch):
    """Ready ones first; a key is named and never shown; what the others take is said."""
    secret = "sk-test-51c0ffee"
    monkeypatch.setenv("OPENAI_API_KEY", secret)
    table = run("%vs_models").result
    rows = {row[0]: row for row in table.rows}
    assert rows["simulated/aligned"][1:3] == ("simulated", "ready")
    assert any(row[1] == "hosted" and "OPENAI_API_KEY is set" in row[3] for row in table.rows)
    assert any("ANTHROPIC_API_KEY" in row[3] and row[2] != "ready" for row in table.rows)
    ready = [row[2] == "ready" for row in table.rows]
    assert ready == sorted(ready, reverse=True)
    assert "simulated/aligned" in table.note
    assert secret not in repr(table) + table._repr_html_()


def test_tables_are_text_and_html(run):
    """A narrow terminal wraps the last column; HTML is escaped."""
    run("s = '<b>bold</b> ' * 20")
    table = run("%vs_config system={{s}}").result
    assert "<b>bold" in repr(table)
    assert max(map(len, repr(table).splitlines())) <= 120
    assert "&lt;b&gt;bold" in table._repr_html_()
    assert "<b>bold" not in table._repr_html_()


def test_the_magics_work_without_a_cell(shell):
    """Called from code, as other tools do, a magic returns the frame."""
    assert len(shell.run_cell_magic("vs", "-k 2", "Roll a die.")) == 2
    assert len(shell.run_line_magic("vs", "-k 2 Roll a die.")) == 2


def test_ipython_is_not_needed_for_the_python_door():
    """`vs.sample` is the same without a shell; the magics add nothing to what it gives."""
    import vs_magic

    assert "vs_magic.magics" in sys.modules
    assert len(vs_magic.sample("Roll a die.", k=2, model="simulated/aligned")) == 2

"""Cells in a real kernel: what a notebook shows, keeps and reports."""

from __future__ import annotations

import json

import pytest

WIDGET = "application/vnd.jupyter.widget-view+json"

pytestmark = pytest.mark.kernel


def test_an_unattended_run_gets_one_static_view(kernel):
    """nbconvert, papermill and nbval accept no input: the table is the cell's result, no widget."""
    cell = kernel.run("%%vs -k 3\nRoll a die.", person=False)
    assert cell.reply["status"] == "ok"
    assert [o["kind"] for o in cell.outputs] == ["execute_result"]
    assert cell.data("text/html")[0].count("<table") == 1
    assert "vs-standard · simulated/aligned · 1 call" in cell.data("text/plain")[0]


def test_a_person_gets_the_widget_and_its_stand_in(kernel):
    """Two outputs: the widget, and the table that the page hides while the widget lives."""
    cell = kernel.run("%%vs -k 3\nRoll a die.")
    shown = [o for o in cell.outputs if not o["kind"].startswith("comm")]
    assert [o["kind"] for o in shown] == ["display_data", "execute_result"]
    assert WIDGET in shown[0]["data"]
    assert "text/html" not in shown[0]["data"]
    html = shown[1]["data"]["text/html"]
    assert html.count("<table") == 1
    live = [c["data"]["state"].get("_dom_classes") for c in cell.of("comm_msg")]
    marks = [names[0].removesuffix("-live") for names in live if names]
    assert f'<div class="{marks[0]}">' in html
    assert f":root:has(.{marks[0]}-live) .{marks[0]}" in html


def test_the_frame_is_in_out_either_way(kernel):
    """`_` is the frame, and shown in a later cell it is a table, no second widget."""
    kernel.run("%%vs -k 3\nRoll a die.")
    cell = kernel.run("_")
    assert [o["kind"] for o in cell.outputs] == ["execute_result"]
    assert "<style>" not in cell.data("text/html")[0]
    assert kernel.value("type(_vs.frame).__name__") == "'CandidateFrame'"


@pytest.mark.parametrize(
    ("how", "widgets"), [("--display static", 0), ("--display widget", 1), ("--display auto", 1)]
)
def test_display_can_be_chosen(kernel, how, widgets):
    """On the line, or for the session."""
    assert len(kernel.run(f"%vs -k 2 {how} Roll a die.").data(WIDGET)) == widgets
    kernel.run(f"%vs_config display={how.split()[1]}")
    assert len(kernel.run("%vs -k 2 Roll a die.").data(WIDGET)) == widgets
    kernel.run("%vs_config --reset")


def test_display_widget_is_kept_in_an_unattended_run(kernel):
    """Asked for by name, the widget is there even where nobody can be asked."""
    cell = kernel.run("%vs -k 2 --display widget Roll a die.", person=False)
    assert len(cell.data(WIDGET)) == 1


def test_a_bound_frame_is_shown_once_and_not_returned(kernel):
    """`NAME <<` and `--out` bind and show; Out stays free."""
    for line in ("faces << -k 3", "-k 3 --out faces"):
        cell = kernel.run(f"%%vs {line} --display static\nRoll a die.")
        assert [o["kind"] for o in cell.outputs] == ["display_data"]
        assert kernel.value("len(faces)") == "3"
    assert len(kernel.run("%%vs faces << -k 4\nRoll a die.").data(WIDGET)) == 1
    assert kernel.value("len(faces)") == "4"


def test_an_assignment_shows_nothing(kernel):
    """`df = %vs …` keeps the frame; no table, no widget, no progress left over."""
    assert kernel.run("df = %vs -k 3 Roll a die.").outputs == []
    assert kernel.value("len(df)") == "3"


def test_quiet_shows_nothing_and_keeps_the_frame(kernel):
    """`--quiet` returns the frame without a display, or binds it."""
    assert kernel.run("%vs -k 3 --quiet Roll a die.").outputs == []
    assert kernel.value("len(_)") == "3"
    assert kernel.run("%%vs --quiet kept << -k 2\nRoll a die.").reply["ename"] == "UsageError"
    assert kernel.run("%%vs kept << -k 2 --quiet\nRoll a die.").outputs == []
    assert kernel.value("len(kept)") == "2"


def test_an_error_is_one_line_and_the_cell_failed(kernel):
    """Status error, class UsageError, one line on stderr, no traceback of ours or of before."""
    kernel.run("1/0")
    cell = kernel.run("%%vs --treshold 0.1\nRoll a die.")
    said = "unknown flag --treshold: did you mean --threshold?"
    assert cell.reply["status"] == "error"
    assert (cell.reply["ename"], cell.reply["evalue"]) == ("UsageError", said)
    assert cell.reply["traceback"] == [f"UsageError: {said}"]
    assert [o["kind"] for o in cell.outputs] == ["stream"]
    assert cell.printed("stderr") == f"UsageError: {said}\n"


def test_variables_of_the_kernel_are_put_in(kernel):
    """In the line and in the cell."""
    kernel.run("n, thing = 2, 'a die'")
    kernel.run("%%vs got << -k {{n}}\nRoll {{thing}}.")
    assert kernel.value("len(got), got.attrs['task']") == "(2, 'Roll a die.')"


def test_help_and_empty_cells_are_answered_by_us(kernel):
    """A `%%vs` line alone reaches the magic."""
    assert "What to ask" in kernel.run("%%vs --help").printed()
    assert "the cell is empty" in kernel.run("%%vs").reply["evalue"]


def test_tables_are_html_in_a_notebook(kernel):
    """`%vs_config` and `%vs_models` are results like any other."""
    for magic in ("%vs_config", "%vs_models"):
        data = kernel.run(magic).outputs[0]["data"]
        assert "<table" in data["text/html"]
        assert "simulated/aligned" in data["text/plain"]


def test_the_saved_view_holds_no_script_and_loads_nothing(kernel):
    """A task or a text with markup is shown as text."""
    cell = kernel.run("%%vs -k 2 --display static\nRoll a die. <script>alert(1)</script>")
    html = cell.data("text/html")[0]
    assert "&lt;script&gt;alert(1)" in html
    assert "<script" not in html
    assert "src=" not in html
    json.dumps(cell.outputs[0]["data"])


@pytest.mark.parametrize(
    ("code", "typed", "offered"),
    [
        ("%%vs --meth", "--meth", ["--method"]),
        ("%%vs -k 5 --method vs-", "vs-", ["vs-standard", "vs-cot", "vs-multi"]),
        ("%vs --method=vs-m", "vs-m", ["vs-multi"]),
        ("%vs --probability exp", "exp", ["explicit"]),
        ("%vs --format ", "", ["json", "lines"]),
        ("%vs --model simulated/b", "simulated/b", ["simulated/base"]),
        ("%vs_config disp", "disp", ["display="]),
        ("df = %vs --dry", "--dry", ["--dry-run"]),
        ("%vs_config model=simulated/al", "simulated/al", ["simulated/aligned"]),
    ],
)
@pytest.mark.parametrize("jedi", [True, False])
def test_tab_completes(kernel, code, typed, offered, jedi):
    """By the kernel's own completion requests, with jedi and without."""
    kernel.run(f"get_ipython().Completer.use_jedi = {jedi}")
    assert kernel.complete(code) == (typed, offered)


def test_an_entry_says_what_it_is(kernel):
    """The kernel's reply carries what a flag takes and its help, as JupyterLab shows them."""
    reply = kernel.answer(kernel.client.complete("%%vs --thresh"))
    (entry,) = reply["metadata"]["_jupyter_types_experimental"]
    assert entry["text"] == "--threshold"
    assert entry["type"].replace("\xa0", " ").startswith("number · ask for the tail: each prob")


def test_tab_elsewhere_is_ipythons(kernel):
    """The name of a magic, and plain Python."""
    assert "%%vs" in kernel.complete("%%v")[1]
    kernel.run("unmistakable = 1")
    assert "unmistakable" in kernel.complete("unmist")[1]


def test_an_await_cell_is_not_disturbed(kernel):
    """A cell that awaits, and one that asks, one after the other, on the kernel's own loop."""
    kernel.run("import asyncio\nawait asyncio.sleep(0)")
    assert kernel.run("%vs -k 2 --quiet Roll a die.").reply["status"] == "ok"
    kernel.run("import vs_magic as vs\nd = await vs.asample('Roll a die.', k=2)")
    assert kernel.value("len(d)") == "2"

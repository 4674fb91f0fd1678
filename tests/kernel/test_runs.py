"""Runs that nobody watches: nbconvert, papermill, nbval, and the IPython terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pexpect
import pytest
from nbconvert import HTMLExporter, MarkdownExporter
from nbconvert.preprocessors import CellExecutionError, ExecutePreprocessor

pytestmark = pytest.mark.kernel

CELLS = (
    "%load_ext vs_magic",
    "%%vs faces << -k 3\nRoll a die.",
    "%%vs -k 2\nRoll a die.",
    "print(len(faces))",
)
WRONG = (
    "%load_ext vs_magic",
    "get_ipython().run_cell('1 / 0', silent=True);",
    "%%vs --treshold 1\nRoll a die.",
    "print('not reached')",
)
SAID = "UsageError: unknown flag --treshold: did you mean --threshold?"


@pytest.fixture
def home(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with the simulated model as the default."""
    monkeypatch.setenv("IPYTHONDIR", str(workdir / "ipython"))
    monkeypatch.setenv("VS_MAGIC_MODEL", "simulated/aligned")
    return workdir


def write(path: Path, cells: tuple[str, ...]) -> None:
    """Write a notebook."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, path)


def execute(path: Path) -> nbformat.NotebookNode:
    """Execute a notebook in place as `nbconvert --execute` does."""
    book = nbformat.read(path, as_version=4)
    ExecutePreprocessor(timeout=120).preprocess(book, {"metadata": {"path": str(path.parent)}})
    nbformat.validate(book)
    nbformat.write(book, path)
    return book


def test_nbconvert_shows_each_table_once(home):
    """Executed and converted: two tables, no widget, nothing left of the progress."""
    write(home / "book.ipynb", CELLS)
    book = execute(home / "book.ipynb")
    html, _ = HTMLExporter().from_notebook_node(book)
    assert html.count("<table") == 2
    assert "widget-view" not in html
    assert html.count("vs-standard · simulated/aligned · 1 call") == 2
    markdown, _ = MarkdownExporter().from_notebook_node(book)
    assert markdown.count("<table") == 2


def test_a_saved_widget_converts_to_its_table(home):
    """With the widget in the file, the page still holds the table, and its place says so."""
    write(home / "book.ipynb", (CELLS[0], "%%vs -k 3 --display widget\nRoll a die."))
    book = execute(home / "book.ipynb")
    widget, table = book.cells[1].outputs
    assert set(widget.data) == {"application/vnd.jupyter.widget-view+json", "text/plain"}
    assert "the table below" in widget.data["text/plain"]
    assert set(table.data) == {"text/html", "text/plain"}
    for exporter in (HTMLExporter(), MarkdownExporter()):
        assert exporter.from_notebook_node(book)[0].count("<table") == 1


def test_what_is_left_of_a_slow_cells_progress_converts_to_nothing(home):
    """The emptied output is valid, and takes no place in what is converted."""
    write(home / "book.ipynb", ("%vs Roll a die.",))
    book = nbformat.read(home / "book.ipynb", as_version=4)
    emptied = {"text/plain": "", "text/html": ""}
    book.cells[0].outputs = [nbformat.v4.new_output("display_data", emptied)]
    nbformat.validate(book)
    markdown, _ = MarkdownExporter().from_notebook_node(book)
    assert markdown.split() == ["```", "%vs", "Roll", "a", "die.", "```"]
    assert "<pre></pre>" not in HTMLExporter().from_notebook_node(book)[0]


def test_papermill_runs_a_notebook_with_parameters(home):
    """Parameters are variables like any other: `{{k}}`."""
    cells = ("k = 2", CELLS[0], "%%vs got << -k {{k}}\nRoll a die.", "print(len(got))")
    write(home / "in.ipynb", cells)
    book = nbformat.read(home / "in.ipynb", as_version=4)
    book.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(book, home / "in.ipynb")
    done = papermill.execute_notebook("in.ipynb", "out.ipynb", {"k": 4}, progress_bar=False)
    assert done.cells[-1].outputs[0].text == "4\n"
    assert [o.output_type for o in done.cells[3].outputs] == ["display_data"]


def test_a_wrong_cell_stops_papermill(home):
    """The run fails there; the notebook says why, and what comes after has not run."""
    write(home / "in.ipynb", WRONG)
    with pytest.raises(papermill.PapermillExecutionError, match="Exception encountered"):
        papermill.execute_notebook("in.ipynb", "out.ipynb", progress_bar=False)
    cells = nbformat.read(home / "out.ipynb", as_version=4).cells
    printed = [o.get("text") for cell in cells for o in cell.get("outputs", ())]
    assert printed[-1] == SAID + "\n"


def test_a_wrong_cell_stops_nbconvert(home):
    """The error is ours, in one line, without the traceback of an earlier cell."""
    write(home / "book.ipynb", WRONG)
    with pytest.raises(CellExecutionError, match=SAID) as caught:
        execute(home / "book.ipynb")
    assert "ZeroDivisionError" not in str(caught.value)


def test_nbval_accepts_a_seeded_notebook(home):
    """With a seed, the same cells give the same outputs."""
    cells = (CELLS[0], "%vs -k 3 --seed 1 --quiet Roll a die.", "_['text'].tolist()")
    write(home / "book.ipynb", cells)
    execute(home / "book.ipynb")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider", "-q", "book.ipynb"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_a_script_of_cells_is_answered_as_text(home):
    """IPython without a terminal: tables and one-line errors as text, no control sequences."""
    lines = "%load_ext vs_magic\n%vs -k 2 Roll a die.\n%vs --treshold 1 x\n%vs_config k\n"
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--no-banner", "--simple-prompt", "--colors=NoColor"],
        input=lines,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "vs-standard · simulated/aligned · 1 call" in done.stdout
    assert SAID in done.stderr
    assert re.search(r"k +5 +default", done.stdout)
    assert "Traceback" not in done.stdout + done.stderr


def test_the_terminal_completes_and_shows_text(home):
    """In a real terminal: Tab, a table, and a quiet cell that leaves no `Out`."""
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "PROMPT_TOOLKIT_NO_CPR": "1"}
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "IPython", "--no-banner", "--no-confirm-exit", "--colors=NoColor"],
        cwd=str(home),
        env=environment,
        encoding="utf-8",
        timeout=60,
        dimensions=(40, 100),
    )
    terminal.expect(r"In .*1")
    terminal.send("%load_ext vs_magic\r")
    terminal.expect(r"In .*2")
    terminal.send("%vs --quie\t Roll a die.\r")
    terminal.expect(r"In .*3")
    assert "response" not in terminal.before
    terminal.send("len(_)\r")
    terminal.expect("5")
    terminal.send("%vs -k 2 Roll a die.\r")
    terminal.expect("vs-standard · simulated/aligned")
    terminal.expect("response")
    terminal.close(force=True)

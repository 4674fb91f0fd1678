"""The notebooks run in a real kernel under nbval, and show what their files hold.

A lesson answers from the bundle in its settings cell, so it is compared output by output, without
weights, embedder or key. What asks a model live is run by `make demo`, which CI calls.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
EVERY = sorted(NOTEBOOKS.glob("*.ipynb"))
LIVE = [path for path in EVERY if path.stem == "00_quickstart"]
LESSONS = [path for path in EVERY if path not in LIVE]
REPLAYED = [path for path in LESSONS if "replay=replay/" in path.read_text(encoding="utf-8")]
LARGEST = 300_000
"""Bytes of a notebook with its outputs: a page that GitHub still shows."""

CHART = "application/vnd.vegalite.v5+json"
TOOLS = ("run.py", "conftest.py", "nbval.cfg")


def compared(*notebooks: Path) -> tuple[int, str]:
    """Compare every output under nbval, where there is no model and no embedder.

    Returns
    -------
    tuple
        nbval's code and what it said. This project's settings and other plugins have no part in it.
    """
    command = [sys.executable, "-m", "pytest", "-p", "nbval.plugin", "--nbval"]
    command += [
        "--nbval-sanitize-with",
        str(NOTEBOOKS / "nbval.cfg"),
        "--nbval-cell-timeout",
        "600",
    ]
    command += ["-q", "-p", "no:cacheprovider", "--color", "no", "-c", os.devnull]
    with tempfile.TemporaryDirectory() as bare:
        done = subprocess.run(
            [*command, "--rootdir", ".", *(path.name for path in notebooks)],
            cwd=notebooks[0].parent,
            env={
                **os.environ,
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "IPYTHONDIR": f"{bare}/ipython",
                "VS_MAGIC_CACHE_DIR": f"{bare}/cache",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.kernel
@pytest.mark.timeout(900)
def test_the_lessons_show_what_their_files_hold():
    """Run anew, each cell gives the output that is committed: no key, no weights, nothing sent."""
    code, told = compared(*LESSONS)
    assert code == 0, told[-6000:]
    assert " passed" in told


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lesson of four cells beside the tools, recorded and kept by them."""
    folder = tmp_path_factory.mktemp("course") / "notebooks"
    folder.mkdir()
    for name in TOOLS:
        shutil.copy(NOTEBOOKS / name, folder)
    cells = (
        "%load_ext vs_magic",
        "%vs_config model=simulated/aligned replay=replay/small.jsonl",
        "%%vs_compare -n 5 --methods direct,sequence --seed 1\nRoll a die.",
        "print('a table', 1)",
    )
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, folder / "small.ipynb")
    done = subprocess.run(
        [sys.executable, str(folder / "run.py"), "small", "--record", "--keep"],
        env={**os.environ, "IPYTHONDIR": str(folder.parent / "ipython")},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def told(kept: Path) -> str:
    """What nbval says of it, of a copy with stale outputs, and of one whose task was changed."""
    small = kept / "small.ipynb"
    stale = nbformat.read(small, as_version=4)
    (chart,) = (o.data[CHART] for o in stale.cells[2].outputs if CHART in o.data)
    chart["title"]["text"] = "Roll two dice."
    stale.cells[3].outputs[0]["text"] = "a table 2\n"
    nbformat.write(stale, kept / "stale.ipynb")
    changed = small.read_text(encoding="utf-8").replace("Roll a die.", "Name a colour.")
    (kept / "changed.ipynb").write_text(changed, encoding="utf-8")
    code, said = compared(small, kept / "stale.ipynb", kept / "changed.ipynb")
    assert code == 1
    return said


@pytest.mark.kernel
def test_recorded_and_kept(kept):
    """`--record --keep` leaves a bundle and outputs, and nothing else."""
    book = nbformat.read(kept / "small.ipynb", as_version=4)
    assert [cell.cell_type for cell in book.cells] == ["code"] * 4
    assert book.cells[1].source.endswith("replay=replay/small.jsonl")
    assert [path.name for path in (kept / "replay").iterdir()] == ["small.jsonl"]
    assert "execution" not in book.cells[2].metadata


@pytest.mark.kernel
def test_what_was_kept_is_accepted(told):
    """Nine cells of twelve are as they were kept, among them all four of the lesson itself."""
    assert "3 failed, 9 passed" in told
    assert "small.ipynb::" not in told


@pytest.mark.kernel
def test_an_output_that_differs_fails(told):
    """Whether printed or drawn: a stale output is found, in its cell."""
    assert told.count("FAILED stale.ipynb::") == 2
    assert f"mismatch '{CHART}'" in told
    assert "mismatch 'stdout'" in told


@pytest.mark.kernel
def test_a_call_that_is_not_in_the_bundle_fails(told):
    """A lesson whose cells were changed has to be recorded anew; it never asks by itself."""
    assert told.count("FAILED changed.ipynb::") == 1
    assert "Name a colour." in told


@pytest.mark.parametrize("notebook", EVERY, ids=lambda path: path.stem)
def test_a_notebook_is_small_whole_and_without_errors(notebook):
    """Every code cell was run, in order, without an error; charts have a still picture."""
    assert notebook.stat().st_size < LARGEST
    book = nbformat.read(notebook, as_version=4)
    nbformat.validate(book)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in cells if cell.source]
    assert counts == list(range(1, len(counts) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    for output in outputs:
        if CHART in output.get("data", {}):
            assert output["data"]["image/svg+xml"].startswith("<svg")


@pytest.mark.parametrize("notebook", REPLAYED, ids=lambda path: path.stem)
def test_a_lesson_brings_its_bundle(notebook):
    """The settings stand in one cell, the bundle beside the notebook, and no key or path in it."""
    named = re.findall(r"replay=(replay/[\w.-]+)", notebook.read_text(encoding="utf-8"))
    assert len(named) == 1
    bundle = notebook.parent / named[0]
    assert bundle.stem == notebook.stem
    text = bundle.read_text(encoding="utf-8")
    assert len(text) < 1_000_000
    assert not re.search(r"/home/|/root/|/Users/|api_key", text)


@pytest.mark.parametrize("notebook", LESSONS, ids=lambda path: path.stem)
def test_solutions_are_folded_away(notebook):
    """A solution is hidden until somebody opens it."""
    book = nbformat.read(notebook, as_version=4)
    solutions = [c for c in book.cells if "solution" in c.metadata.get("tags", ())]
    assert all(cell.metadata["jupyter"]["source_hidden"] for cell in solutions)
    folded = any("<details>" in cell.source for cell in book.cells)
    assert solutions or folded

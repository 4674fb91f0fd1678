"""The notebooks run in a real kernel under nbval, and show what their files hold.

A lesson answers from the bundle in its settings cell, so it is compared output by output, without
weights, embedder or key. What asks a model live runs on the light local model.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from vs_magic.llm.weights import cache_dir

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
EVERY = sorted(NOTEBOOKS.glob("*.ipynb"))
LIVE = [path for path in EVERY if path.stem == "00_quickstart"]
LESSONS = [path for path in EVERY if path not in LIVE]
REPLAYED = [path for path in LESSONS if "replay=replay/" in path.read_text(encoding="utf-8")]
LARGEST = 300_000
"""Bytes of a notebook with its outputs: a page that GitHub still shows."""

CHART = "application/vnd.vegalite.v5+json"
TOOLS = ("run.py", "conftest.py", "nbval.cfg")


def nbval(path: Path, tmp_path: Path, *flags: str, **variables: str) -> tuple[int, str]:
    """Run a notebook under nbval, away from this project's settings; return its code and output."""
    command = [sys.executable, "-m", "pytest", *flags, "-q", "-p", "no:cacheprovider"]
    command += ["--nbval-cell-timeout", "600", "-p", "no:asyncio", "--color", "no"]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-c", os.devnull, str(path)],
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def compared(path: Path, tmp_path: Path) -> tuple[int, str]:
    """Run a notebook where there is no model and no embedder, and compare every output."""
    bare = str(tmp_path / "cache")
    sanitised = str(path.parent / "nbval.cfg")
    flags = ("--nbval", "--nbval-sanitize-with", sanitised)
    return nbval(path, tmp_path, *flags, VS_MAGIC_CACHE_DIR=bare)


@pytest.fixture
def own_cache(tmp_path: Path) -> dict[str, str]:
    """The settings of a newcomer: weights that were fetched, and a cache that is still empty."""
    weights = cache_dir() / "weights"
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "weights").symlink_to(weights, target_is_directory=True)
    return {"VS_MAGIC_CACHE_DIR": str(tmp_path / "cache"), "VS_MAGIC_CACHE_MB": "100"}


@pytest.mark.local_model
@pytest.mark.kernel
@pytest.mark.timeout(900)
@pytest.mark.parametrize("notebook", LIVE, ids=lambda path: path.stem)
def test_a_live_notebook_runs(notebook, tmp_path, own_cache):
    """Every cell ends without an error, on the light local model."""
    own_cache["VS_MAGIC_MODEL"] = "local/qwen2.5-coder-0.5b"
    code, told = nbval(notebook, tmp_path, "--nbval-lax", **own_cache)
    assert code == 0, told[-4000:]
    assert " passed" in told


@pytest.mark.kernel
@pytest.mark.timeout(300)
@pytest.mark.parametrize("notebook", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_shows_what_its_file_holds(notebook, tmp_path):
    """Run anew, each cell gives the output that is committed: no key, no weights, nothing sent."""
    code, told = compared(notebook, tmp_path)
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


@pytest.fixture
def small(kept: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(kept, tmp_path / "notebooks")) / "small.ipynb"


@pytest.mark.kernel
def test_recorded_kept_and_compared(small, tmp_path):
    """`--record --keep` leaves a bundle and outputs that nbval accepts; nothing else is left."""
    book = nbformat.read(small, as_version=4)
    assert [cell.cell_type for cell in book.cells] == ["code"] * 4
    assert book.cells[1].source.endswith("replay=replay/small.jsonl")
    assert [path.name for path in (small.parent / "replay").iterdir()] == ["small.jsonl"]
    assert "execution" not in book.cells[2].metadata
    code, told = compared(small, tmp_path)
    assert code == 0, told[-6000:]


@pytest.mark.kernel
def test_an_output_that_differs_fails(small, tmp_path):
    """Whether printed or drawn: a stale output is found, in its cell."""
    book = nbformat.read(small, as_version=4)
    (chart,) = (o.data[CHART] for o in book.cells[2].outputs if CHART in o.data)
    chart["title"]["text"] = "Roll two dice."
    book.cells[3].outputs[0]["text"] = "a table 2\n"
    nbformat.write(book, small)
    code, told = compared(small, tmp_path)
    assert code == 1
    assert "2 failed, 2 passed" in told
    assert f"mismatch '{CHART}'" in told
    assert "mismatch 'stdout'" in told


@pytest.mark.kernel
def test_a_call_that_is_not_in_the_bundle_fails(small, tmp_path):
    """A lesson whose cells were changed has to be recorded anew; it never asks by itself."""
    text = small.read_text(encoding="utf-8")
    small.write_text(text.replace("Roll a die.", "Name a colour."), encoding="utf-8")
    code, told = compared(small, tmp_path)
    assert code == 1
    assert "1 failed, 3 passed" in told
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

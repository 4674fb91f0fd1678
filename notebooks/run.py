"""Run notebooks top to bottom in a real kernel and show in the terminal what they show.

    python notebooks/run.py 00_quickstart --model local/qwen2.5-coder-1.5b
    python notebooks/run.py --keep                         # run all, keep the outputs in the files
    python notebooks/run.py 01_see_mode_collapse --record --keep    # ask a lesson's model anew

A cell's text output is printed as it comes; the run stops at the first error, with its traceback.
A lesson answers from its bundle in `replay/`, and asks nothing. `--record` asks its model and
writes that bundle; docs/design/notebooks.md says how.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from vs_magic.files import cache_dir

HERE = Path(__file__).parent
TIMEOUT_S = 1800
CALL_S = "1200"
"""How long a call may take while it is recorded: a busy machine must not leave a gap."""

MISSING = "in {bundle}, and nothing is sent under a replay"
"""What an output says where a call is not in the notebook's own bundle."""

REPLAY = re.compile(r"\breplay=(replay/[\w.-]+\.jsonl)")
"""How a lesson's settings cell names its bundle."""


def main() -> int:
    """Run the notebooks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="notebooks, without .ipynb (default: all)")
    parser.add_argument("--model", help="the model to ask, as VS_MAGIC_MODEL")
    parser.add_argument("--keep", action="store_true", help="write the outputs into the files")
    parser.add_argument("--record", action="store_true", help="ask the model, write the bundles")
    parser.add_argument(
        "--fresh", action="store_true", help="with --record: ask what the cache holds, too"
    )
    args = parser.parse_args()
    if args.model:
        os.environ["VS_MAGIC_MODEL"] = args.model
    if args.fresh:
        os.environ["VS_MAGIC_FRESH"] = "1"
    paths = [HERE / f"{name}.ipynb" for name in args.names] or sorted(HERE.glob("*.ipynb"))
    if args.record:
        recorded = [record(path) for path in paths if bundle_of(read(path))]
        if any(recorded):
            return 1
    return max(run(path, keep=args.keep) for path in paths)


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook."""
    return nbformat.read(path, as_version=4)


def bundle_of(notebook: nbformat.NotebookNode) -> str | None:
    """Return the bundle that a notebook's settings cell names; None where it always asks."""
    named = [REPLAY.search(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    return next((found[1] for found in named if found), None)


def run(path: Path, *, keep: bool) -> int:
    """Run one notebook; 0 when every cell ran, 1 at the first error.

    Outputs of a notebook that asks a model live are kept from the model, never from what the cache
    held before.
    """
    began = time.monotonic()
    print(f"{path.name}\n")
    notebook = read(path)
    live = keep and bundle_of(notebook) is None
    with cache_of_its_own() if live else contextlib.nullcontext():
        if not executed(notebook):
            return 1
    if any(misses(cell, bundle_of(notebook)) for cell in notebook.cells):
        print(f"{path.name}: a call is not in its bundle; record it again", file=sys.stderr)
        return 1
    if keep:
        nbformat.write(tidy(notebook), path)
    print(f"\n{path.name}: all cells ran, {time.monotonic() - began:.0f} s")
    return 0


def record(path: Path) -> int:
    """Run one notebook on its model and write its bundle; 0 when every cell ran.

    The bundle is begun anew, so that it holds what the cells ask now and nothing else, and so are
    embeddings that lie beside it. A call that the cache holds is recorded as it came from the
    model. The bundle is left as it was before, when a cell fails.
    """
    began = time.monotonic()
    os.environ.setdefault("VS_MAGIC_TIMEOUT", CALL_S)
    notebook = read(path)
    bundle = HERE / str(bundle_of(notebook))
    partial = bundle.with_name(f"{bundle.name}.partial")
    partial.unlink(missing_ok=True)
    bundle.with_suffix(".npz").unlink(missing_ok=True)
    bundle.parent.mkdir(exist_ok=True)
    print(f"{path.name}: asking the model, recording to {bundle.relative_to(HERE)}\n")
    for cell in notebook.cells:
        cell.source = REPLAY.sub("replay=none", cell.source)
    first = f"%load_ext vs_magic\n%vs_record replay/{partial.name}"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
    if after := notebook.metadata.get("vs_magic", {}).get("after_recording"):
        notebook.cells.append(nbformat.v4.new_code_cell(after))
    if not executed(notebook):
        return 1
    partial.replace(bundle)
    print(f"\n{path.name}: recorded, {time.monotonic() - began:.0f} s\n")
    return 0


@contextlib.contextmanager
def cache_of_its_own() -> Iterator[None]:
    """Give kernels a cache of replies that is empty at first; the weights are those of here."""
    weights = cache_dir() / "weights"
    weights.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "weights").symlink_to(weights, target_is_directory=True)
        os.environ["VS_MAGIC_CACHE_DIR"] = folder
        yield
        os.environ["VS_MAGIC_CACHE_DIR"] = str(weights.parent)


def executed(notebook: nbformat.NotebookNode) -> bool:
    """Run every cell, printing as it goes; False at the first error."""
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT_S,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(HERE)}},
        on_cell_executed=lambda cell, **_: show(cell),
    )
    try:
        client.execute()
    except CellExecutionError as error:
        print(error, file=sys.stderr)
        return False
    return True


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Leave out what changes from run to run and says nothing: outputs that show nothing."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            cell.outputs = [output for output in cell.outputs if not is_empty(output)]
    return notebook


def misses(cell: nbformat.NotebookNode, bundle: str | None) -> bool:
    """Whether a cell asked for a call that its bundle does not hold."""
    told = MISSING.format(bundle=bundle)
    return any(told in str(output) for output in cell.get("outputs", ()))


def is_empty(output: nbformat.NotebookNode) -> bool:
    """Whether an output shows nothing that stays: it is empty, or the line of a slow run."""
    data = output.get("data", {})
    passing = str(data.get("text/plain", "")).startswith("asking … ")
    return "data" in output and (passing or not any(data.values()))


def show(cell: nbformat.NotebookNode) -> None:
    """Print what a code cell asked and what it showed; a chart and its table are one text."""
    print("\n".join(f"    {line}" for line in cell.source.splitlines()))
    texts = [
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", [])
    ]
    for text, _ in itertools.groupby(text.rstrip() for text in texts if text.strip()):
        print(text)
    print(flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""Run notebooks top to bottom in a real kernel and show in the terminal what they show.

    python notebooks/run.py 00_quickstart --model local/qwen2.5-coder-1.5b
    python notebooks/run.py --keep          # run all and keep the outputs in the files

A cell's text output is printed as it comes; the run stops at the first error, with its traceback.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).parent
TIMEOUT_S = 600


def main() -> int:
    """Run the notebooks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="notebooks, without .ipynb (default: all)")
    parser.add_argument("--model", help="the model to ask, as VS_MAGIC_MODEL")
    parser.add_argument("--keep", action="store_true", help="write the outputs into the files")
    args = parser.parse_args()
    if args.model:
        os.environ["VS_MAGIC_MODEL"] = args.model
    paths = [HERE / f"{name}.ipynb" for name in args.names] or sorted(HERE.glob("*.ipynb"))
    return max(run(path, keep=args.keep) for path in paths)


def run(path: Path, *, keep: bool) -> int:
    """Run one notebook; 0 when every cell ran, 1 at the first error."""
    began = time.monotonic()
    print(f"{path.name}\n")
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT_S,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(HERE)}},
        on_cell_executed=lambda cell, **_: show(cell),
    )
    try:
        client.execute()
    except CellExecutionError as error:
        print(error, file=sys.stderr)
        return 1
    if keep:
        nbformat.write(notebook, path)
    print(f"\n{path.name}: all cells ran, {time.monotonic() - began:.0f} s")
    return 0


def show(cell: nbformat.NotebookNode) -> None:
    """Print what a code cell asked and what it showed."""
    print("\n".join(f"    {line}" for line in cell.source.splitlines()))
    for output in cell.get("outputs", []):
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        if text.strip():
            print("".join(text).rstrip())
    print(flush=True)


if __name__ == "__main__":
    sys.exit(main())

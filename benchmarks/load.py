"""How quickly a notebook gets going: loading, and the first candidates, beside what else there is.

    make bench            # makes the environments that this needs, then runs it
    python benchmarks/load.py --theirs .venv-bench/bin/python --authors .venv-bench-vs/bin/python

Each figure is a fresh process; the runs take turns, so that a noisy machine is unfair to all alike.
What is printed are medians, and ratios pair by pair.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass

_LOAD = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
began = time.perf_counter()
shell.extension_manager.load_extension({name!r})
print(time.perf_counter() - began)
"""
_IMPORT = """
import time
began = time.perf_counter()
import {name}
print(time.perf_counter() - began)
"""
_FIRST = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
began = time.perf_counter()
shell.extension_manager.load_extension("vs_magic")
line = "--model {model} --display static --quiet --fresh"
frame = shell.run_cell_magic("vs", line, "Name a colour. Only the name.")
assert len(frame) == 5, frame
print(time.perf_counter() - began)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One row: what is timed, where, and by which program."""

    label: str
    python: str
    code: str


def main() -> int:
    """Time the contenders in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--theirs", help="a Python that has jupyter_ai_magic_commands")
    parser.add_argument("--authors", help="a Python that has verbalized_sampling")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--model", default="local/qwen2.5-coder-0.5b")
    args = parser.parse_args()
    ours = sys.executable
    contenders = [
        Contender(label="%load_ext vs_magic", python=ours, code=_LOAD.format(name="vs_magic")),
    ]
    if args.theirs:
        name = "jupyter_ai_magic_commands"
        contenders.append(
            Contender(label=f"%load_ext {name}", python=args.theirs, code=_LOAD.format(name=name))
        )
    if args.authors:
        name = "verbalized_sampling"
        contenders.append(
            Contender(label=f"import {name}", python=args.authors, code=_IMPORT.format(name=name))
        )
    contenders += [
        Contender(
            label=f"load to five candidates, {model}",
            python=ours,
            code=_FIRST.format(model=model),
        )
        for model in ("simulated/aligned", args.model)
    ]
    report(contenders, runs=args.runs)
    return 0


def report(contenders: list[Contender], *, runs: int) -> None:
    """Print the median of each contender, and its ratio to the first, pair by pair."""
    times: dict[str, list[float]] = {c.label: [] for c in contenders}
    for turn in range(runs + 1):
        for contender in contenders:
            seconds = measure(contender)
            if turn:  # the first turn warms the disk
                times[contender.label].append(seconds)
    first = times[contenders[0].label]
    print(f"| what | median of {runs} | range | beside ours |")
    print("|---|---|---|---|")
    for label, values in times.items():
        ratio = statistics.median(v / f for v, f in zip(values, first, strict=True))
        print(
            f"| `{label}` | {statistics.median(values):.3f} s "
            f"| {min(values):.3f}-{max(values):.3f} s | {ratio:.1f}× |"
        )


def measure(contender: Contender) -> float:
    """Run one contender in a process of its own; seconds, as it measured itself."""
    done = subprocess.run(
        [contender.python, "-W", "ignore", "-c", contender.code],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        # Without this, litellm fetches its table of prices while it is imported.
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    return float(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())

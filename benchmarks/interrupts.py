"""How soon the stop button ends a cell: a real kernel, calls under way to a server on loopback.

Run as `python -m benchmarks.interrupts`. A cell of twelve calls, two at once, 0.3 s each, is
stopped at ten moments; then it stands at a server that never answers. Seconds from the signal to
the cell's end, as the front end sees it.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.kernel.conftest import Kernel, start
from tests.kernel.test_interrupts import MOMENTS, ONE
from vs_magic.testing import Answer, Endpoint

ROUNDS = 3
CELL = "%%vs got << -m direct -n 12 --concurrency 2\nName a colour."


def main() -> int:
    """Stop cells and print the table."""
    os.environ["VS_MAGIC_CACHE_MB"] = "0"
    delay = [0.0]
    with Endpoint(lambda _: Answer(text=ONE, delay=delay[0])) as served:
        variables = {**served.env(), "VS_MAGIC_MODEL": "openai/loopback"}
        with tempfile.TemporaryDirectory() as folder:
            kernel = start(Path(folder), **variables)
            kernel.run("%vs --quiet -k 1 Name a colour.", person=False)
            delay[0] = 0.3
            between = [stopped(kernel, served, at) for at in MOMENTS for _ in range(ROUNDS)]
            delay[0] = 60
            hanging = [stopped(kernel, served, 0.5) for _ in range(ROUNDS)]
            kernel.close()
    print("| the calls | stops | median | longest |")
    print("|---|---|---|---|")
    for name, seconds in {"0.3 s each": between, "never answered": hanging}.items():
        middle, most = statistics.median(seconds), max(seconds)
        print(f"| {name} | {len(seconds)} | {middle:.2f} s | {most:.2f} s |")
    return 0


def stopped(kernel: Kernel, served: Endpoint, moment: float) -> float:
    """Stop a cell some seconds after its first request; return how long it then took to end."""
    served.requests.clear()
    sent = kernel.send(CELL, person=False)
    while not served.requests:
        time.sleep(0.005)
    began = kernel.interrupt_after(moment)
    cell = kernel.finish(sent)
    assert cell.reply["ename"] == "KeyboardInterrupt", cell.reply
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())

"""The soak: thousands of calls, a share of which fails in every way, and all are accounted for.

    python benchmarks/soak.py                          2,000 calls, 20 % faults
    python benchmarks/soak.py --calls 200 --stream     fewer, read as they are written

Every answer carries its own number, and every call its draw (as its seed), so that each answer can
be followed from the endpoint to its row. Prints a table; ends with 1 where something is lost, is
there twice, or is paid twice.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vs_magic.llm import loop
from vs_magic.llm.client import connect
from vs_magic.llm.hosted.keys import route_to
from vs_magic.llm.hosted.retry import Policy
from vs_magic.llm.request import Model
from vs_magic.llm.trust.ledger import Ledger, counted
from vs_magic.sampling.distribution import Distribution
from vs_magic.sampling.plan import plan
from vs_magic.sampling.sampler import collect
from vs_magic.testing import FaultyEndpoint

MODEL = "openai/gpt-4.1-mini"
DOLLARS = (0.4e-6, 1.6e-6)
"""What a token of it costs, sent and written, as litellm's table says."""

DELIVERED = (None, "drip", "wrong-type", "duplicate")
"""What brings the whole answer."""


@dataclass(slots=True)
class Soaked:
    """What came of a soak.

    Attributes
    ----------
    found
        The calls with their candidates and errors.
    endpoint
        What every request got.
    ledger
        What was counted as spent.
    seconds
        Wall time.
    memory
        The process's memory after each run, in MB.
    """

    found: list[Distribution]
    endpoint: FaultyEndpoint
    ledger: Ledger
    seconds: float = 0.0
    memory: list[float] = field(default_factory=list)

    @property
    def calls(self) -> list[Any]:
        """All calls."""
        return [call for found in self.found for call in found.calls]

    def troubles(self, wanted: int) -> list[str]:
        """Return what is wrong, one line each: empty where every call and answer is accounted."""
        calls, treated = self.calls, self.endpoint.treated
        answered = [call for call in calls if call.reply is not None and call.candidates]
        failed = [call for call in calls if call.error is not None]
        rows = sum(len(found.frame) for found in self.found)
        texts = Counter(c.text for call in answered for c in call.candidates)
        seeds = Counter(t.request.body["seed"] for t in treated if t.fault in DELIVERED)
        draws = Counter(call.request.parameters.seed for call in calls)
        spent = self.ledger.total
        mine = sum(call.reply.cost_usd or 0.0 for call in calls if call.reply is not None)
        checks = {
            f"{len(calls)} calls, not {wanted}": len(calls) == wanted,
            f"{rows} rows, not {wanted}": rows == wanted,
            "a call is neither answered nor an error": len(answered) + len(failed) == wanted,
            "a draw is there twice": max(draws.values()) == 1,
            f"answers in two rows: {[t for t, n in texts.items() if n > 1][:5]}": not texts
            or max(texts.values()) == 1,
            "an answer was asked for again after it had arrived": max(seeds.values()) == 1,
            "an answer that was delivered is in no row": set(seeds)
            <= {call.request.parameters.seed for call in answered},
            f"the ledger has {spent.calls} calls": spent.calls == wanted,
            f"the ledger says ${spent.cost_usd}, the rows ${mine}": abs(
                (spent.cost_usd or 0.0) - mine
            )
            < 1e-9,
            "an answer's price is not its tokens'": all(map(_priced, answered)),
        }
        return [what for what, holds in checks.items() if not holds]


def soak(
    calls: int,
    *,
    share: float = 0.2,
    seed: int = 0,
    concurrency: int = 16,
    parts: int = 10,
    stream: bool = False,
    huge: int = 100_000_000,
) -> Soaked:
    """Make the calls, in so many runs one after another.

    Parameters
    ----------
    calls
        How many.
    share, seed, huge
        As `FaultyEndpoint` takes them.
    concurrency
        Calls at once, at most.
    parts
        Runs.
    stream
        Read the replies as they are written.
    """
    numbers, lock = itertools.count(1), threading.Lock()

    def reply(_body: Mapping[str, Any]) -> str:
        with lock:
            return f"answer {next(numbers)}"

    endpoint = FaultyEndpoint(
        reply, share=share, seed=seed, retry_after=0.2, refuse_s=0.05, hang_s=0.4, drip_s=0.4,
        huge=huge,
    )  # fmt: skip
    with endpoint:
        os.environ.update(endpoint.env())
        ledger, policy = Ledger(), Policy(first_wait=0.05, longest_wait=2.0)
        complete = counted(connect(MODEL, route_to(MODEL), policy), ledger)
        model = Model(name=MODEL, complete=complete, estimate=lambda _: 0.0)
        done = Soaked(found=[], endpoint=endpoint, ledger=ledger)
        began = time.monotonic()
        for part in range(parts):
            size = calls // parts + (part < calls % parts)
            made = plan(
                "Say your number.",
                {
                    "model": model, "method": "direct", "n": size, "k": 1, "timeout": 10,
                    "seed": 1 + part * calls, "concurrency": concurrency,
                },
            )  # fmt: skip
            done.found.append(loop.run(collect(made, stream=stream)))
            done.memory.append(_resident_mb())
        done.seconds = time.monotonic() - began
    return done


def main() -> int:
    """Soak, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument(
        "--stream", action="store_true", help="read the replies as they are written"
    )
    given = parser.parse_args()
    os.environ["VS_MAGIC_CACHE_MB"] = "0"
    done = soak(
        given.calls, share=given.share, seed=given.seed, concurrency=given.concurrency,
        stream=given.stream,
    )  # fmt: skip
    _show(done, given.calls)
    troubles = done.troubles(given.calls)
    print("\n".join(["", "TROUBLE:", *troubles]) if troubles else "\nAll accounted for.")
    return 1 if troubles else 0


def _show(done: Soaked, wanted: int) -> None:
    calls, treated = done.calls, done.endpoint.treated
    errors = [call for call in calls if call.error is not None]
    faults = sum(done.endpoint.counts.values())
    spent, memory = done.ledger.total, done.memory
    whole = sum(t.fault in DELIVERED for t in treated)
    for what, figure in {
        "calls": f"{wanted:,}",
        "requests at the endpoint": f"{len(treated):,}, of which {faults:,} "
        f"({faults / len(treated):.0%}) got a fault, of {len(done.endpoint.counts)} kinds",
        "rows": f"{sum(len(found.frame) for found in done.found):,}: "
        f"{len(calls) - len(errors):,} answers, {len(errors)} error rows",
        "whole answers delivered": f"{whole:,}, each in one row",
        "in the ledger": f"{spent.calls:,} calls, ${spent.cost_usd or 0:.6f}",
        "time": f"{done.seconds:.0f} s, {done.seconds / wanted * 1000:.0f} ms a call",
        "memory after each tenth": ", ".join(f"{mb:.0f}" for mb in memory) + " MB",
    }.items():
        print(f"| {what} | {figure} |")
    print("\n| fault | requests | of these, calls that ended as an error row |\n|---|---|---|")
    failed = {call.request.parameters.seed for call in errors}
    last = {t.request.body["seed"]: t.fault for t in treated}
    ended = Counter(fault for seed, fault in last.items() if seed in failed)
    for kind in done.endpoint.kinds:
        print(f"| `{kind}` | {done.endpoint.counts[kind]} | {ended[kind]} |")


def _priced(call: Any) -> bool:
    """Whether a reply costs what its own tokens cost, once."""
    reply = call.reply
    if reply.prompt_tokens is None:  # it broke off before its count
        return reply.cost_usd is None
    wanted = reply.prompt_tokens * DOLLARS[0] + reply.completion_tokens * DOLLARS[1]
    return abs(reply.cost_usd - wanted) < 1e-12 and reply.completion_tokens == len(
        reply.text.split()
    )


def _resident_mb() -> float:
    """The memory of this process that is in use now, where the system tells."""
    gc.collect()
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())

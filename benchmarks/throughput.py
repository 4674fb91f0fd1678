"""How fast many calls go: `vs.asample` beside bare `litellm.acompletion`, one slow endpoint.

    python benchmarks/throughput.py

A loopback endpoint, in a process of its own, answers after 250 ms. 400 direct calls are made at
concurrency 32, by either in turn; best and median of the rounds are printed, with the ideal beside
them (the endpoint's latency alone), so that litellm's own share is seen. Then the endpoint refuses
one call in twenty with a rate limit; both try again (litellm by its `num_retries`), and what
arrived is counted.
"""

from __future__ import annotations

import asyncio
import json
import math
import multiprocessing
import os
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from typing import Any

from vs_magic.llm import loop
from vs_magic.testing import Answer, Endpoint, faults

CALLS, CONCURRENCY, LATENCY_S, ROUNDS = 400, 32, 0.25, 5
REFUSED = 0.05
TASK = "Name a colour."


def serve(pipe: Connection, refused: float) -> None:
    """Serve until told to end; then tell how many calls were answered and how many refused."""
    chance = random.Random(1)
    counts = {"answered": 0, "refused": 0}

    def reply(_: Any) -> Any:
        if chance.random() < refused:
            counts["refused"] += 1
            return faults.status(429, "slow down", retry_after=0.1)
        counts["answered"] += 1
        return Answer(text="Blue.", delay=LATENCY_S)

    with Endpoint(reply) as endpoint:
        pipe.send(endpoint.env())
        pipe.recv()
        pipe.send(counts)


async def bare(messages: list[Any]) -> int:
    """Make the calls with litellm alone; return how many replies arrived."""
    import litellm

    gate = asyncio.Semaphore(CONCURRENCY)

    async def one() -> int:
        async with gate:
            call = litellm.acompletion("openai/loopback", messages=messages, num_retries=5)
            reply = await call
            return int(bool(reply.choices[0].message.content))

    return sum(await asyncio.gather(*(one() for _ in range(CALLS))))


async def ours(_: list[Any]) -> int:
    """Make the calls with vs_magic; return how many candidates arrived."""
    import vs_magic as vs

    found = await vs.asample(
        TASK,
        method="direct",
        n=CALLS,
        concurrency=CONCURRENCY,
        model="openai/loopback",
        fresh=True,
    )
    return len(found.frame.dropna(subset=["text"]))


CONTENDERS: dict[str, Callable[[list[Any]], Awaitable[int]]] = {
    "litellm.acompletion": bare,
    "vs.asample, to the frame": ours,
}


async def measure(refused: float) -> tuple[dict[str, list[float]], dict[str, list[int]]]:
    """Return the seconds and the arrivals of each contender, round by round."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there, refused))
    server.start()
    os.environ.update(here.recv())
    messages = [{"role": "user", "content": TASK}]
    seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    arrived: dict[str, list[int]] = {name: [] for name in CONTENDERS}
    for turn in range(ROUNDS + 1):
        for name, run in CONTENDERS.items():
            began = time.perf_counter()
            # litellm's own workers live on one loop: the same for both
            count = await (loop.bridge(run(messages)) if run is bare else run(messages))
            if turn:  # the first turn imports and connects
                seconds[name].append(time.perf_counter() - began)
                arrived[name].append(count)
    here.send("end")
    print(f"<!-- the endpoint: {json.dumps(here.recv())} -->")
    server.join()
    return seconds, arrived


async def main() -> int:
    """Print both tables."""
    ideal = math.ceil(CALLS / CONCURRENCY) * LATENCY_S
    for refused in (0.0, REFUSED):
        seconds, arrived = await measure(refused)
        theirs = seconds["litellm.acompletion"]
        how = f"{refused:.0%} refused (429, Retry-After 0.1)" if refused else "none refused"
        each = f"concurrency {CONCURRENCY}, {LATENCY_S * 1000:.0f} ms each"
        print(f"\n{CALLS} calls, {each}, {how}\n")
        print("| what | median | best | beside litellm | beside the ideal | arrived |")
        print("|---|---|---|---|---|---|")
        for name, values in seconds.items():
            ratio = statistics.median(v / t for v, t in zip(values, theirs, strict=True))
            median = statistics.median(values)
            print(
                f"| `{name}` | {median:.2f} s | {min(values):.2f} s | {ratio:.2f}× "
                f"| {median / ideal:.2f}× | {min(arrived[name])} of {CALLS} |"
            )
        print(f"| ideal | {ideal:.2f} s | | | | |")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

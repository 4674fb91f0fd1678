"""What vs_magic adds to a call: `vs.asample` beside bare `litellm.acompletion`, one endpoint.

    python benchmarks/overhead.py

A loopback endpoint answers at once, so that what is left is the two programs. The calls take
turns, one of ours and one of theirs, in one process and one event loop; medians are printed.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time

from vs_magic.llm import loop
from vs_magic.testing import Endpoint

CALLS = 300
WARM_UP = 20


async def main() -> None:
    """Time both in turn and print the table."""
    with Endpoint() as endpoint:
        os.environ.update(endpoint.env())
        import vs_magic as vs

        await vs.asample("Name a colour.", model="openai/loopback")  # imports litellm
        import litellm

        messages = list(endpoint.bodies[0]["messages"])
        form = endpoint.bodies[0]["response_format"]

        async def bare() -> None:
            call = litellm.acompletion("openai/loopback", messages=messages, response_format=form)
            await loop.bridge(call)  # litellm's own workers live on one loop: the same for both

        async def ours() -> None:
            distribution = await vs.asample("Name a colour.", model="openai/loopback", fresh=True)
            assert len(distribution.frame) == 5

        took: dict[str, list[float]] = {"litellm.acompletion": [], "vs.asample, to the frame": []}
        for turn in range(WARM_UP + CALLS):
            for values, call in zip(took.values(), (bare, ours), strict=True):
                began = time.perf_counter()
                await call()
                if turn >= WARM_UP:
                    values.append(time.perf_counter() - began)
    theirs, own = (statistics.median(values) * 1000 for values in took.values())
    print(f"| one call, loopback, median of {CALLS} | ms |")
    print("|---|---|")
    for label, values in took.items():
        print(f"| `{label}` | {statistics.median(values) * 1000:.2f} |")
    print(f"| what vs_magic adds | {own - theirs:.2f} |")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

"""The store of replies and embeddings beside `diskcache`, which kept them before; one run for both.

    pip install diskcache; python benchmarks/store.py

It is no part of `make bench`: diskcache belongs into no environment that is used for more.

Replies are single texts of 1.5 kB, as a cell writes and reads them; embeddings are 2,000 rows of
384 numbers at once. Either in turn, processor time, the median of the rounds. Then the event loop:
how late a tick of 1 ms comes (99 of 100 come earlier) with nothing to do, while replies go through
the cache, and while another process holds the file's write lock, so that each write waits for 1 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import diskcache
import numpy as np

from vs_magic.llm.request import Reply, Request
from vs_magic.llm.trust.cache import Cache
from vs_magic.llm.trust.notices import Notices
from vs_magic.store.opening import DATABASE
from vs_magic.store.store import Store
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.shape import Shape

N, ROUNDS, LIMIT = 2_000, 7, 10**9
KEYS = [f"{number:064x}" for number in range(N)]
TEXT = "x" * 1500
ROW = np.ones(384, "<f4").tobytes()


class Plain(diskcache.Disk):  # type: ignore[misc]
    """diskcache as it was used: text or bytes in the row, no pickle, no files."""

    def put(self, key: str) -> tuple[str, bool]:
        """Return a key as it is kept."""
        return key, True

    def get(self, key: Any, raw: Any) -> Any:  # noqa: ARG002
        """Return a key as it was given."""
        return key

    def store(self, value: Any, read: Any, key: Any = None) -> tuple[int, int, None, Any]:  # noqa: ARG002
        """Return a value as it is kept."""
        return 0, 1, None, value

    def fetch(self, mode: Any, filename: Any, value: Any, read: Any) -> Any:  # noqa: ARG002
        """Return a value as it was given."""
        return value


def ours(folder: Path) -> Iterator[Callable[[], Any]]:
    """The store: write replies, read them, write embeddings, read them."""
    store = Store(folder, limit=LIMIT, what="", without="", tell=print)
    yield lambda: [store.put("m", {key: ("json", TEXT)}) for key in KEYS]
    yield lambda: [store.get([key]) for key in KEYS]
    yield lambda: store.put("m", {f"e{key}": ("<f4[384]", ROW) for key in KEYS})
    yield lambda: store.get([f"e{key}" for key in KEYS])
    store.close()


def theirs(folder: Path) -> Iterator[Callable[[], Any]]:
    """The same with diskcache, in the settings that were used."""
    cache = diskcache.Cache(str(folder), disk=Plain, size_limit=LIMIT, sqlite_mmap_size=0)

    def put_all() -> None:
        with cache.transact(retry=False):
            for key in KEYS:
                cache.set(f"e{key}", ROW)

    yield lambda: [cache.set(key, TEXT, tag="m") for key in KEYS]
    yield lambda: [cache.get(key) for key in KEYS]
    yield put_all
    yield lambda: [cache.get(f"e{key}") for key in KEYS]
    cache.close()


def seconds(side: Callable[[Path], Iterator[Callable[[], Any]]]) -> list[float]:
    """Return the time of the processor that each job took: others may be busy beside it."""
    with tempfile.TemporaryDirectory() as folder:
        took = []
        for job in side(Path(folder) / "kept"):
            began = time.process_time()
            job()
            took.append(time.process_time() - began)
        return took


async def lateness(cache: Cache, calls: int) -> float:
    """Return how late ticks came, in ms, while calls looked up and kept replies; 0: for 1.5 s."""
    late = []

    async def tick() -> None:
        while True:
            due = time.perf_counter() + 0.001
            await asyncio.sleep(0.001)
            late.append((time.perf_counter() - due) * 1e3)

    async def call(number: int) -> None:
        request = Request(model="m", messages=(), shape=Shape(method=Method.DIRECT), draw=number)
        await cache.look_up(KEYS[number])
        await cache.keep(KEYS[number], Reply(text=TEXT, request=request, model="m"))

    ticking = asyncio.create_task(tick())
    for number in range(calls):
        await call(number)
    await asyncio.sleep(0 if calls else 1.5)
    ticking.cancel()
    return statistics.quantiles(late, n=100)[98]


def main() -> None:
    """Measure, and print a table."""
    rounds = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    print(f"{N:,} values, processor time, median of {ROUNDS} rounds, either in turn")
    print(f"{'':28}{'store':>12}{'diskcache':>12}{'ratio':>8}")
    names = ("replies written, one by one", "replies read, one by one")
    names += ("embeddings written at once", "embeddings read at once")
    for index, name in enumerate(names):
        mine, other = (statistics.median(r[side][index] for r in rounds) for side in (0, 1))
        each = f"{mine / N * 1e6:>9.1f} µs{other / N * 1e6:>9.1f} µs"
        print(f"{name:28}{each}{mine / other:>8.2f}")
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder), limit=LIMIT, notices=Notices())
        late = [asyncio.run(lateness(cache, calls)) for calls in (0, N)]
        with contextlib.closing(sqlite3.connect(Path(folder) / DATABASE)) as other_kernel:
            other_kernel.execute("BEGIN IMMEDIATE")
            late.append(asyncio.run(lateness(cache, 200)))
        cache.close()
    print("ticks late by: idle {:.1f} ms; with replies {:.1f} ms; locked {:.1f} ms".format(*late))


if __name__ == "__main__":
    main()

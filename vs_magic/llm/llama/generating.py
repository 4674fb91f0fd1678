"""The one thread that runs local models, and the models that it has loaded.

Two generations at once would fight over the same cores, and batched together they would change
each other's numbers; so calls queue here, whichever model they are for.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from vs_magic.errors import ModelError
from vs_magic.llm import loop
from vs_magic.llm.llama.engine import Engine

T = TypeVar("T")
Work = Callable[["Turn"], T]


class Turn:
    """One piece of work's turn on the worker thread."""

    def __init__(self, engines: dict[Path, Engine]) -> None:
        self._engines = engines
        self._over = threading.Event()

    @property
    def over(self) -> bool:
        """Whether nobody waits any more: the wait was cancelled, or the models are unloaded."""
        return self._over.is_set()

    def end(self) -> None:
        """Tell the work to stop."""
        self._over.set()

    def engine(self, path: Path) -> Engine:
        """Return the engine of a file, loaded if need be."""
        if path not in self._engines:
            self._engines[path] = Engine(path)
        return self._engines[path]


class Worker:
    """A queue, its thread (started by the first work), and the engines that only it touches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forked = False
        self._begin()

    def _begin(self) -> None:
        self._engines: dict[Path, Engine] = {}
        self._turns: set[Turn] = set()
        self._queue: concurrent.futures.ThreadPoolExecutor | None = None

    async def run(self, work: Work[T]) -> T:
        """Await work; work that has not begun when its wait is cancelled never does."""
        turn, future = self._submit(work)
        try:
            return await asyncio.wrap_future(future)
        finally:
            turn.end()

    def run_blocking(self, work: Work[T]) -> T:
        """Do the same in plain code; an interrupt stops the work."""
        return loop.run(self.run(work))

    def _submit(self, work: Work[T]) -> tuple[Turn, concurrent.futures.Future[T]]:
        if self._forked:
            raise ModelError(
                "a local model cannot run in a process that was forked from one that had loaded "
                'it: start such processes with multiprocessing\'s "spawn"'
            )
        with self._lock:
            if self._queue is None:
                self._queue = concurrent.futures.ThreadPoolExecutor(1, "vs_magic-local")
            turn = Turn(self._engines)
            self._turns.add(turn)
            future = self._queue.submit(work, turn)
        future.add_done_callback(lambda _: self._turns.discard(turn))
        return turn, future

    def close(self) -> None:
        """Stop what runs, drop what waits, free the models; the next work loads them again."""
        with self._lock:
            engines, turns, queue = self._engines, tuple(self._turns), self._queue
            self._begin()
        for turn in turns:
            turn.end()
        if queue is not None:
            queue.shutdown(wait=True, cancel_futures=True)
        while engines:
            engines.popitem()[1].close()

    def abandon(self) -> None:
        """Forget it all in a forked child, where the runtime's threads are gone.

        What was loaded is not even freed there, and nothing can be loaded: the runtime would wait
        for its threads for ever.
        """
        self._forked = self._queue is not None or self._forked
        for engine in self._engines.values():
            engine.abandon()
        self._lock = threading.Lock()
        self._begin()


worker = Worker()
atexit.register(worker.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=worker.abandon)

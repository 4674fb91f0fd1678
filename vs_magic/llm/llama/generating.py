"""The one thread that runs local models, and the models that it has loaded.

Two generations at once would fight over the same cores, and batched together they would change
each other's numbers; so calls queue here, whichever model they are for.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import functools
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

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
        self._turns: dict[Turn, concurrent.futures.Future[Any]] = {}
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

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
        turn = Turn(self._engines)
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        with self._lock:
            if self._thread is None:
                # A daemon: the interpreter would wait for any other at its exit, however long a
                # reply takes. `close` ends what it does first.
                self._thread = threading.Thread(
                    target=_work, args=(self._queue,), name="vs_magic-local", daemon=True
                )
                self._thread.start()
            self._turns[turn] = future
            self._queue.put(functools.partial(_take, work, turn, future))
        future.add_done_callback(lambda _: self._turns.pop(turn, None))
        return turn, future

    def close(self) -> None:
        """Stop what runs, drop what waits, free the models; the next work loads them again."""
        with self._lock:
            engines, jobs, thread = self._engines, self._queue, self._thread
            turns = tuple(self._turns.items())
            self._begin()
        for turn, future in turns:
            turn.end()
            future.cancel()
        if thread is not None:
            jobs.put(None)
            thread.join()
        while engines:
            engines.popitem()[1].close()

    def abandon(self) -> None:
        """Forget it all in a forked child, where the runtime's threads are gone.

        What was loaded is not even freed there, and nothing can be loaded: the runtime would wait
        for its threads for ever.
        """
        self._forked = self._thread is not None or self._forked
        for engine in self._engines.values():
            engine.abandon()
        self._lock = threading.Lock()
        self._begin()


def _work(jobs: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    """Do one job after the other, until there is None."""
    while (job := jobs.get()) is not None:
        job()


def _take(work: Work[T], turn: Turn, future: concurrent.futures.Future[T]) -> None:
    """Do the work whose turn it is, unless nobody waits for it any more."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work(turn))
    except BaseException as error:  # noqa: BLE001  (whatever it is, its waiter gets it)
        future.set_exception(error)


worker = Worker()
atexit.register(worker.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=worker.abandon)

"""A thread that does one job after another, so that a slow disk holds nobody else up."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

_Job: TypeAlias = "tuple[Future[Any], Callable[[], Any]]"
_Jobs: TypeAlias = "queue.SimpleQueue[_Job | None]"


class Worker:
    """A daemon thread with a queue; it starts with the first job. A forked child starts its own.

    Parameters
    ----------
    name
        The thread's name.

    Examples
    --------
    >>> worker = Worker("example")
    >>> worker.submit(lambda: 6 * 7).result()
    42
    >>> worker.stop()
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._thread: threading.Thread | None = None
        self._jobs: _Jobs = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._process = os.getpid()

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Have a job done, after those submitted before; its future has what it returns."""
        if self._process != os.getpid():  # the thread stayed in the parent
            self._thread, self._lock, self._process = None, threading.Lock(), os.getpid()
            self._jobs = queue.SimpleQueue()
        future: Future[T] = Future()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=_work, args=(self._jobs,), name=self.name, daemon=True
                )
                self._thread.start()
            self._jobs.put((future, job))
        return future

    def stop(self, last: Callable[[], None] | None = None, *, timeout: float = 5.0) -> None:
        """Do what was submitted, then `last` on the same thread, and end it.

        It waits for that no longer than `timeout` seconds. The next job starts a new thread.
        """
        if self._thread is None or self._process != os.getpid():
            return
        with self._lock:
            thread, self._thread = self._thread, None
            if last is not None:
                self._jobs.put((Future(), last))
            self._jobs.put(None)
            self._jobs = queue.SimpleQueue()  # a thread that starts later shall not find the end
        thread.join(timeout)


def _work(jobs: _Jobs) -> None:
    while (item := jobs.get()) is not None:
        future, job = item
        if not future.set_running_or_notify_cancel():
            continue
        try:
            result = job()
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for the result
            future.set_exception(error)
        else:
            future.set_result(result)
        del item, future, job  # or the last job's values stay alive until the next one

"""One background event loop: where every call to a model runs, whatever loop its caller has.

IPython runs its own loop on the main thread, so a magic cannot run another there; and clients keep
their connections per loop, so one loop that lives as long as the process keeps them warm. The
thread starts with the first call and is a daemon; it is stopped at exit, its clients closed first.
After a fork the child has no such thread and starts its own with its first call.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from vs_magic.errors import Interrupted

T = TypeVar("T")

GRACE_S = 0.4
"""How long a stopped run may take to tidy up before the prompt comes back without it."""

LOOK_S = 0.1
"""How often a waiting run looks for an interrupt that did not wake it.

On Windows a wait without an end is deaf to Ctrl-C. Elsewhere the signal can go to another thread
(of a process that was suspended when it came): Python notes it there, and only the main thread
acts on it, as soon as it is awake.
"""

CLOSING_S = 2.0
"""How long clients may take to close at exit."""

_log = logging.getLogger("vs_magic")


class _Background:
    """An event loop on a daemon thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._work, name="vs_magic-loop", daemon=True)
        self.thread.start()

    def _work(self) -> None:
        asyncio.set_event_loop(self.loop)
        while True:
            # Where a task raises one of these, the others must go on.
            with contextlib.suppress(KeyboardInterrupt, SystemExit):
                self.loop.run_forever()
                break
        self.loop.close()

    def stop(self) -> None:
        """Cancel what runs, close the clients, end the thread."""
        closing = asyncio.run_coroutine_threadsafe(_close_down(), self.loop)
        try:
            closing.result(CLOSING_S)
        except concurrent.futures.TimeoutError:
            _log.debug("clients did not close within %s s", CLOSING_S)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(CLOSING_S)


_background: _Background | None = None
_closers: list[Callable[[], Awaitable[None]]] = []
_lock = threading.Lock()


def run(work: Coroutine[Any, Any, T], *, grace: float = GRACE_S) -> T:
    """Run a coroutine on the background loop and wait for its result.

    Parameters
    ----------
    work
        The coroutine.
    grace
        After an interrupt: seconds that the cancelled coroutine has to tidy up.

    Raises
    ------
    Interrupted
        The user stopped it (Ctrl-C, the stop button). The coroutine is cancelled first; if it
        caught that and still returned something within `grace`, this is in `.partial`.
    RuntimeError
        Called on the background loop itself, where waiting would never end.
    Exception
        Whatever the coroutine raises.
    """
    future = submit(work)
    try:
        while not future.ended_within(LOOK_S):
            pass
        return future.result()
    except KeyboardInterrupt:
        future.cancel()
        raise _interrupted(future, time.monotonic() + grace) from None


def submit(work: Coroutine[Any, Any, T]) -> Running[T]:
    """Start a coroutine on the background loop and return at once, with a handle on it.

    Raises
    ------
    RuntimeError
        Called on the background loop itself: `await` the coroutine there.
    """
    background = _started()
    if threading.current_thread() is background.thread:
        work.close()
        raise RuntimeError(
            "this runs on vs_magic's own event loop (in a callback of a call, say), where waiting "
            "would never end: await the coroutine instead, as in `await vs.asample(...)`"
        )
    return Running(work, background.loop)


async def bridge(work: Coroutine[Any, Any, T]) -> T:
    """Await, from any event loop, a coroutine that runs on the background loop.

    Cancelling the awaiting task cancels the coroutine.
    """
    background = _started()
    if asyncio.get_running_loop() is background.loop:
        return await work
    return await asyncio.wrap_future(Running(work, background.loop))


def at_shutdown(close: Callable[[], Awaitable[None]]) -> None:
    """Have an asynchronous function called on the background loop before it stops; once."""
    if close not in _closers:
        _closers.append(close)


def shutdown() -> None:
    """Cancel what runs, close the clients and stop the loop; the next call starts a new one."""
    global _background
    with _lock:
        background, _background = _background, None
    if background is not None and background.thread.is_alive():
        background.stop()


class Running(concurrent.futures.Future[T]):
    """A coroutine under way on the background loop, as a future.

    `cancel` asks the coroutine to stop and returns at once; what it still returns or raises
    arrives here all the same (an ordinary future forgets it).

    The main thread waits in `ended_within`, and never in a future's own waits: these are Python
    code around locks, and an interrupt at the wrong step there leaves a lock taken, on which the
    loop's thread then waits for ever.
    """

    def __init__(self, work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._work = work
        self._task: asyncio.Task[T] | None = None
        self._ended = False
        self._under_way = threading.Lock()
        self._under_way.acquire()
        self.set_running_or_notify_cancel()
        loop.call_soon_threadsafe(self._begin)

    def cancel(self) -> bool:
        """Ask the coroutine to stop; False where it has already ended."""
        if self._ended or self._loop.is_closed():
            return False
        self._loop.call_soon_threadsafe(self._cancel)
        return True

    def ended_within(self, seconds: float) -> bool:
        """Wait for the coroutine's end, in one call that an interrupt ends cleanly; one waiter."""
        return self._ended or self._under_way.acquire(timeout=seconds)

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._work)
        self._task.add_done_callback(self._finish)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _finish(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self.set_exception(concurrent.futures.CancelledError())
        elif (error := task.exception()) is not None:
            self.set_exception(error)
        else:
            self.set_result(task.result())
        self._ended = True
        self._under_way.release()


def _interrupted(future: Running[T], deadline: float) -> Interrupted:
    """Wait for a cancelled coroutine, through further interrupts, and wrap what it returned."""
    interrupted = Interrupted()
    while (left := deadline - time.monotonic()) > 0:
        with contextlib.suppress(KeyboardInterrupt):
            if future.ended_within(left) and future.exception() is None:
                interrupted.partial = future.result()
            break
    return interrupted


def _started() -> _Background:
    global _background  # noqa: PLW0603  (one loop a process is the point)
    with _lock:
        if _background is None or not _background.thread.is_alive():
            _background = _Background()
        return _background


async def _close_down() -> None:
    """Cancel every other task, let it end, then close the clients."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    while _closers:
        close = _closers.pop()
        await asyncio.wait_for(asyncio.ensure_future(close()), CLOSING_S)
    await asyncio.get_running_loop().shutdown_asyncgens()


def _forget() -> None:
    """In a forked child: the thread stayed in the parent, and the lock may be held for ever."""
    global _background, _lock
    _background, _lock = None, threading.Lock()


atexit.register(shutdown)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)

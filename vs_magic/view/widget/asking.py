"""One ask at a time: start it, show what arrives, stop it.

Nothing here waits. The function that asks runs on a worker thread; what it reports is fetched on
another one, a few times a second; every change of state happens under the widget's lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from vs_magic.view.widget.capture import Sink, routed
from vs_magic.view.widget.values import Ask, AskFunction, ProgressView, Shown
from vs_magic.view.widget.workers import explain, submit
from vs_magic.view.words import count

BETWEEN = 0.1
"""Seconds between two looks at what has arrived, at least; more when there are many rows."""


@dataclass(eq=False, slots=True)
class _AskRun:
    """One ask under way."""

    change: Ask
    future: Future[Shown] | None = None
    latest: ProgressView = field(default_factory=ProgressView)
    unseen: bool = False
    looking: bool = False
    next_look: float = 0.0
    ending: dict[str, Any] | None = None


class Asking:
    """The widget's asks, of which one at most is under way.

    `show` is called with what has arrived, None where nothing has, and whether it is the last of
    it; `tell`, when `state` has changed.
    """

    def __init__(
        self,
        ask: AskFunction,
        *,
        lock: AbstractContextManager[Any],
        sink: Sink,
        show: Callable[[Shown | None, bool], None],
        tell: Callable[[], None],
    ) -> None:
        self._ask, self._lock, self._sink = ask, lock, sink
        self._show, self._tell = show, tell
        self._run: _AskRun | None = None
        self.state: dict[str, Any] = {"state": "idle"}

    @property
    def under_way(self) -> bool:
        """Whether an ask is running or being stopped."""
        return self._run is not None

    def start(self, change: Ask) -> bool:
        """Start an ask; False where one is under way already."""
        with self._lock:
            if self._run is not None:
                return False
            run = self._run = _AskRun(change)
            self._become(state="asking", done=0, total=0, arrived=0, note="")
        started = submit(self._sink, self._ask, change, partial(self._reported, run))
        started.add_done_callback(partial(self._started, run))
        return True

    def stop(self) -> None:
        """Stop the ask that is under way; what has arrived stays."""
        with self._lock:
            run = self._run
            if run is None or run.ending is not None:
                return
            self._end(run, {"state": "stopped"})
        if run.future is not None:
            run.future.cancel()

    def fail(self, error: BaseException) -> None:
        """Show why an ask could not be started."""
        with self._lock:
            if self._run is None:
                self._become(state="failed", **explain(error))

    def forget(self) -> None:
        """Forget what the last ask came to, its error above all."""
        with self._lock:
            if self._run is None:
                self.state = {"state": "idle"}
                self._tell()

    def _started(self, run: _AskRun, started: Future[Future[Shown]]) -> None:
        error = started.exception()
        if error is not None:
            with self._lock:
                self._end(run, {"state": "failed", **explain(error)})
            return
        future = started.result()
        with self._lock:
            run.future, stopped = future, run.ending is not None
        # What is under way prints on threads of its own: the routes stay up until it has ended.
        routes = ExitStack()
        routes.enter_context(routed())
        future.add_done_callback(lambda _: routes.close())
        future.add_done_callback(partial(self._finished, run))
        if stopped:
            future.cancel()

    def _finished(self, run: _AskRun, future: Future[Shown]) -> None:
        if future.cancelled():
            ending: dict[str, Any] = {"state": "stopped"}
        elif (error := future.exception()) is not None:
            ending = {"state": "failed", **explain(error)}
        else:
            shown = future.result()
            run.latest = ProgressView(partial=lambda: shown)
            ending = {"state": "done"}
        with self._lock:
            self._end(run, ending)
            self._tell()

    def _reported(self, run: _AskRun, progress: ProgressView) -> None:
        """Take in a report; `OnProgress` as the asker sees it."""
        with self._lock:
            if run.ending is not None:
                return
            run.latest, run.unseen = progress, True
            self._become(done=progress.done, total=progress.total, note=progress.note)
            self._look(run)

    def _end(self, run: _AskRun, ending: dict[str, Any]) -> None:
        """Remember how a run ended, and look once more at what has arrived."""
        if run.ending is None and run is self._run:
            run.ending, run.unseen = ending, True
            if ending["state"] == "stopped":
                self._become(state="stopping")
            self._look(run)

    def _look(self, run: _AskRun) -> None:
        """Fetch what has arrived, soon; one look at a time."""
        if run.looking or not run.unseen:
            return
        run.looking, run.unseen = True, False
        wait = 0.0 if run.ending else run.next_look - time.monotonic()
        if wait <= 0:
            self._fetch(run)
            return
        timer = threading.Timer(wait, self._fetch, [run])
        timer.daemon = True
        timer.start()

    def _fetch(self, run: _AskRun) -> None:
        get = run.latest.partial
        looked: Future[Shown | None] = submit(self._sink, get or (lambda: None))
        looked.add_done_callback(partial(self._looked, run))

    def _looked(self, run: _AskRun, looked: Future[Shown | None]) -> None:
        error = looked.exception()
        shown = None if error is not None else looked.result()
        arrived = 0 if shown is None else int(shown.frame["text"].notna().sum())
        with self._lock:
            run.looking = False
            run.next_look = time.monotonic() + max(BETWEEN, arrived / 500)
            if run is not self._run:
                return
            if run.unseen:
                self._show_part(shown, arrived, error)
                self._look(run)
            elif run.ending is not None:
                self._close(run.ending, shown, arrived, error)
            else:
                self._show_part(shown, arrived, error)

    def _show_part(self, shown: Shown | None, arrived: int, error: BaseException | None) -> None:
        if arrived:
            self._show(shown, False)
        if error is not None:
            self._become(**explain(error))
        self._become(arrived=arrived)

    def _close(
        self,
        ending: dict[str, Any],
        shown: Shown | None,
        arrived: int,
        error: BaseException | None,
    ) -> None:
        self._run = None
        whole = ending["state"] == "done"
        self._show(shown if arrived or whole else None, True)
        problem = {"state": "failed", **explain(error)} if error is not None else {}
        words = _outcome(ending["state"], arrived)
        self.state = {"state": "idle"}
        self._become(**{**ending, **problem, "arrived": arrived, "outcome": words})

    def _become(self, **changes: Any) -> None:
        if changes.get("state") == "asking":
            self.state = {}
        self.state = {**self.state, **changes}
        self._tell()


def _outcome(state: str, arrived: int) -> str:
    came = count(arrived, "candidate")
    if state == "done":
        return f"{came} arrived."
    kept = f"{came} had arrived and {'is' if arrived == 1 else 'are'} kept."
    kept = kept if arrived else "The candidates that were there stay."
    return f"Stopped. {kept}" if state == "stopped" else kept

"""The one line that says how far a cell has come: drawn in place, late, and gone at the end.

A thread of its own draws it, so that seconds go on while everything waits for a model; it lives
as long as the `with` block.
"""

from __future__ import annotations

import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from vs_magic.sampling.progress import Progress
from vs_magic.view.live import quiet_line
from vs_magic.view.text import visible, width
from vs_magic.view.words import count, price

if TYPE_CHECKING:
    from typing import Self

QUIET_S = 0.5
"""Runs that end sooner show nothing."""

EVERY_S = 0.25
"""Seconds between two looks."""

Draw: TypeAlias = Callable[[str], None]
"""Shows a line in the place of the one before; an empty one takes it away."""


class ProgressLine:
    """Shows a run's progress while it runs, by what draws a line; None shows nothing."""

    def __init__(self, draw: Draw | None) -> None:
        self._draw = draw
        self._latest: Progress | None = None
        self._shown = ""
        self._ended = threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._watch, name="vs_magic-progress", daemon=True)

    def observe(self, progress: Progress) -> None:
        """Take in how far the run has come; called on the event-loop thread."""
        self._latest = progress

    def __enter__(self) -> Self:
        if self._draw is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._shown:
            self._show("")

    def _watch(self) -> None:
        self._ended.wait(QUIET_S)
        while not self._ended.is_set():
            line = describe(self._latest, time.monotonic() - self._began)
            if line != self._shown:
                self._show(line)
            self._ended.wait(EVERY_S)

    def _show(self, line: str) -> None:
        if self._draw is not None:
            self._draw(line)
        self._shown = line


def describe(progress: Progress | None, seconds: float) -> str:
    """Return the line: calls, candidates, seconds, cost, and what is being waited for.

    >>> describe(None, 3.4)
    'asking … 3 s'
    """
    if progress is None:
        return f"asking … {seconds:.0f} s"
    candidates = len(progress.partial().candidates)
    parts = [
        f"{progress.done} of {count(progress.total, 'call')}",
        count(candidates, "candidate") if candidates else "",
        f"{seconds:.0f} s",
        price(progress.cost_usd) if progress.cost_usd else "",
        progress.note,
    ]
    return "asking … " + " · ".join(part for part in parts if part)


def drawer(shell: Any) -> Draw | None:
    """Return what draws a line in this shell's front end; None where no line can be redrawn."""
    if hasattr(shell, "kernel"):
        return _in_output(shell)
    return _in_terminal if sys.stderr.isatty() else None


def _in_output(shell: Any) -> Draw:
    """Return what draws one output of a notebook's cell, updated in place.

    At the end it is updated to hold empty texts: JupyterLab and a converted notebook give these no
    height. (Clearing would take the cell's other outputs along, and nbconvert warns of an output
    that holds nothing at all.)
    """
    transient = {"display_id": f"vs_magic-{uuid.uuid4().hex}"}
    publish = shell.display_pub.publish
    is_there = False

    def draw(line: str) -> None:
        nonlocal is_there
        data = quiet_line(line) if line else {"text/plain": "", "text/html": ""}
        publish(data=data, metadata={}, transient=transient, update=is_there)
        is_there = True

    return draw


def _in_terminal(line: str) -> None:
    """Redraw the terminal's line; never longer than it is wide, for a wrapped line stays."""
    import shutil

    columns = shutil.get_terminal_size().columns - 1
    shown = visible(line)
    while width(shown) > columns:
        shown = shown[:-1]
    sys.stderr.write(f"\r\x1b[K{shown}")
    sys.stderr.flush()

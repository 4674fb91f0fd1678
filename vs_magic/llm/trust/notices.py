"""Lines for people that arise where nobody can be spoken to: on a thread, inside a call."""

from __future__ import annotations

import threading


class Notices:
    """Lines that wait until the edge shows them; each is said once a session.

    Examples
    --------
    >>> notices = Notices()
    >>> for line in ("the disk is full", "the disk is full"):
    ...     notices.say(line)
    >>> notices.take(), notices.take()
    (['the disk is full'], [])
    """

    def __init__(self) -> None:
        self._said: set[str] = set()
        self._waiting: list[str] = []
        self._lock = threading.Lock()

    def say(self, line: str) -> None:
        """Have a line shown, unless it was said before."""
        with self._lock:
            if line not in self._said:
                self._said.add(line)
                self._waiting.append(line)

    def take(self) -> list[str]:
        """Return what waits to be shown, and wait with it no longer."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        return taken

"""What a callback prints is kept for the widget: outside a cell it would be shown nowhere.

A print belongs to the ask that caused it. The ask's context carries a sink; asyncio tasks and
`asyncio.to_thread` inherit it, so the prints of coroutines on another loop are found too. Prints
of anything else pass through untouched.
"""

from __future__ import annotations

import contextlib
import contextvars
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, TextIO, TypeVar

T = TypeVar("T")

MOST_CHARACTERS = 20_000


class Sink:
    """Collects what is printed, up to a bound; safe to write to from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._text = ""

    def write(self, text: str) -> None:
        """Add to what was printed; the oldest part goes when there is too much."""
        with self._lock:
            self._text = (self._text + text)[-MOST_CHARACTERS:]

    def clear(self) -> None:
        """Forget what was printed."""
        with self._lock:
            self._text = ""

    @property
    def text(self) -> str:
        """What was printed."""
        with self._lock:
            return self._text


_sink: contextvars.ContextVar[Sink | None] = contextvars.ContextVar("vs_magic_sink", default=None)


class _Router:
    """A stream that hands a print to its context's sink, and everything else to the real one."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        sink = _sink.get()
        if sink is None:
            return self.stream.write(text)
        sink.write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


_lock = threading.Lock()
_users = 0


@contextlib.contextmanager
def routed() -> Iterator[None]:
    """Route prints while any ask runs; the real streams are put back after the last one.

    Something else that swapped the streams meanwhile keeps its swap: the router, where it stays
    behind, only passes on.
    """
    global _users  # noqa: PLW0603 - the streams are the process's own, and so is their use
    with _lock:
        _users += 1
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is not None and not isinstance(stream, _Router):
                setattr(sys, name, _Router(stream))
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            for name in ("stdout", "stderr"):
                stream = getattr(sys, name)
                if _users == 0 and isinstance(stream, _Router):
                    setattr(sys, name, stream.stream)


def bound(sink: Sink, function: Callable[..., T]) -> Callable[..., T]:
    """Return the function so that what it prints, on any thread, goes to the sink."""
    context = contextvars.copy_context()
    context.run(_sink.set, sink)

    def run(*args: Any) -> T:
        return context.copy().run(function, *args)

    return run

"""How a call tells what happens before its reply: that it waits, that an attempt was lost.

A waiting call counts down through the observer of the run that it belongs to, so that people see
why nothing happens. An observer is set around a run (`waits_told_to`) or a call (`lost_told_to`)
and found through a context variable, so that two runs at once do not hear each other, and
`Complete` needs no parameter for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TypeAlias

OnWait: TypeAlias = Callable[[float, str], None]
"""Called with the seconds left to wait and the reason; with 0.0 when the wait is over."""

_observer: ContextVar[OnWait | None] = ContextVar("vs_magic_on_wait", default=None)

_on_lost: ContextVar[Callable[[], None] | None] = ContextVar("vs_magic_on_lost", default=None)


@contextlib.contextmanager
def lost_told_to(observer: Callable[[], None]) -> Iterator[None]:
    """Have attempts that got no answer, may be charged, and are made again told to `observer`."""
    token = _on_lost.set(observer)
    try:
        yield
    finally:
        _on_lost.reset(token)


def tell_lost() -> None:
    """Tell the observer of this call, if there is one, that an attempt was lost."""
    observer = _on_lost.get()
    if observer is not None:
        observer()


@contextlib.contextmanager
def waits_told_to(observer: OnWait) -> Iterator[None]:
    """Have the waits of all calls that are made in this block told to `observer`."""
    token = _observer.set(observer)
    try:
        yield
    finally:
        _observer.reset(token)


def tell_wait(seconds: float, reason: str) -> None:
    """Tell the observer of this run, if there is one, that a call waits."""
    observer = _observer.get()
    if observer is not None:
        observer(seconds, reason)

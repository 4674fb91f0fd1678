"""The timeline of each call, through the standard logger `vs_magic`; silent unless asked for.

    logging.getLogger("vs_magic").setLevel(logging.DEBUG)   # and a handler, as for any logger

Logged is what happens and when: never a prompt, a reply or a key.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import itertools
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from vs_magic.errors import VSError
from vs_magic.llm.progress import tell_wait, waits_told_to
from vs_magic.llm.request import Complete, OnText, Reply, Request
from vs_magic.llm.trust.scrub import scrub
from vs_magic.view.words import usd

LOGGER = logging.getLogger("vs_magic")

_numbers = itertools.count(1)
_lock = threading.Lock()
_watching = 0
_level_before = logging.NOTSET


def _safe(record: logging.LogRecord) -> bool:
    """Keep a record, without keys in it and with its control characters visible."""
    text = scrub(record.getMessage())
    shown = (c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)
    record.msg, record.args = "".join(shown), ()
    return True


LOGGER.addHandler(logging.NullHandler())
LOGGER.addFilter(_safe)


def logged(complete: Complete) -> Complete:
    """Return a client that logs each call's timeline at level DEBUG."""

    async def call(request: Request, *, on_text: OnText | None = None) -> Reply:
        if not LOGGER.isEnabledFor(logging.DEBUG):
            return await complete(request, on_text=on_text)
        watch = _Watch()
        watch.say(_asked(request))
        outside = contextvars.copy_context()

        def on_wait(seconds: float, reason: str) -> None:
            watch.waits(seconds, reason)
            outside.run(tell_wait, seconds, reason)

        try:
            with waits_told_to(on_wait):
                reply = await complete(request, on_text=watch.listener(on_text))
        except asyncio.CancelledError:
            watch.say("stopped")
            raise
        except VSError as error:
            watch.say(f"failed: {error}")
            raise
        watch.say(_answered(reply))
        return reply

    return call


@contextlib.contextmanager
def timeline() -> Iterator[list[str]]:
    """Collect what is logged inside the block, one line a record, while it happens.

    Examples
    --------
    >>> with timeline() as lines:
    ...     LOGGER.debug("sent with key=%s", "abcdef123456")
    >>> lines
    ['   0.0... s  sent with key=[hidden]']
    """
    collector = _Collector()
    _watch(+1)
    LOGGER.addHandler(collector)
    try:
        yield collector.lines
    finally:
        LOGGER.removeHandler(collector)
        _watch(-1)


class _Collector(logging.Handler):
    """Keeps lines, each with the seconds since it was made."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self._began = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record as a line."""
        self.lines.append(f"{time.monotonic() - self._began:8.3f} s  {record.getMessage()}")


def _watch(change: int) -> None:
    """Switch the logger's level for as long as anyone collects."""
    global _watching, _level_before  # noqa: PLW0603  (the logger is one a process, too)
    with _lock:
        if not _watching:
            _level_before = LOGGER.level
            LOGGER.setLevel(logging.DEBUG)
        _watching += change
        if not _watching:
            LOGGER.setLevel(_level_before)


@dataclass(slots=True)
class _Watch:
    """What is said of one call."""

    number: int = field(default_factory=lambda: next(_numbers))
    heard: bool = False
    waiting: bool = False

    def say(self, what: str) -> None:
        LOGGER.debug("call %s · %s", self.number, what)

    def waits(self, seconds: float, reason: str) -> None:
        """Say once of each wait how long it will be."""
        if seconds > 0 and not self.waiting:
            self.say(f"waits {seconds:.1f} s: {reason}")
        self.waiting = seconds > 0

    def listener(self, on_text: OnText | None) -> OnText | None:
        """Return a listener that notes the first text and passes everything on."""
        if on_text is None:
            return None

        def listen(text: str) -> None:
            if not self.heard:
                self.heard = True
                self.say("the first text arrives")
            on_text(text)

        return listen


def _asked(request: Request) -> str:
    shape = request.shape
    size = sum(len(message["content"]) for message in request.messages)
    parts = [
        f"{request.model} · {shape.method} k={shape.k}",
        f"call {request.call} of its task, turn {request.turn}",
        f"{len(request.messages)} messages, {size:,} characters",
    ]
    return " · ".join(parts)


def _answered(reply: Reply) -> str:
    tokens = "tokens unknown"
    if reply.prompt_tokens is not None and reply.completion_tokens is not None:
        tokens = f"{reply.prompt_tokens:,} + {reply.completion_tokens:,} tokens"
    cost = "price unknown" if reply.cost_usd is None else usd(reply.cost_usd)
    source = "for nothing, from what is kept" if reply.cached else f"{reply.mode} · {cost}"
    end = reply.finish_reason or "no finish reason"
    return f"reply after {reply.latency_s:.3f} s · {tokens} · {end} · {source}"

"""Where the functions that were handed in are run: off the kernel's own threads, prints kept.

A function's exception is kept in its future, so that it is shown and not lost in a thread.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from vs_magic.errors import VSError
from vs_magic.view.widget import capture
from vs_magic.view.widget.texts import head

T = TypeVar("T")


@functools.cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="vs-widget")


def submit(sink: capture.Sink, function: Callable[..., T], *args: Any) -> Future[T]:
    """Run a function on a worker thread; what it prints goes to the sink."""

    def run() -> T:
        with capture.routed():
            return capture.bound(sink, function)(*args)

    return _workers().submit(run)


def explain(error: BaseException) -> dict[str, str]:
    """Return an exception as the widget shows it: one line, and what lies under it.

    An error of ours says all that is needed, and a reply that could not be read is shown with it.
    Any other exception is named, with its own traceback; what it was chained to is left out, for
    a client's exception can hold what no notebook should.
    """
    line = " ".join(str(error).split())
    if isinstance(error, VSError):
        reply = getattr(error, "reply", None)
        return {"error": head(line, 1000)[0], **_detail("The reply, as it came", reply)}
    named = f"{type(error).__name__}: {line}" if line else type(error).__name__
    trace = "".join(
        traceback.format_exception(type(error), error, error.__traceback__, chain=False)
    )
    return {"error": head(named, 1000)[0], **_detail("Traceback", trace)}


def _detail(title: str, text: str | None) -> dict[str, str]:
    return {"title": title, "detail": head(text, 6000)[0]} if text else {}

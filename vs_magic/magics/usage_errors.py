"""Errors at the edge: what a person sees is one line, and nothing is lost with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.error import UsageError

from vs_magic.errors import ReplyError, VSError

REPLY = "_vs_reply"
"""The variable that keeps a reply that could not be read, whole."""

_BEGINNING = 160


@contextmanager
def errors_in_one_line(shell: Any) -> Iterator[None]:
    """Turn the package's errors into IPython's UsageError, which shows one line, no traceback.

    Exactly that class: IPython prints the traceback of a subclass. The error itself is the cause.
    """
    try:
        yield
    except VSError as error:
        raise usage_error(shell, message(error)) from error


def usage_error(shell: Any, line: str) -> UsageError:
    """Return a UsageError, and let a kernel's reply tell of it too.

    A kernel answers with the last traceback that it showed; a UsageError shows none, so that the
    reply would otherwise carry the one of an earlier cell.
    """
    if hasattr(shell, "_last_traceback"):
        shell._last_traceback = [f"UsageError: {line}"]  # noqa: SLF001 - see above
    return UsageError(line)


def message(error: VSError) -> str:
    """Return an error as one line; a reply that could not be read is quoted."""
    from vs_magic.view.text import visible

    line = " ".join(str(error).split())
    if isinstance(error, ReplyError) and error.reply.strip():
        quoted = " ".join(error.reply[: 2 * _BEGINNING].split())
        if len(quoted) > _BEGINNING or len(error.reply) > 2 * _BEGINNING:
            quoted = quoted[:_BEGINNING] + "…"
        line = f"{line} | the reply ({len(error.reply):,} characters, whole in {REPLY}): {quoted}"
    return visible(line)


def stopped(line: str) -> KeyboardInterrupt:
    """Return the KeyboardInterrupt of a run that was stopped, shown as one line.

    IPython asks an exception itself how to show it; the frames of this package say nothing about
    why someone pressed stop.
    """
    error = KeyboardInterrupt(line)
    error._render_traceback_ = lambda: [f"KeyboardInterrupt: {line}"]  # type: ignore[attr-defined]
    return error

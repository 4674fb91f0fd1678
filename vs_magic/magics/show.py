"""What a cell shows: one static view, one widget where someone can use it, never a table twice.

docs/design/magics.md says why it is done this way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vs_magic.magics.flags import Display
from vs_magic.view.live import is_attended, publish, quiet_line, with_widget

if TYPE_CHECKING:
    from vs_magic.magics.memory import Memory
    from vs_magic.view.frame import CandidateFrame

MakeWidget = Callable[[], Any]


def wants_widget(shell: Any, display: Display) -> bool:
    """Return whether to show a widget: in a notebook that a person has open, or on request."""
    if not hasattr(shell, "kernel") or display is Display.STATIC:
        return False
    return display is Display.WIDGET or is_attended(shell)


def show(shell: Any, frame: CandidateFrame, make_widget: MakeWidget | None) -> None:
    """Show a frame: its widget, if there is to be one, and its static view."""
    publish(shell, _views(shell, frame, make_widget))


def returned(
    shell: Any, memory: Memory, frame: CandidateFrame, make_widget: MakeWidget | None
) -> CandidateFrame:
    """Have a frame that the cell returns bring its widget along when the cell displays it.

    Only in this cell: so `%%vs` alone in a cell shows the widget, `df = %vs …` shows nothing, and
    the frame in a later cell is a table like any other.
    """
    if make_widget is None:
        return frame

    def bundle(**_: Any) -> dict[str, Any]:
        memory.end_cell()
        return _views(shell, frame, make_widget)

    memory.lend(frame, "_repr_mimebundle_", bundle)
    return frame


def hidden(shell: Any, memory: Memory, frame: CandidateFrame) -> CandidateFrame:
    """Have a frame that the cell returns show nothing there; it is kept in `_` all the same."""

    def nothing() -> None:
        memory.end_cell()
        if not hasattr(shell, "kernel") and sys.stdout.isatty():
            sys.stdout.write("\r\x1b[K")  # the terminal has written `Out[1]:` by now

    memory.lend(frame, "_ipython_display_", nothing)
    return frame


def say(shell: Any, line: str) -> None:
    """Show one line of the package's own."""
    publish(shell, quiet_line(line))


def _views(shell: Any, frame: CandidateFrame, make_widget: MakeWidget | None) -> dict[str, Any]:
    """Publish the widget, if there is one, and return the frame's static view."""
    html = frame._repr_html_()
    if make_widget is not None:
        html = with_widget(shell, make_widget(), html, "candidates")
    return {"text/html": html, "text/plain": repr(frame)}

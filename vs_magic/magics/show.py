"""What a cell shows: one static view, one widget where someone can use it, never a table twice.

docs/design/magics.md says why it is done this way.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vs_magic.magics.flags import Display

if TYPE_CHECKING:
    from vs_magic.magics.memory import Memory
    from vs_magic.view.frame import CandidateFrame

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
PLAIN = "A widget stands here while the notebook runs; the table below shows the same candidates."

MakeWidget = Callable[[], Any]


def wants_widget(shell: Any, display: Display) -> bool:
    """Return whether a widget is to be shown: in a notebook that a person has open, or on request.

    A front end that people sit at accepts input; nbconvert, papermill and nbval run cells without.
    """
    if not hasattr(shell, "kernel") or display is Display.STATIC:
        return False
    return display is Display.WIDGET or _can_be_asked(shell)


def show(shell: Any, frame: CandidateFrame, make_widget: MakeWidget | None) -> None:
    """Show a frame: its widget, if there is to be one, and its static view."""
    _publish(shell, _views(shell, frame, make_widget))


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
    from vs_magic.view.text import escape, visible

    if hasattr(shell, "kernel"):
        html = f'<div style="opacity:.75;font-size:12.5px">{escape(line)}</div>'
        _publish(shell, {"text/plain": visible(line), "text/html": html})
    else:
        print(visible(line))  # noqa: T201 - a terminal's display


def _views(shell: Any, frame: CandidateFrame, make_widget: MakeWidget | None) -> dict[str, Any]:
    """Publish the widget, if there is one, and return the frame's static view."""
    html = frame._repr_html_()
    if make_widget is not None:
        widget, mark = make_widget(), f"vs-{uuid.uuid4().hex[:12]}"
        widget.add_class(f"{mark}-live")
        _publish(shell, {WIDGET_MIME: _bundle(widget)[WIDGET_MIME], "text/plain": PLAIN})
        html = f'<div class="{mark}"><style>{_either(mark)}</style>{html}</div>'
    return {"text/html": html, "text/plain": repr(frame)}


def _either(mark: str) -> str:
    """Return the style by which a page shows either the widget or the static view.

    The static view is an output of its own, right below the widget's, and hides while the widget
    is alive on the page. Where a notebook is reopened, converted or seen on GitHub there is none:
    then the table shows (where styles are stripped, too), and the place of the widget hides, in
    which JupyterLab would say "Error displaying widget". It keeps its width, to be rendered in.
    """
    live, own, output = f".{mark}-live", f".{mark}", ".jp-OutputArea-child"
    return (
        f":root:has({live}) {own},:root:has({live}) {output}:has({own}){{display:none}}"
        f":root:not(:has({live})) {output}:has(+ {output} {own})"
        "{position:absolute;visibility:hidden}"
    )


def _publish(shell: Any, data: dict[str, Any]) -> None:
    if hasattr(shell, "kernel"):
        shell.display_pub.publish(data=data, metadata={})
    else:
        print(data["text/plain"])  # noqa: T201 - a terminal's display


def _bundle(widget: Any) -> dict[str, Any]:
    made = widget._repr_mimebundle_()
    data = made[0] if isinstance(made, tuple) else made
    return dict(data or {})


def _can_be_asked(shell: Any) -> bool:
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return bool(parent.get("content", {}).get("allow_stdin", False))

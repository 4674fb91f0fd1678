"""A widget where someone can use it, and a still view elsewhere: never both on one page.

docs/design/magics.md says why it is done this way.
"""

from __future__ import annotations

import uuid
from typing import Any

from vs_magic.view.text import escape, visible

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"


def is_attended(shell: Any) -> bool:
    """Return whether a person has the notebook open: their front end accepts input.

    nbconvert, papermill and nbval run cells without.
    """
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return bool(parent.get("content", {}).get("allow_stdin", False))


def publish(shell: Any, data: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
    """Display what is given as MIME types: all of them in a notebook, the text in a terminal."""
    if hasattr(shell, "kernel"):
        shell.display_pub.publish(data=data, metadata=metadata or {})
    else:
        print(data["text/plain"])  # noqa: T201 - a terminal's display


def quiet_line(line: str) -> dict[str, Any]:
    """Return a line that the package itself has to say, as MIME types."""
    html = f'<div style="opacity:.75;font-size:12.5px">{escape(line)}</div>'
    return {"text/plain": visible(line), "text/html": html}


def with_widget(shell: Any, widget: Any, html: str, what: str) -> str:
    """Display a widget, and return the still view that stands in wherever the widget is not alive.

    `html` is the still view, a table; `what` says what it shows, for a notebook that shows neither.
    """
    mark = f"vs-{uuid.uuid4().hex[:12]}"
    widget.add_class(f"{mark}-live")
    made = widget._repr_mimebundle_()
    view = (made[0] if isinstance(made, tuple) else made)[WIDGET_MIME]
    plain = f"A widget stands here while the notebook runs; the table below shows the same {what}."
    publish(shell, {WIDGET_MIME: view, "text/plain": plain})
    return f'<div class="{mark}"><style>{_either(mark)}</style>{html}</div>'


def _either(mark: str) -> str:
    """Return the style by which a page shows either the widget or the still view.

    The still view is an output of its own, right below the widget's, and hides while the widget
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

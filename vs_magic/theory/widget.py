"""The explorer's widget: carries an explorer's page to the view, and its messages back.

The view computes nothing: a slider sends the number of its stop, and Python answers with the page.
Colours, controls and the view's small tools are the candidate widget's own, read from its files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from vs_magic.errors import OptionError
from vs_magic.theory.page import controls, page
from vs_magic.theory.reference import presets

if TYPE_CHECKING:
    from vs_magic.theory.explore import Explorer

_HERE = Path(__file__).parent
_CANDIDATES = _HERE.parent / "view" / "widget"


def section(source: str, name: str) -> str:
    r"""Return a section of the candidate widget's script: from its ruled heading to the next one.

    Raises
    ------
    ValueError
        There is no such section.

    Examples
    --------
    >>> section("// ---- a ----\n1;\n// ---- b ----\n2;\n", "a")
    '// ---- a ----\n1;\n'
    """
    ruled = rf"^// ---- {re.escape(name)} -+\n.*?(?=^// ---- |\Z)"
    found = re.search(ruled, source, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"the candidate widget's script has no section {name!r}")
    return found.group()


def script() -> str:
    """Return the view's script: the candidate widget's tools, then the explorer's own."""
    shared = (_CANDIDATES / "widget.js").read_text(encoding="utf-8")
    own = (_HERE / "widget.js").read_text(encoding="utf-8")
    return section(shared, "small tools") + section(shared, "light or dark") + own


def style() -> str:
    """Return the view's style: the candidate widget's colours and controls, then its own."""
    shared = (_CANDIDATES / "widget.css").read_text(encoding="utf-8")
    own = (_HERE / "widget.css").read_text(encoding="utf-8")
    return shared.partition("/* ---- head ---- */")[0] + own


class ExplorerWidget(anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
    """Sliders for α, β and ties over three distributions.

    Parameters
    ----------
    explorer
        Whose scene is shown, and moved.
    """

    _esm = script()
    _css = style()

    page = t.Dict().tag(sync=True)
    controls = t.Dict().tag(sync=True)

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        super().__init__(**self._state())
        self.on_msg(self._receive)

    @property
    def view(self) -> dict[str, Any]:
        """The widget as a notebook's output names it."""
        made = self._repr_mimebundle_()
        data = made[0] if isinstance(made, tuple) else made
        return dict((data or {})["application/vnd.jupyter.widget-view+json"])

    def paint(self) -> None:
        """Show where the sliders stand."""
        state = self._state()
        with self.hold_sync():
            self.page, self.controls = state["page"], state["controls"]

    def _state(self) -> dict[str, Any]:
        scene = self._explorer.scene
        known = presets()
        own = scene.reference.title not in known.values()
        offered = [["", scene.reference.title or "your answers"]] if own else []
        chosen = next((n for n, ask in known.items() if ask == scene.reference.title), "")
        options = [*offered, *([name, ask] for name, ask in known.items())]
        answers = {"value": chosen, "options": options}
        return {"page": page(scene), "controls": {**controls(scene), "answers": answers}}

    def _receive(self, _: Any, content: Mapping[str, Any], __: Any) -> None:
        """Do what a message of the view says, and answer it."""
        order, explorer = content.get("do"), self._explorer
        answer: dict[str, Any] = {"n": content.get("n")}
        try:
            if order == "slide":
                explorer.slide(str(content["name"]), int(content["at"]))
            elif order == "alpha":
                explorer.move(alpha=float(content["value"]))
            elif order == "which":
                explorer.move(which=str(content["value"]))
            elif order == "answers" and content.get("value"):
                explorer.move(answers=str(content["value"]), ties=1.0)
            elif order == "sample":
                explorer.move(seed=explorer.scene.seed + 1)
            else:
                return
        except (OptionError, KeyError, TypeError, ValueError) as error:  # a message from outside
            answer["error"] = str(error)
        self.send(answer)

"""The explorer's widget: carries an explorer's page to the view, and its messages back.

The view computes nothing: a slider sends the number of its stop, and Python answers with the page.
Colours, controls and the view's small tools are those of the candidate widget.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, Unpack

import anywidget
import traitlets as t

from vs_magic.errors import OptionError
from vs_magic.theory.page import controls, page
from vs_magic.theory.reference import presets
from vs_magic.theory.scene import Moves, Scene
from vs_magic.view.widget.files import with_shared

_HERE = Path(__file__).parent


class Sliders(Protocol):
    """What the widget moves: where the sliders stand, and how they are moved."""

    @property
    def scene(self) -> Scene:
        """Where the sliders stand."""

    def move(self, **where: Unpack[Moves]) -> None:
        """Move sliders to values."""

    def slide(self, name: str, at: int) -> None:
        """Move a slider to one of its stops."""


class ExplorerWidget(anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
    """Sliders for α, β and ties over three distributions.

    Parameters
    ----------
    explorer
        Whose scene is shown, and moved.
    """

    _esm = with_shared(_HERE / "widget.js")
    _css = with_shared(_HERE / "widget.css")

    page = t.Dict().tag(sync=True)
    controls = t.Dict().tag(sync=True)

    def __init__(self, explorer: Sliders) -> None:
        self._explorer = explorer
        super().__init__(**self._state())
        self.on_msg(self._receive)

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

"""The explorer: what α, β and ties do to a distribution, live in a notebook, still elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from vs_magic.errors import unknown
from vs_magic.theory.page import stops
from vs_magic.theory.reference import as_reference
from vs_magic.theory.scene import Moves, Scene
from vs_magic.view.live import is_attended, publish, with_widget
from vs_magic.view.text import printable

if TYPE_CHECKING:
    import pandas as pd

    from vs_magic.theory.widget import ExplorerWidget


class Explorer:
    """A distribution before and after tuning, and what a prompt for the distribution shows.

    In a live notebook it displays itself as a widget with sliders, elsewhere as a table.

    Parameters
    ----------
    scene
        Where the sliders stand at first.

    Attributes
    ----------
    scene
        Where the sliders stand now.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._widget: ExplorerWidget | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """The numbers on display: one row an answer, `r_true`, `pi_ref`, `pi_star`, `vs`."""
        return self.scene.frame

    @property
    def widget(self) -> ExplorerWidget:
        """The widget; made when it is first asked for."""
        if self._widget is None:
            from vs_magic.theory.widget import ExplorerWidget

            self._widget = ExplorerWidget(self)
        return self._widget

    def move(self, **where: Unpack[Moves]) -> None:
        """Move sliders from Python: `alpha`, `beta`, `ties`, `which`, `seed`, `answers`.

        Raises
        ------
        OptionError
            There is no such slider, or the value is out of its range; nothing moves then.
        """
        known = Moves.__annotations__
        for name in where:
            if name not in known:
                raise unknown("slider", name, known)
        changes: dict[str, Any] = {**where}
        if "answers" in changes:
            changes["reference"] = as_reference(changes.pop("answers"))
        self.scene = replace(self.scene, **changes)
        if self._widget is not None:
            self._widget.paint()

    def slide(self, name: str, at: int) -> None:
        """Move a slider to one of its stops, counted from 0; beyond the ends, to the end."""
        values = stops(self.scene)[name]
        value = values[min(max(at, 0), len(values) - 1)]
        to: Any = {name: value / values[-1] if name == "ties" else value}
        self.move(**to)

    def _repr_html_(self) -> str:
        from vs_magic.theory.still import to_html

        return to_html(self.scene)

    def __repr__(self) -> str:
        from vs_magic.theory.still import to_text

        return printable(to_text(self.scene))

    def _ipython_display_(self) -> None:
        from IPython.core.getipython import get_ipython

        shell: Any = get_ipython()
        html = self._repr_html_()
        if is_attended(shell):
            html = with_widget(shell, self.widget, html, "numbers")
        publish(shell, {"text/html": html, "text/plain": repr(self)})


def explorer(
    answers: Any = None,
    *,
    alpha: float = 0.57,
    beta: float = 0.1,
    ties: float = 1.0,
    which: str = "mixed",
    seed: int = 1,
) -> Explorer:
    """Return the explorer: π_ref beside π* ∝ π_ref^γ exp(r_true / β), and VS's view.

    Parameters
    ----------
    answers
        π_ref: a preset's name (`presets()` lists them) or its prompt; a mapping or Series of
        answers to probabilities or counts; what `%%vs` returned; a list of texts. None: a joke.
    alpha
        Strength of the typicality bias, 0 or more; 0.57 is the paper's estimate on HelpSteer.
    beta
        Weight of the KL penalty, above 0.
    ties
        Share of the answers that tie for the highest true reward; each of the others is worth 1
        less. 1: all are equally good.
    which
        Which answers are the best ones: `mixed`, `common` or `rare`.
    seed
        Makes the sampled answers repeatable.

    Raises
    ------
    OptionError
        A value is out of its range, or there are no answers in it.

    Examples
    --------
    >>> found = explorer("coin", alpha=0.5, beta=0.5)
    >>> round(found.scene.gamma, 9), round(found.scene.pi_star["Heads"], 3)
    (2.0, 0.579)
    """
    reference = as_reference(answers)
    return Explorer(
        Scene(reference=reference, alpha=alpha, beta=beta, ties=ties, which=which, seed=seed)
    )

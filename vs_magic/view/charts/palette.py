"""Colours: one for each method, legible on white and on black, told apart by the colour-blind.

Each colour has a contrast of at least 3:1 on white and on JupyterLab's dark ground (#111111), and
any two stay apart for people with protanopia, deuteranopia or tritanopia (tests/view/charts says
how far). As the band between both grounds is narrow, colour is never the only sign: a method's name
or shape stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

METHODS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "direct": ("#8a8a8a", "circle"),
        "cot": ("#be1818", "cross"),
        "sequence": ("#d07010", "square"),
        "multi-turn": ("#aa28a0", "triangle-up"),
        "vs-standard": ("#2468d0", "diamond"),
        "vs-cot": ("#3296fa", "triangle-right"),
        "vs-multi": ("#466a50", "triangle-down"),
    }
)
"""Method → its colour and its shape, in every chart."""

OTHER = ("#8a8a8a", "circle")
"""Colour and shape of what is no method."""

MODEL_SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down")
"""Shapes of the first, second … model, where one panel shows several."""


def colour(method: str) -> str:
    """Return the colour of a method.

    >>> colour("vs-standard"), colour("my own")
    ('#2468d0', '#8a8a8a')
    """
    return METHODS.get(method, OTHER)[0]


def shape(method: str) -> str:
    """Return the shape of a method."""
    return METHODS.get(method, OTHER)[1]


def domain(others: Iterable[str] = ()) -> dict[str, Any]:
    """Return the domain and range of a colour scale: all methods, in every chart the same.

    Panels that stand together share their scales, so that each has to know every method.
    """
    names = list(dict.fromkeys([*METHODS, *others]))
    return {"domain": names, "range": [colour(name) for name in names]}


def by_method(methods: Iterable[str] = (), **more: Any) -> Any:
    """Return the encoding that gives each method its colour; without a legend, unless one is given.

    `more` is what else an encoding by colour takes.
    """
    import altair as alt

    return alt.Color("method:N", **{"legend": None, "scale": domain(methods), **more})


def shapes(methods: Iterable[str], legend: Any = None) -> Any:
    """Return the encoding that gives each method its shape."""
    import altair as alt

    names = domain(methods)["domain"]
    scale = {"domain": names, "range": [shape(name) for name in names]}
    return alt.Shape("method:N", scale=scale, legend=legend)


def legend_of(methods: Iterable[str], **more: Any) -> Any:
    """Return the legend of the methods that a chart shows, below it."""
    import altair as alt

    names = list(dict.fromkeys(methods))
    return alt.Legend(title=None, orient="bottom", values=names, symbolOpacity=1, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """Colours of titles and values (`strong`), labels and notes (`text`), grid lines (`faint`)."""

    strong: str
    text: str
    faint: str


INKS: Mapping[str, Ink] = MappingProxyType(
    {
        # Where the ground is not known: the grey that has the same contrast (4.3:1) on both.
        "either": Ink(strong="#787878", text="#787878", faint="#80808055"),
        "light": Ink(strong="#1f2328", text="#57606a", faint="#d8dee4"),
        "dark": Ink(strong="#e6edf3", text="#9da7b3", faint="#3d444d"),
        # A live JupyterLab or Notebook 7 page has these; elsewhere what follows the comma holds.
        "page": Ink(
            strong="var(--jp-content-font-color1, #787878)",
            text="var(--jp-content-font-color2, #787878)",
            faint="var(--jp-border-color2, #80808055)",
        ),
    }
)
"""Inks by theme."""

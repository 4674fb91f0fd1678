"""A chart that shows wherever notebooks are shown: live with tooltips, and still as an SVG.

JupyterLab and Notebook 7 draw Vega-Lite 5 themselves, offline, without a kernel, and in notebooks
that they do not trust (an SVG they then leave out). GitHub, nbviewer and nbconvert take the SVG.
docs/design/compare.md says what was tried.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vs_magic import files
from vs_magic.errors import OptionError
from vs_magic.view.charts.palette import INKS, Ink
from vs_magic.view.text import printable

if TYPE_CHECKING:
    import altair as alt

LIVE = "application/vnd.vegalite.v5+json"
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
VERSION = "5.8"
"""Of the converter's, the one nearest to what JupyterLab 4 draws with."""
EMBEDDING = {"renderer": "svg", "actions": False}
"""How a page draws it: as SVG, whose colours may be the page's own variables."""

GROUNDS = {"light": "#ffffff", "dark": "#111111"}
"""What a PNG of a theme lies on."""

FONT = "Helvetica, Arial, Liberation Sans, sans-serif"


class Chart:
    """A chart.

    Parameters
    ----------
    drawing
        The Altair chart, without a theme.
    text
        What it says, for a terminal.

    Attributes
    ----------
    altair
        The Altair chart, to build upon.
    text
        What it says, for a terminal.
    """

    def __init__(self, drawing: alt.TopLevelMixin, text: str) -> None:
        self.altair = drawing
        self.text = text

    def to_dict(self, theme: str = "either") -> dict[str, Any]:
        """Return the Vega-Lite specification, as JSON values.

        Parameters
        ----------
        theme
            `either` (legible on white and on black), `light`, `dark`, or `page` (the notebook
            page's own colours).

        Raises
        ------
        OptionError
            There is no such theme.
        """
        if theme not in INKS:
            raise OptionError(f"unknown theme {theme!r}: one of {', '.join(INKS)}")
        spec: dict[str, Any] = self.altair.to_dict()
        spec["$schema"] = SCHEMA
        spec["config"] = configuration(INKS[theme])
        spec["background"] = None
        return spec

    def svg(self, theme: str = "either") -> str:
        """Return the chart as an SVG with a transparent ground."""
        import vl_convert

        return str(vl_convert.vegalite_to_svg(self.to_dict(theme), vl_version=VERSION))

    def png(self, theme: str = "either", scale: float = 2.0) -> bytes:
        """Return the chart as a PNG, `scale` times its size; `either` has a transparent ground."""
        import vl_convert

        spec = {**self.to_dict(theme), "background": GROUNDS.get(theme)}
        made = vl_convert.vegalite_to_png(spec, vl_version=VERSION, scale=scale)
        return bytes(made)

    def save(self, path: str | Path, theme: str = "either") -> Path:
        """Write the chart to a file: .svg, .png or .json, by its ending.

        A chart that is there is written over; another file is not. It is made to be shown, so who
        may read it is as for any new file.

        Raises
        ------
        OptionError
            The ending is none of these, there is no such theme, or the file cannot be written.
        """
        target = Path(path)
        kind = target.suffix.lower()
        if kind == ".svg":
            content, mark = self.svg(theme).encode(), b"<svg"
        elif kind == ".png":
            content, mark = self.png(theme), b"\x89PNG"
        elif kind == ".json":
            content, mark = json.dumps(self.to_dict(theme), indent=1).encode(), SCHEMA.encode()
        else:
            raise OptionError(f"a chart is saved as .svg, .png or .json, not as {target.name!r}")
        try:
            files.write(target, content, mode=0o666, over=lambda there: mark in there or not there)
        except (OSError, ValueError) as error:
            raise OptionError(f"cannot write {str(target)!r}: {files.reason(error)}") from None
        return target

    def __repr__(self) -> str:
        return printable(self.text)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {
            LIVE: self.to_dict("page"),
            "image/svg+xml": self.svg(),
            "text/plain": self.text,
        }
        return data, {LIVE: {"embed_options": EMBEDDING}}


def configuration(ink: Ink) -> dict[str, Any]:
    """Return what all charts have in common: fonts, inks, quiet axes."""
    axis = {
        "labelColor": ink.text,
        "titleColor": ink.text,
        "gridColor": ink.faint,
        "domainColor": ink.faint,
        "tickColor": ink.faint,
        "titleFontWeight": "normal",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
    }
    quiet: Mapping[str, Any] = {"font": FONT, "anchor": "start", "frame": "group"}
    return {
        "font": FONT,
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"titlePadding": 8, "labelOverlap": True},
        "axisY": {"grid": False, "labelPadding": 10},
        "legend": {
            "labelColor": ink.text,
            "titleColor": ink.text,
            "titleFontWeight": "normal",
            "labelFontSize": 11,
            "titleFontSize": 11,
            "symbolFillColor": ink.text,
            "symbolStrokeColor": ink.text,
            "labelLimit": 240,
        },
        "title": {
            **quiet,
            "color": ink.strong,
            "fontSize": 13,
            "fontWeight": "bold",
            "offset": 10,
            "subtitleColor": ink.text,
            "subtitleFontSize": 11,
            "subtitlePadding": 4,
        },
        "text": {"color": ink.text, "fontSize": 11},
        "tick": {"color": ink.strong},
        "style": {"value": {"align": "left", "baseline": "middle", "dx": 5}},
    }

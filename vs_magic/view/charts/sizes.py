"""The sizes that charts share, in pixels, so that what stands above each other lines up."""

from __future__ import annotations

from typing import Any

WIDTH = 800
"""A whole page: fits the output of a notebook at its narrowest, and a README."""

LABELS = 92
"""What stands left of the panels: the names of methods or answers."""

GAP = 14
"""Between two panels of a row."""

TITLE = 34
"""What a panel's title and the note under it take above the panel."""


def panel_title(title: str, note: str = "") -> Any:
    """Return a panel's title, with a note under it if there is one."""
    import altair as alt

    # An empty subtitle would keep the room of a line.
    below: dict[str, Any] = {"subtitle": note} if note else {}
    return alt.TitleParams(title, fontSize=12, offset=6, **below)


def share(columns: int, width: int, gap: int = GAP) -> int:
    """Return the width of each of some panels that stand in a row of `width`.

    >>> share(3, 708)
    226
    """
    return (width - gap * (columns - 1)) // columns

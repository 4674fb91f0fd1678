"""The sizes that charts share, in pixels, so that what stands above each other lines up.

Row labels are a panel of their own, not an axis: so every part of a page begins at the same left
edge, and is as wide as it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vs_magic.view.charts import frames

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


def row_labels(names: Sequence[str], width: int, height: int) -> Any:
    """Return the panel that names the rows of the panels to its right, the first at the top."""
    import altair as alt

    rows = [{"name": name} for name in names]
    text = alt.Chart(frames.values(rows)).mark_text(
        align="right", baseline="middle", limit=width - 12
    )
    return text.encode(
        x=alt.value(width - 12),
        y=alt.Y("name:N", sort=list(names), axis=None, scale=rows_scale()),
        text="name:N",
    ).properties(width=width, height=height)


def rows_scale() -> Any:
    """Return the scale of rows, the same for the labels and for what stands beside them."""
    import altair as alt

    return alt.Scale(paddingInner=0.1)

"""How alike responses are, pair by pair: one panel an arm, like ones side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vs_magic.view.charts import frames
from vs_magic.view.charts.sizes import GAP, TITLE, WIDTH, panel_title, share

MOST_COLUMNS = 4
MOST_CELLS = 4000
"""Cells in all panels together: what a page draws at once and a notebook holds lightly."""

LARGEST = 260


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarities:
    """The responses of one arm, and how alike each two are.

    `similarity` has the shape (texts, texts), between 0 and 1; 1 on the diagonal.
    """

    method: str
    model: str
    texts: Sequence[str]
    similarity: NDArray[np.floating]


def heat(blocks: Sequence[Similarities]) -> Any:
    """Return one panel for each arm: a cell for each pair, the brighter the more alike.

    Responses stand in an order that puts like ones together. Where there are many, the first of
    each arm are shown: as many as make 4000 cells.
    """
    import altair as alt

    columns = min(len(blocks), MOST_COLUMNS)
    size = min(share(columns, WIDTH), LARGEST)
    most = most_shown(len(blocks))
    several = len({block.model for block in blocks}) > 1
    panels = []
    for block in blocks:
        cells = max(min(len(block.texts), most), 1)
        side = max(size // cells, 1) * cells
        note = frames.clipped(block.model, size // 6) if several else ""
        panel = _panel(block, most).properties(width=side, height=side)
        panels.append(panel.properties(title=panel_title(block.method, note)))
    return alt.concat(
        *panels, columns=columns, bounds="flush", spacing={"row": TITLE + 12, "column": GAP}
    )


def most_shown(arms: int) -> int:
    """Return how many responses of each arm are shown where there are many.

    >>> most_shown(3), most_shown(7)
    (36, 23)
    """
    return int((MOST_CELLS / max(arms, 1)) ** 0.5)


def _panel(block: Similarities, most: int) -> Any:
    import altair as alt

    texts = list(block.texts)[:most]
    alike = np.asarray(block.similarity, dtype=np.float64)[: len(texts), : len(texts)]
    order = _seriate(alike)
    cells = [
        {"row": i, "column": j, "alike": float(min(max(alike[a, b], 0.0), 1.0))}
        for i, a in enumerate(order)
        for j, b in enumerate(order)
    ]
    listed = [{"place": i, "text": texts[a]} for i, a in enumerate(order)]
    scale = alt.Scale(domain=[0, 1], scheme="viridis")
    legend = alt.Legend(
        title="cosine similarity", orient="bottom", direction="horizontal", gradientLength=160
    )
    axis: Mapping[str, Any] = {"axis": None, "scale": alt.Scale(paddingInner=0, paddingOuter=0)}
    chart = alt.Chart(frames.values(cells)).mark_rect(aria=False, strokeWidth=0.7)
    for name, source in (("one", "row"), ("other", "column")):
        lookup = alt.LookupData(data=frames.values(listed), key="place", fields=["text"])
        chart = chart.transform_lookup(lookup=source, from_=lookup, as_=[name])
    return chart.encode(
        x=alt.X("column:O", **axis),
        y=alt.Y("row:O", **axis),
        fill=alt.Fill("alike:Q", scale=scale, legend=legend),
        # The same around each cell: else hair lines show between them.
        stroke=alt.Stroke("alike:Q", scale=scale, legend=None),
        tooltip=["one:N", "other:N", alt.Tooltip("alike:Q", title="similarity", format=".2f")],
    )


def _seriate(alike: NDArray[np.float64]) -> list[int]:
    """Return an order that puts like responses side by side (average linkage, best leaf order)."""
    count = len(alike)
    if count < 3:
        return list(range(count))
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    apart = np.clip(1.0 - (alike + alike.T) / 2, 0.0, None)
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(apart, checks=False), method="average", optimal_ordering=True)
    return [int(leaf) for leaf in leaves_list(tree)]

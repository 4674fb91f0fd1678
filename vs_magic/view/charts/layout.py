"""Several charts under one heading: what was asked, of whom, how often, when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vs_magic.view.charts import frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What stands above a chart: what was asked, cut where it is long, and lines of notes."""

    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a page: a drawing under a title of its own."""

    title: str
    note: str
    drawing: Any


def page(heading: Heading, sections: Sequence[Section]) -> Any:
    """Return the sections, one below the other, under their heading."""
    import altair as alt

    return alt.vconcat(*map(_titled, sections), spacing=34).properties(
        title=alt.TitleParams(
            frames.clipped(heading.title, 92),
            subtitle=[frames.clipped(line, 150) for line in heading.lines],
            fontSize=16,
            subtitleFontSize=12,
            offset=18,
            frame="bounds",
        ),
        padding={"left": 4, "right": 8, "top": 6, "bottom": 6},
    )


def _titled(section: Section) -> Any:
    import altair as alt

    if not section.title:
        return section.drawing
    below: dict[str, Any] = {"subtitle": section.note} if section.note else {}
    title = alt.TitleParams(section.title, offset=12, frame="bounds", **below)
    return section.drawing.properties(title=title)

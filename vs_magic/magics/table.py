"""A small table that reads well in a notebook and in a terminal: settings, models."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from vs_magic.view.text import escape, room, visible, width

_CELL = "text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;"
_WIDEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text under headings; the last column takes what room is left.

    Parameters
    ----------
    heads
        The headings.
    rows
        One tuple of texts a row, as long as `heads`.
    note
        A line below; may be empty.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __repr__(self) -> str:
        shown = [[visible(cell).replace("\n", " ") for cell in row] for row in self.rows]
        widths = _widths([self.heads, *shown])
        lines = [_line(self.heads, widths)]
        lines += [_line(row, widths) for row in shown]
        return "\n".join([*lines, *([self.note] if self.note else [])])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" style="{_CELL}">{escape(h)}</th>' for h in self.heads)
        rows = "".join(
            "<tr>" + "".join(f'<td style="{_CELL}">{escape(c)}</td>' for c in row) + "</tr>"
            for row in self.rows
        )
        note = f'<div style="opacity:.8">{escape(self.note)}</div>' if self.note else ""
        return (
            f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table>{note}"
        )


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """The columns' widths: each its longest cell's, bounded, and the last one what is left."""
    widths = [min(max(map(width, column)), _WIDEST) for column in zip(*rows, strict=True)]
    left = room(120) - sum(widths[:-1])
    widths[-1] = max(left - 2 * (len(widths) - 1), 20)
    return widths


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    parts = [textwrap.wrap(c, w) or [""] for c, w in zip(row, widths, strict=True)]
    tallest = max(map(len, parts))
    lines = []
    for i in range(tallest):
        cells = [part[i] if i < len(part) else "" for part in parts]
        padded = [cell + " " * (w - width(cell)) for cell, w in zip(cells, widths, strict=True)]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)

"""Rows under headings, in HTML and for a terminal: the tables that people see are made here."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vs_magic.view.text import escape, printable, room, visible, width

LINED = "border-bottom:1px solid rgba(128,128,128,.3);"
"""The style of a cell with a line below it, whatever the page's theme."""
FIGURES = "white-space:nowrap;font-variant-numeric:tabular-nums"
"""The style of a cell that holds a number."""

_PLAIN = "text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;"
_WIDEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text, as long as `heads`, and a note; the last column takes what room is left."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __repr__(self) -> str:
        rows = [self.heads, *(tuple(cell.replace("\n", " ") for cell in r) for r in self.rows)]
        widths = [min(most, _WIDEST) for most in natural_widths(rows)]
        left = room(120) - sum(widths[:-1]) - 2 * (len(widths) - 1)
        lines = text_lines(rows, [*widths[:-1], max(left, 20)])
        return printable("\n".join([*lines, *([self.note] if self.note else [])]))

    def _repr_html_(self) -> str:
        note = f'<div style="opacity:.8">{escape(self.note)}</div>' if self.note else ""
        return plain_html(self.heads, self.rows, _PLAIN, _PLAIN) + note


def natural_widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return how many columns of a terminal each column's longest text takes."""
    return [max(width(visible(cell)) for cell in column) for column in zip(*rows, strict=True)]


def text_lines(rows: Sequence[Sequence[str]], widths: Sequence[int] | None = None) -> list[str]:
    r"""Return rows for a terminal: columns two spaces apart, a longer text wrapped within its own.

    `widths` are the columns'; None: as wide as their longest texts.

    >>> text_lines([("", "a"), ("1.", "one\ntwo words")], [2, 5])
    ['    a', '1.  one', '    two', '    words']
    """
    widths = natural_widths(rows) if widths is None else widths
    lines = []
    for row in rows:
        parts = [wrapped(text, wide) for text, wide in zip(row, widths, strict=True)]
        for i in range(max(map(len, parts))):
            cells = [part[i] if i < len(part) else "" for part in parts]
            padded = [pad(cell, wide) for cell, wide in zip(cells, widths, strict=True)]
            lines.append("  ".join(padded).rstrip())
    return lines


def wrapped(text: str, columns: int) -> list[str]:
    """Return a text's lines, each wrapped; wide characters count as the two columns they take."""
    lines = []
    for line in visible(text).split("\n"):
        wide = width(line)
        fits = columns if wide <= len(line) else max(columns * len(line) // wide, 10)
        parts = textwrap.wrap(line, fits, replace_whitespace=False) if wide > columns else [line]
        lines += parts or [""]
    return lines


def pad(text: str, columns: int) -> str:
    """Return a text filled up with spaces to a number of columns."""
    return text + " " * (columns - width(text))


def plain_html(
    heads: Sequence[str], rows: Iterable[Sequence[str]], style: str, head_style: str, more: str = ""
) -> str:
    """Return rows of text as an HTML table, all cells in one style; `more` is the table's own."""
    return html_table(
        [th(escape(head), head_style) for head in heads],
        [[td(escape(cell), style) for cell in row] for row in rows],
        f"border-collapse:collapse{more}",
    )


def html_table(heads: Iterable[str], rows: Iterable[Iterable[str]], style: str) -> str:
    """Return cells, as `th` and `td` make them, as an HTML table."""
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return (
        f'<table style="{style}"><thead><tr>{"".join(heads)}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def th(html: str, style: str, scope: str = "col") -> str:
    """Return a heading's cell, of a column or a row."""
    return f'<th scope="{scope}" style="{style}">{html}</th>'


def td(html: str, style: str, span: int = 1) -> str:
    """Return a cell that spans as many columns."""
    across = f' colspan="{span}"' if span > 1 else ""
    return f'<td{across} style="{style}">{html}</td>'


def html_bar(share: float, *, height: int, colour: str, ground: str, style: str = "{}") -> str:
    """Return a bar that is filled to a share from 0 to 1; `style` is what stands around its own."""
    round_ = f"height:{height}px;border-radius:3px;background:"
    return (
        f'<div style="{style.format(round_ + ground)}">'
        f'<div style="{round_}{colour};width:{min(max(share, 0.0), 1.0):.1%}"></div></div>'
    )


def text_bar(share: float, columns: int) -> str:
    """Return a bar of blocks that is filled to a share from 0 to 1, and padded.

    >>> text_bar(0.5, 4)
    '██  '
    """
    return f"{'█' * round(columns * min(max(share, 0.0), 1.0)):<{columns}}"

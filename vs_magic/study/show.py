"""How a comparison is shown: its chart, then its summary as a table with what it says."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

from vs_magic.study import names
from vs_magic.study.pictures import heading
from vs_magic.view.charts.frames import digits, interval
from vs_magic.view.text import escape, visible, width

if TYPE_CHECKING:
    from vs_magic.study.comparison import Comparison

_CELL = "padding:.3rem .9rem .3rem 0;text-align:left;vertical-align:top;white-space:nowrap;"
_LINE = "border-bottom:1px solid rgba(128,128,128,.3);"


def show(comparison: Comparison) -> None:
    """Display a comparison: two outputs in a notebook, a table in a terminal."""
    from IPython import get_ipython  # type: ignore[attr-defined, unused-ignore]
    from IPython.display import publish_display_data

    shell = get_ipython()
    if not hasattr(shell, "kernel"):
        print(to_text(comparison))  # noqa: T201 - a terminal's display
        return
    data, metadata = comparison.chart()._repr_mimebundle_()
    publish: Any = publish_display_data  # IPython gives it no types
    publish(data, metadata)
    publish({"text/html": to_html(comparison), "text/plain": to_text(comparison)})


def to_html(comparison: Comparison) -> str:
    """Return the summary as a table, and the report; the colours are the page's own."""
    heads, rows = _table(comparison)
    head = "".join(
        f'<th scope="col" style="{_CELL}{_LINE}font-weight:600">{escape(h)}</th>' for h in heads
    )
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}{_LINE}">{escape(c)}</td>' for c in row) + "</tr>"
        for row in rows
    )
    told = "".join(f"<div>{escape(sentence)}</div>" for sentence in comparison.sentences)
    return (
        '<div style="max-width:62rem;font-size:13px;line-height:1.5">'
        '<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f'<div style="margin:.6rem 0 0">{told}</div></div>'
    )


def to_text(comparison: Comparison) -> str:
    """Return heading, summary and report for a terminal."""
    above = heading(comparison)
    heads, rows = _table(comparison)
    shown = [[visible(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(map(width, column)) for column in zip(*shown, strict=True)]
    lines = ["  ".join(_padded(c, w) for c, w in zip(row, widths, strict=True)) for row in shown]
    title = [visible(" ".join(line.split())) for line in (above.title, *above.lines)]
    told = textwrap.wrap(visible(comparison.report()), 100)
    return "\n".join([*title, "", *(line.rstrip() for line in lines), "", *told])


def _table(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows: a row an arm, a column a metric."""
    heads = ["", *(names.title(metric) for metric in comparison.metrics)]
    cells = {(e.arm, e.metric): e for e in comparison.estimates}
    rows = []
    level = comparison.wanted.level
    for arm in comparison.arms:
        row = [arm.label(comparison.arms)]
        for metric in comparison.metrics:
            estimate = cells.get((arm, metric))
            if estimate is None or math.isnan(estimate.value):
                row.append("–")
                continue
            low, high = estimate.bounds(level)
            places = names.decimals(metric)
            if places is None:
                places = digits(max(abs(estimate.value), 0 if math.isnan(high) else abs(high)))
            row.append(interval(estimate.value, low, high, places))
        rows.append(row)
    return heads, rows


def _padded(cell: str, size: int) -> str:
    return cell + " " * (size - width(cell))

"""How a study is shown: its chart, then its summary as a table with what it says."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vs_magic.metrics import Metric
from vs_magic.study import names
from vs_magic.study.measure import Estimate
from vs_magic.view.charts.frames import digits, interval
from vs_magic.view.text import escape, room, visible, width

if TYPE_CHECKING:
    from vs_magic.study.comparison import Comparison
    from vs_magic.study.sweep_result import Sweep

_CELL = "padding:.3rem .9rem .3rem 0;text-align:left;vertical-align:top;white-space:nowrap;"
_LINE = "border-bottom:1px solid rgba(128,128,128,.3);"

Rows = tuple[list[str], list[list[str]]]


def show(study: Comparison | Sweep) -> None:
    """Display a study: two outputs in a notebook, a table in a terminal."""
    from IPython import get_ipython  # type: ignore[attr-defined, unused-ignore]
    from IPython.display import publish_display_data

    if not hasattr(get_ipython(), "kernel"):
        print(repr(study))  # noqa: T201 - a terminal's display
        return
    data, metadata = study.chart()._repr_mimebundle_()
    publish: Any = publish_display_data  # IPython gives it no types
    publish(data, metadata)
    publish({"text/html": study._repr_html_(), "text/plain": repr(study)})


def to_html(comparison: Comparison) -> str:
    """Return a comparison's summary as a table, and its report."""
    return _html(_by_arm(comparison), comparison.sentences)


def to_text(comparison: Comparison) -> str:
    """Return a comparison's heading, summary and report for a terminal."""
    from vs_magic.study.charts import heading

    above = heading(comparison)
    return _text([above.title, *above.lines], _by_arm(comparison), comparison.sentences)


def sweep_html(sweep: Sweep) -> str:
    """Return a sweep's summary as a table, and its report."""
    return _html(_by_value(sweep), sweep.sentences)


def sweep_text(sweep: Sweep) -> str:
    """Return a sweep's heading, summary and report for a terminal."""
    from vs_magic.study.sweep_charts import heading

    above = heading(sweep)
    return _text([above.title, *above.lines], _by_value(sweep), sweep.sentences)


def _html(table: Rows, sentences: Sequence[str]) -> str:
    """Return a table and sentences; the colours are the page's own."""
    heads, rows = table
    head = "".join(
        f'<th scope="col" style="{_CELL}{_LINE}font-weight:600">{escape(h)}</th>' for h in heads
    )
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}{_LINE}">{escape(c)}</td>' for c in row) + "</tr>"
        for row in rows
    )
    told = "".join(f"<div>{escape(sentence)}</div>" for sentence in sentences)
    return (
        '<div style="max-width:62rem;font-size:13px;line-height:1.5">'
        '<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f'<div style="margin:.6rem 0 0">{told}</div></div>'
    )


def _text(above: Sequence[str], table: Rows, sentences: Sequence[str]) -> str:
    heads, rows = table
    shown = [[visible(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(map(width, column)) for column in zip(*shown, strict=True)]
    lines = ["  ".join(_padded(c, w) for c, w in zip(row, widths, strict=True)) for row in shown]
    title = [visible(" ".join(line.split())) for line in above]
    told = [
        textwrap.fill(visible(sentence), room(100), subsequent_indent="  ", break_on_hyphens=False)
        for sentence in sentences
    ]
    return "\n".join([*title, "", *(line.rstrip() for line in lines), "", *told])


def _by_arm(comparison: Comparison) -> Rows:
    """Return headings and rows: a row an arm, a column a metric."""
    heads = ["", *(names.title(metric) for metric in comparison.metrics)]
    of = {(e.arm, e.metric): e for e in comparison.estimates}
    level = comparison.metric_plan.level
    places = {m: _places(m, comparison.estimates, level) for m in comparison.metrics}
    rows = [
        [
            arm.label(comparison.arms),
            *(_cell(of.get((arm, m)), level, places[m]) for m in comparison.metrics),
        ]
        for arm in comparison.arms
    ]
    return heads, rows


def _by_value(sweep: Sweep) -> Rows:
    """Return headings and rows: a row a method and value, a column a metric."""
    heads = ["", sweep.parameter.name, *(names.title(metric) for metric in sweep.metrics)]
    of = {(e.arm, e.metric): e for e in sweep.estimates}
    arms = sorted(
        dict.fromkeys(arm for arm, _ in of),
        key=lambda arm: list(dict.fromkeys(a.method for a in sweep.arms)).index(arm.method),
    )
    level = sweep.metric_plan.level
    places = {m: _places(m, sweep.estimates, level) for m in sweep.metrics}
    rows = [
        [
            str(arm.method),
            "–" if arm.at is None else f"{arm.at:g}",
            *(_cell(of.get((arm, m)), level, places[m]) for m in sweep.metrics),
        ]
        for arm in arms
    ]
    return heads, rows


def _cell(estimate: Estimate | None, level: float, places: int) -> str:
    if estimate is None or math.isnan(estimate.value):
        return "–"
    return interval(estimate.value, *estimate.bounds(level), places)


def _places(metric: Metric, estimates: Sequence[Estimate], level: float) -> int:
    """Return how many decimals a column's numbers are shown with, all the same."""
    fixed = names.decimals(metric)
    if fixed is not None:
        return fixed
    ends = [end for e in estimates if e.metric is metric for end in (e.value, *e.bounds(level))]
    return digits(max((abs(end) for end in ends if math.isfinite(end)), default=1.0))


def _padded(cell: str, size: int) -> str:
    return cell + " " * (size - width(cell))

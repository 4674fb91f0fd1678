"""A study that shows itself: its verdict, its chart, then the table and what it says, folded."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vs_magic.metrics import Metric
from vs_magic.study import names
from vs_magic.study.arms import Arm
from vs_magic.study.charts import heading
from vs_magic.study.measure import Estimate
from vs_magic.study.outcome import Outcome
from vs_magic.view.charts.chart import FITTED, FITTING
from vs_magic.view.charts.frames import interval
from vs_magic.view.charts.layout import Section, page
from vs_magic.view.live import publish
from vs_magic.view.table import LINED, plain_html, text_lines
from vs_magic.view.text import escape, printable, room, visible

if TYPE_CHECKING:
    from vs_magic.view.charts.chart import Chart

_CELL = "padding:.3rem .9rem .3rem 0;text-align:left;vertical-align:top;white-space:nowrap;" + LINED

_HEAD = f"{_CELL}font-weight:600"


class Study(Outcome):
    """What a comparison and a sweep have in common: how they are told and shown."""

    @property
    def varied(self) -> str:
        """The option that was varied, if one was."""
        return ""

    def chart(self) -> Chart:
        """Return the main chart."""
        raise NotImplementedError

    def save(
        self,
        path: str | Path,
        theme: str = "paper",
        *,
        width: float | None = None,
        scale: float = 2.0,
    ) -> Path:
        """Write the main chart to a file: .pdf, .svg, .png or .json, by its ending.

        Parameters and errors as in `Chart.save`; `paper` is black on white.
        """
        return self.chart().save(path, theme, width=width, scale=scale)

    def _findings(self) -> list[str]:
        """Return what the numbers say, a sentence a metric."""
        raise NotImplementedError

    def _labels(self) -> tuple[list[str], Mapping[Arm, list[str]]]:
        """Return the headings of the table's first columns, and what stands there, row by row."""
        raise NotImplementedError

    @property
    def verdict(self) -> list[str]:
        """What it comes to, in a few short sentences."""
        return self._findings()

    def report(self) -> str:
        """Return a paragraph: the verdict, by how much, and what has to be said with it."""
        return " ".join(dict.fromkeys([*self.verdict, *self.sentences]))

    @property
    def sentences(self) -> list[str]:
        """The sentences of the report: one a metric, then what has to be said with them."""
        return [
            *self._findings(),
            *(f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in self.notes),
            f"Run on {self.when}: {self.took}.",
        ]

    def _page(self, *sections: Section, task: str | None = None) -> Chart:
        """Return sections under one heading, with what they say for a terminal."""
        from vs_magic.view.charts.chart import Chart

        return Chart(page(heading(self, task, without=self.varied), sections), repr(self))

    def _rows(self) -> tuple[list[str], list[list[str]]]:
        """Return headings and rows: a row an arm, a column a metric."""
        labels, of_arm = self._labels()
        heads = [*labels, *(names.title(metric) for metric in self.metrics)]
        of = {(e.arm, e.metric): e for e in self.estimates}
        level = self.metric_plan.level
        ends: dict[Metric, list[float]] = {metric: [] for metric in self.metrics}
        for estimate in self.estimates:
            ends[estimate.metric] += (estimate.value, *estimate.bounds(level))
        places = {metric: names.places(metric, found) for metric, found in ends.items()}
        rows = [
            [*label, *(_cell(of.get((arm, m)), level, places[m]) for m in self.metrics)]
            for arm, label in of_arm.items()
        ]
        return heads, rows

    def __repr__(self) -> str:
        above = heading(self, without=self.varied)
        heads, rows = self._rows()
        title = [visible(" ".join(line.split())) for line in (above.title, *above.lines)]
        table = text_lines([heads, *rows])
        verdict = self.verdict
        rest = [sentence for sentence in self.sentences if sentence not in verdict]
        parts = (title, _filled([" ".join(verdict)]), table, _filled(rest))
        return printable("\n\n".join("\n".join(part) for part in parts if part))

    def _verdict_html(self) -> str:
        told = escape(" ".join(self.verdict))
        style = "max-width:62rem;font-size:15px;line-height:1.5"
        return f'<div class="{FITTED}" style="{style}">{told}{FITTING}</div>'

    def _repr_html_(self) -> str:
        return self._verdict_html() + self._details_html()

    def _details_html(self) -> str:
        verdict = self.verdict
        rest = (sentence for sentence in self.sentences if sentence not in verdict)
        told = "".join(f"<div>{escape(sentence)}</div>" for sentence in rest)
        return (
            '<details style="max-width:62rem;font-size:13px;line-height:1.5">'
            "<summary>Table, pairs and method</summary>"
            f"{plain_html(*self._rows(), _CELL, _HEAD, ';font-variant-numeric:tabular-nums')}"
            f'<div style="margin:.6rem 0 0">{told}</div></details>'
        )

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.chart()._repr_mimebundle_()

    def _ipython_display_(self) -> None:
        """Display verdict, chart and the rest in a notebook; in a terminal all of it as text."""
        from IPython.core.getipython import get_ipython

        shell: Any = get_ipython()
        if not hasattr(shell, "kernel"):
            publish(shell, {"text/html": self._repr_html_(), "text/plain": repr(self)})
            return
        told = "\n".join(_filled([" ".join(self.verdict)]))
        publish(shell, {"text/html": self._verdict_html(), "text/plain": told})
        publish(shell, *self.chart()._repr_mimebundle_())
        publish(shell, {"text/html": self._details_html(), "text/plain": repr(self)})


def _filled(sentences: Sequence[str]) -> list[str]:
    """Return sentences for a terminal, each wrapped."""
    return [
        textwrap.fill(visible(told), room(100), subsequent_indent="  ", break_on_hyphens=False)
        for told in sentences
        if told
    ]


def _cell(estimate: Estimate | None, level: float, places: int) -> str:
    if estimate is None or math.isnan(estimate.value):
        return "–"
    return interval(estimate.value, *estimate.bounds(level), places)

"""A study that shows itself: its chart, then its summary as a table with what it says."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vs_magic.metrics import Metric
from vs_magic.study import names
from vs_magic.study.arms import Arm
from vs_magic.study.charts import heading
from vs_magic.study.measure import Estimate
from vs_magic.study.outcome import Outcome
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

    def _findings(self) -> list[str]:
        """Return what the numbers say, a sentence a metric."""
        raise NotImplementedError

    def _labels(self) -> tuple[list[str], Mapping[Arm, list[str]]]:
        """Return the headings of the table's first columns, and what stands there, row by row."""
        raise NotImplementedError

    def report(self) -> str:
        """Return a paragraph: what differs, by how much, and what has to be said with it."""
        return " ".join(self.sentences)

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
        told = [
            textwrap.fill(visible(told), room(100), subsequent_indent="  ", break_on_hyphens=False)
            for told in self.sentences
        ]
        title = [visible(" ".join(line.split())) for line in (above.title, *above.lines)]
        return printable("\n".join([*title, "", *text_lines([heads, *rows]), "", *told]))

    def _repr_html_(self) -> str:
        told = "".join(f"<div>{escape(sentence)}</div>" for sentence in self.sentences)
        return (
            '<div style="max-width:62rem;font-size:13px;line-height:1.5">'
            f"{plain_html(*self._rows(), _CELL, _HEAD, ';font-variant-numeric:tabular-nums')}"
            f'<div style="margin:.6rem 0 0">{told}</div></div>'
        )

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.chart()._repr_mimebundle_()

    def _ipython_display_(self) -> None:
        """Display two outputs in a notebook, a table in a terminal."""
        from IPython.core.getipython import get_ipython

        shell: Any = get_ipython()
        if hasattr(shell, "kernel"):
            publish(shell, *self.chart()._repr_mimebundle_())
        publish(shell, {"text/html": self._repr_html_(), "text/plain": repr(self)})


def _cell(estimate: Estimate | None, level: float, places: int) -> str:
    if estimate is None or math.isnan(estimate.value):
        return "–"
    return interval(estimate.value, *estimate.bounds(level), places)

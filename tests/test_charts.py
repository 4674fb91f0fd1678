"""Charts of what people hold, and how wide every chart is."""

from __future__ import annotations

import re

import pytest

import vs_magic as vs
from vs_magic.errors import OptionError

FITS = 620
"""Pixels: a page of 600, its padding and a label that stands out of the last axis."""


def width(chart: vs.Chart) -> float:
    """Return the width of a chart's picture."""
    return float(re.findall(r' width="([\d.]+)"', chart.svg())[0])


def test_answers_are_counted_as_they_were_written():
    """Equal answers are one bar, by the first way in which it was written; counts do as well."""
    chart = vs.charts.answers({"before": ["Blue", "blue.", "Red"], "after": {"Red": 2}})
    assert repr(chart) == "before: Blue 2, Red 1\nafter: Red 2"
    assert width(chart) <= FITS


def test_answers_stand_in_the_order_that_is_given():
    """An order by other spellings; whatever is not in it comes after."""
    chart = vs.charts.answers({"a": ["red", "Blue", "teal"]}, order=["blue", "RED"])
    labels = [
        text
        for text in re.findall(r">([^<>]+)</text>", chart.svg())
        if text.lower() in "blue red teal"
    ]
    assert labels[:3] == ["blue", "RED", "teal"]


def test_calibration_names_what_the_probabilities_are():
    """A panel a table, and the words for both axes."""
    table = vs.metrics.calibration_table(["1", "2", "1"], {"1": 0.5, "2": 0.2})
    chart = vs.charts.calibration({"stated": table}, observed_in="3 rolls", said="a forecast")
    assert ">a forecast</text>" in chart.svg()
    assert ">share of 3 rolls</text>" in chart.svg()
    assert "stated      1" in repr(chart)


@pytest.mark.parametrize("groups", [{}, {"a": []}])
def test_no_answer_no_chart(groups):
    """Nothing to show is said."""
    with pytest.raises(OptionError, match="one group or more, each with an answer"):
        vs.charts.answers(groups)


def test_a_table_of_another_kind_is_refused():
    """What a calibration chart needs is named."""
    with pytest.raises(OptionError, match="needs tables with answer, stated, observed"):
        vs.charts.calibration({})


def test_every_chart_fits_into_600_pixels():
    """All methods, several tasks, long answers: panels stand below each other, nothing is wider."""
    same = {"model": "simulated/aligned", "seed": 1, "n": 10}
    jokes = vs.compare("Tell me a joke about coffee.", methods="all", embedder="lexical", **same)
    tasks = vs.compare(["Name a US state.", "Roll a six-sided die. " * 4], **same)
    swept = vs.sweep("Name a US state.", vary="k", values=[1, 5, 10], **same)
    charts = [
        *(jokes.chart(), jokes.similarity_chart(), jokes.answers_chart(), jokes.metrics_chart()),
        *(jokes.calibration_chart(), tasks.chart(), swept.chart()),
    ]
    assert [width(chart) for chart in charts if width(chart) > FITS] == []

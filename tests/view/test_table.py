"""Tables: in HTML and in a terminal, of whatever texts."""

from __future__ import annotations

import pytest

import vs_magic as vs
from vs_magic.view.table import Table, html_bar, text_lines
from vs_magic.view.text import width


def test_a_table_is_text_and_html():
    """The same cells in both; what is model text stays text."""
    table = Table(heads=("name", "value"), rows=(("a\nb", "<b>1</b>\x1b[31m"),), note="a note")
    assert repr(table).splitlines() == ["name  value", "a b   <b>1</b>␛[31m", "a note"]
    html = table._repr_html_()
    assert "<b>" not in html
    assert html.count("<td") == html.count("<th ") == 2
    assert "a note" in html


def test_columns_stand_below_each_other():
    """Wide characters take two columns; a text that is too long goes on below, in its column."""
    lines = text_lines([("红", "b"), ("aa", "one two three")], [4, 7])
    assert lines == ["红    b", "aa    one two", "      three"]
    assert width(lines[0]) == len("aa    b")


@pytest.mark.parametrize("share", [-1.0, 0.0, 0.25, 1.0, 7.0])
def test_a_bar_stays_within_its_ground(share):
    """What was stated outside 0 to 1 fills nothing, or all."""
    html = html_bar(share, height=6, colour="#000", ground="#fff")
    assert f"width:{min(max(share, 0), 1):.1%}" in html


def test_a_sure_candidate_takes_one_line():
    """A weight of 100.0 % is wider than the others, and does not break its line."""
    dist = vs.sample("Flip a coin.", k=1, model="simulated/aligned", seed=1)
    (_, _, line) = [ln for ln in repr(dist.frame).splitlines() if "The model stated" not in ln]
    assert "100.0 %  " in line
    assert line.endswith(dist[0].text)


def test_the_static_table_says_what_the_sum_is_of():
    """With several calls it is a call's sum, on average; with one call it is all of it."""
    one = vs.sample("Roll a die.", k=2, model="simulated/aligned", seed=1)
    several = vs.sample("Roll a die.", k=2, n=6, model="simulated/aligned", seed=1)
    assert "in all: weights are normalised." in repr(one.frame)
    for view in (repr(several.frame), several.frame._repr_html_()):
        assert "a call, on average: weights are normalised." in view
        assert "in all" not in view

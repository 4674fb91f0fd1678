"""Each kind of chart, as a specification: the right panels, rows, order and ends."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tests.view.charts.frames_of import counts, data, summary, swept, titles, walk
from vs_magic.metrics import calibration_table
from vs_magic.view.charts.bars import bars
from vs_magic.view.charts.calibration import calibration
from vs_magic.view.charts.chart import Chart
from vs_magic.view.charts.curves import curves
from vs_magic.view.charts.dots import Scale, dots
from vs_magic.view.charts.heat import Similarities, heat, most_shown
from vs_magic.view.charts.palette import colour
from vs_magic.view.charts.pareto import front
from vs_magic.view.charts.points import points
from vs_magic.view.charts.strips import strips

ENTROPY = Scale(metric="entropy", title="Entropy", note="bits")
ROUGE = Scale(metric="rouge-l", title="ROUGE-L", note="share")


def encodings(spec, channel):
    """Return how a channel is encoded, wherever it is."""
    return [p["encoding"][channel] for p in walk(spec) if channel in p.get("encoding", {})]


def test_dots_have_a_panel_a_metric_and_a_row_an_arm():
    """Value and interval stand as marks, and as numbers beside them."""
    spec = dots(summary(), [ENTROPY, ROUGE]).to_dict()
    assert titles(spec) == ["Entropy", "ROUGE-L"]
    shown = {row["shown"] for row in data(spec) if "shown" in row}
    assert shown == {"1.00 (0.50 – 1.50)", "2.00 (1.50 – 2.50)", "3.00 (2.50 – 3.50)"}
    marks = {p["mark"]["type"] for p in walk(spec) if isinstance(p.get("mark"), dict)}
    assert marks == {"rule", "point", "text"}


def test_dots_begin_at_the_least_value_there_can_be():
    """No axis is cut to make a difference look larger."""
    spec = dots(summary(), [ENTROPY]).to_dict()
    domains = [x["scale"]["domain"] for x in encodings(spec, "x") if "domain" in x.get("scale", {})]
    assert domains
    assert all(low == 0.0 for low, _ in domains)


def test_dots_show_a_failed_arm_as_a_dash():
    """It keeps its row, and no number is made up for it."""
    frame = summary()
    frame.loc[frame["method"] == "sequence", ["value", "low", "high"]] = math.nan
    spec = dots(frame, [ENTROPY]).to_dict()
    shown = {row["method"]: row["shown"] for row in data(spec) if "shown" in row}
    assert shown["sequence"] == "–"
    assert Chart(dots(frame, [ENTROPY]), "").svg()


def test_dots_of_several_models_differ_in_shape():
    """One row a method, in it one mark a model; the legend names the models."""
    spec = dots(summary(models=("a", "b")), [ENTROPY]).to_dict()
    shapes = [e for e in encodings(spec, "shape") if e.get("legend")]
    assert shapes[0]["scale"]["domain"] == ["a", "b"]
    assert encodings(spec, "yOffset")


def test_colours_of_methods_are_fixed():
    """vs-standard has its colour whatever stands beside it."""
    for methods in (("direct", "vs-standard"), ("vs-standard", "cot")):
        spec = dots(summary(methods), [ENTROPY]).to_dict()
        scale = encodings(spec, "color")[0]["scale"]
        drawn = dict(zip(scale["domain"], scale["range"], strict=True))
        assert drawn["vs-standard"] == colour("vs-standard") == "#2468d0"


def test_bars_have_the_same_rows_in_every_panel():
    """Answers that an arm did not give stand there as nothing, so that panels compare."""
    spec = bars(counts({"direct": {"4": 29, "6": 1}, "vs-standard": {"1": 15, "2": 15}})).to_dict()
    of = {}
    for row in data(spec):
        if "count" in row:
            of.setdefault(row["method"], []).append((row["answer"], row["count"]))
    assert of["direct"] == [("1", 0), ("2", 0), ("4", 29), ("6", 1)]
    assert [answer for answer, _ in of["vs-standard"]] == ["1", "2", "4", "6"]


def test_bars_order_numbers_by_size_and_words_by_frequency():
    """10 comes after 9; Texas after California, who came more often."""
    numbers = bars(counts({"direct": {"10": 1, "9": 5, "-1": 1}})).to_dict()
    assert encodings(numbers, "y")[0]["sort"] == ["-1", "9", "10"]
    words = bars(counts({"direct": {"Texas": 1, "California": 5}})).to_dict()
    assert encodings(words, "y")[0]["sort"] == ["California", "Texas"]


def test_rare_answers_share_a_row():
    """Beyond fifteen, the rest is summed up; nothing is left out silently."""
    given = {f"answer {i:02d}": 40 - i for i in range(40)}
    spec = bars(counts({"direct": given})).to_dict()
    order = encodings(spec, "y")[0]["sort"]
    assert len(order) == 15
    assert order[-1] == "26 others"
    total = sum(row["count"] for row in data(spec) if "count" in row)
    assert total == sum(given.values())


def test_long_answers_that_begin_alike_keep_their_own_rows():
    """Cut labels are told apart; the whole text is on hover."""
    one, other = "the same beginning " * 4 + "one", "the same beginning " * 4 + "other"
    spec = bars(counts({"direct": {one: 2, other: 1}})).to_dict()
    rows = {row["answer"]: row["whole"] for row in data(spec) if "whole" in row}
    assert len(rows) == 2
    assert sorted(rows.values()) == [one, other]


def test_an_expected_share_is_a_tick_and_the_count_moves_aside():
    """The count never stands on the tick."""
    frame = counts({"direct": {"4": 2, "5": 28}}).assign(expected=1 / 6)
    spec = bars(frame).to_dict()
    assert any(p.get("mark", {}).get("type") == "tick" for p in walk(spec) if "encoding" in p)
    ends = {row["answer"]: row["end"] for row in data(spec) if "end" in row}
    assert ends["4"] == pytest.approx(1 / 6, abs=1e-5)
    assert ends["5"] == pytest.approx(28 / 30, abs=1e-5)


def test_points_have_one_scale_for_all_panels():
    """Distances compare, across and up, and from panel to panel; identical texts are one point."""
    frame = pd.DataFrame(
        [
            {"x": 0.0, "y": 0.0, "text": "a", "count": 3, "method": "direct", "model": "m"},
            {"x": 4.0, "y": 1.0, "text": "b", "count": 1, "method": "sequence", "model": "m"},
        ]
    )
    spec = points(frame).to_dict()
    rows = {row["text"]: row for row in data(spec) if "text" in row}
    across = abs(rows["a"]["x"] - rows["b"]["x"])
    up = abs(rows["a"]["y"] - rows["b"]["y"])
    assert across == pytest.approx(4 * up)
    assert rows["a"]["area"] == 3 * rows["b"]["area"]
    assert "×3" in {row.get("label") for row in data(spec)}
    assert titles(spec) == ["direct", "sequence"]


def test_points_in_one_place_do_not_divide_by_zero():
    """All alike: one point in the middle."""
    row = {"x": 1.0, "y": 1.0, "text": "a", "count": 9, "method": "direct", "model": "m"}
    spec = points(pd.DataFrame([row])).to_dict()
    (own,) = [r for r in data(spec) if r.get("text") == "a"]
    assert own["x"] == own["y"]


def test_heat_puts_like_responses_side_by_side():
    """Two kinds, mixed: in the chart they are two blocks; texts are there for the hover."""
    texts = ["a", "b", "a", "b", "a"]
    alike = np.array([[1.0 if s == t else 0.1 for s in texts] for t in texts])
    spec = heat([Similarities(method="direct", model="m", texts=texts, similarity=alike)]).to_dict()
    listed = [row["text"] for row in data(spec) if "place" in row][:5]
    assert listed in (["a", "a", "a", "b", "b"], ["b", "b", "a", "a", "a"])


def test_heat_shows_no_more_cells_than_a_page_bears():
    """Seven arms of a hundred responses: the first 23 of each."""
    blocks = [
        Similarities(
            method="direct",
            model=str(i),
            texts=["t"] * 100,
            similarity=np.eye(100) + i / 100,  # equal data would be held once
        )
        for i in range(7)
    ]
    spec = heat(blocks).to_dict()
    cells = [row for row in data(spec) if "alike" in row]
    assert len(cells) == 7 * most_shown(7) ** 2 <= 4000


def test_calibration_has_equal_axes_and_a_diagonal():
    """Over the diagonal: it comes more often than stated; an unlisted answer stands at 0."""
    table = calibration_table(["4"] * 28 + ["9", "9"], {"4": 0.2, "6": 0.2})
    table = table.assign(method="vs-standard", model="m", n=30)
    spec = calibration(table, observed_in="30 direct responses").to_dict()
    domains = {
        tuple(e["scale"]["domain"])
        for channel in ("x", "y")
        for e in encodings(spec, channel)
        if isinstance(e.get("scale"), dict) and "domain" in e["scale"]
    }
    assert len(domains) == 1
    rows = {row["answer"]: row for row in data(spec) if "answer" in row}
    assert rows["9"]["stated"] == 0
    assert rows["9"]["said"] == "not listed"
    assert rows["4"]["observed"] > rows["4"]["stated"]


def test_curves_hold_still_what_has_no_parameter():
    """Direct has no threshold: a dashed line and a band across, not a point at some value."""
    spec = curves(swept(), [ENTROPY], parameter="threshold", values=[1.0, 0.5]).to_dict()
    marks = [p["mark"] for p in walk(spec) if isinstance(p.get("mark"), dict)]
    assert any(mark.get("strokeDash") for mark in marks)
    moving = [row for row in data(spec) if "place" in row]
    assert {row["method"] for row in moving} == {"vs-standard"}
    assert [row["at"] for row in moving] == [1, 0.5]


def test_curves_keep_the_order_of_the_values():
    """From left to right as given, evenly spaced: the paper's figures go down to the tail."""
    values = [1.0, 0.5, 0.05]
    spec = curves(swept(values), [ENTROPY], parameter="threshold", values=values).to_dict()
    places = {row["at"]: row["place"] for row in data(spec) if "place" in row}
    assert places[1] < places[0.5] < places[0.05]
    assert places[0.5] - places[1] == pytest.approx(places[0.05] - places[0.5])


def test_the_plane_turns_round_where_less_is_more():
    """Better is always up and to the right, for ROUGE-L too."""
    row = {"method": "direct", "label": "", "order": 0, "y": 50.0, "y_low": 40.0, "y_high": 60.0}
    frame = pd.DataFrame([{**row, "x": x, "x_low": x, "x_high": x} for x in (0.2, 0.4)])
    spec = front(frame, ROUGE, ENTROPY, less_is_more=True).to_dict()
    (low, high) = encodings(spec, "x")[0]["scale"]["domain"]
    assert low > high


def test_strips_have_a_row_a_task():
    """Tasks in their order, numbered; the whole task is on hover."""
    tasks = ["b " * 60, "a"]
    frame = pd.DataFrame(
        [{"task": t, "method": "direct", "model": "m", "value": 1.0} for t in tasks]
    )
    spec = strips(frame, ENTROPY).to_dict()
    order = encodings(spec, "y")[0]["sort"]
    assert [name[:2] for name in order] == ["1.", "2."]
    assert {row["task"] for row in data(spec) if "task" in row} == set(tasks)


@pytest.mark.parametrize(
    "drawing",
    [
        lambda: dots(summary(), [ENTROPY, ROUGE]),
        lambda: bars(counts({"direct": {"4": 3}})),
        lambda: curves(swept(), [ENTROPY], parameter="k", values=[1.0, 0.5]),
        lambda: strips(summary().assign(task="t"), ENTROPY),
    ],
)
def test_every_chart_is_drawn_by_vega_lite_5(drawing):
    """The converter draws it without a complaint, in the version that JupyterLab has."""
    assert Chart(drawing(), "").svg().startswith("<svg")

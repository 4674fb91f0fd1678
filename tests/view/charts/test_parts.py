"""The arithmetic under the charts: labels that find room, the front, the plane, numbers."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_magic.view.charts.frames import clipped, interval, number, records, values
from vs_magic.view.charts.labels import HEIGHT, LETTER, Spot, place
from vs_magic.view.charts.pareto import pareto
from vs_magic.view.charts.plane import principal_plane

COORDINATE = st.floats(0, 200, allow_nan=False)
SPOTS = st.lists(
    st.builds(
        lambda x, y, text: Spot(x=x, y=y, radius=4, text=text),
        COORDINATE,
        COORDINATE,
        st.text("abc", min_size=1, max_size=12),
    ),
    max_size=12,
)


@given(SPOTS)
def test_labels_never_overlap_and_stay_inside(spots):
    """No label lies on another one, or out of the panel; some find no room."""
    boxes = []
    for spot, at in zip(spots, place(spots, 200, 200), strict=True):
        if at is None:
            continue
        wide = LETTER * len(spot.text)
        left = at.x if at.align == "left" else at.x - wide
        boxes.append((left, at.y - HEIGHT / 2, left + wide, at.y + HEIGHT / 2))
    for one, other in itertools.combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    assert all(min(b) >= 0 and max(b) <= 200 for b in boxes)


SCORES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12)


@given(SCORES)
def test_nothing_betters_a_point_on_the_front(points):
    """And whatever is not on it is bettered by one that is."""
    chosen = pareto(points)

    def betters(a, b):
        return a[0] >= b[0] and a[1] >= b[1] and a != b

    assert chosen
    for i in chosen:
        assert not any(betters(other, points[i]) for other in points)
    for i in set(range(len(points))) - set(chosen):
        assert any(betters(points[j], points[i]) for j in chosen)


def test_what_is_unknown_is_never_on_the_front():
    """A setting that was not scored cannot be the best."""
    assert pareto([(math.nan, 9.0), (1.0, math.nan), (0.5, 0.5)]) == [2]


def test_the_plane_keeps_distances_that_lie_in_it():
    """Points of a plane in 50 dimensions come out as far apart as they are."""
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.normal(size=(50, 2)))[0].T
    flat = rng.normal(size=(12, 2)) * [3, 1]
    places, share = principal_plane(flat @ axes)
    assert share == pytest.approx(1.0)
    for a, b in itertools.combinations(range(12), 2):
        assert np.linalg.norm(places[a] - places[b]) == pytest.approx(
            np.linalg.norm(flat[a] - flat[b])
        )


def test_the_plane_is_the_same_each_time():
    """Signs are fixed, so that a picture is the same tomorrow."""
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(20, 8))
    assert (principal_plane(rows)[0] == principal_plane(rows.copy())[0]).all()


def test_one_text_alone_has_a_place():
    """No spread is no error."""
    places, share = principal_plane([[1.0, 2.0], [1.0, 2.0]])
    assert places.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert share == 1.0


def test_numbers_are_written_for_people():
    """A true minus, thousands apart, no minus zero, infinities by their sign."""
    assert number(-0.0001, 2) == "0.00"
    assert number(math.inf) == "∞"
    assert interval(1.0, math.nan, math.nan, 1) == "1.0"
    assert clipped("a  b\n\tc", 99) == "a b c"


def test_chart_data_are_plain_json():
    """NaN, missing values and numpy numbers become what any reader of JSON takes."""
    import pandas as pd

    frame = pd.DataFrame({"a": [1, 2], "b": [math.nan, np.float32(0.5)], "c": ["x", None]})
    rows = values(records(frame)).to_dict()["values"]
    assert rows == [{"a": 1, "b": None, "c": "x"}, {"a": 2, "b": 0.5, "c": None}]

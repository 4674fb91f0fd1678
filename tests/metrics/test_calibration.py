"""Stated probabilities against observed answers."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from vs_magic.errors import OptionError
from vs_magic.metrics import brier, calibration_table, expected_calibration_error

FACES = st.dictionaries(st.sampled_from("123456"), st.integers(0, 20), min_size=1)


@pytest.mark.parametrize(
    ("answers", "stated", "expected"),
    [
        (["a", "a"], {"a": 1.0}, 0.0),  # certain and right
        (["b", "b"], {"a": 1.0}, 2.0),  # certain and wrong
        (["a", "b"], {"a": 0.5, "b": 0.5}, 0.5),  # a perfect forecast of a coin: 1 − Σ s²
        (["a", "b", "b", "b"], {"a": 0.25, "b": 0.75}, 1 - 0.25**2 - 0.75**2),
        (["a"], {"a": 0.0}, 1.0),
    ],
)
def test_brier_by_hand(answers: list[str], stated: dict[str, float], expected: float):
    """Brier's own sum over the answers, of each response, by hand (Brier, 1950)."""
    assert brier(answers, stated) == pytest.approx(expected)


@given(counts=FACES, stated=st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_brier_is_the_mean_over_responses(counts: dict[str, int], stated: list[float]):
    """The value from shares is the mean of the squared differences, response by response."""
    told = dict(zip("123456", stated, strict=True))
    came = [face for face, times in counts.items() for _ in range(times)]
    if not came:
        assert math.isnan(brier(came, told))
        return
    each = [sum((told[f] - (f == face)) ** 2 for f in told) for face in came]
    assert brier(came, told) == pytest.approx(sum(each) / len(each))


def test_expected_calibration_error_by_hand():
    """Two answers in one bin are taken together, one alone; the answers weigh alike (Guo, 2017)."""
    stated = {"a": 0.65, "b": 0.12, "c": 0.18}
    answers = ["a"] * 5 + ["b"] * 5
    # bin 0.6-0.7: |0.65 − 0.5|; bin 0.1-0.2: |(0.12 + 0.18) − (0.5 + 0)|, over three answers
    expected = (0.15 + 0.2) / 3
    assert expected_calibration_error(answers, stated) == pytest.approx(expected)
    apart = expected_calibration_error(answers, stated, bins=100)
    assert apart == pytest.approx((0.15 + 0.38 + 0.18) / 3)


def test_a_perfect_forecast_has_no_error():
    """Stated what came: an error of 0, also at the ends of the range."""
    assert expected_calibration_error(["a", "b"], {"a": 0.5, "b": 0.5, "c": 0}) == 0.0
    assert expected_calibration_error(["a", "a"], {"a": 1.0}) == 0.0


def test_the_table_holds_every_answer(us_states: dict[str, Any]):
    """Listed answers with what was stated, those that came unlisted with NaN; likeliest first."""
    table = calibration_table(us_states["direct"]["gpt-4.1"], us_states["stated"]["gpt-4.1"])
    assert table.attrs == {"n": 50, "stated_sum": pytest.approx(1.03)}  # facts.md: 1.03
    assert list(table.columns) == ["answer", "stated", "observed", "low", "high", "count"]
    assert len(table) == 50
    texas = table.set_index("answer").loc["Texas"]
    assert (texas["observed"], texas["count"]) == (0.46, 23)
    assert table["stated"].is_monotonic_decreasing
    unlisted = calibration_table(["4", "2"], {"4": 0.9}).iloc[-1]
    assert unlisted["answer"] == "2"
    assert math.isnan(unlisted["stated"])


def test_its_intervals_are_wilsons():
    """The bounds of an observed share are SciPy's Wilson interval."""
    table = calibration_table({"a": 3, "b": 17}, {"a": 0.5}, level=0.9).set_index("answer")
    for name, count in (("a", 3), ("b", 17)):
        theirs = scipy.stats.binomtest(count, 20).proportion_ci(0.9, method="wilson")
        assert table.loc[name, "low"] == pytest.approx(theirs.low)
        assert table.loc[name, "high"] == pytest.approx(theirs.high)


def test_a_frame_of_candidates_is_averaged_over_its_calls():
    """An answer's probability is its mean over the calls, 0 in a call that does not name it."""
    frame = pd.DataFrame(
        {
            "text": ["4", "4.", "2", "4", None],
            "probability": [0.3, 0.1, 0.2, 0.6, math.nan],
            "call": [1, 1, 1, 2, 3],
        }
    )
    table = calibration_table(["4"], frame).set_index("answer")
    assert table.loc["4", "stated"] == pytest.approx((0.4 + 0.6) / 2)
    assert table.loc["2", "stated"] == pytest.approx(0.1)
    alone = calibration_table(["4"], frame.drop(columns="call")).set_index("answer")
    assert alone.loc["4", "stated"] == pytest.approx(1.0)


@pytest.mark.parametrize("metric", [brier, expected_calibration_error])
def test_nothing_to_compare_is_no_score(metric):
    """No observed answers, or nothing stated: NaN."""
    assert math.isnan(metric([], {"a": 0.5}))
    assert math.isnan(metric(["a"], {}))
    assert math.isnan(metric(["a"], [("a", None)]))


@pytest.mark.parametrize("metric", [brier, expected_calibration_error, calibration_table])
@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"a": 12}, "between 0 and 1, not 12"),
        ({"a": -0.1}, "between 0 and 1, not -0.1"),
        (0.5, "stated must map answers to probabilities, not 0.5"),
        (pd.DataFrame({"text": ["a"]}), "needs columns text and probability"),
    ],
)
def test_what_was_not_stated_so_is_refused(metric, stated: Any, message: str):
    """Stated probabilities are on a scale of 0 to 1, and said of answers."""
    with pytest.raises(OptionError, match=message):
        metric(["a"], stated)


@pytest.mark.parametrize("bins", [0, 1.5, True])
def test_bins_are_counted(bins: Any):
    """There is one bin at least."""
    with pytest.raises(OptionError, match="bins must be a whole number of 1 or more"):
        expected_calibration_error(["a"], {"a": 0.5}, bins=bins)


def test_the_tables_level_is_checked():
    """A level is a share."""
    with pytest.raises(OptionError, match="level must be between 0 and 1, not 95"):
        calibration_table(["a"], {"a": 0.5}, level=95)

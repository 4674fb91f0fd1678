"""Numbers against numbers: SciPy's own values."""

from __future__ import annotations

import math
from typing import Any

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from vs_magic.errors import OptionError
from vs_magic.metrics import kolmogorov_smirnov, wasserstein

NUMBERS = st.lists(st.integers(-50, 50).map(lambda x: x / 10), min_size=2, max_size=12)


@given(one=NUMBERS, other=NUMBERS)
def test_both_are_scipys(one: list[float], other: list[float]):
    """The two-sample statistic and the distance, as SciPy computes them."""
    statistic = scipy.stats.ks_2samp(one, other, method="asymp").statistic
    assert kolmogorov_smirnov(one, other) == pytest.approx(statistic, abs=1e-12)
    distance = scipy.stats.wasserstein_distance(one, other)
    assert wasserstein(one, other) == pytest.approx(distance, abs=1e-12)


def test_published_values():
    """SciPy's documented examples of the distance; a die that shows 4 against a fair one."""
    assert wasserstein([0, 1, 3], [5, 6, 8]) == 5.0
    assert kolmogorov_smirnov(["4"] * 10, range(1, 7)) == 0.5
    assert wasserstein(["4"] * 10, range(1, 7)) == pytest.approx((3 + 2 + 1 + 0 + 1 + 2) / 6)


def test_no_overlap_is_the_worst():
    """Samples apart have a statistic of 1, and the distance between them."""
    assert kolmogorov_smirnov([0, 1], [2, 3]) == 1.0
    assert wasserstein([0.0], [2.0]) == 2.0


@pytest.mark.parametrize("metric", [kolmogorov_smirnov, wasserstein])
def test_nothing_has_no_score(metric):
    """An empty sample is NaN."""
    assert math.isnan(metric([], [1]))
    assert math.isnan(metric([1], []))


@pytest.mark.parametrize("metric", [kolmogorov_smirnov, wasserstein])
@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["one"], r"numbers\[0\] must be a number, not 'one'"),
        ([1, None], r"numbers\[1\] must be a number, not None"),
        ([math.nan], r"numbers\[0\] must be a number, not nan"),
        ("12", "numbers must be a list of numbers, not '12'"),
    ],
)
def test_what_is_no_number_is_refused(metric, values: Any, message: str):
    """A text that is more than a number is named, not guessed at."""
    with pytest.raises(OptionError, match=message):
        metric(values, [1, 2])

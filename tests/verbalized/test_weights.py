"""Weights: they sum to 1, no call outweighs another, and a draw follows them."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_magic.verbalized import weights

stated = st.lists(st.none() | st.floats(0, 1) | st.just(math.nan), min_size=1, max_size=30)


@given(stated)
def test_the_weights_of_a_call_sum_to_one(probabilities):
    """Whatever was stated, the weights are a distribution."""
    result = weights.normalise(probabilities)
    assert math.isclose(math.fsum(result), 1, rel_tol=1e-9)
    assert all(w >= 0 for w in result)


@given(st.lists(st.none() | st.floats(0.001, 1), min_size=1, max_size=20), st.floats(0.1, 10))
def test_only_ratios_matter(probabilities, factor):
    """Stating twice as much of everything changes no weight."""
    scaled = [None if p is None else p * factor for p in probabilities]
    assert weights.normalise(scaled) == pytest.approx(weights.normalise(probabilities))


def test_a_missing_probability_counts_as_the_calls_mean():
    """0.2, missing, 0.4: the missing one counts as 0.3 of 0.9."""
    assert weights.normalise([0.2, None, 0.4]) == pytest.approx([2 / 9, 3 / 9, 4 / 9])


def test_nothing_stated_is_uniform():
    """Without any probability, or with zeros only, no candidate is preferred."""
    assert weights.normalise([None, None]) == [0.5, 0.5]
    assert weights.normalise([0.0, 0.0, 0.0, 0.0]) == [0.25] * 4


@given(st.lists(stated | st.just([]), min_size=1, max_size=6))
def test_every_call_that_answered_counts_the_same(calls):
    """A call's weights sum to one over the number of calls with candidates."""
    merged = weights.merge(calls)
    answered = sum(1 for call in calls if call)
    for call, ws in zip(calls, merged, strict=True):
        assert len(ws) == len(call)
        if call:
            assert math.fsum(ws) == pytest.approx(1 / answered)


def test_a_seeded_draw_repeats_and_free_ones_follow_the_weights():
    """Seeds are reproducible; over many seeds the shares approach the weights."""
    ws = [0.7, 0.2, 0.1]
    assert weights.draw(ws, seed=3) == weights.draw(ws, seed=3)
    tally = Counter(weights.draw(ws, seed=s) for s in range(4000))
    for i, w in enumerate(ws):
        assert tally[i] / 4000 == pytest.approx(w, abs=0.03)


def test_nothing_to_draw_is_an_error():
    """No candidate, or only weightless ones, is said so."""
    with pytest.raises(ValueError, match="nothing to draw from"):
        weights.draw([])
    with pytest.raises(ValueError, match="nothing to draw from"):
        weights.draw([0.0])

"""Draws: by weight, seeded, tallied."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vs_magic.verbalized import weights
from vs_magic.view.widget.draws import MOST_AT_ONCE, Draws

IDS, WEIGHTS = ["a", "b", "c"], [0.5, 0.3, 0.2]


@given(seed=st.integers(), split=st.integers(0, 100))
def test_a_hundred_single_draws_are_one_hundred_draws(seed, split):
    """However the button is pressed, the n-th draw of a seed is the same."""
    at_once = Draws(ids=IDS, weights=WEIGHTS, seed=seed)
    bit_by_bit = Draws(ids=IDS, weights=WEIGHTS, seed=seed)
    assert at_once.take(100) == bit_by_bit.take(split) + bit_by_bit.take(100 - split)
    assert at_once.as_json() == bit_by_bit.as_json()


@given(seed=st.integers())
def test_the_first_draw_is_the_distributions_own(seed):
    """The widget and `Distribution.draw(seed)` take the same candidate."""
    drawn = Draws(ids=IDS, weights=WEIGHTS, seed=seed).take(1)
    assert drawn == [IDS[weights.draw(WEIGHTS, seed)]]


def test_draws_follow_the_weights():
    """Over many draws, the shares come close to the weights: 10,000 draws, four standard errors."""
    draws = Draws(ids=IDS, weights=WEIGHTS, seed=7)
    draws.take(10_000)
    for id_, weight in zip(IDS, WEIGHTS, strict=True):
        error = (weight * (1 - weight) / 10_000) ** 0.5
        assert abs(draws.counts[id_] / 10_000 - weight) < 4 * error


def test_without_a_seed_draws_differ():
    """No seed means a fresh run each time."""
    runs = {tuple(Draws(ids=IDS, weights=WEIGHTS).take(50)) for _ in range(3)}
    assert len(runs) == 3


def test_nothing_is_drawn_from_nothing():
    """Without candidates, or without any weight, there is no draw and no error."""
    assert Draws(ids=[], weights=[]).take(5) == []
    assert Draws(ids=["a"], weights=[0.0]).take(5) == []


def test_a_request_out_of_bounds_is_held():
    """A number from a browser can ask for no more than the bound, and for nothing below zero."""
    draws = Draws(ids=IDS, weights=WEIGHTS, seed=1)
    assert draws.take(-5) == []
    assert len(draws.take(10**9)) == MOST_AT_ONCE

"""Simulated preferences are what they say: Bradley-Terry, with as many ties, repeatable."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vs_magic import theory
from vs_magic.errors import OptionError


def test_the_winner_is_drawn_by_bradley_and_terry():
    """The commoner of two answers wins with probability σ(α · log ratio)."""
    pairs = theory.simulate_preferences(20_000, alpha=0.57, pi_ref={"a": 0.8, "b": 0.2}, seed=1)
    expected = 1 / (1 + math.exp(-0.57 * math.log(4)))
    share = (pairs["preferred"] == "a").mean()
    assert abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / 20_000)


def test_texts_and_numbers_belong_together():
    """Each text stands beside its own log-probability, and no answer is paired with itself."""
    shares = {"a": 0.5, "b": 0.3, "c": 0.2, "never": 0.0}
    pairs = theory.simulate_preferences(500, alpha=1.0, pi_ref=shares, seed=2)
    for side in ("preferred", "rejected"):
        wanted = pairs[side].map(lambda text: math.log(shares[text]))
        assert np.allclose(pairs[f"logp_{side}"], wanted)
    assert (pairs["preferred"] != pairs["rejected"]).all()
    assert set(pairs["preferred"]) == {"a", "b", "c"}


@pytest.mark.parametrize("ties", [0.0, 0.25, 1.0])
def test_as_many_pairs_tie_as_are_asked_for(ties):
    """Exactly that share has equal correctness; correctness is a whole number from 0 to 4."""
    pairs = theory.simulate_preferences(400, alpha=0.5, ties=ties, seed=3)
    equal = pairs["correctness_preferred"] == pairs["correctness_rejected"]
    assert equal.mean() == ties
    values = pairs[["correctness_preferred", "correctness_rejected"]].to_numpy()
    assert set(np.unique(values)) <= {0.0, 1.0, 2.0, 3.0, 4.0}


def test_correctness_counts():
    """Without a typicality bias the more correct answer wins, as often as its weight says."""
    pairs = theory.simulate_preferences(4000, alpha=0.0, ties=0.0, correctness=3.0, seed=4)
    assert (pairs["correctness_preferred"] > pairs["correctness_rejected"]).mean() > 0.95


def test_a_seed_repeats_it():
    """The same seed gives the same pairs, another one others."""
    first, again, other = (
        theory.simulate_preferences(50, alpha=0.5, seed=seed) for seed in (1, 1, 2)
    )
    assert first.equals(again)
    assert not first.equals(other)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"n": 0}, "n takes a whole number"),
        ({"n": 2.5}, "n takes a whole number"),
        ({"ties": 1.2}, "ties is a share"),
        ({"spread": 0.0}, "spread takes a number above 0"),
        ({"alpha": math.inf}, "alpha takes a finite number"),
        ({"correctness": math.nan}, "correctness takes a finite number"),
        ({"pi_ref": {"only": 1.0}}, "at least two answers"),
    ],
)
def test_bad_options(given, problem):
    """One line that names the option and its range."""
    with pytest.raises(OptionError, match=problem):
        theory.simulate_preferences(**{"n": 10, "alpha": 0.5, **given})

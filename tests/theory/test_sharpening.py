"""Sharpening equals the paper's formula, at its limits too; γ, entropy and the mode's share."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_magic import theory
from vs_magic.errors import OptionError
from vs_magic.llm.simulated.answering import sharpen as simulated

SHARES = st.lists(st.floats(1e-6, 1.0), min_size=2, max_size=30)


def shares_of(weights):
    """Weights as probabilities."""
    return np.asarray(weights) / np.sum(weights)


@given(SHARES, st.floats(0, 3), st.floats(0.05, 5), st.randoms(use_true_random=False))
def test_it_is_the_papers_formula(weights, alpha, beta, chance):
    """π_ref^γ exp(r/β), normalised, to 1e-12, for any reference, reward, α and β."""
    pi_ref = shares_of(weights)
    r_true = np.array([chance.uniform(-1, 1) for _ in weights])
    direct = pi_ref ** (1 + alpha / beta) * np.exp((r_true - r_true.max()) / beta)
    if direct.sum() < 1e-200:
        return  # the plain formula underflows there; the next test has such a case
    found = theory.sharpen(pi_ref, r_true, alpha=alpha, beta=beta)
    assert np.abs(found - direct / direct.sum()).max() < 1e-12


def test_it_holds_where_powers_underflow():
    """γ = 5001 over probabilities of 1e-3: in exact fractions 2^-5001 against 1, and no 0/0."""
    found = theory.sharpen([0.002, 0.001], alpha=500.0, beta=0.1)
    exact = Fraction(1, 1 + 2**5001)
    assert found.tolist() == [1.0, pytest.approx(float(exact), abs=1e-300)]
    assert theory.sharpen([1e-300, 2e-300], alpha=0.1, beta=0.1)[1] == pytest.approx(0.8)


@given(SHARES, st.floats(0.01, 100))
def test_no_bias_is_the_identity(weights, beta):
    """α = 0 and equal rewards give π_ref itself, whatever β is and however good they all are."""
    pi_ref = dict(zip(map(str, range(len(weights))), shares_of(weights), strict=True))
    equally_good = dict.fromkeys(pi_ref, 0.7)
    normalised = theory.sharpen(pi_ref, alpha=0.0, beta=math.inf)
    found = theory.sharpen(pi_ref, equally_good, alpha=0.0, beta=beta)
    assert found == normalised
    assert found == pytest.approx(pi_ref, abs=1e-15)


def test_it_is_what_the_simulated_model_does():
    """The simulated aligned model and the theory are one formula."""
    pi_ref = {"a": 0.5, "b": 0.3, "c": 0.2}
    gamma = theory.gamma(0.57, 0.1)
    assert theory.sharpen(pi_ref, alpha=0.57, beta=0.1) == pytest.approx(
        simulated(pi_ref, gamma), abs=1e-12
    )


def test_an_impossible_answer_stays_impossible():
    """What π_ref never gives, no reward brings about, with γ above 1, below 1 and below 0."""
    for alpha in (2.0, -0.05, -0.5):
        found = theory.sharpen(
            {"a": 0.5, "b": 0.5, "c": 0.0}, {"a": 0, "b": 0, "c": 99}, alpha=alpha, beta=0.1
        )
        assert found == {"a": 0.5, "b": 0.5, "c": 0.0}


@pytest.mark.parametrize(
    ("alpha", "beta", "left"),
    [
        (math.inf, 0.1, [0.5, 0.5, 0, 0]),  # the two modes
        (1e9, 0.1, [0.5, 0.5, 0, 0]),
        (0.5, 0.0, [0.5, 0.5, 0, 0]),
        (0.5, 5e-324, [0.5, 0.5, 0, 0]),  # α/β is beyond a float
        (-math.inf, 0.1, [0, 0, 0, 1]),  # a taste for the untypical
        (0.0, 0.0, [0.4, 0.4, 0.15, 0.05]),  # nothing to maximise: the reference
        (0.57, math.inf, [0.4, 0.4, 0.15, 0.05]),  # nothing moves
    ],
)
def test_the_limits(alpha, beta, left):
    """γ → ∞ leaves the modes, equally; β → ∞ leaves everything."""
    found = theory.sharpen([0.4, 0.4, 0.15, 0.05], alpha=alpha, beta=beta)
    assert found == pytest.approx(left, abs=1e-12)


def test_without_a_kl_penalty_the_highest_reward_is_left():
    """β = 0 keeps what maximises r_true + α log π_ref, in the reference's proportions."""
    pi_ref, r_true = [0.6, 0.3, 0.1], [0.0, 1.0, 1.0]
    assert theory.sharpen(pi_ref, r_true, alpha=0.0, beta=0.0) == pytest.approx([0, 0.75, 0.25])
    assert theory.sharpen(pi_ref, r_true, alpha=0.1, beta=0.0) == pytest.approx([0, 1, 0])
    assert theory.sharpen(pi_ref, r_true, alpha=9.0, beta=0.0) == pytest.approx([1, 0, 0])


def test_the_form_is_kept():
    """A mapping comes back as a dict, a Series as a Series, a sequence as an array; units go."""
    assert theory.sharpen({"a": 3, "b": 1}, alpha=0, beta=1) == {"a": 0.75, "b": 0.25}
    series = pd.Series([3.0, 1.0], index=["a", "b"], name="p")
    found = theory.sharpen(series, pd.Series([0.0, 0.0], index=["b", "a"]), alpha=1, beta=1)
    pd.testing.assert_series_equal(found, pd.Series([0.9, 0.1], index=["a", "b"], name="p"))
    assert isinstance(theory.sharpen((3, 1), alpha=1, beta=1), np.ndarray)


def test_more_bias_never_spreads():
    """Entropy falls and the mode's share rises with α, where all rewards tie."""
    pi_ref = [0.4, 0.3, 0.2, 0.1]
    found = [theory.sharpen(pi_ref, alpha=a, beta=0.3) for a in np.linspace(0, 2, 21)]
    entropies, modes = [theory.entropy(f) for f in found], [theory.mode_share(f) for f in found]
    assert entropies == sorted(entropies, reverse=True)
    assert modes == sorted(modes)


def test_entropy_and_mode_are_those_of_the_metrics():
    """Bits; answers that differ in case only are two; one answer has no entropy."""
    assert theory.entropy({"a": 1, "A": 1}) == 1.0
    assert theory.entropy([0.5, 0.25, 0.25]) == pytest.approx(1.5)
    assert theory.entropy({"only": 2.0}) == 0.0
    assert theory.mode_share([1, 1, 2]) == 0.5


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"pi_ref": []}, "at least one"),
        ({"pi_ref": [0.5, -0.1]}, "numbers of 0 or more, not -0.1"),
        ({"pi_ref": [0.5, math.nan]}, "not nan"),
        ({"pi_ref": [0, 0]}, "0 for every answer"),
        ({"pi_ref": "ab"}, "pi_ref takes"),
        ({"pi_ref": {"a": "x"}}, "pi_ref takes probabilities"),
        ({"r_true": [1]}, "1 rewards for 2 answers"),
        ({"r_true": [1, math.inf]}, "finite numbers"),
        ({"r_true": ["x", 1]}, "a number for each answer"),
        ({"r_true": {"a": 1}}, "names its answers"),
        ({"pi_ref": {"a": 1, "b": 1}, "r_true": {"a": 1}}, "no reward for 'b'"),
        ({"alpha": math.nan}, "alpha takes a number, not NaN"),
        ({"alpha": "much"}, "alpha takes a number, not 'much'"),
        ({"beta": -0.1}, "beta takes a number of 0 or more"),
        ({"beta": math.nan}, "beta takes a number of 0 or more"),
        ({"alpha": math.inf, "beta": math.inf}, "both infinite"),
    ],
)
def test_what_cannot_be_is_said(given, problem):
    """One line that names the argument and what is wrong with it."""
    asked = {"pi_ref": [0.5, 0.5], "alpha": 0.5, "beta": 0.1, **given}
    with pytest.raises(OptionError, match=problem):
        theory.sharpen(asked.pop("pi_ref"), asked.pop("r_true", None), **asked)

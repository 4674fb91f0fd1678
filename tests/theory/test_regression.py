"""α is found again within its standard error, as another optimiser finds it, or not at all."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from vs_magic import theory
from vs_magic.errors import OptionError

ALPHA = 0.57
SEEDS = range(20)


@pytest.fixture(scope="module")
def found():
    """Estimates from twenty simulated sets of 2,000 pairs, half of them of equal correctness."""
    return [
        theory.estimate_alpha(theory.simulate_preferences(2000, alpha=ALPHA, ties=0.5, seed=seed))
        for seed in SEEDS
    ]


def test_alpha_is_found_again(found):
    """Within two standard errors for 17 of 20 seeds or more, and not off to one side.

    Each is inside with probability 0.954: fewer than 17 of 20 would be a chance of 1 in 86 for
    seeds that nobody chose. The mean z has a standard deviation of 1/√20 = 0.22.
    """
    z = np.array([(each.alpha - ALPHA) / each.se for each in found])
    assert (np.abs(z) < 2).sum() >= 17
    assert abs(z.mean()) < 3 / math.sqrt(len(z))
    assert 0.5 < z.std(ddof=1) < 1.6


def test_correctness_is_found_beside_it(found):
    """Its own coefficient is 1, to within its standard errors; half of the pairs tie in it."""
    z = np.array([(each.correctness - 1) / each.correctness_se for each in found])
    assert (np.abs(z) < 2).sum() >= 17
    assert {each.ties for each in found} == {1000}


@pytest.mark.parametrize("alpha", [0.0, -0.4, 2.0])
def test_other_strengths_are_found_too(alpha):
    """None, a taste for the untypical, a strong one; equal pairs alone need no correctness."""
    found = theory.estimate_alpha(theory.simulate_preferences(5000, alpha=alpha, seed=3))
    assert abs(found.alpha - alpha) < 3 * found.se
    assert found.correctness is None
    assert found.ties == found.n == 5000
    assert (found.p_value < 0.001) == (alpha != 0)


def test_an_independent_optimiser_agrees():
    """Estimate, standard errors and likelihood, against SciPy's BFGS and a numerical Hessian."""
    pairs = theory.simulate_preferences(800, alpha=ALPHA, ties=0.3, correctness=0.6, seed=5)
    x = np.column_stack(
        [pairs[f"{n}_preferred"] - pairs[f"{n}_rejected"] for n in ("logp", "correctness")]
    )

    def loss(w):
        return np.logaddexp(0, -x @ w).sum()

    best = minimize(loss, np.zeros(2), method="BFGS", options={"gtol": 1e-9})
    step = 1e-4 * np.eye(2)
    hessian = [
        [
            (
                loss(best.x + a + b)
                - loss(best.x + a - b)
                - loss(best.x - a + b)
                + loss(best.x - a - b)
            )
            / 4e-8
            for a in step
        ]
        for b in step
    ]
    errors = np.sqrt(np.diag(np.linalg.inv(hessian)))
    found = theory.estimate_alpha(pairs)
    assert [found.alpha, found.correctness] == pytest.approx(best.x, abs=1e-5)
    assert [found.se, found.correctness_se] == pytest.approx(errors, rel=1e-3)
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-8)


def test_a_closed_form():
    """One difference of size 1, won 30 of 40 times: α = ln 3, its variance 1/(40 · ¾ · ¼)."""
    found = theory.estimate_alpha([1.0] * 30 + [-1.0] * 10)
    assert found.alpha == pytest.approx(math.log(3), abs=1e-12)
    assert found.se == pytest.approx(1 / math.sqrt(40 * 3 / 16), abs=1e-9)
    assert found.typical_share == 0.75
    assert found.z == pytest.approx(found.alpha / found.se)
    low, high = found.interval
    assert (high - low) / 2 == pytest.approx(1.959964 * found.se, rel=1e-6)
    assert found.gamma(0.1) == pytest.approx(1 + 10 * math.log(3))


def test_the_interval_takes_a_level():
    """A wider one for more certainty; the text says all of it in one line."""
    narrow = theory.estimate_alpha([1.0] * 30 + [-1.0] * 10, level=0.5)
    wide = theory.estimate_alpha([1.0] * 30 + [-1.0] * 10, level=0.99)
    assert wide.interval[0] < narrow.interval[0] < narrow.interval[1] < wide.interval[1]
    assert str(wide).startswith("α = 1.10 ± 0.37 (standard error), 40 pairs, 99 % interval 0.16 to")
    assert "\n" not in str(wide)


def test_pairs_that_belong_together_widen_the_error():
    """Each pair copied five times says no more than once: the error between groups knows it."""
    pairs = theory.simulate_preferences(400, alpha=ALPHA, seed=7)
    copied = pd.concat([pairs.assign(prompt=range(400))] * 5, ignore_index=True)
    once = theory.estimate_alpha(pairs)
    naive = theory.estimate_alpha(copied)
    grouped = theory.estimate_alpha(copied, groups="prompt")
    assert naive.se == pytest.approx(once.se / math.sqrt(5), rel=1e-6)
    assert grouped.alpha == pytest.approx(once.alpha, abs=1e-9)
    assert grouped.se == pytest.approx(once.se, rel=0.15)


ODD = pd.DataFrame({"logp_preferred": [-1.0, -2.0] * 10, "logp_rejected": [-2.0, -1.0] * 10})


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        ([1.0] * 5, "5 pairs are too few: at least 10"),
        ([1.0] * 20, "every one of the 20 pairs .the more typical answer always wins."),
        ([-1.0] * 20, "the less typical answer always wins"),
        ([0.0] * 20, "the same for both answers of every pair"),
        ([1.0, math.nan] * 10, "without NaN"),
        ([1.0, math.inf] * 10, "an answer has probability 0"),
        ([[1.0, 2.0]] * 10, "one column of numbers"),
        (["x"] * 10, "an array of pairs holds numbers"),
        (
            ODD.assign(correctness_preferred=[2, 1] * 10, correctness_rejected=[1, 2] * 10),
            "cannot be told apart",
        ),
        (
            ODD.assign(correctness_preferred=[1, 3] * 10, correctness_rejected=[1, 1] * 10),
            "typicality and correctness predict every one",
        ),
        (ODD.rename(columns={"logp_rejected": "b"}), "no column logp_rejected .there are"),
        (ODD.assign(logp_rejected=[math.nan] + [-1.0] * 19), "missing in 1 of 20 pairs.* row 1"),
    ],
)
def test_what_cannot_be_estimated_is_said(pairs, problem):
    """Too few, separable, constant, missing, collinear: one line each, never a wild number."""
    with pytest.raises(OptionError, match=problem) as raised:
        theory.estimate_alpha(pairs)
    assert "\n" not in str(raised.value)


def test_options_are_checked():
    """The level's range; groups that are not there, are one, or stand beside an array."""
    pairs = theory.simulate_preferences(50, alpha=1.0, seed=1).assign(one="x")
    for given, problem in (
        ({"level": 95}, "level is a share"),
        ({"groups": "prompt"}, "no column 'prompt'"),
        ({"groups": "one"}, "one group"),
    ):
        with pytest.raises(OptionError, match=problem):
            theory.estimate_alpha(pairs, **given)
    with pytest.raises(OptionError, match="an array has none"):
        theory.estimate_alpha([1.0, -1.0] * 10, groups="prompt")


def test_the_papers_size_gives_the_papers_error():
    """6,874 pairs whose log-probabilities spread by 0.25 nats: a standard error of 0.07."""
    pairs = theory.simulate_preferences(6874, alpha=ALPHA, spread=0.25, seed=1)
    assert theory.estimate_alpha(pairs).se == pytest.approx(0.07, abs=0.005)

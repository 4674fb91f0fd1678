"""Answers against a reference: published values, SciPy's own, and what no overlap gives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.spatial.distance
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from vs_magic import metrics
from vs_magic.errors import OptionError
from vs_magic.metrics import chi_square, coverage, js, kl, precision, total_variation

DIE = range(1, 7)
AGAINST = [kl, js, total_variation, chi_square]
COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 30), min_size=1)


@pytest.mark.parametrize(
    ("model", "epsilon", "expected"),
    [
        # facts.md, from the authors' data: GPT-4.1 asked directly for a US state.
        ("gpt-4.1", 1e-8, 11.66),
        ("gpt-4.1", 1e-10, 15.345),
        ("gpt-4.1", 1e-12, 19.03),
        ("claude-4-sonnet", 1e-8, 12.25),
    ],
)
def test_kl_of_the_papers_us_states(
    us_states: dict[str, Any], model: str, epsilon: float, expected: float
):
    """KL(reference ‖ answers) in nats, ε on every state: what the paper's data give."""
    found = kl(us_states["direct"][model], us_states["reference"], epsilon=epsilon)
    assert found == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize(
    ("model", "divergence", "covered"),
    [("gpt-4.1", 2.51335591702349, 0.12), ("claude-4-sonnet", 3.6468646315503923, 0.06)],
)
def test_the_authors_own_results(
    us_states: dict[str, Any], model: str, divergence: float, covered: float
):
    """KL to uniform, coverage and precision as their package's results file has them."""
    answers, states = us_states["direct"][model], list(us_states["reference"])
    assert kl(answers, states, direction="answers") == pytest.approx(divergence, abs=1e-5)
    assert coverage(answers, states) == pytest.approx(covered)
    assert precision(answers, states) == 1.0


@pytest.mark.parametrize(
    ("rolls", "expected"),
    [
        (["4"] * 600, math.log(6)),  # 1.792: more than the worst published mean, CoT's 1.163
        (["1", "2", "3", "4", "5", "6"] * 100, 0.0),
        (["1", "2", "3"] * 200, math.log(2)),
    ],
)
def test_kl_of_dice_to_uniform(rolls: list[str], expected: float):
    """The paper's dice: KL(answers ‖ uniform), nats; a collapsed die has ln 6."""
    assert kl(rolls, DIE, direction="answers") == pytest.approx(expected, abs=1e-6)


def test_smoothing_sets_the_value_of_a_collapsed_model(us_states: dict[str, Any]):
    """Each hundredth of ε adds ln 100 × the missing share: why ε has to be stated."""
    answers, reference = us_states["direct"]["gpt-4.1"], us_states["reference"]
    missing = sum(n for s, n in reference.items() if s not in answers) / sum(reference.values())
    step = kl(answers, reference, epsilon=1e-10) - kl(answers, reference, epsilon=1e-8)
    assert step == pytest.approx(missing * math.log(100), abs=1e-4)
    assert js(answers, reference) < 1


@given(answers=COUNTS, reference=COUNTS)
def test_divergences_are_scipys(answers: dict[str, int], reference: dict[str, int]):
    """JS is the square of SciPy's distance, TV half its city block, KL its relative entropy."""
    keys = sorted({*answers, *reference})
    q = np.array([answers.get(key, 0) for key in keys]) / sum(answers.values())
    r = np.array([reference.get(key, 0) for key in keys]) / sum(reference.values())
    distance = scipy.spatial.distance.jensenshannon(q, r, base=2)
    assert js(answers, reference) == pytest.approx(distance**2, abs=1e-9)
    assert total_variation(answers, reference) == pytest.approx(np.abs(q - r).sum() / 2)
    epsilon = 1e-3
    smooth = (q + epsilon) / (1 + epsilon * len(keys))
    assert kl(answers, reference, epsilon=epsilon, unit="bits") == pytest.approx(
        scipy.stats.entropy(r, smooth, base=2), abs=1e-9
    )
    if set(answers) <= set(reference):
        expected = scipy.stats.chisquare(q * sum(answers.values()), r * sum(answers.values()))
        inside = [key for key in keys if reference.get(key)]
        assert chi_square(answers, {key: reference[key] for key in inside}) == pytest.approx(
            expected.statistic
        )


def test_chi_square_of_a_published_die():
    """5, 8, 9, 8, 10, 20 of 60 rolls: 13.4 (the textbook example of a biased die)."""
    counts = dict(zip("123456", [5, 8, 9, 8, 10, 20], strict=True))
    assert chi_square(counts, DIE) == pytest.approx(13.4)
    assert scipy.stats.chi2.sf(13.4, 5) == pytest.approx(0.0199, abs=1e-4)


def test_no_correct_answer_is_the_worst_and_never_the_best():
    """Answers without overlap have the highest divergence there is, and no coverage."""
    wrong, right = ["Paris", "Rome"], ["Ohio", "Utah"]
    assert js(wrong, right) == 1.0
    assert total_variation(wrong, right) == 1.0
    assert chi_square(wrong, right) == math.inf
    assert coverage(wrong, right) == precision(wrong, right) == 0.0
    assert kl(wrong, right) > kl(["Ohio", "Paris"], right) > kl(["Ohio"], right)
    assert kl(wrong, right, direction="answers") > 15


@pytest.mark.parametrize("metric", [*AGAINST, coverage, precision])
@pytest.mark.parametrize("answers", [[], {}, {"a": 0}])
def test_no_answers_have_no_score(metric, answers: Any):
    """Nothing compared with a reference is NaN."""
    assert math.isnan(metric(answers, ["a", "b"]))


@pytest.mark.parametrize("metric", AGAINST)
def test_the_reference_itself_is_the_best(metric):
    """Answers in the reference's own shares have 0, and any spelling of them too."""
    reference = {("New York", "NY"): 2, "Ohio": 1, "Utah": 1}
    assert metric(["ny", "New York.", "OHIO", "utah"], reference) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("metric", AGAINST)
def test_wrong_answers_never_help(metric):
    """The same correct answers beside wrong ones are further from the reference, not nearer."""
    right = {"Ohio": 3, "Utah": 1}
    reference = {"Ohio": 1, "Utah": 1, "Iowa": 1}
    assert metric({**right, "Paris": 4}, reference) > metric(right, reference)


def test_coverage_and_precision_by_hand():
    """Two of four correct answers, three of five responses; spellings are one answer."""
    answers = ["Ohio", "NY", "new york", "Paris", "Rome"]
    reference = [("New York", "NY"), "Ohio", "Utah", "Iowa"]
    assert coverage(answers, reference) == 2 / 4
    assert precision(answers, reference) == 3 / 5


def test_an_answer_named_twice_is_one():
    """In a list it counts once, in a mapping its counts add up."""
    assert coverage(["a"], ["a", "A", "b"]) == 1 / 2
    assert total_variation({"a": 3, "b": 1}, {"a": 1, "A": 2, "b": 1}) == pytest.approx(0)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("Ohio", "reference must be the correct answers, or a mapping"),
        (None, "reference must be the correct answers"),
        ([], "reference holds no answer with a probability above 0"),
        ({"a": 0}, "reference holds no answer"),
        ({"a": -1}, r"reference\['a'\] must be a number of 0 or more, not -1"),
        ([1.5], "a reference answer must be text, not 1.5"),
    ],
)
@pytest.mark.parametrize("metric", [*AGAINST, coverage, precision])
def test_a_reference_that_is_none_is_refused(metric, reference: Any, message: str):
    """What cannot be a reference is named."""
    with pytest.raises(OptionError, match=message):
        metric(["a", "b"], reference)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0}, "epsilon must be above 0 and below 1, not 0"),
        ({"unit": "bit"}, "unknown unit 'bit': nats or bits"),
        ({"direction": "both"}, "unknown direction 'both'"),
    ],
)
def test_options_of_kl_are_checked(options: dict[str, Any], message: str):
    """ε within its range, and known units and directions."""
    with pytest.raises(OptionError, match=message):
        kl(["a"], ["a"], **options)


def test_directions_are_marked():
    """Of these metrics, more of some is nearer to the reference and of others further from it."""
    nearer = {
        m.name for m in metrics.registered().values() if m.higher_is == "nearer the reference"
    }
    assert nearer == {"coverage", "precision"}

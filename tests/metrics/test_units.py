"""The unit is a call: whole lists are left out, and dealt anew; few of them promise nothing."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats

from vs_magic import metrics
from vs_magic.errors import OptionError
from vs_magic.metrics import difference, interval, permutation_test
from vs_magic.metrics._parts import Part, of_units
from vs_magic.metrics.permutation import holm, permutation_p, smallest_p, student_p
from vs_magic.metrics.spreads import spreads
from vs_magic.metrics.units import are_enough, left_out, of_values, over_tasks

K = 5
Rng = np.random.Generator


def of_theme(rng: Rng, theme: int) -> list[str]:
    """Five different texts of ten about one theme."""
    items = rng.choice(10, K, replace=False)
    return [f"t{theme} of{theme} item{item} here{theme * 100 + item}" for item in items]


def themed(rng: Rng, units: int) -> list[str]:
    """One theme a list, some themes often, no repeat within a list."""
    shares = 1 / np.arange(1, 9)
    themes = rng.choice(8, units, p=shares / shares.sum())
    return [text for theme in themes for text in of_theme(rng, theme)]


def independent(rng: Rng, units: int) -> list[str]:
    """Answers that have nothing to do with each other."""
    return [f"t{i // 4} of{i // 4} item{i}" for i in rng.integers(20, size=units * K)]


def calls(texts: list[str]) -> list[int]:
    """The number of each text's call."""
    return [place // K for place in range(len(texts))]


@pytest.mark.untraced
@pytest.mark.parametrize("draw", [themed, independent], ids=["themed", "independent"])
@pytest.mark.parametrize("name", ["rouge-l", "distinct-2", "distinct-answers", "entropy"])
def test_intervals_of_lists_hold(name: str, draw: Callable[[Rng, int], list[str]]):
    """Of 95 % intervals from six lists of five, 88 in 100 hold (answer by answer: 36 to 80)."""
    rng = np.random.default_rng(0)
    found = [interval(name, texts := draw(rng, 6), units=calls(texts)) for _ in range(250)]
    expected = statistics.fmean(metrics.get(name)(draw(rng, 6)) for _ in range(1000))
    given = [one for one in found if not math.isnan(one.low)]
    assert len(given) >= 0.9 * len(found)
    assert statistics.fmean(one.low <= expected <= one.high for one in given) >= 0.88


@pytest.mark.untraced
@pytest.mark.parametrize("name", ["rouge-l", "distinct-answers", "entropy"])
def test_a_method_beside_itself_is_seldom_called_different(name: str):
    """Of 300 pairs of arms of one source of lists at most 6.5 % have p ≤ .05 (and some slack)."""
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(300):
        one, other = themed(rng, 6), themed(rng, 6)
        both = of_units(
            metrics.get(name), Part([*one, *other], {}, 60), np.repeat(range(12), K).tolist()
        )
        found += permutation_p([(both, 6)]) <= 0.05
    assert found / 300 <= 0.065 + 0.02


@pytest.mark.untraced
def test_a_skewed_die_is_found():
    """A fair die beside (.4, .2, .1, .1, .1, .1), thirty rolls each: by entropy in three of ten."""
    rng = np.random.default_rng(3)
    skewed = [0.4, 0.2, 0.1, 0.1, 0.1, 0.1]
    fair = [1 / 6] * 6

    def found(other: list[float]) -> float:
        ps = []
        for _ in range(150):
            rolls = [str(face) for shares in (fair, other) for face in rng.choice(6, 30, p=shares)]
            score = of_units(metrics.get("entropy"), Part(rolls, {}, 60), list(range(60)))
            ps.append(permutation_p([(score, 30)], permutations=499))
        return statistics.fmean(p <= 0.05 for p in ps)

    assert found(skewed) >= 0.30
    assert found(fair) <= 0.065 + 0.04


@pytest.mark.parametrize("known", list(metrics.registered().values()), ids=lambda m: m.name)
def test_sums_over_units_score_as_the_texts_do(known: metrics.Metric):
    """Whatever units are chosen, their sums give the metric of their texts."""
    if "stated" in known.needs or "numbers" in known.needs:
        assert known.by_unit is None
        return
    rng = np.random.default_rng(4)
    texts = [*themed(rng, 4), "t0 of0", "", "t0 of0 item1 here1"]
    units = [*calls(texts[:20]), 4, 4, 4]
    options: dict[str, Any] = {}
    if "embedder" in known.needs:
        options["vectors"] = rng.normal(size=(23, 8))
    if "reference" in known.needs:
        options["reference"] = {text: n + 1.0 for n, text in enumerate(texts)}
    score = of_units(known, Part(texts, options, 23), units)
    choices = (rng.random((8, 5)) < 0.6).astype(float)
    choices = choices[choices.sum(axis=1) > 0]
    for choice, found in zip(choices, score(choices), strict=True):
        part = Part.of_texts(texts, [i for i in range(23) if choice[units[i]]], options)
        assert found == pytest.approx(known(part.texts, **part.options), abs=1e-6)


def test_clipped_and_spelled_units_score_as_the_texts_do():
    """So do the options that change a metric: clipped cosines, a tokenizer, a closed support."""
    rng = np.random.default_rng(5)
    texts = ["Blue", "blue.", "red", "teal", "red", "BLUE"]
    for name, options in (
        ("semantic-diversity", {"vectors": rng.normal(size=(6, 2)), "clip": True}),
        ("rouge-l", {"tokenize": "paper"}),
        ("entropy", {"support": [("blue", "teal"), "red"]}),
        ("distinct-answers", {"normalize": "exact"}),
        ("entropy", {"weights": [1, 2, 3, 4, 5, 6]}),
    ):
        known = metrics.get(name)
        score = of_units(known, Part(texts, options, 6), [0, 0, 1, 1, 2, 2])
        part = Part.of_texts(texts, [0, 1, 4, 5], options)
        assert score(np.array([[1.0, 0.0, 1.0]]))[0] == pytest.approx(
            known(part.texts, **part.options), abs=1e-6
        )


def test_the_error_of_a_mean_is_the_known_one():
    """Of a mean the jackknife is s/√n, with n − 1 degrees of freedom, and t as scipy has it."""
    values = np.array([3.0, 5.0, 8.0, 13.0, 21.0])
    found = left_out(lambda choices: choices @ values / choices.sum(axis=1), 5)
    assert found.error == pytest.approx(scipy.stats.sem(values))
    assert found.bounds(0.9) == pytest.approx(
        scipy.stats.t.interval(0.9, 4, values.mean(), scipy.stats.sem(values))
    )


@pytest.mark.parametrize(("units", "share"), [(5, "45 %"), (6, "39 %"), (12, "22 %")])
def test_calls_that_are_all_alike_have_no_interval(units: int, share: str):
    """Where leaving out any call changes nothing: no bounds, and what further calls might show."""
    texts = [f"answer {n}" for n in range(K)] * units
    found = interval("entropy", texts, units=calls(texts))
    assert math.isnan(found.low)
    assert found.note == f"all {units} calls alike; up to {share} of further calls might differ"


def test_calls_that_are_all_new_are_not_called_alike():
    """Thirty answers, all different: there is no spread, but nobody says that they are alike."""
    found = interval("distinct-answers", [f"a{n}" for n in range(30)], units=calls(["x"] * 30))
    assert math.isnan(found.low)
    assert found.note == "each of 6 calls adds as much as any other: no interval"


@pytest.mark.parametrize(
    ("units", "prompts", "enough"),
    [
        (1, 1, False),
        (4, 1, False),
        (5, 1, True),
        (2, 2, False),
        (3, 2, True),
        (2, 4, True),
        (1, 8, True),
    ],
)
def test_few_units_promise_nothing(units: int, prompts: int, *, enough: bool):
    """Five units of one prompt, or two of each of several with Σ(g − 1) ≥ 4, or eight prompts."""
    rng = np.random.default_rng(6)
    texts = [text for _ in range(prompts) for text in independent(rng, units)]
    asked = np.repeat(range(prompts), units * K).tolist()
    found = interval("rouge-l", texts, prompts=asked, units=calls(texts))
    assert found.value == pytest.approx(metrics.rouge_l(texts, prompts=asked))
    assert math.isnan(found.low) is not enough
    assert are_enough([units] * prompts) is enough
    if not enough:
        assert found.note.startswith(f"{units} call")
        assert "would do" in found.note


def test_from_eight_prompts_on_the_prompts_are_the_units():
    """Then the interval is t over their values: it speaks of prompts like these."""
    rng = np.random.default_rng(7)
    texts = [text for _ in range(9) for text in themed(rng, 2)]
    asked = np.repeat(range(9), 2 * K).tolist()
    values = [one.value for one in spreads(metrics.get("entropy"), texts, asked, calls(texts))]
    found = interval("entropy", texts, prompts=asked, units=calls(texts))
    expected = scipy.stats.t.interval(0.95, 8, statistics.fmean(values), scipy.stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected)
    differences = np.array(values) - 0.1 * rng.random(9)
    assert student_p(of_values(differences)) == pytest.approx(
        scipy.stats.ttest_1samp(differences, 0).pvalue
    )


def test_freedom_is_summed_over_prompts():
    """Two prompts of three lists each: four degrees of freedom."""
    rng = np.random.default_rng(8)
    texts = themed(rng, 6)
    found = over_tasks(spreads(metrics.get("rouge-l"), texts, [0] * 15 + [1] * 15, calls(texts)))
    assert found.freedom == 4
    assert found.error > 0


def test_lists_beside_single_answers_have_an_interval():
    """Each has its own scheme; their difference has an interval, and with equal units a test."""
    rng = np.random.default_rng(12)
    direct, lists = ["t0 of0 item1"] * 28 + ["t1 of1 item2"] * 2, independent(rng, 6)
    found = difference("distinct-answers", lists, direct, units=calls(lists))
    assert 0 < found.low < found.value < found.high
    p = permutation_test(
        "distinct-answers", lists, direct, units=calls(lists), other_units=calls(direct)
    )
    assert p == pytest.approx(2 / 924)
    with pytest.raises(OptionError, match="as many units of each: 6 and 30"):
        permutation_test("distinct-answers", lists, direct, units=calls(lists))


def test_deals_stay_within_their_prompt():
    """What differs between prompts and not between arms is no evidence."""
    one = ["a", "b"] * 4 + ["c"] * 8
    prompts = ["p"] * 8 + ["q"] * 8
    units = np.repeat(range(8), 2).tolist()
    labels = {"prompts": prompts, "other_prompts": prompts, "units": units, "other_units": units}
    assert permutation_test("entropy", one, one, **labels) == 1.0
    clear = permutation_test("entropy", one, ["a"] * 16, **labels)
    assert clear == pytest.approx(2 / 70, rel=0.2)  # only the deals of the first prompt tell


def test_the_same_seed_gives_the_same_p():
    """Seeded: the same again, and near it for another seed."""
    rng = np.random.default_rng(10)
    one, other = independent(rng, 6), independent(rng, 6)
    first, again, another = (permutation_test("entropy", one, other, seed=s) for s in (1, 1, 2))
    assert first == again
    assert another == pytest.approx(first, abs=0.03)


def test_a_metric_without_sums_is_tested_too():
    """Its texts are read again for each deal, of which there are fewer."""
    rng = np.random.default_rng(11)
    one, other = themed(rng, 5), themed(rng, 5)
    p = permutation_test(
        "distinct-k", one, other, units=calls(one), other_units=calls(other), same="exact"
    )
    same = permutation_test(
        "distinct-answers", one, other, units=calls(one), other_units=calls(other)
    )
    assert p == pytest.approx(same)


def test_the_smallest_p_is_that_of_one_deal_and_its_mirror_image():
    """2/C(2g, g) of one prompt; of more deals than are tried, one of these."""
    assert smallest_p([5]) == 2 / 252
    assert smallest_p([2, 2, 2]) == 2 / 216
    assert smallest_p([30]) == 1e-4


def test_holm_keeps_order_and_what_is_missing():
    """As by hand; NaN was not tested and does not count."""
    assert holm([0.01, math.nan, 0.02]) == pytest.approx([0.02, math.nan, 0.02], nan_ok=True)
    assert holm([0.5, 0.6, 0.9]) == [1.0, 1.0, 1.0]
    assert holm([]) == []


def test_units_are_one_for_each_text():
    """Another number of labels than texts is refused."""
    with pytest.raises(OptionError, match="the unit of each of the 2 texts"):
        interval("entropy", ["a", "b"], units=[1])

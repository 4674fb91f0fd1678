"""Measures: the library's own numbers, averaged over tasks, with honest differences."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vs_magic import metrics
from vs_magic.errors import OptionError
from vs_magic.study.compare import compare

DIE = "Roll a six-sided die."


def die(**options):
    """Compare on the die of a simulated model."""
    given = {"n": 30, "model": "simulated/aligned", "temperature": 0.7, "seed": 1, **options}
    return compare(DIE, **given)


def test_values_are_the_librarys_own():
    """What a summary says is what `vs.metrics` says of the same texts."""
    found = die(metrics="entropy,rouge-l,distinct-answers")
    for _, row in found.summary.iterrows():
        texts = found.frame.loc[found.frame["method"] == row["method"], "text"].tolist()
        assert row["value"] == pytest.approx(metrics.get(row["metric"])(texts))
        expected = metrics.interval(row["metric"], texts, resamples=1000)
        assert row["low"] == pytest.approx(expected.low, abs=0.15 * max(expected.high, 1))
        assert row["high"] == pytest.approx(expected.high, abs=0.15 * max(expected.high, 1))


def test_the_same_seed_gives_the_same_numbers():
    """Calls, parts and intervals: all of it can be repeated."""
    assert die().summary.equals(die().summary)
    assert not die().summary.equals(die(seed=2).summary)


def test_golden_numbers_of_the_simulated_die():
    """The aligned toy collapses on direct calls, and lists name all six faces."""
    summary = die().summary.set_index(["metric", "method"])["value"]
    assert summary["distinct-answers"].to_dict() == {
        "direct": 4.0,
        "sequence": 6.0,
        "vs-standard": 6.0,
    }
    # By hand: 19, 7, 2 and 2 of 30; 6, four times 5, and 4 of 30.
    assert summary["entropy", "direct"] == pytest.approx(1.4282, abs=1e-4)
    assert summary["entropy", "vs-standard"] == pytest.approx(2.5753, abs=1e-4)


def test_a_difference_is_told_with_its_interval():
    """Direct and vs-standard differ clearly; sequence and vs-standard do not, and it says so."""
    found = die(metrics="entropy")
    table = found.differences.set_index(["arm", "other"])
    assert table.loc[("vs-standard", "direct"), "clear"]
    assert table.loc[("vs-standard", "direct"), "difference"] == pytest.approx(1.148, abs=1e-2)
    assert not table.loc[("vs-standard", "sequence"), "clear"]
    assert "vs-standard is above direct by 1.15 (" in found.report()
    assert "no clear difference between vs-standard and sequence, 0.03 (" in found.report()


def test_of_many_methods_each_is_told_beside_the_first():
    """Seven methods make 21 pairs: six are told, the others counted; the table has them all."""
    found = die(methods="all", metrics="entropy")
    table = found.differences
    assert len(table) == 21
    beside, others = table[table["other"] == "direct"], table[table["other"] != "direct"]
    assert set(beside["clear"]) == {True, False}
    (entropy,) = [s for s in found.sentences if s.startswith("Entropy")]
    clear, _, unclear = entropy.partition("no clear difference for")
    for arm, is_clear in zip(beside["arm"], beside["clear"], strict=True):
        assert (f" {arm} is above by" in clear) == is_clear
        assert (f" {arm} 0." in unclear) != is_clear
    assert f"of the other 15 pairs, {others['clear'].sum()} differ" in entropy
    assert ".differences lists every pair." in found.sentences


def test_where_the_first_method_fails_the_next_one_is_the_first(scripted):
    """An arm without a value has no pairs: the others are told beside the first that has one."""
    model = scripted(fails=("direct",)).as_model()
    methods = "direct,sequence,vs-standard,vs-cot,multi-turn"
    found = compare("Pick one.", methods=methods, n=5, model=model, metrics="entropy")
    (entropy,) = [s for s in found.sentences if s.startswith("Entropy")]
    assert ": beside sequence, " in entropy
    assert "of the other 3 pairs," in entropy


def test_there_is_no_winner():
    """Neither an attribute nor a word of it."""
    found = die()
    assert not hasattr(found, "winner")
    assert not any(word in found.report().lower() for word in ("winner", "best", "wins"))


def test_identical_arms_show_no_clear_difference(scripted):
    """Two models that answer alike: the interval holds 0, whatever the metric."""
    models = [scripted(one=lambda i: f"{i % 4}").as_model(name) for name in ("a", "b")]
    found = compare("Pick one.", model=models, methods="direct", n=40, metrics="entropy")
    assert found.differences["clear"].tolist() == [False]
    assert "no clear difference" in found.report()


def test_several_tasks_are_measured_apart_and_averaged():
    """Never pooled: two tasks of one answer each have no variety between them."""
    found = compare(
        [DIE, "Flip a coin."],
        methods="direct,sequence",
        n=10,
        model="simulated/base",
        seed=3,
        metrics="entropy",
    )
    by_task = found.by_task.groupby("method")["value"].mean()
    summary = found.summary.set_index("method")
    for method in ("direct", "sequence"):
        assert summary.loc[method, "value"] == pytest.approx(by_task[method])
        assert summary.loc[method, "tasks"] == 2
    assert set(found.by_task["task"]) == {DIE, "Flip a coin."}


def test_a_constant_model_has_no_variety_in_any_task(scripted):
    """One answer a task: entropy 0 for each, and so for the mean."""
    model = scripted(many=("red",)).as_model()
    found = compare(["Task one.", "Task two."], model=model, n=10, metrics="entropy")
    assert (found.summary["value"] == 0).all()


def test_more_responses_make_narrower_intervals():
    """The width falls about as the square root of n."""
    narrow, wide = (
        die(n=n, metrics="entropy", methods="direct,vs-standard").summary.set_index("method")
        for n in (120, 12)
    )
    width = {
        name: summary.loc["vs-standard", "high"] - summary.loc["vs-standard", "low"]
        for name, summary in (("narrow", narrow), ("wide", wide))
    }
    assert width["narrow"] < 0.6 * width["wide"]


def test_few_responses_have_no_interval():
    """Below five there is a value and a word on why there is no more."""
    found = die(n=3, metrics="entropy")
    assert found.summary["value"].notna().all()
    assert found.summary["low"].isna().all()
    assert "no interval" in found.report()
    assert "too few responses to tell" in found.report()
    assert found.chart().svg()


def test_a_reference_brings_its_measures():
    """Coverage, precision, total variation and KL, without being asked for."""
    found = die(reference=range(1, 7))
    summary = found.summary.set_index(["metric", "method"])["value"]
    assert set(found.summary["metric"]) == {
        *("distinct-answers", "entropy", "coverage", "precision", "total-variation", "kl")
    }
    assert summary["coverage", "direct"] == pytest.approx(4 / 6)
    assert summary["coverage", "vs-standard"] == 1.0
    assert (summary["precision"] == 1.0).all()


def test_each_task_may_have_its_own_reference():
    """A mapping from task to reference; a task without one is not measured against any."""
    found = compare(
        [DIE, "Flip a coin."],
        n=10,
        model="simulated/base",
        reference={"Flip a coin.": ["heads", "tails"]},
        metrics="coverage",
        seed=1,
    )
    assert set(found.by_task["task"]) == {"Flip a coin."}
    assert (found.summary["tasks"] == 1).all()


def test_a_reference_without_overlap_is_called_so():
    """The values are the worst there are, and a sentence says what may be wrong."""
    found = die(reference=["heads", "tails"])
    summary = found.summary.set_index(["metric", "method"])["value"]
    assert (summary["coverage"] == 0).all()
    assert (summary["total-variation"] == 1).all()
    assert "No answer of any arm is in the reference" in found.report()


def test_numbers_are_compared_as_numbers():
    """Kolmogorov-Smirnov and Wasserstein read the answers as numbers."""
    found = die(reference=range(1, 7), metrics="wasserstein,kolmogorov-smirnov")
    assert found.summary["value"].notna().all()
    assert found.chart().svg()


def test_what_cannot_be_measured_is_undefined_and_nothing_is_lost():
    """Words are no numbers: NaN with the reason, and the responses are all there."""
    found = compare(
        "Name a colour.", n=10, model="simulated/base", reference=[1, 2], metrics="wasserstein"
    )
    assert found.summary["value"].isna().all()
    assert len(found.frame) == 30
    assert "wasserstein is undefined" in found.report().lower()


def test_calibration_is_measured_against_direct_answers():
    """Brier of what vs-standard states; methods that state nothing have none."""
    found = die(metrics="brier")
    summary = found.summary.set_index("method")
    assert summary.loc["direct", "note"] == "states no probability"
    frame = found.frame[found.frame["method"] == "vs-standard"]
    direct = found.frame.loc[found.frame["method"] == "direct", "text"].tolist()
    expected = metrics.brier(direct, frame[["text", "probability", "call"]])
    assert summary.loc["vs-standard", "value"] == pytest.approx(expected)


def test_weights_may_count_instead_of_responses(scripted):
    """By weight, one heavy candidate among five is less varied than five alike ones."""
    model = scripted().as_model()
    plain, weighed = (
        compare(
            "Name a colour.", model=model, n=20, metrics="entropy", weighted=w
        ).summary.set_index("method")["value"]
        for w in (False, True)
    )
    assert plain["vs-standard"] == pytest.approx(math.log2(5))
    shares = np.array([0.5 ** (i + 1) for i in range(5)])
    shares /= shares.sum()
    assert weighed["vs-standard"] == pytest.approx(-(shares * np.log2(shares)).sum())
    assert weighed["sequence"] == pytest.approx(plain["sequence"])


def test_an_embedder_of_ones_own_is_asked_once_a_text():
    """Any function will do; equal texts are embedded once, for all metrics and intervals."""
    asked = []

    def embedder(texts):
        asked.extend(texts)
        return np.array([[1.0, float(len(text)), float(ord(text[0]))] for text in texts])

    found = die(metrics="semantic-diversity,vendi", embedder=embedder, n=10)
    assert found.summary["value"].notna().all()
    assert len(asked) == len(set(asked))
    assert asked[0] == "a word"  # it is tried before anything is paid for
    found.map_chart()
    assert found.similarity_chart().svg()


def test_measuring_again_asks_nothing(scripted):
    """Other metrics, of the same responses, for nothing."""
    model = scripted()
    found = compare("Name a colour.", model=model.as_model(), n=10)
    before = len(model.requests)
    again = found.measured("rouge-l", level=0.8)
    assert len(model.requests) == before
    assert again.summary["metric"].unique().tolist() == ["rouge-l"]
    assert found.metrics != again.metrics
    with pytest.raises(OptionError, match="unknown metric 'nope'"):
        found.measured("nope")
    with pytest.raises(OptionError, match="unknown option of measuring 'k': one of"):
        found.measured(k=3)


def test_a_metric_of_ones_own_can_be_named():
    """Registered once, it is a metric like any other."""
    from vs_magic.metrics import _registry

    @metrics.metric("even-share", higher_is="more diverse", unit="share", high=1)
    def even_share(texts):
        return sum(int(text) % 2 == 0 for text in texts) / len(texts)

    try:
        found = die(metrics=["even-share"])
        assert found.summary["value"].between(0, 1).all()
        assert "Even share" in found.report()
    finally:
        del _registry._REGISTER["even-share"]


def test_many_pairs_come_with_a_word_on_chance():
    """Seven methods make 21 pairs: one would look clear by chance, and it is said."""
    seven = "direct,cot,sequence,multi-turn,vs-standard,vs-cot,vs-multi"
    found = die(methods=seven, n=10, metrics="entropy")
    assert len(found.differences) == 21
    assert "Of 21 pairs with no difference at all, about 1 would look clear by chance." in (
        found.report()
    )

"""Measures: the library's own numbers, averaged over tasks, with honest differences."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vs_magic import metrics
from vs_magic.errors import OptionError
from vs_magic.sampling.api import sample
from vs_magic.study import metric_plan as metric_plans
from vs_magic.study.arms import Arm
from vs_magic.study.compare import compare, prepare
from vs_magic.study.measure import MeasureOptions, closes, measure
from vs_magic.study.metric_plan import MetricPlan
from vs_magic.study.responses import equalise, read_responses
from vs_magic.study.verdict import differences
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.options import Options

DIE = "Roll a six-sided die."


def die(**options):
    """Compare on the die of a simulated model."""
    given = {"n": 30, "model": "simulated/aligned", "temperature": 0.7, "seed": 1, **options}
    return compare(DIE, **given)


def test_values_are_the_librarys_own():
    """What a summary says is what `vs.metrics` says of the same texts."""
    found = die(metrics="entropy,rouge-l,distinct-answers")
    for _, row in found.summary.iterrows():
        own = found.frame[found.frame["method"] == row["method"]]
        texts, calls = own["text"].tolist(), own["call"].tolist()
        assert row["value"] == pytest.approx(metrics.get(row["metric"])(texts))
        units = None if row["method"] == "direct" else calls
        expected = metrics.interval(row["metric"], texts, units=units)
        if np.isnan(expected.low):
            assert np.isnan(row["low"])
            assert row["note"] == expected.note
            continue
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
    assert "vs-standard above direct by 1.15 (" in found.report()
    assert found.verdict == [
        "Entropy (bits · higher: more diverse): direct 1.43, sequence 2.54, vs-standard 2.58.",
        "Clear (entropy): sequence and vs-standard against direct.",
        "Not clear: vs-standard against sequence.",
    ]


def test_a_verdict_is_of_the_headline_metrics():
    """All others have intervals and no verdict; headline metrics that disagree are told."""
    found = die(reference=range(1, 7))
    clear = found.differences.set_index("metric")["clear"]
    assert clear["coverage"].isna().all()
    assert clear["entropy"].notna().all()
    assert found.differences["p"].notna().sum() == 6
    # Of a die both arms name all faces, one evenly, the other not.
    apart = die(methods="sequence,vs-standard", reference=range(1, 7))
    assert set(apart.differences.query("p == p")["metric"]) == {"entropy", "distinct-answers"}


def test_headline_metrics_that_disagree_are_told(scripted):
    """The same answers, unevenly: clear by entropy, not by their number."""
    one = scripted(one=lambda i: "abc"[max(i % 10 - 7, 0)]).as_model("skewed")
    other = scripted(one=lambda i: "abc"[i % 3]).as_model("even")
    found = compare("Pick one.", model=[one, other], methods="direct", n=60)
    assert found.verdict == [
        "direct · skewed gave 3 answers, direct · even 3.",
        "Clear (entropy only): direct · even against direct · skewed.",
    ]


def test_of_many_methods_each_is_told_beside_the_first():
    """Seven methods make 21 pairs: six are told; the table has them all."""
    found = die(methods="all", metrics="entropy")
    table = found.differences
    assert len(table) == 21
    beside = table[table["other"] == "direct"]
    assert set(beside["clear"]) == {True, False}
    (entropy,) = [s for s in found.sentences if s.startswith("Entropy (")]
    for arm in beside["arm"]:
        assert f"{arm} above direct by" in entropy
    assert "against" not in entropy
    assert ".differences lists every pair." in found.sentences


def test_where_the_first_method_fails_the_next_one_is_the_first(scripted):
    """An arm without a value has no pairs: the others are told beside the first that has one."""
    model = scripted(fails=("direct",)).as_model()
    methods = "direct,sequence,vs-standard,vs-cot,multi-turn"
    found = compare("Pick one.", methods=methods, n=5, model=model, metrics="entropy")
    (entropy,) = [s for s in found.sentences if s.startswith("Entropy (")]
    assert "vs-standard above sequence by" in entropy
    assert "direct" not in entropy


def test_there_is_no_winner():
    """Neither an attribute nor a word of it."""
    found = die()
    assert not hasattr(found, "winner")
    assert not any(word in found.report().lower() for word in ("winner", "best", "wins"))


def test_identical_arms_show_no_clear_difference(scripted):
    """Two models that answer alike: it is not clear, whatever the metric."""
    models = [scripted(one=lambda i: f"{i % 4}").as_model(name) for name in ("a", "b")]
    found = compare("Pick one.", model=models, methods="direct", n=40, metrics="entropy")
    assert found.differences["clear"].tolist() == [False]
    assert "Not clear: direct · b against direct · a." in found.report()


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
        die(n=n, metrics="entropy", methods="direct,cot").summary.set_index("method")
        for n in (120, 12)
    )
    width = {
        name: summary.loc["cot", "high"] - summary.loc["cot", "low"]
        for name, summary in (("narrow", narrow), ("wide", wide))
    }
    assert width["narrow"] < 0.6 * width["wide"]


@pytest.mark.parametrize(("n", "says"), [(3, "1 unit of 3 is"), (20, "4 units of 5 are")])
def test_few_responses_have_no_interval(n: int, says: str):
    """Below five units there are values, and a word on why there is no more and what would do."""
    found = die(n=n, metrics="entropy")
    assert found.summary["value"].notna().all()
    assert found.summary["low"].isna().all()
    assert found.differences["clear"].isna().all()
    assert f"{says} too few for intervals and a verdict: n = " in " ".join(found.verdict)
    assert "no interval" in found.report()
    assert found.chart().svg()


def test_a_method_beside_itself_is_seldom_clear():
    """Two runs of one method on one model: of twenty pairs at most two are called different."""
    how = MeasureOptions()
    of = [metrics.get("entropy"), metrics.get("distinct-answers")]
    clear = 0
    for seed in range(20):
        cells = [
            read_responses(
                DIE,
                Arm(method=Method.SEQUENCE, model=name),
                sample(DIE, n=30, method="sequence", model="simulated/aligned", seed=own),
            )
            for name, own in (("one", 1000 * seed), ("other", 1000 * seed + 500))
        ]
        table = equalise(cells, 30)
        found = differences(measure(table, of, how), table, of, how)
        assert len(found) == 2
        clear += any(one.is_clear(0.95) for one in found)
    assert clear <= 2


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
    """Seven methods: how many comparisons are made at once is said, and allowed for."""
    found = die(methods="all", metrics="entropy")
    assert found.differences["p"].notna().sum() == 9  # six beside direct, three VS beside sequence
    assert "for 9 comparisons at once (Holm)" in found.report()


def test_more_comparisons_than_so_few_units_can_tell_are_foreseen():
    """Where no p can be small enough it is said before the first call, with the n that would do."""
    options = Options(n=25, k=5)
    tasks, plan = ["Roll a die."], MetricPlan(metrics=metric_plans.find(["entropy", "rouge-l"]))
    methods = list(Method)
    planned = prepare(tasks, methods, "simulated/base", plan, options)
    assert planned.announce().endswith(
        "With 5 units of 5 none of 18 comparisons can be called clear: n = 30 would do"
    )
    assert not prepare(tasks, methods, "simulated/base", plan, Options(n=30)).shortcoming


def test_a_reference_that_lacks_an_answer_closes_nothing():
    """A die's faces close the support; an answer beyond them shows that there are others."""
    assert closes(range(1, 7), ["1", "six", "6."][::2])
    assert not closes(range(1, 7), ["1", "seven"])
    assert not closes(None, ["1"])

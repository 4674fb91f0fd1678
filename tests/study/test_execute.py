"""All calls of a study at once, under one limit; failures and interrupts lose nothing."""

from __future__ import annotations

import os
import signal
import threading

import pandas as pd
import pytest

from vs_magic.errors import Interrupted, ModelError
from vs_magic.study.compare import compare
from vs_magic.study.comparison import Comparison

METHODS = ("direct", "sequence", "vs-standard")


def test_one_limit_holds_over_all_arms(scripted):
    """Three arms share the limit: it is reached, and never passed."""
    model = scripted(pause=0.01)
    compare("Name a colour.", model=model.as_model(), n=20, concurrency=7)
    assert model.peak == 7


def test_a_models_own_limit_holds_too(scripted):
    """A local model works on one call at a time, while others go on."""
    slow, quick = scripted(pause=0.005), scripted(pause=0.005)
    models = [slow.as_model("slow", concurrency=1), quick.as_model("quick")]
    compare("Name a colour.", model=models, n=5, concurrency=4)
    assert slow.peak == 1
    assert quick.peak > 1


def test_every_arm_is_asked_for_as_many_responses(scripted):
    """n responses each: n calls for those that ask for one, ⌈n/k⌉ for lists, turns for talks."""
    model = scripted(one=lambda i: f"shade {i} of red")
    seven = "direct,cot,sequence,multi-turn,vs-standard,vs-cot,vs-multi"
    found = compare("Name a colour.", model=model.as_model(), methods=seven, n=12, k=5)
    calls = pd.Series([str(r.shape.method) for r in model.requests]).value_counts()
    assert calls.to_dict() == {
        **dict.fromkeys(("direct", "cot", "multi-turn"), 12),
        **dict.fromkeys(("sequence", "vs-standard", "vs-cot"), 3),
        "vs-multi": 7,  # 2 + 2 + 1 twice, and 2
    }
    assert found.frame.groupby("method")["text"].count().eq(12).all()


def test_conversations_begin_first(scripted):
    """Their turns wait for each other, so they would end last."""
    model = scripted(one=lambda i: f"answer {i}")
    compare(
        "Name a colour.", model=model.as_model(), methods="direct,multi-turn", n=8, concurrency=1
    )
    assert str(model.requests[0].shape.method) == "multi-turn"


def test_conversations_are_concurrent(scripted):
    """Four conversations of two turns are under way at once, each one turn at a time."""
    model = scripted(pause=0.05)
    compare("Name a colour.", model=model.as_model(), methods="multi-turn,direct", n=8, k=2)
    assert model.peak == 8
    slow = scripted(pause=0.05)
    options = {"methods": "multi-turn,vs-multi", "n": 8, "k": 4, "per_turn": 2}
    compare("Name a colour.", model=slow.as_model(), **options)
    assert slow.peak == 4


def test_calls_that_repeat_stay_different_draws(scripted):
    """Direct calls have the same messages: call number and seed tell them apart."""
    model = scripted()
    compare("Name a colour.", model=model.as_model(), n=6, seed=40)
    direct = [r for r in model.requests if str(r.shape.method) == "direct"]
    assert sorted(r.call for r in direct) == [1, 2, 3, 4, 5, 6]
    assert sorted(r.parameters.seed for r in direct) == [40, 41, 42, 43, 44, 45]


def test_progress_is_told_with_its_running_cost(scripted):
    """From nothing to all calls, never backwards, and the cost grows with them."""
    told = []
    model = scripted(pause=0.001)
    compare("Name a colour.", model=model.as_model(), n=10, observe=told.append)
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert (done[-1], told[-1].total) == (14, 14)
    assert told[-1].cost_usd == pytest.approx(0.014)
    assert len(told[-1].partial().candidates) == 30


def test_an_arm_that_fails_wholly_is_shown_and_the_others_stay(scripted):
    """Its rows say why, its place in the summary is empty, the others are compared."""
    model = scripted(fails=("sequence",))
    found = compare("Name a colour.", model=model.as_model(), n=10)
    rows = found.frame[found.frame["method"] == "sequence"]
    assert rows["text"].isna().all()
    assert rows["error"].eq("the endpoint is down").all()
    summary = found.summary.set_index(["metric", "method"])
    assert summary.loc[("entropy", "sequence"), "note"] == "none of 10 responses arrived"
    assert pd.isna(summary.loc[("entropy", "sequence"), "value"])
    assert summary.loc[("entropy", "vs-standard"), "value"] > 2
    assert "Sequence is left out: none of 10 responses arrived." in found.report()
    assert "sequence: 2 of 2 calls failed (the endpoint is down)" in found.report().lower()
    assert found.chart().svg()


def test_where_every_arm_fails_the_error_is_raised(scripted):
    """With the error rows as `.partial`, so that nothing is lost."""
    model = scripted(fails=METHODS)
    with pytest.raises(ModelError, match="the endpoint is down") as caught:
        compare("Name a colour.", model=model.as_model(), n=4)
    assert isinstance(caught.value.partial, Comparison)
    assert caught.value.partial.frame["error"].notna().all()
    assert "There are no responses" not in repr(caught.value.partial)


def test_an_interrupt_keeps_what_has_arrived(scripted):
    """The stop button ends it within a moment; `.partial` is a Comparison that says so."""
    model = scripted(one=lambda i: f"answer {i}", pause=0.05)
    seen = threading.Event()

    def stop_when_some_arrived(progress):
        if progress.done >= 12 and not seen.is_set():
            seen.set()
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted) as caught:
        compare(
            "Name a colour.",
            model=model.as_model(),
            n=40,
            concurrency=4,
            observe=stop_when_some_arrived,
        )
    partial = caught.value.partial
    assert isinstance(partial, Comparison)
    assert partial.stopped
    assert 12 <= partial.frame["text"].notna().sum() < 120
    assert "Stopped before its end: this is what had arrived." in partial.report()
    assert partial.chart().svg()


def test_what_it_costs_is_known_before_and_after(scripted):
    """Estimated from the calls, then summed from the replies."""
    from vs_magic.study.design import design
    from vs_magic.verbalized.method import Method
    from vs_magic.verbalized.options import Options

    model = scripted().as_model()
    planned = design(
        ["Name a colour.", "Name a tree."],
        [(Method.DIRECT, model), (Method.SEQUENCE, model)],
        Options(n=10, k=5),
    )
    assert planned.calls == 2 * (10 + 2)
    assert planned.cost_usd == pytest.approx(0.048)
    assert planned.announce() == (
        "2 tasks × 2 methods, 10 responses each: 24 calls to scripted, about $0.048"
    )
    found = compare("Name a colour.", model=model, n=10)
    assert found.cost_usd == pytest.approx(14 * 0.001)
    assert found.frame["cost_usd"].sum() == pytest.approx(found.cost_usd)


def test_an_unknown_price_stays_unknown(scripted):
    """It is never taken for free."""
    from dataclasses import replace

    from vs_magic.study.design import design
    from vs_magic.verbalized.method import Method
    from vs_magic.verbalized.options import Options

    model = replace(scripted().as_model(), estimate=lambda _: None)
    planned = design(["Name a colour."], [(Method.DIRECT, model)], Options(n=5))
    assert planned.cost_usd is None
    assert planned.announce().endswith("cost unknown")

"""A sweep: one parameter over its values; what does not have it stands beside, asked once."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tests.view.charts.frames_of import data, titles
from vs_magic.errors import OptionError
from vs_magic.study.sweep import sweep

STATE = "Name a US state."


def swept(vary, values=None, **options):
    """Sweep on the states of a simulated model."""
    given = {"n": 20, "model": "simulated/aligned", "seed": 1, **options}
    return sweep(STATE, vary=vary, values=values, **given)


def test_methods_without_the_parameter_are_asked_once(scripted):
    """Direct and sequence have no threshold: one arm each, beside three of vs-standard."""
    model = scripted()
    found = sweep(
        "Name a colour.", vary="threshold", values=[1, 0.5, 0.1], n=10, model=model.as_model()
    )
    asked = pd.Series([str(r.shape.method) for r in model.requests]).value_counts()
    assert asked.to_dict() == {"direct": 10, "vs-standard": 6, "sequence": 2}
    entropy = found.summary[found.summary["metric"] == "entropy"]
    assert entropy["at"].isna().sum() == 2
    assert entropy["at"].dropna().tolist() == [1, 0.5, 0.1]


def test_the_threshold_reaches_the_prompt(scripted):
    """Each value is said to the model as the paper says it."""
    model = scripted()
    sweep("Name a colour.", vary="threshold", values=[0.5, 0.01], n=5, model=model.as_model())
    said = [r.messages[0]["content"] for r in model.requests]
    assert any("must be below 0.5" in text for text in said)
    assert any("must be below 0.01" in text for text in said)


def test_temperature_is_swept_for_every_method(scripted):
    """Each arm at each value, and only there."""
    model = scripted()
    sweep("Name a colour.", vary="temperature", values="0.3,1", n=5, model=model.as_model())
    asked = pd.Series([(str(r.shape.method), r.parameters.temperature) for r in model.requests])
    assert set(asked) == {(m, t) for m in ("direct", "sequence", "vs-standard") for t in (0.3, 1.0)}


def test_along_n_the_largest_holds_the_smaller(scripted):
    """Nothing is asked twice: the first five of twenty are what asking for five would bring."""
    model = scripted(one=lambda i: f"answer {i}")
    found = sweep(
        "Pick one.",
        vary="n",
        values=[5, 10, 20],
        model=model.as_model(),
        metrics="distinct-answers",
    )
    assert len(model.requests) == 20 + 4 + 4
    direct = found.summary[found.summary["method"] == "direct"].set_index("at")
    assert direct["value"].to_dict() == {5: 5.0, 10: 10.0, 20: 20.0}
    assert direct["n"].to_dict() == {5: 5, 10: 10, 20: 20}


def test_a_change_without_an_interval_keeps_its_decimals():
    """From three responses on no interval can be told; the change is told as it is, not as 0."""
    found = swept("n", [3, 15], methods="direct,sequence", metrics="unique-share", k=15, n=15)
    change = found.summary.query("method == 'direct'")["value"].diff().iloc[-1]
    told = f"direct changes by {change:.2f}".replace("-", "−")
    assert f"{told} (too few responses for an interval)" in found.report()


def test_more_candidates_in_one_call_are_more_varied():
    """The toy lists without repeating itself, so its variety grows with k; and it is said so."""
    found = swept("k", [1, 5, 20], metrics="distinct-answers")
    sequence = found.summary[found.summary["method"] == "sequence"]["value"].tolist()
    assert sequence == sorted(sequence)
    assert sequence[-1] > sequence[0]
    assert "sequence rises by" in found.report()


def test_the_frame_tells_the_settings_apart():
    """Each row's arm names its value."""
    found = swept("k", [1, 5])
    assert set(found.frame["arm"]) == {
        *("direct", "sequence · 1", "sequence · 5", "vs-standard · 1", "vs-standard · 5")
    }
    values = found.frame.groupby("arm")["at"].first()
    assert values["sequence · 1"] == values["vs-standard · 1"] == 1
    assert values["vs-standard · 5"] == 5
    assert math.isnan(values["direct"])
    assert found.frame.attrs["vary"] == "k"
    assert found.frame.attrs["values"] == [1, 5]


def test_a_sweep_can_be_measured_otherwise(scripted):
    """The same responses, another metric; nothing is asked again."""
    model = scripted()
    found = sweep("Pick one.", vary="k", values=[1, 5], n=5, model=model.as_model())
    asked = len(model.requests)
    again = found.measured("entropy")
    assert set(again.summary["metric"]) == {"entropy"}
    assert again.frame.equals(found.frame)
    assert len(model.requests) == asked


def test_values_are_the_papers_where_none_are_named():
    """Its ablations, thinned."""
    found = swept("temperature", n=5)
    assert found.values == (0.4, 0.6, 0.8, 1.0, 1.2, 1.4)  # noqa: PD011


def test_the_chart_of_a_sweep():
    """A line a method, a band for what has no value; titled without what varies."""
    found = swept("k", [1, 5])
    spec = found.chart().to_dict()
    assert "Along k" in titles(spec)
    (subtitle,) = spec["title"]["subtitle"]
    assert "k = " not in subtitle
    assert {row["at"] for row in data(spec) if "place" in row} == {1, 5}
    assert found.curves_chart().svg()


def test_the_plane_takes_a_judge():
    """Without one, it says which is missing."""
    with pytest.raises(OptionError, match="takes a judge and a metric of diversity"):
        swept("k", [1, 5]).front_chart()


def test_a_terminal_gets_a_row_a_setting():
    """Methods together, values in their order."""
    lines = repr(swept("k", [1, 5], metrics="entropy")).split("\n")
    rows = [line.split()[:2] for line in lines if line.startswith(("direct", "sequence", "vs-"))]
    assert [*rows][:5] == [
        ["direct", "–"],
        ["sequence", "1"],
        ["sequence", "5"],
        ["vs-standard", "1"],
        ["vs-standard", "5"],
    ]


def test_a_tail_that_comes_back_short_is_compared_at_equal_numbers(scripted):
    """Fewer candidates than asked for: all arms are cut to that number, and it is said."""

    def few(model):
        text = model._text

        def shorter(request):
            if "must be below 0.1" in request.messages[0]["content"]:
                return '{"responses": [{"text": "teal", "probability": 0.05}]}'
            return text(request)

        model._text = shorter
        return model

    model = few(scripted())
    found = sweep(
        "Name a colour.", vary="threshold", values=[1, 0.1], n=8, k=4, model=model.as_model()
    )
    assert (found.summary["n"] == 2).all()
    assert "vs-standard · 0.1 has 2 of 8 responses: all are compared at 2" in found.report().lower()

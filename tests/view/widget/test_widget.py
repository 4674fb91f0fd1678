"""The widget's Python side over its wire: every control's message, and what then holds."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.browser import scenes

POEM = scenes.POEM


def test_importing_the_package_is_light():
    """Neither anywidget nor ipywidgets nor pandas is imported before a widget is made."""
    heavy = ["anywidget", "ipywidgets", "pandas", "numpy", "traitlets"]
    code = f"import sys, vs_magic.view.widget; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_first_message_carries_everything_that_is_shown(desk):
    """Rows, heading, history and controls are there at once, without a question."""
    widget = desk(methods=scenes.METHODS, name="jokes", ask=scenes.Asker()).widget
    assert [row["id"] for row in widget.rows] == ["1.0", "1.1", "1.2", "1.3", "1.4"]
    assert widget.about["task"] == "Make a joke about coffee"
    assert widget.past == {"at": 0, "count": 1, "pooled": False}
    assert widget.controls["methods"][4] == ["vs-standard", "VS-Standard"]
    assert widget.controls["can_ask"] is True
    assert widget.bound["text"] == "jokes holds these candidates"


def test_drawing_is_answered_and_tallied(desk):
    """A draw's answer names the candidates in order; the tally is their count."""
    d = desk()
    drawn = d.say("draw", times=100)["drawn"]
    assert len(drawn) == 100
    assert sum(d.widget.draws["counts"].values()) == d.widget.draws["total"] == 100
    assert d.widget.draws["last"] == drawn[-1]
    d.say("reseed", seed="7")
    assert d.widget.draws == {"counts": {}, "total": 0, "last": None, "seed": 7}
    assert (
        d.say("draw", times=3)["drawn"]
        == desk(scenes.jokes(options={"seed": 7})).say("draw", times=3)["drawn"]
    )


def test_an_empty_seed_means_none(desk):
    """Emptying the field draws afresh."""
    d = desk()
    d.say("reseed", seed="")
    assert d.widget.draws["seed"] is None


def test_pins_are_the_kernels(desk):
    """What is pinned is a frame in Python, in order; unpinning takes it out; junk pins nothing."""
    d = desk()
    for id_ in ("1.3", "1.0", "1.3", "7.7", "nonsense"):
        d.say("pin", id=id_, on=True)
    assert d.widget.pins == ["1.3", "1.0"]
    assert d.widget.pinned["text"].tolist() == [scenes.JOKES[3][0], scenes.JOKES[0][0]]
    d.say("pin", id="1.3", on=False)
    assert d.widget.pins == ["1.0"]


def test_a_long_text_is_fetched_whole(desk):
    """The state holds a head; unfolding and copying bring all of it, exactly."""
    long = POEM * 3
    d = desk(scenes.shown([(long, 0.5), ("short", 0.5)]))
    assert d.widget.rows[0]["cut"] is True
    assert d.widget.rows[0]["chars"] == len(long)
    assert d.say("text", id="1.0")["text"] == long
    assert d.say("copy", ids=["1.1", "1.0"])["text"] == f"short\n\n{long}"


def test_copying_gives_the_models_own_characters(desk):
    """What is shown has its control characters made visible; what is copied is untouched."""
    d = desk(scenes.shown([("a\u202eb\x00", 0.5)]))
    assert d.widget.rows[0]["text"] == "a⟦U+202E⟧b␀"
    assert d.say("copy", ids=["1.0"])["text"] == "a\u202eb\x00"


def test_a_filter_looks_through_whole_texts(desk):
    """A word at the far end of a long text is found, in any case."""
    d = desk(scenes.shown([(POEM * 3 + "Albatross", 0.5), ("short", 0.5)]))
    assert d.say("find", query="ALBATROSS") == {"ids": ["1.0"], "n": "test:1"}


def test_reasoning_is_told_on_request(desk):
    """A row's reasoning is that of the reply it came from."""
    d = desk(scenes.jokes(reasoning="Puns first."))
    assert d.say("why", id="1.2")["text"] == "Puns first."
    assert "no reasoning" in desk().say("why", id="1.2")["text"]


def test_call_details_show_one_call_whole(desk):
    """Messages, raw reply, model, tokens, cost, latency and cache state, exactly as they went."""
    answer = desk().say("call", number=1)
    assert (answer["count"], answer["number"]) == (1, 1)
    call = answer["call"]
    assert call["messages"][1] == ["user", "Make a joke about coffee"]
    assert call["reply"].startswith('{"responses"')
    facts = dict(call["facts"])
    assert facts["model"] == "gpt-4.1-2025-04-14"
    assert (facts["prompt tokens"], facts["reply tokens"]) == ("96", "47")
    assert (facts["cost"], facts["seconds"], facts["cache"]) == ("$0.0012", "2.10", "asked anew")
    assert facts["top_p"] == "1.0"


@pytest.mark.parametrize("form", ["csv", "jsonl", "markdown"])
def test_export_is_made_in_python(desk, form):
    """Each form holds all candidates, or the pinned ones alone."""
    d = desk()
    d.say("pin", id="1.1", on=True)
    whole, pinned = (d.say("export", form=form, pinned=p)["content"] for p in (False, True))
    assert "Moses" in whole
    assert "Moses" not in pinned
    assert "Depresso" in pinned


def test_how_one_looks_is_remembered(desk):
    """Sorting, filter and tail survive a reload of the page; anything else is not kept."""
    d = desk()
    d.say("look", sort="length", query="tea", tail=0.2, evil="x")
    assert d.widget.look == {"sort": "length", "query": "tea", "tail": 0.2}


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"do": "delete everything"},
        {"do": "__class__"},
        {"do": "draw", "times": "many"},
        {"do": "draw", "times": True},
        {"do": "step", "to": "x"},
        {"do": "copy", "ids": "1.0"},
        {"do": "text", "id": {"a": 1}},
        {"do": "call", "number": -4},
        {"do": "reseed", "seed": "--"},
        {"do": "price", "k": "five"},
        {"do": "ask", "k": None},
        {"do": "stop"},
    ],
)
def test_a_strange_message_changes_nothing(desk, message):
    """Messages come from a browser: none of them can raise, or alter the candidates."""
    d = desk()
    before = list(d.widget.rows)
    d.say(**{"do": "", **message})
    assert d.widget.rows == before
    assert d.widget.past["count"] == 1


def test_the_price_is_told_before_anything_is_asked(desk):
    """Calls and price come from the function that was handed in, without an ask."""
    asker = scenes.Asker()
    d = desk(ask=asker, estimate=scenes.price)
    d.say("price", method="vs-cot", k="10", threshold="", temperature="0.7")
    d.wait(lambda: d.widget.price)
    assert d.widget.price == {"text": "1 call, about $0.0024"}
    assert asker.asked == []


def test_an_impossible_ask_is_explained_where_it_is_typed(desk):
    """A control that holds no number, or options that do not go together, are said beside it."""
    d = desk(ask=scenes.Asker(), estimate=scenes.price)
    d.say("price", method="vs-cot", k="", threshold="", temperature="")
    assert d.widget.price == {"error": "k takes a whole number, not ''"}
    d.say("price", method="vs-cot", k="5", threshold="low", temperature="")
    assert d.widget.price == {"error": "below takes a number, not 'low'"}
    d.say("price", method="direct", k="5", threshold="0.1", temperature="")
    d.wait(lambda: "direct" in d.widget.price["error"])


def test_closing_stops_what_is_under_way(desk):
    """A closed widget leaves no call behind."""
    asker = scenes.Asker(pause=0.05, items=scenes.TEA * 20)
    d = desk(ask=asker)
    d.say("ask", method="vs-standard", k="3")
    d.wait(lambda: d.widget.asking.get("arrived"))
    d.widget.close()
    d.wait(lambda: asker.stopped == 1)

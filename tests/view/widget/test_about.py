"""The heading: task, facts, and Σ stated with a plain word."""

from __future__ import annotations

import pytest

from tests.browser import scenes
from vs_magic.view.widget.about import about


def test_the_heading_says_what_was_asked_and_what_it_took():
    """Method, model, k, temperature, calls, seconds, tokens and price are told in words."""
    said = about(scenes.jokes())
    assert said["task"] == "Make a joke about coffee"
    assert said["method"] == "VS-Standard"
    assert said["facts"] == ["gpt-4.1", "k = 5", "T = 0.7", "1 call · 2.1 s · 143 tokens · $0.0012"]


def test_what_is_unknown_is_not_made_up():
    """Without token counts and price, neither is told as zero."""
    shown = scenes.jokes(prompt_tokens=None, cost_usd=None)
    assert about(shown)["facts"][-1] == "1 call · 2.1 s · cost unknown"


def test_what_the_model_was_not_sent_is_no_fact_of_the_call():
    """A temperature that was not sent is not shown as the one that was asked at."""
    shown = scenes.jokes(not_sent=["temperature"])
    assert about(shown)["facts"][:3] == ["gpt-4.1", "k = 5", "temperature not sent"]


def test_cached_and_failed_calls_are_told():
    """What came from the cache, and what failed, is said."""
    shown = scenes.jokes(calls=4, cached_calls=2, failed=1, cost_usd=0.0)
    assert about(shown)["facts"][-1] == "4 calls (2 cached) · 2.1 s · 143 tokens · free · 1 failed"


@pytest.mark.parametrize(
    ("stated", "calls", "far", "words"),
    [
        ([0.9, 0.9, 0.8], 1, True, "The model stated 2.6 in all: weights are normalised."),
        ([0.05, 0.05], 1, True, "The model stated 0.1 in all: weights are normalised."),
        (
            [0.9, 0.9],
            3,
            True,
            "The model stated 1.8 a call, on average: weights are normalised.",
        ),
        ([0.5, 0.53], 1, False, "Close to 1, as a distribution should be."),
    ],
)
def test_the_sum_has_a_plain_word(stated, calls, far, words):
    """Σ stated is always shown; where it is far from 1 the widget says what that means."""
    said = about(scenes.shown([(str(i), p) for i, p in enumerate(stated)], calls=calls))["sum"]
    assert said["value"] == f"Σ stated {sum(stated):.2f}"
    assert said.get("far", False) is far
    assert said["words"] == words


def test_methods_that_state_nothing_say_so():
    """Where no probability was stated there is no sum, and the uniform weights are explained."""
    said = about(scenes.shown([("a", None), ("b", None)]))["sum"]
    assert "value" not in said
    assert said["words"].startswith("No probabilities were stated")


def test_an_empty_frame_says_that_it_is_empty():
    """Nothing to show is said, with no sum of nothing."""
    said = about(scenes.shown([]))
    assert said["empty"] == "No candidate has arrived."
    assert said["sum"] == {}

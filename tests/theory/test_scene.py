"""One position of the sliders: every number and every sentence that a view shows."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from vs_magic import theory
from vs_magic.errors import OptionError
from vs_magic.theory.page import controls, page, stops
from vs_magic.theory.reference import as_reference, presets
from vs_magic.theory.scene import Scene

DIE = {"1": 14, "2": 15, "3": 18, "4": 21, "5": 17, "6": 15}


def scene(answers="colour", **where):
    """A scene of a preset."""
    return Scene(reference=as_reference(answers), **where)


def test_the_numbers_are_the_theorys():
    """π* is what `sharpen` gives for the reference and the rewards on display."""
    shown = scene(alpha=0.3, beta=0.2, ties=0.4, which="rare")
    frame = shown.frame
    assert frame["pi_ref"].sum() == pytest.approx(1)
    expected = theory.sharpen(frame["pi_ref"], frame["r_true"], alpha=0.3, beta=0.2)
    assert (frame["pi_star"] - expected).abs().max() < 1e-12


@pytest.mark.parametrize(
    ("which", "ties", "best"),
    [
        ("common", 0.5, ["4", "3", "5"]),
        ("rare", 0.5, ["2", "6", "1"]),
        ("mixed", 0.5, ["3", "2", "1"]),
        ("mixed", 0.01, ["2"]),
        ("common", 1.0, ["4", "3", "5", "2", "6", "1"]),
    ],
)
def test_which_answers_are_best(which, ties, best):
    """As many as the share says, one at least; the commonest, the rarest, or every other one."""
    rewards = scene(DIE, ties=ties, which=which).r_true
    assert [answer for answer, reward in rewards.items() if reward == 0] == best
    assert set(rewards.values()) <= {0.0, -1.0}


def test_the_same_luck_everywhere():
    """Without a bias the draws after tuning are those before it; with one, the mode takes over."""
    assert scene(alpha=0.0).drawn == scene(alpha=0.0).collapsed
    weak, strong = scene(alpha=0.05), scene(alpha=1.0)
    assert len(set(weak.collapsed)) > len(set(strong.collapsed)) == 1
    assert weak.drawn == strong.drawn
    assert weak.lists == strong.lists


def test_a_list_shows_the_reference():
    """Four lists of five different answers; what they state is π_ref's own, normalised."""
    shown = scene("state")
    assert [len(set(one)) for one in shown.lists] == [5] * 4
    listed = {a for one in shown.lists for a in one}
    total = sum(shown.pi_ref[a] for a in listed)
    for answer, share in shown.verbalized.items():
        expected = shown.pi_ref[answer] / total if answer in listed else 0.0
        assert share == pytest.approx(expected)


def test_verbalize_is_repeatable_and_checked():
    """The same seed gives the same lists; k beyond the answers gives them all."""
    assert theory.verbalize(DIE, k=9, seed=1) == theory.verbalize(DIE, k=9, seed=1)
    assert sorted(c.text for c in theory.verbalize(DIE, k=9)[0]) == list("123456")
    for given, problem in (({"k": 0}, "at least 1"), ({"calls": 0}, "at least 1")):
        with pytest.raises(OptionError, match=problem):
            theory.verbalize(DIE, **given)
    with pytest.raises(OptionError, match="0 for every answer"):
        theory.verbalize({"a": 0.0})


def test_the_page_sums_up():
    """Rows of at most eight; those beyond share the last; each column sums to 1."""
    shown = page(scene("state"))
    assert [row["label"] for row in shown["rows"]][-1] == "43 others"
    for column in range(3):
        assert sum(row["cells"][column]["share"] for row in shown["rows"]) == pytest.approx(
            1, abs=1e-4
        )
    assert [sum(map(len, sample)) for sample in shown["samples"]] == [20, 20, 20]
    assert [len(sample) for sample in shown["samples"]] == [1, 1, 4]


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ({"alpha": 0.0}, "No typicality bias, all answers equally good: tuning changes nothing."),
        ({"alpha": 0.57}, "The favourite: 26 % before tuning, 88 % after."),
        ({"which": "rare", "ties": 0.5}, "Another answer is the favourite now: 7.0 % before"),
    ],
)
def test_the_sentence(where, sentence):
    """What happened, in words."""
    assert page(scene(**where))["sentence"].startswith(sentence)


def test_sliders_hold_exact_values():
    """A value between two stops becomes a stop of its own; stops and words go together."""
    shown = scene(alpha=0.123, beta=0.0771, ties=0.3)
    values, said = stops(shown), controls(shown)
    for name, value in (("alpha", 0.123), ("beta", 0.0771), ("ties", 3)):
        assert values[name][said[name]["at"]] == value
        assert len(values[name]) == len(said[name]["words"])
        assert list(values[name]) == sorted(set(values[name]))
    assert said["ties"]["words"][said["ties"]["at"]] == "3 of 10"


@pytest.mark.parametrize(
    "answers",
    [
        DIE,
        pd.Series(DIE),
        [face for face, count in DIE.items() for _ in range(count)],
        pd.DataFrame({"text": list(DIE), "weight": list(DIE.values())}),
        "die",
        "Please roll a die!",
    ],
)
def test_answers_come_in_many_forms(answers):
    """A mapping, a Series, texts, a frame of candidates, a preset, a prompt: the same reference."""
    found = as_reference(answers).shares
    assert next(iter(found)) == "4"
    assert found["4"] == pytest.approx(0.21)
    assert math.fsum(found.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ("coulors", "unknown answers 'coulors': did you mean 'colour'"),
        ("zzz", "one of die, coin"),
        ({"a": 1}, "at least two answers"),
        ({"a": 1, "b": -1}, "the weight of 'b'"),
        ({"a": 1, "b": "x"}, "the weight of 'b'"),
        (pd.DataFrame({"x": [1]}), "no column 'text'"),
        (7, "not as int"),
    ],
)
def test_answers_that_are_none(answers, problem):
    """One line that says what may stand there."""
    with pytest.raises(OptionError, match=problem):
        as_reference(answers)


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ({"alpha": -0.1}, "alpha takes a finite number of 0 or more here"),
        ({"alpha": math.inf}, "alpha takes a finite number"),
        ({"beta": 0}, "beta takes a finite number above 0 here"),
        ({"ties": 0}, "ties takes a share above 0"),
        ({"ties": "all"}, "ties takes a share above 0"),
        ({"which": "best"}, "which takes one of mixed, common, rare"),
        ({"seed": -1}, "seed takes a whole number"),
    ],
)
def test_sliders_have_ends(where, problem):
    """One line that names the slider and its range."""
    with pytest.raises(OptionError, match=problem):
        theory.explorer(**where)


def test_presets_are_those_of_the_simulated_model():
    """Each name can be shown."""
    assert "coffee-joke" in presets()
    for name in presets():
        assert theory.explorer(name).frame.shape[1] == 4

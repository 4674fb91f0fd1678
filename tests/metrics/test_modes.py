"""Different answers and how evenly they came: by hand, by Shannon, and by named normalisations."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from vs_magic.errors import OptionError
from vs_magic.metrics import distinct_answers, entropy, unique_share
from vs_magic.metrics._answers import answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("California", "california"),
        ("  California.\n", "california"),
        ("**California**", "california"),
        ("“California!”", "california"),
        ('"California."', "california"),
        ("`4`", "4"),
        ("New\n York", "new york"),
        ("北京。", "北京"),
        ("ＡＢＣ", "abc"),
        ("Straße", "strasse"),
        ("-5", "-5"),
        ("3.14", "3.14"),
        (".5", ".5"),
        ("C++", "c++"),
        ("C#", "c#"),
        ("$20", "$20"),
        ("50%", "50%"),
        ("?!", "?!"),
        ("", ""),
    ],
)
def test_an_answer_loses_only_what_does_not_change_it(text: str, expected: str):
    """Case, quotes, emphasis and a final stop go; signs, units and inner marks stay."""
    assert answer(text) == expected


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str):
    """The normal form of an answer is its own normal form, and never empties a text."""
    once = answer(text)
    assert answer(once) == once
    assert bool(once) == bool(text.split())


@pytest.mark.parametrize(
    ("normalize", "expected"), [("exact", 4.0), ("answer", 3.0), ("words", 2.0), (str.istitle, 2.0)]
)
def test_normalisations_by_name(normalize, expected: float):
    """What counts as the same is named: as it is, as an answer, by its words, by a function."""
    texts = ["New York", "new york.", "new-york", "Ohio"]
    assert distinct_answers(texts, normalize=normalize) == expected
    assert unique_share(texts, normalize=normalize) == expected / 4


def test_an_unknown_normalisation_is_refused():
    """A misspelt name gets the list."""
    with pytest.raises(OptionError, match="unknown normalize 'lower': one of exact, answer, words"):
        distinct_answers(["a", "b"], normalize="lower")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"a": 4, "b": 2, "c": 1, "d": 1}, 7 / 4),  # Shannon, 1948, section 7: ½, ¼, ⅛, ⅛
        ({str(face): 100 for face in range(6)}, math.log2(6)),
        ({"4": 600}, 0.0),
    ],
)
def test_entropy_of_known_distributions(counts: dict[str, float], expected: float):
    """Shannon's example, a fair die and a collapsed one, in bits; from counts or from texts."""
    assert entropy(counts) == pytest.approx(expected)
    texts = [face for face, times in counts.items() for _ in range(times)]
    assert entropy(texts) == pytest.approx(expected)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 50), min_size=1))
def test_entropy_is_scipys(counts: dict[str, int]):
    """The same as `scipy.stats.entropy`, in base 2, for any counts."""
    if sum(counts.values()) < 2:
        assert math.isnan(entropy(counts))
        return
    assert entropy(counts) == pytest.approx(scipy.stats.entropy(list(counts.values()), base=2))


def test_weights_take_the_place_of_counts():
    """An answer's share is the sum of its weights: three to one is 0.811 bits."""
    found = entropy(["a", "b", "A"], weights=[0.5, 0.25, 0.25])
    assert found == pytest.approx(scipy.stats.entropy([3, 1], base=2))
    both = entropy(["a", "b", "a", "b"], weights=[1, 1, 1, 0], prompts=["p", "p", "q", "q"])
    assert both == pytest.approx(0.5)
    with pytest.raises(OptionError, match="weights must be one for each of the 2 texts"):
        entropy(["a", "b"], weights=[1])
    with pytest.raises(OptionError, match="must be a number of 0 or more, not -1"):
        entropy(["a", "b"], weights=[1, -1])


def test_counts_that_are_none_are_refused():
    """A count is a number of 0 or more, of a text; what never occurred is no answer."""
    assert distinct_answers({"a": 3, "b": 0}) == 1.0
    for wrong in (-1, math.nan, math.inf, "x", None):
        with pytest.raises(OptionError, match="must be a number of 0 or more"):
            distinct_answers({"a": wrong})
    with pytest.raises(OptionError, match="must map strings to counts, not 4"):
        entropy({4: 1})
    with pytest.raises(OptionError, match="leave prompts out"):
        entropy({"a": 1}, prompts=["p"])


def test_numpy_texts_are_texts():
    """A column of a frame or an array of strings is as good as a list."""
    assert distinct_answers(np.array(["a", "b", "a"])) == 2.0

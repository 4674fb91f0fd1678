"""Distinct responses by equivalence classes."""

from __future__ import annotations

import math

import pytest

from vs_magic.errors import OptionError
from vs_magic.metrics import distinct_answers, distinct_k, equivalence_classes

REWORDED = [
    "Why did the coffee file a police report? It got mugged.",
    "Why did the coffee file a police report? Because it got mugged!",
    "What do you call a sad coffee? Depresso.",
]


def test_a_rewording_is_the_same_response():
    """Two tellings of one joke are one class, another joke is another."""
    assert distinct_k(REWORDED) == 2.0
    assert equivalence_classes(REWORDED).tolist() == [0, 0, 1]


def test_of_one_word_answers_the_same_word_counts():
    """On one-word answers the classes are the different words."""
    answers = ["Blue", "blue.", "RED", "green", "Green"]
    assert distinct_k(answers) == distinct_answers(answers, normalize="words") == 3.0


def test_the_bound_itself_is_the_same():
    """A ROUGE-L of exactly the threshold is enough: 7 of 10 words."""
    one, other = "a b c d e f g h i j", "a b c d e f g x y z"
    assert distinct_k([one, other], threshold=0.7) == 1.0
    assert distinct_k([one, other], threshold=0.71) == 2.0


def test_likeness_is_passed_on():
    """a is b and b is c: one class, in whatever order they come."""
    chain = ["1", "2", "3"]
    near = lambda one, other: abs(int(one) - int(other)) <= 1  # noqa: E731
    for order in (chain, chain[::-1], ["1", "3", "2"]):
        assert distinct_k(order, same=near) == 1.0
    assert distinct_k(["1", "3", "5"], same=near) == 3.0


def test_blocks_join_without_a_seam():
    """Likeness across blocks of texts counts as within one."""
    texts = [f"t{i % 150} u{i % 150} v{i % 150}" for i in range(600)]
    assert distinct_k(texts) == 150.0


def test_a_judge_of_ones_own():
    """A function returns the class of each text; a wrong number of them is refused."""
    assert distinct_k(["cat", "dog", "pig"], classes=lambda texts: [t == "pig" for t in texts]) == 2
    with pytest.raises(OptionError, match="a label for each of the 2 texts, not 1"):
        distinct_k(["a", "b"], classes=lambda _texts: [0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"same": "bleu"}, "unknown same 'bleu': one of rouge-l, exact, answer, words"),
        ({"threshold": 0}, "threshold must be above 0 and at most 1, not 0"),
        ({"threshold": math.nan}, "threshold must be above 0"),
    ],
)
def test_options_out_of_range_are_refused(options, message: str):
    """Only known ways to be the same, and a threshold within its range."""
    with pytest.raises(OptionError, match=message):
        distinct_k(["a", "b"], **options)


def test_named_normalisations_count_too():
    """`same` takes what `normalize` takes elsewhere."""
    assert distinct_k(["A", "a."], same="answer") == 1.0
    assert distinct_k(["A", "a."], same="exact") == 2.0

"""The Vendi score: its authors' examples, the cases of their paper, and the two matrices."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vs_magic.errors import OptionError
from vs_magic.metrics import entropy, vendi


def texts(count: int) -> list[str]:
    """As many texts."""
    return [str(number) for number in range(count)]


def test_the_authors_own_examples():
    """The two examples of the README of `vendi_score`: 2.1573, and 2.9999 (cut, not rounded)."""
    matrix = [[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]]
    assert vendi(texts(3), similarity=matrix) == pytest.approx(2.1573, abs=5e-5)
    samples = np.array([0, 0, 10, 10, 20, 20])
    kernel = np.exp(-np.abs(samples[:, None] - samples))
    assert 2.9999 < vendi(texts(6), similarity=kernel) < 3


@pytest.mark.parametrize("order", [0.1, 0.5, 1, 2, math.inf])
def test_alike_is_one_and_unlike_is_all(order: float):
    """n copies are one response, n unrelated ones are n, at any order (their paper, Lemma 3.1)."""
    assert vendi(texts(7), vectors=[[3, 4]] * 7, order=order) == pytest.approx(1.0)
    assert vendi(texts(7), vectors=np.eye(7), order=order) == pytest.approx(7.0)


def test_groups_count_as_their_evenness_says():
    """Completely alike within and unlike between: exp of the entropy of the group sizes."""
    found = vendi(texts(4), vectors=[[1, 0], [1, 0], [1, 0], [0, 1]])
    assert found == pytest.approx(2 ** entropy({"a": 3, "b": 1}))


def test_weights_are_probabilities():
    """Weighting two responses 3 to 1 is as having one of them three times."""
    weighted = vendi(["a", "b"], vectors=np.eye(2), weights=[3, 1])
    assert weighted == pytest.approx(vendi(texts(4), vectors=[[1, 0]] * 3 + [[0, 1]]))


@settings(max_examples=60)
@given(
    rows=arrays(
        np.float64, st.tuples(st.integers(2, 9), st.integers(2, 9)), elements=st.floats(0.01, 1)
    ),
    order=st.sampled_from([0.5, 1.0, 2.0]),
)
def test_the_smaller_matrix_gives_the_same(rows, order: float):
    """Eigenvalues of n × n and of d × d are the same: fewer texts than dimensions, or more."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(unit @ unit.T / len(unit))
    values = values[values > 1e-12]
    expected = (
        math.exp(-(values * np.log(values)).sum())
        if order == 1
        else float((values**order).sum() ** (1 / (1 - order)))
    )
    found = vendi(texts(len(rows)), vectors=rows, order=order)
    assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"similarity": [[1, 0]]}, r"a symmetric matrix of 2 by 2, not \(1, 2\)"),
        ({"similarity": [[1, 0.2], [0.3, 1]]}, "a symmetric matrix"),
        ({"similarity": [[2, 0], [0, 1]]}, "1 on its diagonal"),
        ({"similarity": np.eye(2), "prompts": ["p", "q"]}, "leave prompts out"),
        ({"vectors": np.eye(2), "weights": [1]}, "weights must be one number .* the 2 texts"),
        ({"vectors": np.eye(2), "weights": [1, -1]}, "weights must be one number"),
        ({"vectors": np.eye(2), "order": -1}, "order must be 0 or more, not -1"),
    ],
)
def test_what_does_not_fit_is_refused(options, message: str):
    """Likeness, weights and order are checked against the texts."""
    given_texts = ["a", "b"] if "prompts" not in options else ["a", "b", "c", "d"]
    options = dict(options)
    if "prompts" in options:
        options["prompts"], options["similarity"] = ["p", "p", "q", "q"], np.eye(4)
    with pytest.raises(OptionError, match=message):
        vendi(given_texts, **options)


def test_no_weight_at_all_is_no_score():
    """Weights that are all 0 leave nothing to score."""
    assert math.isnan(vendi(["a", "b"], vectors=np.eye(2), weights=[0, 0]))
    assert math.isnan(vendi(["a", "b"], similarity=np.eye(2), weights=[0, 0]))

"""Semantic diversity: values worked out by hand, the plain n × n formula, and the options."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vs_magic.errors import OptionError
from vs_magic.metrics import pairwise_similarity, semantic_diversity


def texts_of(vectors) -> list[str]:
    """A text for each vector."""
    return [str(number) for number in range(len(vectors))]


def plain(vectors, *, clip: bool = False) -> float:
    """1 − mean of the upper triangle of the matrix of cosines: the definition."""
    rows = np.asarray(vectors, dtype=float)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = (unit @ unit.T)[np.triu_indices(len(rows), 1)]
    return float(1 - (np.clip(cosines, 0, 1) if clip else cosines).mean())


@pytest.mark.parametrize(
    ("vectors", "expected"),
    [
        ([[1, 2], [2, 4], [0.5, 1]], 0.0),  # one direction
        (np.eye(5), 1.0),  # each at a right angle to each
        ([[1, 0], [-3, 0]], 2.0),  # opposite
        ([[1, 0], [1, 1]], 1 - math.sqrt(0.5)),  # 45 degrees
        (np.eye(4) - 0.25, 1 + 1 / 3),  # a regular simplex: cosine −1/(n−1)
    ],
)
def test_values_worked_out_by_hand(vectors, expected: float):
    """Angles whose cosines are known give what the definition says."""
    assert semantic_diversity(texts_of(vectors), vectors=vectors) == pytest.approx(expected)


def test_all_alike_is_exactly_zero():
    """Copies have a diversity of 0, not of 1e-17, whatever the vector; clipped or not."""
    rows = np.random.default_rng(1).normal(size=(1, 384)).astype(np.float32).repeat(700, axis=0)
    for clip in (False, True):
        assert semantic_diversity(texts_of(rows), vectors=rows, clip=clip) == 0.0


@settings(max_examples=80)
@given(
    rows=arrays(
        np.float64,
        st.tuples(st.integers(2, 12), st.integers(1, 6)),
        elements=st.floats(-1e3, 1e3).filter(lambda x: x == 0 or abs(x) > 1e-3),
    ),
    clip=st.booleans(),
)
def test_it_is_the_plain_formula(rows, clip):
    """For any vectors of any length, the sum of unit vectors gives what all the pairs give."""
    rows = rows[np.linalg.norm(rows, axis=1) > 0]
    if len(rows) < 2:
        return
    found = semantic_diversity(texts_of(rows), vectors=rows, clip=clip)
    assert found == pytest.approx(plain(rows, clip=clip), abs=2e-6 if clip else 1e-9)


@pytest.mark.parametrize("clip", [False, True])
def test_blocks_join_without_a_seam(clip):
    """More texts than a block, in single precision: still the plain formula."""
    rows = np.random.default_rng(0).normal(size=(1300, 24)).astype(np.float32)
    found = semantic_diversity(texts_of(rows), vectors=rows, clip=clip)
    assert found == pytest.approx(plain(rows, clip=clip), abs=1e-6)


def test_clipping_counts_opposite_as_unrelated():
    """The authors' package has 1 − clip(cosine, 0, 1): opposite texts are 1 apart, not 2."""
    assert semantic_diversity(["a", "b"], vectors=[[1, 0], [-1, 0]], clip=True) == 1.0


def test_prompts_choose_their_own_vectors():
    """With prompts, each group uses the vectors of its own texts."""
    vectors = [[1, 0], [0, 1], [1, 0], [1, 1]]
    found = semantic_diversity(list("abcd"), vectors=vectors, prompts=["p", "q", "p", "q"])
    assert found == pytest.approx((0 + (1 - math.sqrt(0.5))) / 2)


def test_memory_is_linear():
    """Ten thousand texts take some megabytes, not the 800 of their matrix."""
    rows = np.random.default_rng(0).normal(size=(10_000, 64)).astype(np.float32)
    texts = texts_of(rows)
    tracemalloc.start()
    semantic_diversity(texts, vectors=rows)
    plain_peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    semantic_diversity(texts, vectors=rows, clip=True)
    clipped_peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert plain_peak < 5e6
    assert clipped_peak < 1e8


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        ([[1, 0]], r"each of the 2 texts, not an array of shape \(1, 2\)"),
        ([1, 2], r"each of the 2 texts, not an array of shape \(2,\)"),
        ([[1, 0], [0, 0]], r"vectors\[1\] has no direction: its length is 0"),
        ([[1, 0], [math.nan, 0]], r"vectors\[1\] has no direction: its length is nan"),
        ([["a", "b"], ["c", "d"]], "one row of numbers"),
    ],
)
def test_vectors_that_do_not_fit_are_refused(vectors, message: str):
    """One row with a direction for each text, or an OptionError that names the row."""
    with pytest.raises(OptionError, match=message):
        semantic_diversity(["a", "b"], vectors=vectors)


def test_the_matrix_is_there_when_asked_for():
    """The heat map's matrix is symmetric, has 1 on its diagonal and the cosines elsewhere."""
    rows = [[3, 0], [1, 1], [-1, 0]]
    matrix = pairwise_similarity(list("abc"), vectors=rows)
    root = math.sqrt(0.5)
    expected = [[1, root, -1], [root, 1, -root], [-1, -root, 1]]
    np.testing.assert_allclose(matrix, expected, atol=1e-6)
    assert matrix.dtype == np.float32
    assert pairwise_similarity(list("abc"), vectors=rows, clip=True).min() == 0

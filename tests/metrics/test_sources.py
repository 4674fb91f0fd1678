"""Estimates of the source are nearer to it than the sample is, and not beyond a closed one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vs_magic.errors import OptionError
from vs_magic.metrics import distinct_answers, entropy, interval, source


def error_of(shares: list[float], *, closed: bool) -> tuple[float, float]:
    """The root mean square errors of the sample's entropy and of the estimate, thirty answers."""
    rng = np.random.default_rng(0)
    chances = np.array(shares) / sum(shares)
    true = -(chances * np.log2(chances)).sum()
    names = [str(n) for n in range(len(chances))]
    plain, estimated = [], []
    for _ in range(200):
        drawn = list(rng.choice(names, 30, p=chances))
        plain.append(entropy(drawn) - true)
        estimated.append(source(drawn, support=names if closed else None).entropy - true)
    return float(np.sqrt(np.mean(np.square(plain)))), float(np.sqrt(np.mean(np.square(estimated))))


@pytest.mark.parametrize("closed", [False, True])
def test_the_entropy_of_the_source_is_met_better(*, closed: bool):
    """Fifty answers alike likely, thirty drawn: the sample is 1.3 bits off, the estimate .5."""
    plain, estimated = error_of([1.0] * 50, closed=closed)
    assert plain > 1.1
    assert estimated < (0.15 if closed else 0.6)


def test_a_skewed_source_is_met_no_worse():
    """Shares that fall with the rank: the estimate halves the error."""
    plain, estimated = error_of([1 / (n + 1) for n in range(50)], closed=False)
    assert estimated < 0.6 * plain


def test_a_die_has_six_faces():
    """A closed support: no interval, and no estimate, goes beyond six faces and log₂ 6 bits."""
    rng = np.random.default_rng(1)
    for _ in range(5):
        rolls = [str(face) for face in rng.integers(1, 7, size=30)]
        faces = interval("distinct-answers", rolls, support=range(1, 7))
        bits = interval("entropy", rolls, support=range(1, 7))
        assert faces.high <= 6
        assert bits.high <= math.log2(6)
        found = source(rolls, support=range(1, 7))
        assert found.answers <= 6
        assert found.entropy <= math.log2(6)
        assert found.entropy_by == "James-Stein"


def test_spellings_of_the_support_are_one_answer():
    """With a support, spellings of one answer count as one, in the value too."""
    texts = ["NY", "New York", "Ohio", "Paris"]
    support = [("New York", "NY"), "Ohio", "Utah"]
    assert distinct_answers(texts, support=support) == 3
    assert entropy(texts, support=support) == pytest.approx(1.5)
    assert distinct_answers(texts) == 4


def test_too_few_responses_have_no_source():
    """One response tells nothing: NaN. Shares are no counts."""
    assert math.isnan(source(["a"]).entropy)
    assert source(["a"] * 30).entropy == 0
    assert source(["a"] * 30).answers == 1
    with pytest.raises(OptionError, match="counts of responses, not shares"):
        source({"a": 0.5, "b": 0.5})

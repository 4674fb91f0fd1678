"""What holds for any texts: order, bounds, and that repetition is never variety."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from vs_magic import metrics
from vs_magic.metrics import Metric

pytestmark = pytest.mark.untraced  # other tests cover the same, and tracing takes long

DIVERSITY = {known.name: known for known in metrics.diversity()}
WORDS = st.sampled_from(
    ["the", "cat", "sat", "The", "dog", "好", "🙂", "?!", "naïve", "9", "\n", ""]
)
SETS = st.lists(st.lists(WORDS, max_size=6).map(" ".join), min_size=2, max_size=8)
ANYTHING = st.lists(st.text(max_size=12), min_size=2, max_size=6)
# The fixture that empties the cache before each test matters to none of these.
quiet = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def value(known: Metric, texts: list[str]) -> float:
    """A metric's value, with letters for meaning where it wants an embedder."""
    return known(texts, **({"embedder": "lexical"} if "embedder" in known.needs else {}))


@pytest.mark.parametrize("known", DIVERSITY.values(), ids=list(DIVERSITY))
@quiet
@given(texts=SETS, seed=st.randoms(use_true_random=False))
def test_order_does_not_matter(known: Metric, texts: list[str], seed):
    """Shuffled texts have the same value."""
    shuffled = list(texts)
    seed.shuffle(shuffled)
    assert value(known, shuffled) == pytest.approx(value(known, texts), abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("known", DIVERSITY.values(), ids=list(DIVERSITY))
@quiet
@given(texts=SETS | ANYTHING)
def test_values_stay_in_their_range(known: Metric, texts: list[str]):
    """Any texts, of any characters, score within the registered bounds, or NaN; nothing raises."""
    found = value(known, texts)
    assert math.isnan(found) or known.low - 1e-9 <= found <= known.high + 1e-9


@pytest.mark.parametrize("known", DIVERSITY.values(), ids=list(DIVERSITY))
@quiet
@given(texts=SETS)
def test_saying_everything_twice_is_no_more_diverse(known: Metric, texts: list[str]):
    """A set beside its own copy never scores as more diverse than alone."""
    once, twice = value(known, texts), value(known, texts * 2)
    assume(not math.isnan(once))
    assert known.diversity_sign * twice <= known.diversity_sign * once + 1e-6


# The others are not of this list for a reason, not for want of trying: they also measure how even
# the answers are, and a copy of a rare answer makes them more even (docs/metrics.md).
@pytest.mark.parametrize(
    "name", ["unique-share", "distinct-1", "distinct-2", "distinct-3", "distinct-k"]
)
@quiet
@given(texts=SETS, which=st.integers(min_value=0, max_value=7))
def test_a_copy_of_one_text_adds_no_variety(name: str, texts: list[str], which: int):
    """A duplicate of any response never raises a measure of how many different ones there are."""
    known = DIVERSITY[name]
    before = value(known, texts)
    assume(not math.isnan(before))
    assert value(known, [*texts, texts[which % len(texts)]]) <= before + 1e-12


@pytest.mark.parametrize("name", ["entropy", "semantic-diversity", "rouge-l", "vendi"])
@quiet
@given(others=st.lists(st.sampled_from("abcdefg"), unique=True, max_size=5), n=st.integers(2, 6))
def test_more_of_the_commonest_answer_is_less_variety(name: str, others: list[str], n: int):
    """Of single-word answers that are otherwise all different, more of the commonest is less."""
    known = DIVERSITY[name]
    vectors = np.eye(8)
    rows = {word: vectors["abcdefg".index(word)] for word in others} | {"common": vectors[7]}

    def diversity(texts: list[str]) -> float:
        extra = {"vectors": [rows[t] for t in texts]} if "embedder" in known.needs else {}
        return known.diversity_sign * known(texts, **extra)

    texts = ["common"] * n + others
    assert diversity([*texts, "common"]) <= diversity(texts) + 1e-9

"""Intervals hold what they claim, can pass what was seen, and say when they cannot be."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats

from vs_magic import metrics
from vs_magic.errors import OptionError
from vs_magic.metrics import Interval, _resample, difference, interval
from vs_magic.metrics.spreads import spreads

COLOURS = ["blue"] * 22 + ["red"] * 4 + ["green"] * 2 + ["teal", "ochre"]
STATES = [f"state {number}" for number in range(50)]


def words_of(shares: list[float], count: int) -> Callable[[np.random.Generator], list[str]]:
    """Draw answers with given shares."""

    def draw(rng: np.random.Generator) -> list[str]:
        return [f"w{k}" for k in rng.choice(len(shares), size=count, p=shares)]

    return draw


def zipf(answers: int, power: float) -> list[float]:
    """Shares of answers that fall with their rank."""
    shares = np.arange(1, answers + 1) ** -power
    return list(shares / shares.sum())


def sentences(rng: np.random.Generator) -> list[str]:
    """Thirty sentences: variations of one, and now and then another."""
    texts = []
    for _ in range(30):
        words = [f"a{k}" for k in range(12)]
        for place in rng.integers(12, size=rng.integers(1, 6)):
            words[place] = f"b{rng.integers(200)}"
        texts.append(" ".join(words))
    return texts


def coverage_of(
    name: str, draw: Callable[[np.random.Generator], list[str]], trials: int, **options: Any
) -> float:
    """The share of intervals that hold the mean of the metric over many draws."""
    rng = np.random.default_rng(7)
    metric = metrics.get(name)
    expected = statistics.fmean(metric(draw(rng), **options) for _ in range(400))
    found = [interval(name, draw(rng), resamples=200, seed=t, **options) for t in range(trials)]
    return statistics.fmean(one.low <= expected <= one.high for one in found)


@pytest.mark.parametrize(
    ("name", "draw", "options"),
    [
        ("rouge-l", words_of(zipf(60, 1.5), 30), {}),
        ("rouge-l", words_of([0.9, 0.1], 30), {}),
        ("rouge-l", sentences, {}),
        ("distinct-answers", words_of(zipf(60, 1.0), 30), {}),
        ("distinct-answers", words_of([1 / 6] * 6, 30), {}),
        ("distinct-answers", words_of([0.9] + [0.01] * 10, 30), {}),
        ("unique-share", words_of([0.02] * 50, 30), {}),
        ("entropy", words_of(zipf(60, 1.0), 30), {}),
        ("entropy", words_of([0.9, 0.06, 0.02, 0.02], 30), {}),
        ("distinct-1", sentences, {}),
        ("distinct-2", sentences, {}),
        ("js", words_of(zipf(20, 1.5), 50), {"reference": [f"w{k}" for k in range(20)]}),
        ("kl", words_of(zipf(20, 1.5), 50), {"reference": [f"w{k}" for k in range(20)]}),
        ("coverage", words_of(zipf(20, 1.5), 50), {"reference": [f"w{k}" for k in range(20)]}),
        ("precision", words_of([0.97, 0.03], 30), {"reference": ["w0"]}),
        ("brier", words_of([0.6, 0.3, 0.1], 30), {"stated": {"w0": 0.5, "w1": 0.5}}),
    ],
)
@pytest.mark.untraced
def test_intervals_hold_the_expected_value(
    name: str, draw: Callable[[np.random.Generator], list[str]], options: dict[str, Any]
):
    """Of intervals at 95 %, at least 85 in 100 hold it at n = 30 (a naive bootstrap: 0 to 80)."""
    assert coverage_of(name, draw, 120, **options) >= 0.85


def test_semantic_intervals_hold_the_expected_value():
    """The same with vectors: clusters of embeddings, thirty responses."""
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(3, 16))

    def draw() -> Any:
        return centres[rng.integers(3, size=30)] + 0.3 * rng.normal(size=(30, 16))

    texts = [str(number) for number in range(30)]
    expected = statistics.fmean(
        metrics.semantic_diversity(texts, vectors=draw()) for _ in range(500)
    )
    hits = 0
    for seed in range(120):
        found = interval("semantic-diversity", texts, vectors=draw(), seed=seed, resamples=200)
        hits += found.low <= expected <= found.high
    assert hits / 120 >= 0.88


def test_no_interval_comes_of_copies():
    """Resampled with its copies a set seems less diverse than it is; an interval holds the value.

    Where nothing has anything in common there is room for what was not seen, on the other side.
    """
    texts = [f"{k} {k + 1}" for k in range(0, 40, 2)]
    rng = np.random.default_rng(0)
    found = interval("rouge-l", texts)
    assert found.value == found.low == 0.0
    assert 0.1 < found.high < 0.4
    with_copies = [metrics.rouge_l(list(rng.choice(texts, 20))) for _ in range(50)]
    assert min(with_copies) > 0.0


def test_the_error_is_that_of_leaving_out_each_response():
    """Of means over pairs too, whose sums are computed once: as text by text, by hand."""
    texts = ["a b", "a c", "a b", "d", "a b c"]
    (found,) = spreads(metrics.get("rouge-l"), texts)
    rest = [metrics.rouge_l([t for j, t in enumerate(texts) if j != i]) for i in range(5)]
    assert found.value == pytest.approx(statistics.fmean(rest))
    assert found.error == pytest.approx(math.sqrt(4 / 5 * 5 * statistics.pvariance(rest)))
    assert found.freedom == 4


@pytest.mark.parametrize("count", [30, 31])
def test_two_answers_equally_often_have_an_interval_that_holds(count):
    """Leaving out one of them makes next to no difference, and yet other tosses would."""
    rng = np.random.default_rng(2)
    draws = [rng.choice(["heads", "tails"], count).tolist() for _ in range(60)]
    found = [interval("rouge-l", draw) for draw in draws]
    assert statistics.fmean(one.low <= 0.5 <= one.high for one in found) >= 0.9
    even = interval("rouge-l", ["heads", "tails"] * 15)
    assert even.low < even.value < even.high


def test_a_count_can_pass_what_was_seen():
    """The interval of the number of answers reaches above it: a resample of those seen cannot."""
    found = interval("distinct-answers", COLOURS)
    assert found.value == 5
    assert found.low < 5 < found.high
    naive = [len(set(np.random.default_rng(s).choice(COLOURS, 30))) for s in range(200)]
    assert max(naive) == 5


def test_a_count_never_passes_the_number_of_responses():
    """All different: the interval stays at or below n, and above what that could come from."""
    found = interval("distinct-answers", STATES[:30])
    assert found.value == found.high == 30
    assert 26 < found.low < 30


def test_answers_seen_again_and_again_stay_seen():
    """A fair die rolled 600 times: six at least, and hardly a seventh."""
    found = interval("distinct-answers", [str(face) for face in range(1, 7)] * 100)
    assert found.low == 6
    assert 6 < found.high < 8


@pytest.mark.parametrize("name", ["rouge-l", "semantic-diversity", "distinct-answers", "entropy"])
def test_a_collapse_leaves_room_for_doubt(name: str):
    """Thirty alike responses do not prove that there is nothing else: the interval has a width."""
    options = {"embedder": "lexical"} if name == "semantic-diversity" else {}
    few = interval(name, ["blue"] * 30, **options)
    many = interval(name, ["blue"] * 600, **options)
    assert few.low < few.high
    assert many.high - many.low < few.high - few.low or name == "distinct-answers"
    limit = 1 - 0.025 ** (1 / 30)  # Clopper and Pearson, 0 of 30
    if name == "rouge-l":
        assert few.low == pytest.approx((1 - limit) ** 2, abs=0.03)


@pytest.mark.parametrize("count", [30, 60])
def test_an_interval_without_a_width_says_so(count):
    """Where it makes no difference which response is left out there are no bounds, and a note."""
    found = interval("distinct-2", ["the cat sat on the mat"] * count)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.note == f"each of {count} calls adds as much as any other: no interval"


def test_the_same_seed_gives_the_same_interval():
    """Seeded: the same again, and another for another seed."""
    one = interval("entropy", COLOURS, seed=1)
    assert one == interval("entropy", COLOURS, seed=1)
    assert one != interval("entropy", COLOURS, seed=2)


def test_wider_for_fewer_and_for_more_certainty():
    """Twice the responses, a narrower interval; 99 % wider than 80 %."""
    width = lambda found: found.high - found.low  # noqa: E731
    assert width(interval("rouge-l", COLOURS * 4)) < width(interval("rouge-l", COLOURS))
    narrow, wide = (interval("rouge-l", COLOURS, level=level) for level in (0.8, 0.99))
    assert width(narrow) < width(wide)


@pytest.mark.parametrize("known", list(metrics.diversity()), ids=lambda known: known.name)
def test_every_diversity_metric_has_an_interval(known: metrics.Metric):
    """Bounds around the value, within the range, for thirty texts and for two prompts."""
    options = {"embedder": "lexical"} if "embedder" in known.needs else {}
    texts = [f"{colour} is the colour of thing {n % 9}" for n, colour in enumerate(COLOURS)]
    for prompts in (None, ["p", "q"] * 15):
        found = interval(known, texts, prompts=prompts, resamples=100, **options)
        assert known.low <= found.low < found.high <= known.high
        assert found.low <= found.value <= found.high
        assert found.value == pytest.approx(known(texts, prompts=prompts, **options))


@pytest.mark.parametrize(
    ("name", "texts", "options"),
    [
        ("kl", COLOURS, {"reference": ["blue", "red", "green", "teal", "ochre", "black"]}),
        ("kl", COLOURS, {"reference": ["blue", "red"], "direction": "answers", "epsilon": 1e-3}),
        ("js", COLOURS, {"reference": {"blue": 3, "black": 1}, "unit": "nats"}),
        ("total-variation", COLOURS, {"reference": ["blue", "black"]}),
        ("chi-square", COLOURS, {"reference": [*sorted(set(COLOURS)), "black"]}),
        ("chi-square", COLOURS, {"reference": sorted(set(COLOURS))}),
        ("coverage", COLOURS, {"reference": ["blue", "red", "black", "white"]}),
        ("coverage", COLOURS, {"reference": ["black", "white"]}),
        ("precision", COLOURS, {"reference": ["blue"]}),
        ("precision", COLOURS, {"reference": ["black"]}),
        ("kolmogorov-smirnov", ["1", "4", "4", "4", "6", "2"], {"reference": range(1, 7)}),
        ("wasserstein", [1, 4, 4, 4, 6, 2], {"reference": range(1, 7)}),
        ("brier", COLOURS, {"stated": {"blue": 0.5, "red": 0.2, "black": 0.3}}),
        ("expected-calibration-error", COLOURS, {"stated": {"blue": 0.5, "black": 0.3}}),
    ],
)
def test_what_is_compared_has_an_interval_too(name: str, texts: Any, options: dict[str, Any]):
    """Against a reference, numbers or stated probabilities: bounds around the value, in range."""
    known = metrics.get(name)
    found = interval(name, texts, **options)
    assert found.value == pytest.approx(known(texts, **options))
    assert known.low <= found.low <= found.value <= found.high <= known.high
    assert found.low < found.high
    assert found == interval(name, texts, **options)


def test_an_interval_of_clipped_similarity_is_that_of_clipped_values():
    """With `clip` bounds are clipped too: of opposite pairs none is above 1."""
    vectors = np.concatenate([np.eye(6), -np.eye(6)[:4], np.eye(6)[:2]])
    texts = [str(number) for number in range(12)]
    clipped = interval("semantic-diversity", texts, vectors=vectors, clip=True)
    assert clipped.high <= 1
    assert interval("semantic-diversity", texts, vectors=vectors).high > 1


def test_one_embedding_serves_value_and_replicates():
    """An embedder is asked once for each different text, however many resamples there are."""
    asked: list[str] = []

    def embedder(texts):
        asked.extend(texts)
        return metrics.get_embedder("lexical")(texts)

    for name in ("semantic-diversity", "vendi"):
        asked.clear()
        interval(name, COLOURS, embedder=embedder)
        assert sorted(asked) == sorted(set(COLOURS))


def test_weights_and_likeness_follow_their_texts():
    """Options that are given for each text are cut to the texts of a prompt and of a resample."""
    found = interval(
        "vendi", COLOURS, vectors=np.eye(30), weights=[2.0] * 15 + [0.5] * 15, resamples=100
    )
    assert found.low < found.value < found.high
    same = interval("vendi", COLOURS, similarity=np.eye(30), weights=[1] * 30, resamples=100)
    assert same.value == pytest.approx(30)
    with pytest.raises(OptionError, match="vectors must be one for each of the 30 texts"):
        interval("vendi", COLOURS, vectors=np.eye(29))


@pytest.mark.parametrize(
    ("texts", "note"),
    [
        ([], "no responses"),
        (["one"], "fewer than two responses"),
        (["a", "b", "c"], "fewer than 5 responses: no interval"),
    ],
)
def test_too_few_responses_have_no_bounds(texts: list[str], note: str):
    """Without enough responses the bounds are NaN, and the note says why."""
    found = interval("rouge-l", texts)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.note == note
    assert not found.excludes_zero


def test_an_undefined_value_says_so():
    """One-word answers have no bigrams: NaN, with a note, and printed as undefined."""
    found = interval("distinct-2", COLOURS)
    assert math.isnan(found.value)
    assert str(found) == "undefined (undefined for these responses)"


def test_an_interval_reads_well():
    """As text: value, then bounds where there are any."""
    assert str(Interval(value=0.1234, low=0.1, high=0.2)) == "0.123 (0.1 to 0.2)"
    assert str(Interval(value=2.0, low=math.nan, high=math.nan)) == "2"
    assert str(Interval(value=math.nan, low=math.nan, high=math.nan)) == "undefined"


def test_counts_have_intervals_too():
    """A mapping of answers to counts is as good as the answers; shares of responses are not."""
    counts = {answer: COLOURS.count(answer) for answer in COLOURS}
    assert interval("entropy", counts) == interval("entropy", COLOURS)
    with pytest.raises(OptionError, match="an interval needs counts of responses, not shares"):
        interval("entropy", {"a": 0.7, "b": 0.3})
    with pytest.raises(OptionError, match="leave prompts out"):
        interval("entropy", counts, prompts=["p"])


def test_an_infinite_value_has_no_bounds():
    """Chi-square of an answer outside the reference is infinite: nothing to bound."""
    found = interval("chi-square", COLOURS, reference=["blue", "red"])
    assert found.value == math.inf
    assert found.note == "not finite: no interval"


def test_a_clear_difference_excludes_zero():
    """A collapsed and a spread set differ clearly; two draws of one model do not."""
    clear = difference("rouge-l", COLOURS, STATES[:30], tokenize=lambda text: [text])
    assert clear.value == pytest.approx(metrics.rouge_l(COLOURS))
    assert clear.excludes_zero
    rng = np.random.default_rng(0)
    draw = words_of(zipf(20, 1.0), 30)
    unclear = difference("rouge-l", draw(rng), draw(rng))
    assert unclear.low < 0 < unclear.high
    assert not unclear.excludes_zero


def test_differences_of_nothing_are_rarely_called_clear():
    """Of differences between draws of one model, at most one in ten excludes 0."""
    rng = np.random.default_rng(11)
    draw = words_of(zipf(20, 1.0), 30)
    for name in ("rouge-l", "distinct-answers", "entropy"):
        clear = [
            difference(name, draw(rng), draw(rng), resamples=200, seed=t).excludes_zero
            for t in range(100)
        ]
        assert statistics.fmean(clear) <= 0.1, name


def test_a_difference_without_bounds_says_why():
    """Too few responses on one side: no bounds, and the reason."""
    found = difference("rouge-l", ["a b", "a c"], COLOURS)
    assert math.isnan(found.low)
    assert found.note == "fewer than 5 responses: no interval"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": 95}, "level must be above 0 and below 1, not 95"),
        ({"resamples": 10}, "resamples must be a whole number of 100 or more, not 10"),
        ({"prompts": ["p"]}, "prompt of each of the 30 texts, not 1"),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str):
    """Level, resamples and prompts within their range."""
    with pytest.raises(OptionError, match=message):
        interval("rouge-l", COLOURS, **options)
    with pytest.raises(OptionError, match="unknown metric 'rogue-l': did you mean 'rouge-l'"):
        interval("rogue-l", COLOURS)
    with pytest.raises(OptionError, match="texts must be a list of strings, not 'blue'"):
        interval("rouge-l", "blue")


def test_a_metric_of_ones_own_has_an_interval():
    """A registered function without a scheme of its own gets the jackknife: that of a mean."""

    @metrics.metric("test-length", higher_is="more diverse", unit="characters", high=100)
    def length(texts, *, prompts=None):
        return statistics.fmean(map(len, texts))

    try:
        texts = ["x" * n for n in (3, 5, 8, 13, 21, 34, 5, 8, 9, 10)]
        error = scipy.stats.sem([len(text) for text in texts])
        (spread,) = spreads(metrics.get(length), texts)
        assert (spread.error, spread.freedom) == (pytest.approx(error), 9)
        found = interval(length, texts)
        assert found.low < found.value < found.high
    finally:
        metrics._registry._REGISTER.pop("test-length")


@pytest.mark.parametrize(
    ("counts", "answers", "probability"),
    [
        # Chao, 1984, and Chao and Jost, 2012, by hand: n = 10, f1 = 3, f2 = 1.
        ([5, 2, 1, 1, 1], 0.9 * 9 / 2, 3 / 10 * (9 * 3) / (9 * 3 + 2)),
        # none twice: f1 (f1 − 1) / 2
        ([7, 1, 1, 1], 0.9 * 3, 3 / 10 * (9 * 2) / (9 * 2 + 2)),
        ([7, 3], 0.0, 0.0),
        ([9, 1], 0.0, 0.0),
    ],
)
def test_what_was_not_seen_by_hand(counts: list[int], answers: float, probability: float):
    """Chao's number of unseen answers, and the probability of meeting one."""
    found = _resample.unseen(np.array(counts, dtype=float))
    assert found == pytest.approx((answers, probability))


def test_new_answers_of_a_draw_are_bounded_by_memory():
    """A thousand answers that came once each do not make a matrix of a billion cells."""
    rng = np.random.default_rng(0)
    shapes: list[tuple[int, ...]] = []

    def statistic(drawn):
        shapes.append(drawn.shape)
        return drawn.max(axis=1)

    found = _resample.answers(np.ones(1000), statistic, rng, 1000)
    assert found.shape == (1000,)
    assert max(rows * columns for rows, columns in shapes) <= 4_000_000

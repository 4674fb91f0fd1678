"""Lexical diversity: published values, sacrebleu's own, and the plain algorithms."""

from __future__ import annotations

import gzip
import itertools
import lzma
import math
import tracemalloc

import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st

from vs_magic.errors import OptionError
from vs_magic.metrics import (
    compression_ratio,
    distinct_1,
    distinct_2,
    distinct_3,
    distinct_n,
    rouge_l,
    self_bleu,
)

JOKES = [
    "Why did the coffee file a police report? It got mugged.",
    "Why did the coffee file a police report? Because it got mugged!",
    "What do you call a sad cup of coffee? A depresso.",
    "How does a tech guy drink coffee? He installs Java.",
    "Coffee: because adulting is hard.",
]
TOKENS = st.lists(st.lists(st.sampled_from("abcd"), max_size=9), min_size=2, max_size=6)


def plain_rouge(one: list[str], other: list[str]) -> float:
    """F1 by the table of the longest common subsequence, as the authors' package has it."""
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, j in itertools.product(range(len(one)), range(len(other))):
        table[i + 1][j + 1] = (
            table[i][j] + 1 if one[i] == other[j] else max(table[i][j + 1], table[i + 1][j])
        )
    if not one and not other:
        return 1.0
    if not table[-1][-1]:
        return 0.0
    precision, recall = table[-1][-1] / len(one), table[-1][-1] / len(other)
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # Lin, 2004, section 3: S1 is the reference.
        ("police killed the gunman", "police kill the gunman", 3 / 4),
        ("police killed the gunman", "the gunman kill police", 2 / 4),
        # The example of rouge-score's README; 0.1.2 gives precision 5/8, recall 5/9.
        (
            "The quick brown fox jumps over the lazy dog",
            "The quick brown dog jumps on the log.",
            2 * (5 / 8) * (5 / 9) / (5 / 8 + 5 / 9),
        ),
        ("", "", 1.0),
        ("", "words", 0.0),
        ("好天氣", "天氣好", 2 / 3),
    ],
)
def test_rouge_of_published_pairs(one: str, other: str, expected: float):
    """Pairs whose longest common subsequence is known have the F1 that follows from it."""
    assert rouge_l([one, other]) == pytest.approx(expected)


@settings(max_examples=150)
@given(lists=TOKENS)
def test_rouge_is_the_mean_over_all_pairs(lists: list[list[str]]):
    """However texts repeat, the value is the plain mean of the plain F1 over the pairs."""
    pairs = [plain_rouge(one, other) for one, other in itertools.combinations(lists, 2)]
    texts = [" ".join(tokens) for tokens in lists]
    assert rouge_l(texts) == pytest.approx(math.fsum(pairs) / len(pairs))


def test_rouge_joins_its_blocks_without_a_seam():
    """More different texts than a block still give the mean over all pairs."""
    texts = [f"{i % 7} {i % 11} {i % 13} {i}" for i in range(300)]
    pairs = [plain_rouge(a.split(), b.split()) for a, b in itertools.combinations(texts, 2)]
    assert rouge_l(texts) == pytest.approx(sum(pairs) / len(pairs))


def test_the_papers_tokens_keep_case_and_marks():
    """With `paper`, "mugged." and "mugged!" differ, and so do The and the."""
    pairs = [plain_rouge(a.split(), b.split()) for a, b in itertools.combinations(JOKES, 2)]
    assert rouge_l(JOKES, tokenize="paper") == pytest.approx(sum(pairs) / len(pairs))
    assert rouge_l(["The end.", "the end"], tokenize="paper") == 0.0
    assert rouge_l(["The end.", "the end"]) == 1.0


def test_a_long_text_is_no_trouble():
    """Texts of a hundred thousand words align, by lengths that two bytes cannot hold."""
    text = "a b c d " * 25_000
    assert rouge_l([text, f"{text} e"]) == pytest.approx(200_000 / 200_001)


def test_memory_of_rouge_is_linear():
    """Three thousand different texts take megabytes, not the 72 of their matrix."""
    texts = [f"{i} {i * 7 % 1000} {i * i}" for i in range(3000)]
    rouge_l(texts[:2])
    tracemalloc.start()
    rouge_l(texts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e7


@pytest.mark.parametrize(
    ("metric", "texts", "expected"),
    [
        (distinct_1, ["a b c", "a b d"], 4 / 6),
        (distinct_2, ["a b c", "a b d"], 3 / 4),
        (distinct_3, ["a b c", "a b d"], 1.0),
        (distinct_1, ["the the the", "The"], 1 / 4),
        (distinct_2, ["a a a a", "b"], 1 / 3),
        (distinct_1, ["好天", "天好"], 2 / 4),
    ],
)
def test_distinct_counted_by_hand(metric, texts: list[str], expected: float):
    """N-grams counted by hand, pooled over the texts (Li et al., 2016, section 5)."""
    assert metric(texts) == pytest.approx(expected)


def test_distinct_sees_repetition_across_texts():
    """Pooled: a text repeated four times has a quarter, where a mean of each text's own has 1."""
    assert distinct_2(["one two three"] * 4) == 1 / 4


def test_no_ngram_is_no_score():
    """Texts shorter than n have no n-grams: NaN, neither 0 nor 1."""
    assert math.isnan(distinct_2(["yes", "no"]))
    assert math.isnan(distinct_1(["", ""]))


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "2"])
def test_n_is_a_whole_number(n):
    """An n-gram has one token at least."""
    with pytest.raises(OptionError, match="n must be a whole number of 1 or more"):
        distinct_n(["a b", "b c"], n)


@pytest.mark.parametrize("tokenize", ["13a", "intl", "char"])
def test_self_bleu_is_sacrebleus(tokenize: str):
    """The mean of `sacrebleu.sentence_bleu` of each text against all the others, divided by 100."""
    theirs = [
        sacrebleu.sentence_bleu(text, JOKES[:i] + JOKES[i + 1 :], tokenize=tokenize).score
        for i, text in enumerate(JOKES)
    ]
    expected = sum(theirs) / len(theirs) / 100
    assert self_bleu(JOKES, tokenize=tokenize) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=100)
@given(
    lists=st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=8), min_size=2, max_size=6)
)
def test_self_bleu_in_one_pass_is_sacrebleus_text_by_text(lists: list[list[str]]):
    """Counting each n-gram once for all texts gives what asking sacrebleu for each text gives."""
    texts = [" ".join(tokens) for tokens in lists]
    theirs = [
        sacrebleu.sentence_bleu(text, texts[:i] + texts[i + 1 :], tokenize="none").score
        for i, text in enumerate(texts)
    ]
    expected = min(sum(theirs) / len(theirs) / 100, 1.0)
    assert self_bleu(texts, tokenize="paper") == pytest.approx(expected, abs=1e-9)


def test_self_bleu_knows_its_tokenizers():
    """An unknown tokenizer gets the list of all, sacrebleu's too."""
    with pytest.raises(OptionError, match="unknown tokenize '13': one of words.*13a.*function"):
        self_bleu(JOKES, tokenize="13")


def test_compression_is_bytes_by_bytes():
    """The ratio of the standard library's own sizes, texts sorted and joined by line ends."""
    data = "\n".join(sorted(JOKES)).encode()
    assert compression_ratio(JOKES, algorithm="gzip") == len(data) / len(gzip.compress(data))
    assert compression_ratio(JOKES, algorithm="xz") == len(data) / len(lzma.compress(data))
    envelope = 18
    without = len(gzip.compress(data)) - envelope
    assert compression_ratio(JOKES) == len(data) / without


def test_compression_takes_three_algorithms():
    """Any other is refused by name."""
    with pytest.raises(OptionError, match="unknown algorithm 'zip': deflate, gzip or xz"):
        compression_ratio(JOKES, algorithm="zip")

"""Diversity of wording: likeness of the responses as strings of words.

Nothing here knows what a word means: two paraphrases look diverse, two jokes about different
things in the same form look alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics import _resample
from vs_magic.metrics._ngrams import distinct_by_unit, ngrams
from vs_magic.metrics._registry import OfUnits, metric
from vs_magic.metrics._selfbleu import self_bleu_scores
from vs_magic.metrics._texts import Prompts, over_prompts
from vs_magic.metrics._tokens import TOKENIZERS, Tokenize, encode, tokenizer

_BLOCK = 256
_MANY_PAIRS = 1_000_000


def _rouge_by_unit(
    texts: Sequence[str], units: NDArray[np.intp], *, tokenize: Tokenize = "words"
) -> OfUnits:
    different, place = _unique(texts, tokenize)
    held = _resample.held(units)
    summed = np.zeros((len(held), len(different)))
    np.add.at(summed, (units, place), 1.0)
    return _resample.mean_of_units(_resample.of_blocks(summed, rouge_blocks(different)), held)


@metric(
    "rouge-l",
    higher_is="less diverse",
    unit="share",
    high=1.0,
    by_unit=_rouge_by_unit,
)
def rouge_l(
    texts: Iterable[str], *, prompts: Prompts = None, tokenize: Tokenize = "words"
) -> float:
    r"""Mean ROUGE-L F1 over the pairs of responses to one prompt.

    F1 of a pair is :math:`2 L / (m + n)`, with L the longest common subsequence of its tokens
    and m, n their numbers. Range 0 to 1 (all alike); lower is more diverse. Unit: share; the
    paper prints it × 100 %. Undefined (NaN) for fewer than two texts. Two texts without any
    token are alike; one beside a text with tokens is not. Time grows as n², memory as n.

    Parameters
    ----------
    texts
        The responses.
    prompts
        The prompt of each text; pairs are formed within a prompt, the mean is over prompts.
    tokenize
        `words` (any script, case folded, no punctuation), `paper` (split on white space, case
        kept, as the authors' package does), `characters`, or a function.

    Returns
    -------
    float
        The mean F1.

    Raises
    ------
    OptionError
        Texts are no strings, or the tokenizer is unknown.

    References
    ----------
    Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004; as a measure of a set:
    Zhang et al., arXiv 2510.01171, section 5.

    Examples
    --------
    >>> rouge_l(["the cat sat", "The cat ran."])
    0.666...
    >>> rouge_l(["the cat sat", "The cat ran."], tokenize="paper")
    0.333...
    """
    split = tokenizer(tokenize)
    return over_prompts(texts, prompts, lambda group: _mean_rouge(group, split))


def _mean_rouge(texts: Sequence[str], tokenize: Tokenize) -> float:
    count = len(texts)
    if count < 2:
        return math.nan
    different, place = _unique(texts, tokenize)
    times = np.bincount(place).astype(np.float64)
    together = float(_resample.of_blocks(times[None, :], rouge_blocks(different))[0, 0])
    # Each text beside itself scores 1 and is no pair.
    return min((together - count) / (count * (count - 1)), 1.0)


def _unique(
    texts: Sequence[str], tokenize: Tokenize
) -> tuple[list[str] | list[list[int]], NDArray[np.intp]]:
    """Return the different token sequences, encoded, and which of them each text is."""
    split = tokenizer(tokenize)
    lists = [tuple(split(text)) for text in texts]
    index = {tokens: position for position, tokens in enumerate(dict.fromkeys(lists))}
    return encode(index), np.array([index[tokens] for tokens in lists], dtype=np.intp)


def rouge_blocks(
    sequences: Sequence[Sequence[Any]],
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield the matrix of ROUGE-L F1 in blocks of rows, each from its own columns to the right.

    Parameters
    ----------
    sequences
        Encoded token sequences (see `_tokens.encode`).

    Yields
    ------
    tuple
        Where the block begins, on both axes, and the block.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import LCSseq

    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.float64)
    whole = np.uint16 if lengths.max(initial=0) < 2**16 else np.uint32
    # One thread is quicker than several until there is much to do.
    workers = -1 if len(sequences) ** 2 > _MANY_PAIRS else 1
    for start in range(0, len(sequences), _BLOCK):
        rows = sequences[start : start + _BLOCK]
        common = process.cdist(
            rows, sequences[start:], scorer=LCSseq.similarity, dtype=whole, workers=workers
        )
        there = lengths[start:]
        block = 2.0 * common / np.maximum(there[: len(rows), None] + there, 1.0)
        # Two sequences without tokens have nothing in common, and are alike.
        block[np.ix_(there[: len(rows)] == 0, there == 0)] = 1.0
        yield start, block


def distinct_n(
    texts: Iterable[str], n: int = 2, *, prompts: Prompts = None, tokenize: Tokenize = "words"
) -> float:
    """Different n-grams divided by all n-grams, pooled over the responses to one prompt.

    Pooled, so that a repetition across responses counts (the authors' package takes the mean of
    each response's own share, which cannot see one). Range above 0 to 1; higher is more diverse.
    Unit: share. Undefined (NaN) for fewer than two texts, or where no text has n tokens. It falls
    as texts get longer or more: compare equal numbers of texts of like length.

    Parameters
    ----------
    texts
        The responses.
    n
        Tokens in an n-gram, 1 or more.
    prompts, tokenize
        As in `rouge_l`.

    Returns
    -------
    float
        The share of n-grams that are different.

    Raises
    ------
    OptionError
        `n` is below 1, texts are no strings, or the tokenizer is unknown.

    References
    ----------
    Li et al., "A Diversity-Promoting Objective Function for Neural Conversation Models", 2016.

    Examples
    --------
    >>> distinct_n(["a b c", "a b d"], 2)
    0.75
    >>> distinct_n(["yes", "no"], 2)
    nan
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise OptionError(f"n must be a whole number of 1 or more, not {n!r}")
    split = tokenizer(tokenize)
    return over_prompts(texts, prompts, lambda group: _distinct(group, n, split))


def _distinct(texts: Sequence[str], n: int, split: Callable[[str], Sequence[str]]) -> float:
    if len(texts) < 2:
        return math.nan
    seen: set[tuple[str, ...]] = set()
    total = 0
    for text in texts:
        tokens = split(text)
        total += max(len(tokens) - n + 1, 0)
        seen.update(ngrams(tokens, n))
    return len(seen) / total if total else math.nan


@metric("distinct-1", higher_is="more diverse", unit="share", high=1.0, by_unit=distinct_by_unit(1))
def distinct_1(
    texts: Iterable[str], *, prompts: Prompts = None, tokenize: Tokenize = "words"
) -> float:
    """Different words divided by all words (see `distinct_n`).

    >>> distinct_1(["a b c", "a b d"])
    0.666...
    """
    return distinct_n(texts, 1, prompts=prompts, tokenize=tokenize)


@metric("distinct-2", higher_is="more diverse", unit="share", high=1.0, by_unit=distinct_by_unit(2))
def distinct_2(
    texts: Iterable[str], *, prompts: Prompts = None, tokenize: Tokenize = "words"
) -> float:
    """Different bigrams divided by all bigrams (see `distinct_n`).

    >>> distinct_2(["a b c", "a b d"])
    0.75
    """
    return distinct_n(texts, 2, prompts=prompts, tokenize=tokenize)


@metric("distinct-3", higher_is="more diverse", unit="share", high=1.0, by_unit=distinct_by_unit(3))
def distinct_3(
    texts: Iterable[str], *, prompts: Prompts = None, tokenize: Tokenize = "words"
) -> float:
    """Different trigrams divided by all trigrams (see `distinct_n`).

    >>> distinct_3(["a b c", "a b d"])
    1.0
    """
    return distinct_n(texts, 3, prompts=prompts, tokenize=tokenize)


@metric("self-bleu", higher_is="less diverse", unit="share", high=1.0)
def self_bleu(
    texts: Iterable[str],
    *,
    prompts: Prompts = None,
    tokenize: Tokenize = "words",
    order: int = 4,
) -> float:
    """Mean BLEU of each response against all the others to its prompt.

    Range 0 to 1 (each response is found among the others); lower is more diverse. Unit: share
    (sacrebleu prints it × 100). Undefined (NaN) for fewer than two texts. It rises with the number
    of texts, since each finds more to be like: compare equal numbers.

    Parameters
    ----------
    texts
        The responses.
    prompts
        As in `rouge_l`.
    tokenize
        As in `rouge_l`, or the name of one of sacrebleu's tokenizers (`13a`, `intl`, `zh` …).
    order
        The longest n-gram that counts.

    Returns
    -------
    float
        The mean, with sacrebleu's sentence BLEU (exponential smoothing, effective order).

    Raises
    ------
    OptionError
        Texts are no strings, or the tokenizer is unknown.

    References
    ----------
    Zhu et al., "Texygen", 2018; BLEU by Post, "A Call for Clarity in Reporting BLEU Scores", 2018.

    Examples
    --------
    >>> self_bleu(["the cat sat", "the cat sat"]), self_bleu(["the cat sat", "a dog ran"])
    (1.0, 0.0)
    """
    split = _bleu_tokenizer(tokenize)

    def score(group: list[str]) -> float:
        if len(group) < 2:
            return math.nan
        scores = self_bleu_scores([split(text) for text in group], order)
        return min(math.fsum(scores) / len(scores), 1.0)

    return over_prompts(texts, prompts, score)


def _bleu_tokenizer(tokenize: Tokenize) -> Callable[[str], Sequence[str]]:
    if callable(tokenize) or tokenize in TOKENIZERS:
        return tokenizer(tokenize)
    from sacrebleu.metrics.bleu import BLEU

    if tokenize not in BLEU.TOKENIZERS:
        raise OptionError(
            f"unknown tokenize {tokenize!r}: one of {', '.join([*TOKENIZERS, *BLEU.TOKENIZERS])}, "
            "or a function"
        )
    theirs = BLEU(tokenize=tokenize).tokenizer

    def split(text: str) -> list[str]:
        return str(theirs(text)).split()

    return split

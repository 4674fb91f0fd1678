"""BLEU of each text against all the others in one pass, with sacrebleu's own formula.

Asking sacrebleu for each text anew counts the n-grams of all references each time: n² texts read.
A reference counts only through the most often it has an n-gram, so the two highest counts of each
n-gram over all texts are enough: n texts read, the same numbers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

Ngram = tuple[str, ...]


def self_bleu_scores(token_lists: Sequence[Sequence[str]], order: int) -> list[float]:
    """Return the sentence BLEU of each text against all the others, between 0 and 1.

    As `sacrebleu.sentence_bleu` does: exponential smoothing, effective order, the reference
    length that is closest (the shorter of two). Two texts without tokens score 1 beside each
    other.
    """
    from sacrebleu.metrics.bleu import BLEU

    counts = [_ngrams(tokens, order) for tokens in token_lists]
    highest = _two_highest(counts)
    lengths = sorted(len(tokens) for tokens in token_lists)
    empty = sum(1 for tokens in token_lists if not tokens)
    scores: list[float] = []
    for position, (tokens, own) in enumerate(zip(token_lists, counts, strict=True)):
        if not tokens:
            scores.append(float(empty > 1))
            continue
        correct = [0] * order
        total = [max(len(tokens) - size, 0) for size in range(order)]
        for ngram, times in own.items():
            first, owner, second = highest[ngram]
            correct[len(ngram) - 1] += min(times, second if owner == position else first)
        result = BLEU.compute_bleu(
            correct,
            total,
            sys_len=len(tokens),
            ref_len=_closest_other(lengths, len(tokens)),
            smooth_method="exp",
            effective_order=True,
            max_ngram_order=order,
        )
        scores.append(float(result.score) / 100.0)
    return scores


def _ngrams(tokens: Sequence[str], order: int) -> Counter[Ngram]:
    return Counter(
        tuple(tokens[start : start + size])
        for size in range(1, order + 1)
        for start in range(len(tokens) - size + 1)
    )


def _two_highest(counts: Sequence[Counter[Ngram]]) -> dict[Ngram, tuple[int, int, int]]:
    """Return of each n-gram: its highest count, the text that has it, the highest elsewhere."""
    highest: dict[Ngram, tuple[int, int, int]] = {}
    for position, own in enumerate(counts):
        for ngram, times in own.items():
            first, owner, second = highest.get(ngram, (0, -1, 0))
            if times > first:
                highest[ngram] = (times, position, first)
            elif times > second:
                highest[ngram] = (first, owner, times)
    return highest


def _closest_other(lengths: Sequence[int], own: int) -> int:
    """Return the length nearest to `own` among the other texts; of two, the shorter."""
    place = bisect_left(lengths, own)
    others = [*lengths[max(place - 1, 0) : place], *lengths[place + 1 : place + 2]]
    return min(others, key=lambda length: (abs(length - own), length))

"""Semantic diversity and ROUGE-L beside what else computes them, in one run.

    pip install rouge-score scikit-learn     # beside vs_magic; for this comparison only
    python benchmarks/metrics.py             # two minutes; --full scores every pair: an hour

What needs a Python loop over the pairs is timed on as many random pairs as fit its budget of
seconds and scaled to all of them (marked ≈), unless `--full`; the others are medians of full runs.
All score the same data, and their values are checked against each other. Memory is the peak that
is allocated during one run, beyond the input.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vs_magic import metrics

DIMENSIONS = 384
SEMANTIC_BAR = 500
ROUGE_BAR = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long one contender takes for all pairs, and what it found."""

    seconds: float
    value: float
    scaled: bool = False
    peak: float = float("nan")

    def __str__(self) -> str:
        peak = "" if np.isnan(self.peak) else f"{self.peak / 1e6:10.1f} MB"
        return f"{'≈' if self.scaled else ' '}{self.seconds:12.6f} s {peak:>14}"


def main() -> int:
    """Run both comparisons; the exit code says whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true", help="score every pair in the loops, too")
    parser.add_argument("--budget", type=float, default=8.0, help="seconds for one loop")
    given = parser.parse_args()
    budget = float("inf") if given.full else given.budget
    met = [semantic(budget), rouge(budget)]
    print("\nbars met" if all(met) else "\nBARS MISSED")
    return 0 if all(met) else 1


def semantic(budget: float) -> bool:
    """Compare semantic diversity; whether it is quick enough at 1000."""
    from sklearn.metrics.pairwise import cosine_similarity

    print(f"semantic diversity of n vectors of {DIMENSIONS}")
    ratio = 0.0
    for count in (100, 300, 1000, 10_000):
        vectors = _vectors(count)
        texts = [str(number) for number in range(count)]
        ours = partial(metrics.semantic_diversity, texts, vectors=vectors)
        results = {
            "vs_magic": _whole(ours),
            "n × n formula": _whole(partial(_formula, vectors)),
            "scikit-learn": _whole(partial(_of_matrix, cosine_similarity, vectors)),
            "vs_magic, clipped": _whole(partial(ours, clip=True)),
            "pair loop, clipped": _pair_loop(vectors, cosine_similarity, budget),
        }
        _print_rows(f"n = {count}", results)
        values = [results[name].value for name in ("vs_magic", "n × n formula", "scikit-learn")]
        assert max(values) - min(values) < 1e-5, values
        loop = results["pair loop, clipped"]
        if not loop.scaled:
            assert abs(results["vs_magic, clipped"].value - loop.value) < 1e-5
        if count == 1000:
            ratio = loop.seconds / results["vs_magic"].seconds
    print(f"  at n = 1000: {ratio:,.0f} × the pair loop (bar: {SEMANTIC_BAR})\n")
    return ratio >= SEMANTIC_BAR


def _formula(vectors: NDArray[np.float32]) -> float:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return _of_matrix(lambda rows: rows @ rows.T, unit)


def _of_matrix(
    similarity: Callable[[NDArray[np.float32]], NDArray[np.float32]], vectors: NDArray[np.float32]
) -> float:
    count = len(vectors)
    together = float(similarity(vectors).sum(dtype=np.float64))
    return 1 - (together - count) / (count * (count - 1))


def _pair_loop(
    vectors: NDArray[np.float32], similarity: Callable[..., NDArray[np.float32]], budget: float
) -> Timing:
    """Time a loop over the pairs in Python, as the authors' package has it."""
    began = time.perf_counter()
    matrix = np.clip(similarity(vectors), -1.0, 1.0)
    before = time.perf_counter() - began

    def one(i: int, j: int) -> float:
        return float(1 - np.clip(float(matrix[i, j]), 0.0, 1.0))

    found = _loop(len(vectors), one, budget)
    return replace(found, seconds=before + found.seconds)


def rouge(budget: float) -> bool:
    """Compare ROUGE-L; whether it is quick enough at 1000."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"], use_stemmer=False)
    slowest = float("inf")
    print("ROUGE-L of n texts")
    for words in (20, 100):
        for count in (100, 300, 1000):
            texts = _texts(count, words)
            tokens = [text.split() for text in texts]

            results = {
                "vs_magic": _whole(partial(metrics.rouge_l, texts)),
                "rouge-score": _loop(count, partial(_theirs, scorer, texts), budget),
                "plain Python": _loop(count, partial(_plain, tokens), budget),
            }
            _print_rows(f"n = {count}, {words} words", results)
            for name in ("rouge-score", "plain Python"):
                apart = abs(results[name].value - results["vs_magic"].value)
                assert apart < (0.05 if results[name].scaled else 1e-9), (name, apart)
            if count == 1000:
                ratio = results["rouge-score"].seconds / results["vs_magic"].seconds
                slowest = min(slowest, ratio)
    print(f"  at n = 1000: at least {slowest:,.0f} × rouge-score (bar: {ROUGE_BAR})")
    return slowest >= ROUGE_BAR


def _theirs(scorer: Any, texts: Sequence[str], i: int, j: int) -> float:
    return float(scorer.score(texts[i], texts[j])["rougeL"].fmeasure)


def _plain(tokens: Sequence[Sequence[str]], i: int, j: int) -> float:
    return 2 * _common(tokens[i], tokens[j]) / (len(tokens[i]) + len(tokens[j]))


def _loop(count: int, score: Callable[[int, int], float], budget: float) -> Timing:
    """Score the pairs in a loop; where that takes more than its budget, some of them, scaled."""
    pairs = count * (count - 1) // 2
    rng = random.Random(0)
    probe = time.perf_counter()
    for _ in range(20):
        score(*rng.sample(range(count), 2))
    whole = (time.perf_counter() - probe) / 20 * pairs <= budget
    chosen = (
        itertools.combinations(range(count), 2)
        if whole
        else (rng.sample(range(count), 2) for _ in range(pairs))
    )
    spent, done, total = 0.0, 0, 0.0
    for batch in iter(lambda: list(itertools.islice(chosen, 200)), []):
        began = time.perf_counter()
        for i, j in batch:
            total += score(i, j)
        spent += time.perf_counter() - began
        done += len(batch)
        if not whole and spent > budget:
            break
    return Timing(seconds=spent * pairs / done, value=total / done, scaled=not whole)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, by the table."""
    row = [0] * (len(other) + 1)
    for token in one:
        before = 0
        for place, there in enumerate(other, 1):
            above = row[place]
            row[place] = before + 1 if token == there else max(above, row[place - 1])
            before = above
    return row[-1]


def _whole(run: Callable[[], float], repeats: int = 5) -> Timing:
    """Time full runs: their median, and the peak of memory of one."""
    value = run()
    seconds: list[float] = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
        if sum(seconds) > 20:
            break
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Timing(seconds=statistics.median(seconds), value=value, peak=peak)


def _print_rows(title: str, results: dict[str, Timing]) -> None:
    ours = results["vs_magic"].seconds
    print(f"  {title}")
    for name, timing in results.items():
        print(f"    {name:20} {timing} {timing.seconds / ours:12,.1f} ×   {timing.value:.4f}")


def _vectors(count: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    spread = rng.standard_normal((count, DIMENSIONS)) + 0.7
    return np.asarray(spread, dtype=np.float32)


def _texts(count: int, words: int) -> list[str]:
    """Texts of Zipf's words, in ASCII, so that all contenders see the same tokens."""
    rng = random.Random(0)
    vocabulary = [f"word{rank}" for rank in range(5000)]
    chances = [1 / (rank + 1) for rank in range(5000)]
    return [" ".join(rng.choices(vocabulary, chances, k=words)) for _ in range(count)]


if __name__ == "__main__":
    sys.exit(main())

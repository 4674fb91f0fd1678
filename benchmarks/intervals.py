"""How often an interval at 95 % holds the expected value, beside a plain percentile bootstrap.

    python benchmarks/intervals.py           # ten minutes

Responses are drawn from sources whose expected value is known from many draws. The plain bootstrap
resamples the responses with replacement, copies and all, and takes the percentiles.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from vs_magic import metrics

Source = Callable[[Generator, int], list[str]]
STATES = [f"state{number}" for number in range(50)]


def answers(shares: list[float]) -> Source:
    """One-word answers with given shares."""
    chances = np.array(shares) / sum(shares)
    return lambda rng, n: [STATES[k] for k in rng.choice(len(chances), size=n, p=chances)]


def variations(rng: Generator, n: int) -> list[str]:
    """Variations of one sentence, and now and then another one."""
    texts = []
    for _ in range(n):
        words = [f"a{k}" for k in range(12)]
        for place in rng.integers(12, size=rng.integers(0, 6)):
            words[place] = f"b{rng.integers(200)}"
        texts.append(" ".join(words))
    return texts


SOURCES: dict[str, Source] = {
    "collapsed, 0.9 and 10 × 0.01": answers([0.9] + [0.01] * 10),
    "states, Zipf": answers([1 / (rank + 1) for rank in range(50)]),
    "states, uniform": answers([1.0] * 50),
    "sentences": variations,
}
METRICS: dict[str, dict[str, Any]] = {
    "semantic-diversity": {"embedder": "lexical"},
    "rouge-l": {},
    "vendi": {"embedder": "lexical"},
    "distinct-1": {},
    "compression-ratio": {},
    "distinct-answers": {},
    "entropy": {},
    "js": {"reference": STATES},
    "kl": {"reference": STATES},
    "coverage": {"reference": STATES},
}


def main() -> None:
    """Print a table for each number of responses."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--n", type=int, nargs="+", default=[10, 30, 100])
    given = parser.parse_args()
    print(f"share of intervals that hold it, ours / plain bootstrap; {given.trials} trials")
    for n in given.n:
        print(f"\nn = {n:<17}" + "".join(f"{source:>31}" for source in SOURCES))
        for name, options in METRICS.items():
            cells = []
            for kind, source in SOURCES.items():
                if "reference" in options and kind == "sentences":
                    cells.append("–")
                    continue
                ours, plain = _coverage(name, source, n, given.trials, options)
                cells.append(f"{ours:.2f} / {plain:.2f}")
            print(f"{name:20}" + "".join(f"{cell:>31}" for cell in cells), flush=True)


def _coverage(
    name: str, source: Source, n: int, trials: int, options: dict[str, Any]
) -> tuple[float, float]:
    metric = metrics.get(name)
    rng = np.random.default_rng(1)
    expected = statistics.fmean(metric(source(rng, n), **options) for _ in range(400))
    ours = plain = 0
    for trial in range(trials):
        texts = source(rng, n)
        found = metrics.interval(name, texts, seed=trial, resamples=200, **options)
        ours += found.low - 1e-9 <= expected <= found.high + 1e-9
        drawn = [metric([texts[k] for k in rng.integers(n, size=n)], **options) for _ in range(100)]
        low, high = np.quantile(drawn, [0.025, 0.975])
        plain += low - 1e-9 <= expected <= high + 1e-9
    return ours / trials, plain / trials


if __name__ == "__main__":
    main()

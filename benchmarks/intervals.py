"""How often intervals hold, how often a method is called different from itself, and power.

    python benchmarks/intervals.py                # lists and conversations: some minutes
    python benchmarks/intervals.py answers        # single answers; at 30 beside a plain bootstrap
    python benchmarks/intervals.py verdicts       # false "clear" and power

Responses are drawn from sources whose expected value is known from many draws. A source of lists
draws whole lists: those of one list are alike, or exclude each other, as with real models.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator

from vs_magic import metrics
from vs_magic.metrics._parts import Part, of_units
from vs_magic.metrics.permutation import holm, permutation_p
from vs_magic.metrics.units import left_out

K = 5
Source = Callable[[Generator, int], list[str]]
Lists = Callable[[Generator, int], list[list[str]]]
STATES = [f"state{number}" for number in range(50)]


def zipf(count: int) -> Any:
    """Shares that fall with the rank."""
    shares = 1.0 / np.arange(1, count + 1)
    return shares / shares.sum()


def answers(shares: Sequence[float]) -> Source:
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


def _text(theme: int, item: int) -> str:
    return f"t{theme} of{theme} item{item} is{item % 3} here{theme * 100 + item}"


def _of_theme(rng: Generator, theme: int) -> list[str]:
    return [_text(theme, item) for item in rng.choice(10, K, replace=False)]


def themed(rng: Generator, units: int) -> list[list[str]]:
    """One theme a list, some themes often, no repeat within a list."""
    return [_of_theme(rng, theme) for theme in rng.choice(8, units, p=zipf(8))]


def favourite(rng: Generator, units: int) -> list[list[str]]:
    """The same list in 70 % of the calls."""
    usual = [_text(99, item) for item in range(K)]
    return [usual if rng.random() < 0.7 else _of_theme(rng, rng.integers(20)) for _ in range(units)]


def without_repeats(rng: Generator, units: int) -> list[list[str]]:
    """Each list some of twelve answers, none twice."""
    return [
        [_text(0, item) for item in rng.choice(12, K, replace=False, p=zipf(12))]
        for _ in range(units)
    ]


def independent(rng: Generator, units: int) -> list[list[str]]:
    """Lists of answers that have nothing to do with each other."""
    return [[_text(i // 4, i) for i in rng.choice(20, K, p=zipf(20))] for _ in range(units)]


LISTS: dict[str, Lists] = {
    "themed": themed,
    "favourite": favourite,
    "without repeats": without_repeats,
    "independent": independent,
}
SOURCES: dict[str, Source] = {
    "always the same": answers([1.0]),
    "0.95, 0.03, 0.02": answers([0.95, 0.03, 0.02]),
    "0.9 and 10 × 0.01": answers([0.9] + [0.01] * 10),
    "states, Zipf": answers(zipf(50)),
    "states, uniform": answers([1.0] * 50),
    "sentences": variations,
}
FAIR, SKEWED = answers([1 / 6] * 6), answers([0.4, 0.2, 0.1, 0.1, 0.1, 0.1])
OF_LISTS = ("rouge-l", "distinct-2", "distinct-answers", "entropy")
OF_ANSWERS: dict[str, dict[str, Any]] = {
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


def of_lists(name: str, *lists: list[list[str]]) -> Any:
    """Return what scores choices of the lists."""
    texts = [text for part in lists for one in part for text in one]
    options = {"embedder": "lexical"} if "embedder" in metrics.get(name).needs else {}
    units = np.arange(len(texts)) // len(lists[0][0])
    return of_units(metrics.get(name), Part(texts, options, len(texts)), units.tolist())


def coverage_of_lists(
    name: str, source: Lists, units: int, runs: int
) -> tuple[float, float, float]:
    """Return the share of intervals that hold, error / true error, and the share without one."""
    rng, known = np.random.default_rng(1), metrics.get(name)
    found = [left_out(of_lists(name, source(rng, units)), units) for _ in range(runs)]
    values = np.array([one.value for one in found])
    given = [one for one in found if one.is_known]
    expected = statistics.fmean(values)
    held = statistics.fmean(
        low - 1e-9 <= expected <= high + 1e-9
        for low, high in (one.bounds(0.95, known.low, known.high) for one in given)
    )
    spread = float(values.std()) or float("nan")
    error = statistics.fmean(one.error for one in given) / spread
    return held, error, 1.0 - len(given) / runs


def p_values(
    names: Sequence[str], arms: Sequence[list[list[str]]], permutations: int
) -> list[float]:
    """Return the p of each metric and later arm beside the first, one after the other."""
    return [
        permutation_p([(of_lists(name, arms[0], arm), len(arm))], permutations=permutations)
        for name in names
        for arm in arms[1:]
    ]


def found_in(
    names: Sequence[str], sources: Sequence[Lists], units: int, runs: int, permutations: int = 999
) -> tuple[float, float]:
    """Return how often one test has p ≤ 5 %, and how often any of the family has, by Holm."""
    rng = np.random.default_rng(2)
    one = several = 0
    for _ in range(runs):
        found = p_values(names, [source(rng, units) for source in sources], permutations)
        one += found[0] <= 0.05
        several += min(holm(found)) <= 0.05
    return one / runs, several / runs


def single(source: Source, block: int = 1) -> Lists:
    """Single answers, dealt into blocks."""
    return lambda rng, units: np.reshape(source(rng, units * block), (units, block)).tolist()


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("table", nargs="?", default="lists", choices=list(TABLES))
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--n", type=int, nargs="+", default=[10, 30, 60], help="single answers")
    given = parser.parse_args()
    TABLES[given.table](given.runs, given.n)


def lists_table(runs: int, _: Sequence[int]) -> None:
    """Print the table of lists."""
    print(f"held / mean error over true error / without an interval; {runs} runs, k = {K}")
    for source, draw in LISTS.items():
        for units in (5, 6, 12, 24):
            cells = [
                "{:.2f} / {:.2f} / {:.0%}".format(*coverage_of_lists(name, draw, units, runs))
                for name in OF_LISTS
            ]
            print(f"| {source} | {units} | {' | '.join(cells)} |", flush=True)


def answers_table(runs: int, sizes: Sequence[int]) -> None:
    """Print the table of single answers."""
    print(f"held / by a plain bootstrap, without an interval; {runs} runs")
    for n in sizes:
        for name, options in OF_ANSWERS.items():
            cells = [
                "–"
                if "reference" in options and kind == "sentences"
                else _coverage(name, source, n, runs, options)
                for kind, source in SOURCES.items()
            ]
            print(f"| {n} | {name} | {' | '.join(cells)} |", flush=True)


def verdicts_table(runs: int, _: Sequence[int]) -> None:
    """Print how often a difference is called clear."""
    print(f"one test / any of the family (three arms, two metrics, Holm); {runs} runs")
    for metrics_of in (("rouge-l", "distinct-2"), ("entropy", "distinct-answers")):
        for source, draw in LISTS.items():
            for units in (5, 6, 12):
                one, several = found_in(metrics_of, [draw] * 3, units, runs)
                print(
                    f"itself: {source}, {units}, {metrics_of}: {one:.1%} / {several:.1%}",
                    flush=True,
                )
    cases: dict[str, tuple[Sequence[Lists], int]] = {
        "fair die, itself": ([single(FAIR)] * 3, 30),
        "fair and skewed die": ([single(FAIR), single(SKEWED), single(FAIR)], 30),
        "collapsed direct in blocks, lists": (
            [single(answers([0.95, 0.03, 0.02]), K), without_repeats, without_repeats],
            6,
        ),
        "themed, independent lists": ([themed, independent, themed], 6),
        "favourite, independent lists": ([favourite, independent, favourite], 6),
    }
    for case, (sources, units) in cases.items():
        one, several = found_in(("entropy", "distinct-answers"), sources, units, runs)
        print(f"{case}, {units}: {one:.1%} / {several:.1%}", flush=True)


def _coverage(name: str, source: Source, n: int, runs: int, options: dict[str, Any]) -> str:
    metric = metrics.get(name)
    rng = np.random.default_rng(1)
    expected = statistics.fmean(metric(source(rng, n), **options) for _ in range(400))
    ours = plain = none = 0
    for trial in range(runs):
        texts = source(rng, n)
        found = metrics.interval(name, texts, seed=trial, resamples=200, **options)
        none += not found.low < found.high
        ours += found.low - 1e-9 <= expected <= found.high + 1e-9 and found.low < found.high
        if n == 30:
            picks = [rng.integers(n, size=n) for _ in range(100)]
            drawn = [metric([texts[k] for k in pick], **options) for pick in picks]
            low, high = np.quantile(drawn, [0.025, 0.975])
            plain += low - 1e-9 <= expected <= high + 1e-9
    held = f"{ours / (runs - none):.2f}" if none < runs else "–"
    beside = f" / {plain / runs:.2f}" if n == 30 else ""
    return f"{held}{beside}" + (f", {none / runs:.0%}" if none else "")


TABLES = {"lists": lists_table, "answers": answers_table, "verdicts": verdicts_table}

if __name__ == "__main__":
    main()

"""Intervals: how far a metric might be from its value, given so many responses.

What is resampled are responses, never pairs (n responses make n(n−1)/2 pairs, which are not
independent): single answers one by one, each kind of metric in the way that suits it (`_resample`);
answers that came together, in a list or a conversation, by leaving out each of these in turn
(`units`). An interval speaks of the same model, prompts and number of responses: where the metric
would be, were the model asked again. It says nothing of other prompts, unless there are eight.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.metrics._parts import of_units, split
from vs_magic.metrics._registry import Metric, get
from vs_magic.metrics._texts import Prompts, groups
from vs_magic.metrics.permutation import FEWER, PERMUTATIONS, permutation_p
from vs_magic.metrics.spreads import Texts, spreads
from vs_magic.metrics.units import Units, numbered, over_tasks

Metrics = str | Metric | Callable[..., float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with its interval.

    Parameters
    ----------
    value
        The metric's value; NaN where it is undefined.
    low, high
        The bounds; NaN where there are too few responses for them.
    level
        The share of such intervals that hold the expected value.
    note
        Why a value or a bound is missing; else "".
    """

    value: float
    low: float
    high: float
    level: float = 0.95
    note: str = ""

    def __str__(self) -> str:
        if math.isnan(self.value):
            return f"undefined ({self.note})" if self.note else "undefined"
        bounds = "" if math.isnan(self.low) else f" ({self.low:.3g} to {self.high:.3g})"
        return f"{self.value:.3g}{bounds}"

    def __repr__(self) -> str:
        note = f", note={self.note!r}" if self.note else ""
        return f"Interval({self!s}, level={self.level:g}{note})"

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside; of a difference: whether there is a clear one."""
        return self.low > 0 or self.high < 0


def interval(
    metric: Metrics,
    texts: Texts,
    *,
    prompts: Prompts = None,
    units: Units = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    **options: Any,
) -> Interval:
    """Return a metric's value with its interval.

    Parameters
    ----------
    metric
        A metric, by name or as the function.
    texts
        What the metric takes: texts, numbers, or a mapping of answers to counts.
    prompts
        The prompt of each text. The value is the mean over prompts; the responses of each are
        resampled. From eight prompts on the interval is that of prompts like these.
    units
        The unit that each text came in, such as the number of its call: the answers of a list are
        alike, and whole lists are left out. None: each text is an answer of its own.
    level
        Above 0, below 1.
    resamples
        How many times to resample, 100 or more.
    seed
        The same seed gives the same interval.
    **options
        The metric's own: `reference`, `embedder`, `tokenize` …

    Returns
    -------
    Interval
        Value and bounds. The bounds are NaN where there are too few units for them: five of one
        prompt will do.

    Raises
    ------
    OptionError
        The metric is unknown, or an option is out of its range.

    References
    ----------
    See `_resample` and `units.left_out`.

    Examples
    --------
    >>> found = interval("distinct-answers", ["blue"] * 28 + ["red", "green"])
    >>> found.value, found.low < 3 < found.high
    (3.0, True)
    >>> interval("rouge-l", ["one"]).note
    'fewer than two responses'
    """
    known = get(metric)
    found = over_tasks(
        spreads(known, texts, prompts, units, resamples=resamples, seed=seed, options=options)
    )
    low, high = found.bounds(_level(level), known.low, known.high)
    note = found.note
    if low == high:
        note = "no spread among the responses: what was not seen may have one"
    return Interval(value=found.value, low=low, high=high, level=level, note=note)


def difference(
    metric: Metrics,
    texts: Texts,
    others: Texts,
    *,
    prompts: Prompts = None,
    other_prompts: Prompts = None,
    units: Units = None,
    other_units: Units = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    **options: Any,
) -> Interval:
    """Return how much higher a metric is for `texts` than for `others`, with its interval.

    It tells how large a difference is. Whether there is one, `permutation_test` tells.

    Parameters
    ----------
    metric, prompts, units, level, resamples, seed, **options
        As in `interval`.
    texts, others
        The two sets.
    other_prompts, other_units
        The prompt, and the unit, of each of `others`.

    Returns
    -------
    Interval
        The difference of the values and its bounds.

    Raises
    ------
    OptionError
        As in `interval`.

    Examples
    --------
    >>> difference("unique-share", ["blue"] * 30, list("abcdefghijklmnopqrstuvwxyz0123"),
    ...            normalize="exact").excludes_zero
    True
    """
    known = get(metric)
    one, other = (
        over_tasks(
            spreads(
                known,
                given,
                its_prompts,
                its_units,
                resamples=resamples,
                seed=its_seed,
                options=options,
            )
        )
        for given, its_prompts, its_units, its_seed in (
            (texts, prompts, units, seed),
            (others, other_prompts, other_units, seed + 1),
        )
    )
    found = one.minus(other)
    low, high = found.bounds(_level(level))
    return Interval(value=found.value, low=low, high=high, level=level, note=found.note)


def permutation_test(
    metric: Metrics,
    texts: Iterable[Any],
    others: Iterable[Any],
    *,
    prompts: Prompts = None,
    other_prompts: Prompts = None,
    units: Units = None,
    other_units: Units = None,
    seed: int = 0,
    **options: Any,
) -> float:
    """Return how often a difference as large comes about where there is none.

    The units of both are dealt anew, within each prompt: all C(2g, g) deals of one prompt, or 9,999
    seeded ones (999 for a metric that has to read the texts of each deal again).

    Parameters
    ----------
    metric, texts, others, prompts, other_prompts, units, other_units, seed, **options
        As in `difference`. There are as many units of each; single answers beside lists are dealt
        into units of as many.

    Returns
    -------
    float
        p, two-sided; NaN where the metric is undefined.

    Raises
    ------
    OptionError
        The two have not as many units, or not the same prompts.

    References
    ----------
    See `permutation.permutation_p`.

    Examples
    --------
    >>> permutation_test("entropy", ["blue"] * 30, ["blue", "red", "teal"] * 10)
    0.0001
    """
    known = get(metric)
    both: list[Any] = []
    labels: list[tuple[int, int]] = []  # of each text its side, and its unit there
    tasks: list[Any] = []
    for side, (given, its_prompts, its_units) in enumerate(
        ((texts, prompts, units), (others, other_prompts, other_units))
    ):
        listed = list(given)
        both += listed
        labels += [(side, unit) for unit in numbered(its_units, len(listed)).tolist()]
        tasks += [""] * len(listed) if its_prompts is None else list(its_prompts)
    deals = []
    for part, places in zip(
        split(known, both, tasks, options), groups(len(both), tasks), strict=True
    ):
        own = [labels[place] for place in places]
        mine, theirs = (sum(side == unit[0] for unit in set(own)) for side in (0, 1))
        if mine != theirs:
            raise OptionError(
                f"a permutation test needs as many units of each: {mine} and {theirs}"
            )
        deals.append((of_units(known, part, numbered(own, len(own)).tolist()), mine))
    return permutation_p(deals, permutations=PERMUTATIONS if known.by_unit else FEWER, seed=seed)


def _level(level: float) -> float:
    if not 0 < level < 1:
        raise OptionError(f"level must be above 0 and below 1, not {level!r}")
    return level

"""Intervals: how far a metric might be from its value, given so many responses.

The responses are resampled, never the pairs (n responses make n(n−1)/2 pairs, which are not
independent), each kind of metric in the way that suits it (`_resample`). An interval speaks of
the same model, prompts and number of responses: where the metric would be, were the model asked
again. It says nothing of other prompts.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics import _resample
from vs_magic.metrics._registry import Metric, get
from vs_magic.metrics._texts import Prompts, as_texts, groups
from vs_magic.metrics.embed import embed

FEWEST = 5
"""Fewer responses than this tell nothing of their spread: there is no interval."""


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

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside; of a difference: whether there is a clear one."""
        return self.low > 0 or self.high < 0


def interval(
    metric: str | Metric | Callable[..., float],
    texts: Iterable[Any] | Mapping[str, float],
    *,
    prompts: Prompts = None,
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
        resampled, the prompts are not.
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
        Value and bounds. The bounds are NaN for fewer than five responses to a prompt.

    Raises
    ------
    OptionError
        The metric is unknown, or an option is out of its range.

    Examples
    --------
    >>> found = interval("distinct-answers", ["blue"] * 28 + ["red", "green"])
    >>> found.value, found.low < 3 < found.high
    (3.0, True)
    >>> interval("rouge-l", ["one"]).note
    'fewer than two responses'
    """
    known = get(metric)
    value, drawn, note = value_and_replicates(
        known, texts, prompts, resamples=resamples, seed=seed, options=options
    )
    if drawn is None:
        return Interval(value=value, low=math.nan, high=math.nan, level=_level(level), note=note)
    low, high = _bounds(drawn, level)
    # Bounds of what cannot be outside its range, around a value that is inside.
    return Interval(
        value=value,
        low=min(max(low, known.low), value),
        high=max(min(high, known.high), value),
        level=level,
        note="" if low < high else "no spread among the responses: what was not seen may have one",
    )


def difference(
    metric: str | Metric | Callable[..., float],
    texts: Iterable[Any] | Mapping[str, float],
    others: Iterable[Any] | Mapping[str, float],
    *,
    prompts: Prompts = None,
    other_prompts: Prompts = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    **options: Any,
) -> Interval:
    """Return how much higher a metric is for `texts` than for `others`, with its interval.

    Where the interval holds 0 (`excludes_zero` is false) there is no clear difference. Both are
    resampled, independently of each other.

    Parameters
    ----------
    metric, prompts, level, resamples, seed, **options
        As in `interval`.
    texts, others
        The two sets.
    other_prompts
        The prompt of each of `others`.

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
    one = value_and_replicates(
        known, texts, prompts, resamples=resamples, seed=seed, options=options
    )
    other = value_and_replicates(
        known, others, other_prompts, resamples=resamples, seed=seed + 1, options=options
    )
    value = one[0] - other[0]
    if one[1] is None or other[1] is None:
        return Interval(
            value=value, low=math.nan, high=math.nan, level=_level(level), note=one[2] or other[2]
        )
    low, high = _bounds(one[1] - other[1], level)
    return Interval(value=value, low=min(low, value), high=max(high, value), level=level)


def value_and_replicates(
    metric: str | Metric | Callable[..., float],
    texts: Iterable[Any] | Mapping[str, float],
    prompts: Prompts = None,
    *,
    resamples: int = 1000,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
) -> tuple[float, NDArray[np.float64] | None, str]:
    """Return what an interval is made of, for intervals of one's own (a mean, a difference).

    Parameters
    ----------
    metric, texts, prompts, resamples, seed
        As in `interval`.
    options
        The metric's own.

    Returns
    -------
    value : float
        The metric's value; NaN where it is undefined.
    replicates : ndarray or None
        Shape (resamples,), some of them NaN perhaps; None where there are too few responses.
    note : str
        Why there is no value, or there are no replicates; else "".

    Raises
    ------
    OptionError
        As in `interval`.
    """
    known, options = get(metric), options or {}
    if isinstance(resamples, bool) or not isinstance(resamples, int) or resamples < 100:
        raise OptionError(f"resamples must be a whole number of 100 or more, not {resamples!r}")
    if isinstance(texts, Mapping):
        if prompts is not None:
            raise OptionError("answers with their counts are of one prompt: leave prompts out")
        parts = [_TaskPart.of_counts(texts, options)]
    else:
        listed = _listed(texts)
        options = _embedded(known, listed, options)
        parts = [
            _TaskPart.of_texts(listed, positions, options)
            for positions in groups(len(listed), prompts)
        ]
    values = [known(part.texts, **part.options) for part in parts]
    defined = [
        (part, value) for part, value in zip(parts, values, strict=True) if not math.isnan(value)
    ]
    if not defined:
        return math.nan, None, _why(parts)
    value = math.fsum(value for _, value in defined) / len(defined)
    if min(part.count for part, _ in defined) < FEWEST:
        return value, None, f"fewer than {FEWEST} responses: no interval"
    if not all(math.isfinite(value) for _, value in defined):
        return value, None, "not finite: no interval"
    rng = np.random.default_rng(seed)
    drawn = [_replicates(known, part, rng, resamples) for part, _ in defined]
    return value, np.mean(drawn, axis=0), ""


_value_and_replicates = value_and_replicates  # its name before it was public


@dataclass(frozen=True, slots=True)
class _TaskPart:
    """The responses to one prompt, with the options that are theirs."""

    texts: Any
    options: Mapping[str, Any]
    count: float

    @classmethod
    def of_counts(cls, counts: Mapping[str, float], options: Mapping[str, Any]) -> _TaskPart:
        if any(value != round(value) for value in counts.values()):
            raise OptionError("an interval needs counts of responses, not shares")
        return cls(counts, options, sum(counts.values()))

    @classmethod
    def of_texts(
        cls, texts: Sequence[Any], positions: list[int], options: Mapping[str, Any]
    ) -> _TaskPart:
        return cls(
            [texts[position] for position in positions],
            {name: _of(value, positions, len(texts), name) for name, value in options.items()},
            len(positions),
        )


def _of(value: Any, positions: list[int], count: int, name: str) -> Any:
    """Return the part of an option that is given for each text."""
    if value is None or name not in ("vectors", "weights", "similarity"):
        return value
    array = np.asarray(value)
    if array.ndim == 0 or len(array) != count:
        raise OptionError(f"{name} must be one for each of the {count} texts")
    return array[np.ix_(positions, positions)] if name == "similarity" else array[positions]


def _embedded(known: Metric, texts: list[Any], options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Embed the texts once, for the value and all of its replicates."""
    given = options.get("vectors") is not None or options.get("similarity") is not None
    if "embedder" not in known.needs or given or len(texts) < 2:
        return options
    rest = {name: value for name, value in options.items() if name != "embedder"}
    return {**rest, "vectors": embed(as_texts(texts), options.get("embedder", "auto"))}


def _listed(texts: Iterable[Any]) -> list[Any]:
    if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
        raise OptionError(f"texts must be a list of strings, not {texts!r}")
    return list(texts)


def _replicates(
    known: Metric, part: _TaskPart, rng: Generator, resamples: int
) -> NDArray[np.float64]:
    own = known.replicate
    # A scheme that cannot be told of an option (weights) would resample another measure.
    if own is not None and part.options.keys() <= inspect.signature(own).parameters.keys():
        return own(part.texts, rng, resamples, **part.options)
    texts: Sequence[Any] = part.texts

    def score(positions: list[int]) -> float:
        chosen = _TaskPart.of_texts(texts, positions, part.options)
        return known(chosen.texts, **chosen.options)

    # A measure without an upper bound grows with the set.
    grows = math.isinf(known.high)
    return _resample.left_out(len(texts), score, rng, resamples, relative=grows)


def _bounds(drawn: NDArray[np.float64], level: float) -> tuple[float, float]:
    rest = (1.0 - _level(level)) / 2
    low, high = np.nanquantile(drawn, [rest, 1.0 - rest])
    return float(low), float(high)


def _level(level: float) -> float:
    if not 0 < level < 1:
        raise OptionError(f"level must be above 0 and below 1, not {level!r}")
    return level


def _why(parts: Sequence[_TaskPart]) -> str:
    most = max((part.count for part in parts), default=0)
    if most == 0:
        return "no responses"
    return "fewer than two responses" if most < 2 else "undefined for these responses"

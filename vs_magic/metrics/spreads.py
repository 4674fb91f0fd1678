"""How far a metric might be from its value, prompt by prompt: by units, or by single answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator

from vs_magic.errors import OptionError
from vs_magic.metrics._answers import tally
from vs_magic.metrics._parts import Part, of_units, split, told_of, why_undefined
from vs_magic.metrics._registry import Metric
from vs_magic.metrics._resample import unseen_difference
from vs_magic.metrics._texts import Prompts, groups
from vs_magic.metrics.units import (
    Spread,
    Units,
    are_enough,
    left_out,
    numbered,
    units_wanted,
    with_pairs,
)

MOST_LEFT_OUT = 50
"""Beyond so many single answers, random parts of them, no more than so many, are left out."""

FEWEST = 5
"""Fewer single answers than this tell nothing of their spread: there is no interval."""

Texts = Iterable[Any] | Mapping[str, float]


def spreads(
    known: Metric,
    texts: Texts,
    prompts: Prompts = None,
    units: Units = None,
    *,
    resamples: int = 1000,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    few: bool = False,
) -> list[Spread]:
    """Return what an interval is made of, prompt by prompt, for those where there is a value.

    Parameters
    ----------
    known
        The metric.
    texts, prompts, units, resamples, seed
        As in `interval`.
    options
        The metric's own.
    few
        Whether it is for the caller to say whether there are units enough for an interval.

    Raises
    ------
    OptionError
        As in `interval`.
    """
    if isinstance(resamples, bool) or not isinstance(resamples, int) or resamples < 100:
        raise OptionError(f"resamples must be a whole number of 100 or more, not {resamples!r}")
    parts = split(known, texts, prompts, options or {})
    rng = np.random.default_rng(seed)
    if units is None:
        found = [_of_answers(known, part, rng, resamples) for part in parts]
    else:
        count = sum(int(part.count) for part in parts)
        of_all = numbered(units, count)
        found = []
        for part, places in zip(parts, groups(count, prompts), strict=True):
            own = numbered(of_all[places].tolist(), len(places))
            found.append(_of_units(known, part, own.tolist()))
    defined = [one for one in found if not math.isnan(one.value)]
    if not defined:
        return [Spread(value=math.nan, note=why_undefined(parts))]
    if units is not None and not few and not are_enough([one.units for one in defined]):
        fewest, wanted = min(one.units for one in defined), units_wanted(len(defined))
        note = f"{fewest} call{'s' if fewest > 1 else ''}: no interval ({wanted} would do)"
        return [Spread(value=one.value, units=one.units, note=note) for one in defined]
    return defined


def _of_units(known: Metric, part: Part, units: Sequence[int]) -> Spread:
    value = known(part.texts, **part.options)
    if math.isnan(value):
        return Spread(value=value)
    found = left_out(of_units(known, part, units), max(units) + 1)
    return replace(found, most=_most(known, part))


def _most(known: Metric, part: Part) -> float:
    """Return the most that the metric can be with these options."""
    if part.options.get("clip"):  # no similarity is below 0
        return 1.0
    support = part.options.get("support")
    if support is None:
        return math.inf
    answers = len(tally(part.texts, part.options.get("normalize", "answer"), support))
    return math.log2(answers) if known.unit == "bits" else float(answers)


def _of_answers(known: Metric, part: Part, rng: Generator, resamples: int) -> Spread:
    value, count = known(part.texts, **part.options), int(part.count)
    if math.isnan(value):
        return Spread(value=value)
    if count < FEWEST:
        return Spread(value=value, units=count, note=f"fewer than {FEWEST} responses: no interval")
    if not math.isfinite(value):
        return Spread(value=value, units=count, note="not finite: no interval")
    own = known.replicate
    if own is not None and told_of(own, part.options):
        replicates = own(part.texts, rng, resamples, **part.options)
        return Spread(value=value, replicates=replicates, units=count)
    # Parts are of one size, so that a measure that moves with the number shows no spread by it.
    size = math.ceil(count / MOST_LEFT_OUT)
    parts = count // size
    chosen = Part.of_texts(
        part.texts, rng.permutation(count)[: parts * size].tolist(), part.options
    )
    score = of_units(known, chosen, [place % parts for place in range(parts * size)])
    found = replace(left_out(score, parts, count), value=value)
    if known.by_unit is not None:
        found = with_pairs(found, score, parts)
    if found.error or math.isinf(known.high) or value not in (known.low, known.high):
        return replace(found, most=_most(known, part))
    room = 1.0 if known.unit == "share" else known.high - known.low
    apart = room * unseen_difference(count, rng, resamples)
    replicates = value + (apart if value == known.low else -apart)
    return Spread(value=value, replicates=replicates, units=count)

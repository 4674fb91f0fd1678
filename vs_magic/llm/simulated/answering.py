"""The arithmetic of the simulated models: sharpen, temper, choose, and state a probability.

How a prompt is answered:

- `direct`, `cot`: one answer drawn from π* ∝ π_ref^γ, at the request's temperature.
- `multi-turn`: the same, less what was said in earlier turns.
- `sequence`: k different answers, drawn one after the other from π*.
- the VS methods: k different answers drawn one after the other from π_ref, each with π_ref's own
  probability. That is the paper's claim in its purest form: asked for the distribution, the model
  gives the one it was trained on.

Where a table has fewer than k answers, a list begins anew after the last one; the tail (an upper
bound in the prompt) is never padded.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Mapping

from vs_magic.verbalized.method import Wording


def sharpen(reference: Mapping[str, float], gamma: float) -> dict[str, float]:
    """Return π* ∝ π_ref^γ (the paper's optimum where the true reward ties).

    >>> sharpen({"a": 0.75, "b": 0.25}, 1.0)
    {'a': 0.75, 'b': 0.25}
    >>> sharpen({"a": 0.75, "b": 0.25}, 2.0)
    {'a': 0.9, 'b': 0.1}
    """
    powers = {answer: p**gamma for answer, p in reference.items()}
    total = math.fsum(powers.values())
    return {answer: power / total for answer, power in powers.items()}


def temper(
    distribution: Mapping[str, float], temperature: float | None, top_p: float | None
) -> dict[str, float]:
    """Return p^(1/T), cut to the smallest set of answers that holds `top_p` of it.

    At T = 0 only the likeliest answer is left (the first, where several tie).
    """
    if temperature == 0:
        return {max(distribution, key=distribution.__getitem__): 1.0}
    warm = sharpen(distribution, 1 / (temperature or 1.0))
    if top_p is None or top_p >= 1:
        return warm
    kept: dict[str, float] = {}
    for answer in sorted(warm, key=warm.__getitem__, reverse=True):
        kept[answer] = warm[answer]
        if math.fsum(kept.values()) >= top_p:
            break
    return kept


def choose(
    distribution: Mapping[str, float],
    k: int,
    rng: random.Random,
    *,
    temperature: float | None,
    top_p: float | None,
    said: Collection[str] = (),
    refill: bool = True,
) -> list[str]:
    """Return k answers, drawn one after the other without putting back.

    Answers that were `said` before come again only after all the others. When the answers run out
    they begin anew with `refill`; else there are fewer than k.
    """
    left = {a: p for a, p in distribution.items() if a not in said}
    chosen: list[str] = []
    while len(chosen) < k:
        if not left:
            if not refill or not distribution:
                break
            left = dict(distribution)
        warm = temper(left, temperature, top_p)
        taken = rng.choices(list(warm), list(warm.values()))[0]
        chosen.append(taken)
        del left[taken]
    return chosen


def stated(
    p: float, wording: Wording, reference: Mapping[str, float], total: float, *, tail: bool = False
) -> float:
    """Return what is stated for an answer of probability `p`, in the wording asked for.

    `total` is the sum of the probabilities of the answers given (for `relative`). In the `tail` the
    prompt gives an upper bound: then no rounding reaches it.
    """
    value = {
        Wording.RELATIVE: p / total,
        Wording.PERCENTAGE: 100 * p,
        Wording.CONFIDENCE: p / max(reference.values()),
        Wording.PERPLEXITY: 1 / p,  # an answer counts as one token
        Wording.NLL: -math.log(p),
    }.get(wording, p)
    return _rounded(value, math.floor if tail else round)


def _rounded(value: float, how: Callable[[float], int]) -> float:
    """Two decimals, as people write them; two figures below 0.01, so that none is stated as 0."""
    digits = 2 if value >= 0.01 else 1 - math.floor(math.log10(value))
    return float(how(value * 10**digits + 1e-9) / 10**digits)

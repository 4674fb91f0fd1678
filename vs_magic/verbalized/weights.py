"""From stated probabilities to weights, and one candidate taken by weight."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence


def normalise(stated: Sequence[float | None]) -> list[float]:
    """Return the weights of one call's candidates; they sum to 1.

    A candidate without a probability counts as the mean of the stated ones; where none is stated,
    or all are zero, the weights are uniform.

    Parameters
    ----------
    stated
        The stated probabilities, on a 0-1 scale; None or NaN where nothing was stated.

    Examples
    --------
    >>> normalise([0.75, 0.5])
    [0.6, 0.4]
    >>> normalise([0.2, None, 0.4])
    [0.222..., 0.333..., 0.444...]
    """
    known = [p for p in stated if p is not None and not math.isnan(p)]
    mean = math.fsum(known) / len(known) if known else 0.0
    if mean == 0.0:
        return [1 / len(stated)] * len(stated)
    filled = [mean if p is None or math.isnan(p) else p for p in stated]
    total = math.fsum(filled)
    return [p / total for p in filled]


def merge(calls: Sequence[Sequence[float | None]]) -> list[list[float]]:
    """Return the weights of several calls' candidates, one list a call; together they sum to 1.

    Each call is normalised by itself and then counts the same, so that no call outweighs another
    by stating more. A call without candidates counts for nothing.

    Examples
    --------
    >>> merge([[0.5, 0.5], [0.9], []])
    [[0.25, 0.25], [0.5], []]
    """
    answered = sum(1 for call in calls if call)
    return [[w / answered for w in normalise(call)] if call else [] for call in calls]


def draw(weights: Sequence[float], seed: int | None = None) -> int:
    """Return the position of one candidate, taken by weight.

    Parameters
    ----------
    weights
        Non-negative weights; they need not sum to 1.
    seed
        The same seed takes the same candidate; None takes a fresh one each time.

    Raises
    ------
    ValueError
        There is nothing to draw from.

    Examples
    --------
    >>> draw([0.0, 1.0, 0.0])
    1
    """
    if not weights or math.fsum(weights) <= 0:
        raise ValueError("there is nothing to draw from: no candidate has a weight")
    return random.Random(seed).choices(range(len(weights)), weights=weights)[0]

"""What a session learned of its estimates: how the prices of a model's calls compare with them."""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass

REMEMBERED = 32
"""Calls of a model that count: what it cost before them tells little of what it costs now."""
ENOUGH = 8
"""Calls of a model from which on calls that go together are held at less than their estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratios:
    """By what estimates of one model have to be multiplied, as its latest calls tell.

    Parameters
    ----------
    least
        The cheapest call; 0.0 where none is known.
    usual
        A call that goes alone: the mean, and a standard deviation on top.
    most
        A call that goes with others: the dearest.
    """

    least: float = 0.0
    usual: float = 1.0
    most: float = 1.0


class Experience:
    """The ratios of price to estimate, model by model; used under the budget's lock.

    Examples
    --------
    >>> experience = Experience()
    >>> experience.ratios("m"), experience.learn("m", 0.5)
    (None, None)
    >>> experience.ratios("m")
    Ratios(least=0.5, usual=0.5, most=1.0)
    """

    def __init__(self) -> None:
        self._seen: dict[str, deque[float]] = {}
        self._ratios: dict[str, Ratios] = {}

    def ratios(self, model: str) -> Ratios | None:
        """Return what is known of a model; None: no call of it has ended yet."""
        return self._ratios.get(model)

    def learn(self, model: str, ratio: float | None) -> None:
        """Take in a call that has ended: its price by its estimate, or None where no price came."""
        seen = self._seen.setdefault(model, deque(maxlen=REMEMBERED))
        if ratio is None:
            self._ratios.setdefault(model, Ratios())
            return
        seen.append(ratio)
        most = max(seen) if len(seen) >= ENOUGH else max(1.0, *seen)
        usual = min(most, statistics.fmean(seen) + statistics.pstdev(seen))
        self._ratios[model] = Ratios(least=min(seen), usual=usual, most=most)

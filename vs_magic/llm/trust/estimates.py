"""What a session learned of its estimates: how prices compare with them, by kind of call."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass

REMEMBERED = 32
"""The latest calls of a kind count: those before them tell little of what one costs now."""
ENOUGH = 8
"""Calls of a kind from which on calls that go together are held at less than their estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratios:
    """By what estimates of one kind of call have to be multiplied, as its latest calls tell.

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
    """The ratios of price to estimate, by kind of call; used under the budget's lock.

    Examples
    --------
    >>> experience = Experience()
    >>> experience.ratios("m")
    >>> experience.learn("m", 0.5)
    >>> experience.ratios("m")
    Ratios(least=0.5, usual=0.5, most=1.0)
    """

    def __init__(self) -> None:
        self._seen: dict[Hashable, deque[float]] = {}
        self._ratios: dict[Hashable, Ratios] = {}

    def ratios(self, kind: Hashable) -> Ratios | None:
        """Return what is known of a kind; None: no call of it has ended yet."""
        return self._ratios.get(kind)

    def learn(self, kind: Hashable, ratio: float | None) -> None:
        """Take in a call that has ended: its price by its estimate, or None where no price came."""
        seen = self._seen.setdefault(kind, deque(maxlen=REMEMBERED))
        if ratio is None:
            self._ratios.setdefault(kind, Ratios())
            return
        seen.append(ratio)
        most = max(seen) if len(seen) >= ENOUGH else max(1.0, *seen)
        usual = min(most, statistics.fmean(seen) + statistics.pstdev(seen))
        self._ratios[kind] = Ratios(least=min(seen), usual=usual, most=most)

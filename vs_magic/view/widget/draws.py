"""Draws: candidates taken by weight, free and seeded, with a tally."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_AT_ONCE = 10_000


@dataclass(kw_only=True)
class Draws:
    """A run of draws from one distribution, whose weights need not sum to 1.

    With a seed, the n-th draw is always the same: a hundred single draws are the same as one
    hundred at once, and the first one is what `Distribution.draw(seed)` takes.
    """

    ids: Sequence[str]
    weights: Sequence[float]
    seed: int | None = None
    counts: Counter[str] = field(default_factory=Counter)
    last: str | None = None

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def take(self, times: int) -> list[str]:
        """Draw `times` candidates by weight and return their ids, in order.

        Nothing is drawn where no candidate has a weight.
        """
        if not any(weight > 0 for weight in self.weights):
            return []
        taken = [
            self._random.choices(self.ids, weights=self.weights)[0]
            for _ in range(max(0, min(times, MOST_AT_ONCE)))
        ]
        self.counts.update(taken)
        self.last = taken[-1] if taken else self.last
        return taken

    def restart(self, seed: int | None) -> None:
        """Forget the draws, and begin again with a seed."""
        self.seed, self.last = seed, None
        self.counts.clear()
        self._random = random.Random(seed)

    def as_json(self) -> dict[str, Any]:
        """Return the tally for the view."""
        return {
            "counts": dict(self.counts),
            "total": self.counts.total(),
            "last": self.last,
            "seed": self.seed,
        }

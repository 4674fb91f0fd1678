"""What the explorer shows for one position of its sliders: every number, and every sentence.

The views (the widget, the still table) only set this on the page.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypedDict

from vs_magic.errors import OptionError
from vs_magic.theory.reference import Reference
from vs_magic.theory.sharpening import check_alpha, check_beta, entropy, gamma, mode_share, sharpen
from vs_magic.theory.verbalizing import Listed, pooled, verbalize
from vs_magic.view.words import percent

if TYPE_CHECKING:
    import pandas as pd

N = 20
"""Answers sampled from each distribution: 20 draws, or four lists of five."""
K = 5
GAP = 1.0
"""Reward by which an answer of the best is better than one of the others."""

WHICH: Mapping[str, str] = {
    "mixed": "common and rare alike",
    "common": "the commonest",
    "rare": "the rarest",
}
"""Which answers are the best ones, where not all are."""


class Moves(TypedDict, total=False):
    """Where sliders can be moved to; `answers` as `explorer` takes them."""

    alpha: float
    beta: float
    ties: float
    which: str
    seed: int
    answers: Any


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One position of the sliders.

    Parameters
    ----------
    reference
        π_ref.
    alpha, beta
        Strength of the typicality bias, weight of the KL penalty.
    ties
        Share of the answers that tie for the highest true reward; 1: all are equally good.
    which
        Which answers those are: a name of `WHICH`.
    seed
        Makes the sampled answers repeatable.

    Raises
    ------
    OptionError
        A value is out of its range.
    """

    reference: Reference
    alpha: float = 0.57
    beta: float = 0.1
    ties: float = 1.0
    which: str = "mixed"
    seed: int = 1

    def __post_init__(self) -> None:
        for name, value in (("alpha", check_alpha(self.alpha)), ("beta", check_beta(self.beta))):
            if not 0 <= value < math.inf or (name == "beta" and value == 0):
                bound = "of 0 or more" if name == "alpha" else "above 0"
                raise OptionError(f"{name} takes a finite number {bound} here, not {value:g}")
            object.__setattr__(self, name, value)
        try:
            ties = float(self.ties)
        except (TypeError, ValueError):
            ties = math.nan
        if not 0 < ties <= 1:
            raise OptionError(f"ties takes a share above 0, up to 1, not {self.ties!r}")
        if self.which not in WHICH:
            raise OptionError(f"which takes one of {', '.join(WHICH)}, not {self.which!r}")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise OptionError(f"seed takes a whole number of 0 or more, not {self.seed!r}")

    @property
    def gamma(self) -> float:
        """The exponent 1 + α/β."""
        return gamma(self.alpha, self.beta)

    @property
    def best(self) -> int:
        """How many answers tie for the highest true reward; one at least."""
        return max(1, round(self.ties * len(self.pi_ref)))

    @property
    def pi_ref(self) -> Mapping[str, float]:
        """Answer → probability in the reference, the likeliest first."""
        return self.reference.shares

    @cached_property
    def r_true(self) -> dict[str, float]:
        """Answer → true reward: 0 for the best, -1 for the others."""
        order = list(self.pi_ref)
        count, best = len(order), self.best
        places = {
            "common": range(best),
            "rare": range(count - best, count),
            # Evenly over the ranks, the middle of each stretch: common and rare alike.
            "mixed": {int((i + 0.5) * count / best) for i in range(best)},
        }[self.which]
        return {answer: 0.0 if i in places else -GAP for i, answer in enumerate(order)}

    @cached_property
    def pi_star(self) -> dict[str, float]:
        """Answer → probability after tuning."""
        return dict(sharpen(dict(self.pi_ref), self.r_true, alpha=self.alpha, beta=self.beta))

    @cached_property
    def lists(self) -> tuple[tuple[str, ...], ...]:
        """The answers of each list that a prompt for the distribution brings."""
        return tuple(tuple(c.text for c in one) for one in self._verbalized)

    @cached_property
    def verbalized(self) -> dict[str, float]:
        """Answer → what the lists state for it, normalised over all that they hold; else 0."""
        found = pooled(self._verbalized)
        return {answer: found.get(answer, 0.0) for answer in self.pi_ref}

    @cached_property
    def _verbalized(self) -> tuple[tuple[Listed, ...], ...]:
        k = min(K, len(self.pi_ref))
        return verbalize(self.pi_ref, k=k, calls=math.ceil(N / k), seed=self.seed)

    @property
    def drawn(self) -> tuple[str, ...]:
        """Answers drawn from π_ref, one by one."""
        return _draws(self.pi_ref, self.seed)

    @property
    def collapsed(self) -> tuple[str, ...]:
        """Answers drawn from π*, one by one, with common random numbers."""
        return _draws(self.pi_star, self.seed)

    @property
    def listed(self) -> tuple[str, ...]:
        """As many answers, or a few more, from the lists, in their order."""
        return tuple(answer for one in self.lists for answer in one)

    @property
    def frame(self) -> pd.DataFrame:
        """The numbers: one row an answer, with `r_true`, `pi_ref`, `pi_star` and `vs`."""
        import pandas as pd

        columns = {
            "r_true": self.r_true,
            "pi_ref": dict(self.pi_ref),
            "pi_star": self.pi_star,
            "vs": self.verbalized,
        }
        made: pd.DataFrame = pd.DataFrame(columns).rename_axis("answer")
        return made

    @property
    def sentence(self) -> str:
        """What happened, in words."""
        before, after = mode_share(self.pi_ref), mode_share(self.pi_star)
        kept = f"{N} direct answers: {different(self.collapsed)}."
        if self.gamma == 1 and self.best == len(self.pi_ref):
            return f"No typicality bias, all answers equally good: tuning changes nothing. {kept}"
        first = max(self.pi_star, key=self.pi_star.__getitem__)
        if first == max(self.pi_ref, key=self.pi_ref.__getitem__):
            return f"The favourite: {percent(before)} before tuning, {percent(after)} after. {kept}"
        return (
            f"Another answer is the favourite now: {percent(self.pi_ref[first])} before tuning, "
            f"{percent(after)} after. {kept}"
        )


def columns(scene: Scene) -> list[dict[str, Any]]:
    """Return the three distributions that stand side by side, each with what it comes to."""
    found = (
        ("pi_ref", "π_ref", "Before tuning", scene.pi_ref, scene.drawn),
        ("pi_star", "π*", "After tuning, one answer asked", scene.pi_star, scene.collapsed),
        ("vs", "VS", "After tuning, a distribution asked", scene.verbalized, scene.listed),
    )
    return [
        {
            "id": name,
            "sign": sign,
            "title": title,
            "shares": dict(shares),
            "answers": answers,
            "entropy": entropy(list(shares.values())),
            "mode": mode_share(list(shares.values())),
            "different": different(answers),
        }
        for name, sign, title, shares, answers in found
    ]


def different(answers: Sequence[str]) -> str:
    """Return how many different answers there are, in words.

    >>> different(("a", "b", "a")), different(("a", "a"))
    ('2 different', 'all the same')
    """
    count = len(set(answers))
    return "all the same" if count == 1 else f"{count} different"


def _draws(shares: Mapping[str, float], seed: int) -> tuple[str, ...]:
    """Draw by the inverse of the cumulative shares: common random numbers for every distribution.

    So an answer changes only where the shares do, and the eye can follow it as a slider moves.
    """
    rng = random.Random(seed)
    answers = list(shares)
    ends: Sequence[float] = list(accumulate(shares.values()))
    return tuple(
        answers[min(bisect_left(ends, rng.random() * ends[-1]), len(answers) - 1)] for _ in range(N)
    )

"""What a prompt for a distribution shows, if the paper's claim holds in full.

Asked for one answer, a tuned model gives a draw of π*, that is, mostly its mode. Asked for a list
with probabilities, its mode is a *list*, and the likeliest list is the one that resembles what
pre-training taught: π_ref (Zhang et al., arXiv 2510.01171, section 4). Here that is taken at its
word. A real model only comes near; `%vs_compare` measures how near.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from vs_magic.errors import OptionError


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One candidate of a list: its text, what is stated for it, its weight in the list."""

    text: str
    probability: float
    weight: float


def verbalize(
    pi_ref: Mapping[str, float], *, k: int = 5, calls: int = 1, seed: int | None = 0
) -> tuple[tuple[Listed, ...], ...]:
    """Return the lists that calls for k answers with their probabilities would bring.

    Each list holds k different answers (all, if there are fewer), drawn from π_ref one after the
    other; each answer's stated probability is π_ref's own, and its weight is that, normalised
    within the list.

    Parameters
    ----------
    pi_ref
        Answer → probability, or weight in any unit.
    k
        Answers in a list.
    calls
        Lists.
    seed
        Makes them repeatable; None: other ones each time.

    Raises
    ------
    OptionError
        `k` or `calls` is below 1, or no answer is possible.

    Examples
    --------
    >>> first = verbalize({"heads": 0.5, "tails": 0.5}, k=2)[0]
    >>> sorted((c.text, c.probability, c.weight) for c in first)
    [('heads', 0.5, 0.5), ('tails', 0.5, 0.5)]
    """
    if k < 1 or calls < 1:
        raise OptionError("k and calls take whole numbers of at least 1")
    total = sum(pi_ref.values())
    possible = {answer: p / total for answer, p in pi_ref.items() if p > 0} if total else {}
    if not possible:
        raise OptionError("pi_ref is 0 for every answer: one at least must be possible")
    rng = random.Random(seed)
    return tuple(_one(possible, k, rng) for _ in range(calls))


def pooled(lists: tuple[tuple[Listed, ...], ...]) -> dict[str, float]:
    """Return what the lists state for each answer, normalised over all answers that they hold.

    The weights of a run are normalised within each call instead, so that no call outweighs
    another; where k is small beside the answers that there are, that tilts to the favourites.

    Examples
    --------
    >>> lists = verbalize({"heads": 3, "tails": 1}, k=2, calls=3)
    >>> sorted(pooled(lists).items())
    [('heads', 0.75), ('tails', 0.25)]
    """
    stated = {c.text: c.probability for candidates in lists for c in candidates}
    total = sum(stated.values())
    return {text: probability / total for text, probability in stated.items()}


def _one(possible: Mapping[str, float], k: int, rng: random.Random) -> tuple[Listed, ...]:
    left = dict(possible)
    chosen: list[str] = []
    while left and len(chosen) < k:
        taken = rng.choices(list(left), list(left.values()))[0]
        chosen.append(taken)
        del left[taken]
    stated = sum(possible[text] for text in chosen)
    return tuple(
        Listed(text=text, probability=possible[text], weight=possible[text] / stated)
        for text in chosen
    )

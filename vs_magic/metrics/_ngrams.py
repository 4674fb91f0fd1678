"""n-grams, and how many of them choices of units share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vs_magic.metrics._registry import OfUnits
from vs_magic.metrics._tokens import Tokenize, tokenizer


def ngrams(tokens: Sequence[str], n: int) -> Iterator[tuple[str, ...]]:
    """Yield the n-grams of a text's tokens."""
    return zip(*(tokens[offset:] for offset in range(n)), strict=False)


def _ngrams_by_unit(
    n: int, texts: Sequence[str], units: NDArray[np.intp], tokenize: Tokenize
) -> OfUnits:
    split = tokenizer(tokenize)
    place: dict[tuple[str, ...], int] = {}
    cells = [
        (unit, place.setdefault(gram, len(place)))
        for text, unit in zip(texts, units, strict=True)
        for gram in ngrams(split(text), n)
    ]
    counts = np.zeros((int(units.max()) + 1, len(place)))
    np.add.at(counts, tuple(np.array(cells, dtype=np.intp).reshape(-1, 2).T), 1.0)
    once = counts[:, (counts > 0).sum(axis=0) == 1]  # of one unit only: no need to look each up
    shared = counts[:, (counts > 0).sum(axis=0) > 1]

    def score(choices: NDArray[np.float64]) -> NDArray[np.float64]:
        different = choices @ (once > 0).sum(axis=1) + (choices @ shared > 0).sum(axis=1)
        with np.errstate(invalid="ignore"):
            found: NDArray[np.float64] = different / (choices @ counts.sum(axis=1))
        return found

    return score


def distinct_by_unit(n: int) -> Callable[..., OfUnits]:
    """Return what scores choices of units by their different n-grams."""

    def by_unit(
        texts: Sequence[str], units: NDArray[np.intp], *, tokenize: Tokenize = "words"
    ) -> OfUnits:
        return _ngrams_by_unit(n, texts, units, tokenize)

    return by_unit

"""Distinct responses: how many would strike a reader as different ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics import _resample
from vs_magic.metrics._answers import NORMALIZATIONS, normalizer
from vs_magic.metrics._registry import metric
from vs_magic.metrics._texts import Prompts, over_prompts
from vs_magic.metrics._tokens import encode, words
from vs_magic.metrics.lexical import rouge_blocks

SAME_FROM = 0.7
"""ROUGE-L from which two responses count as one: Self-Instruct's bound (Wang et al., 2023)."""

Same: TypeAlias = "str | Callable[[str, str], bool]"
"""`rouge-l`, a named normalisation, or a function that says whether two texts are the same."""
Classify: TypeAlias = Callable[[Sequence[str]], Sequence[Hashable]]
"""From texts to the class of each."""


def _replicate(
    texts: Sequence[str],
    rng: Generator,
    resamples: int,
    *,
    same: Same = "rouge-l",
    threshold: float = SAME_FROM,
    classes: Classify | None = None,
) -> NDArray[np.float64]:
    """Draw the number of classes expected, from how many texts each class has."""
    labels = equivalence_classes(texts, same=same, threshold=threshold, classes=classes)
    return _resample.different(np.bincount(labels).astype(np.float64), rng, resamples)


@metric("distinct-k", higher_is="more diverse", unit="classes", low=1.0, replicate=_replicate)
def distinct_k(
    texts: Iterable[str],
    *,
    prompts: Prompts = None,
    same: Same = "rouge-l",
    threshold: float = SAME_FROM,
    classes: Classify | None = None,
) -> float:
    """Number of equivalence classes among the k responses to one prompt (NoveltyBench).

    Two responses are one class if a reader who has seen one gains nothing from the other.
    NoveltyBench asks a trained classifier for it; pass one as `same` or `classes`. Without, the
    wording decides: ROUGE-L of 0.7 or more, which on one-word answers means the same word.

    Classes are the connected components of "the same", so that the order of the responses does not
    matter (NoveltyBench compares with one response of each class so far, and it does). Range 1
    (all alike) to k; higher is more diverse. Unit: classes. Undefined (NaN) for fewer than two
    texts. It grows with k: compare equal numbers.

    Parameters
    ----------
    texts
        The responses.
    prompts
        The prompt of each response; the mean is over prompts.
    same
        `rouge-l`; a normalisation (`exact`, `answer`, `words`), equal after which is the same; or
        a function of two texts, which is asked for each pair.
    threshold
        With `rouge-l`: from which value on two responses are the same, above 0 to 1.
    classes
        A function that returns the class of each text; then `same` is not used.

    Returns
    -------
    float
        The number of classes; a mean of numbers where there are several prompts.

    Raises
    ------
    OptionError
        Texts are no strings, `same` is unknown, the threshold is out of its range, or `classes`
        returns another number of labels.

    References
    ----------
    Zhang et al., "NoveltyBench", arXiv 2504.05228, section 3.

    Examples
    --------
    >>> distinct_k(["A cat sat on the mat.", "the cat sat on the mat", "Dogs bark."])
    2.0
    >>> distinct_k(["4", "IV", "5"], classes=lambda texts: [{"IV": "4"}.get(t, t) for t in texts])
    2.0
    """

    def score(group: list[str]) -> float:
        if len(group) < 2:
            return math.nan
        labels = equivalence_classes(group, same=same, threshold=threshold, classes=classes)
        return float(labels.max() + 1)

    return over_prompts(texts, prompts, score)


def equivalence_classes(
    texts: Sequence[str],
    *,
    same: Same = "rouge-l",
    threshold: float = SAME_FROM,
    classes: Classify | None = None,
) -> NDArray[np.intp]:
    """Return the class of each text, as numbers from 0 (see `distinct_k`)."""
    if classes is not None:
        labels = list(classes(texts))
        if len(labels) != len(texts):
            raise OptionError(
                f"classes must return a label for each of the {len(texts)} texts, not {len(labels)}"
            )
        return _numbered(labels)
    if same == "rouge-l":
        if not 0 < threshold <= 1:
            raise OptionError(f"threshold must be above 0 and at most 1, not {threshold!r}")
        return _alike(texts, threshold)
    if callable(same):
        return _components(
            len(texts),
            (
                (i, j)
                for i in range(len(texts))
                for j in range(i + 1, len(texts))
                if same(texts[i], texts[j])
            ),
        )
    if same not in NORMALIZATIONS:
        raise OptionError(
            f"unknown same {same!r}: one of rouge-l, {', '.join(NORMALIZATIONS)}, or a function"
        )
    return _numbered([normalizer(same)(text) for text in texts])


def _numbered(labels: Sequence[Hashable]) -> NDArray[np.intp]:
    number = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    return np.array([number[label] for label in labels], dtype=np.intp)


def _alike(texts: Sequence[str], threshold: float) -> NDArray[np.intp]:
    def pairs() -> Iterable[tuple[int, int]]:
        for start, block in rouge_blocks(encode([words(text) for text in texts])):
            # 0.7 as a ratio of whole numbers may fall a rounding short of it.
            for row, column in np.argwhere(block >= threshold - 1e-9):
                yield start + int(row), start + int(column)

    return _components(len(texts), pairs())


def _components(count: int, pairs: Iterable[tuple[int, int]]) -> NDArray[np.intp]:
    """Return the connected component of each of `count` nodes."""
    parent = list(range(count))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, other in pairs:
        parent[root(one)] = root(other)
    return _numbered([root(node) for node in range(count)])

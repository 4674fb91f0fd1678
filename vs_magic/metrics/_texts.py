"""What every metric does with its texts first: check them, and group them by prompt."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from vs_magic.errors import OptionError

Prompts: TypeAlias = "Sequence[Hashable] | None"
"""The prompt of each text; texts are compared within a prompt only."""


def as_texts(texts: Iterable[str], name: str = "texts") -> list[str]:
    """Return `texts` as a list of strings.

    Raises
    ------
    OptionError
        It is one string, or no sequence, or holds something that is no string.

    >>> as_texts(("a", "b"))
    ['a', 'b']
    """
    if isinstance(texts, (str, bytes)):
        raise OptionError(f"{name} must be a list of strings, not one string: [{texts!r}]?")
    if isinstance(texts, Mapping) or not isinstance(texts, Iterable):
        raise OptionError(f"{name} must be a list of strings, not {type(texts).__name__}")
    found = list(texts)
    for position, text in enumerate(found):
        if not isinstance(text, str):
            raise OptionError(_complaint(text, f"{name}[{position}]"))
    return found


def _complaint(value: Any, where: str) -> str:
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    if missing or type(value).__name__ == "NAType":  # pandas' own, not imported for this
        return f"{where} is missing (a failed call has no text): leave such rows out first"
    return f"{where} is {type(value).__name__}, not a string: {value!r}"


def groups(count: int, prompts: Prompts, name: str = "texts") -> list[list[int]]:
    """Return the positions of the texts of each prompt, prompts in order of appearance.

    Raises
    ------
    OptionError
        There is not one prompt for each text.

    >>> groups(3, ["joke", "poem", "joke"])
    [[0, 2], [1]]
    """
    if prompts is None:
        return [list(range(count))]
    if isinstance(prompts, str):
        raise OptionError("prompts must name the prompt of each text, not one for all")
    labels = list(prompts)
    if len(labels) != count:
        raise OptionError(
            f"prompts must name the prompt of each of the {count} {name}, not {len(labels)}"
        )
    found: dict[Hashable, list[int]] = {}
    for position, label in enumerate(labels):
        found.setdefault(label, []).append(position)
    return list(found.values())


def over_prompts(
    texts: Iterable[str], prompts: Prompts, score: Callable[[list[str]], float]
) -> float:
    """Score the texts of each prompt, and return the mean over the prompts that have a score.

    A prompt whose score is undefined (NaN) does not count; if none has one, neither has the mean.

    >>> over_prompts(["a", "b", "c"], ["x", "y", "x"], len)
    1.5
    """
    checked = as_texts(texts)
    return mean_defined(
        score([checked[position] for position in group]) for group in groups(len(checked), prompts)
    )


def mean_defined(scores: Iterable[float]) -> float:
    """Return the mean of the scores that are numbers; NaN if there are none."""
    defined = [value for value in scores if not math.isnan(value)]
    return math.fsum(defined) / len(defined) if defined else math.nan

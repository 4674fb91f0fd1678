"""Answers and how often each was given: named normalisations, counts, and reference answers."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics._texts import as_texts
from vs_magic.metrics._tokens import words

Normalize: TypeAlias = "str | Callable[[str], str]"
"""`exact`, `answer`, `words`, or a function from a text to what it counts as."""
Answers: TypeAlias = "Iterable[str] | Mapping[str, float]"
"""Answers, one for each response; or how often each was given."""
References: TypeAlias = "Iterable[Any] | Mapping[Any, float]"
"""Correct answers, each alike likely; or answer to count or probability.

An answer with several spellings is a tuple of them: `("New York", "NY")`.
"""

_AROUND = " \"'“”„‘’‚«»`*_"
_AFTER = _AROUND + ".,;:!?…。、，！？；："


def exact(text: str) -> str:
    """Return the text as it is."""
    return text


def answer(text: str) -> str:
    """Return a short answer without what does not change it.

    Case, runs of white space, quotation and emphasis marks around it, a full stop at its end.

    >>> answer(" **California**. "), answer("“New  York”"), answer("-5"), answer("C#")
    ('california', 'new york', '-5', 'c#')
    """
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return folded.lstrip(_AROUND).rstrip(_AFTER) or folded


def same_words(text: str) -> str:
    """Return the words of the text, without case and punctuation.

    >>> same_words("Hello, World! ") == same_words("hello world")
    True
    """
    return " ".join(words(text))


NORMALIZATIONS: dict[str, Callable[[str], str]] = {
    "exact": exact,
    "answer": answer,
    "words": same_words,
}


def normalizer(normalize: Normalize) -> Callable[[str], str]:
    """Return the function that a name stands for.

    Raises
    ------
    OptionError
        No normalisation has that name.
    """
    if callable(normalize):
        return normalize
    try:
        return NORMALIZATIONS[normalize]
    except (KeyError, TypeError):
        raise OptionError(
            f"unknown normalize {normalize!r}: one of {', '.join(NORMALIZATIONS)}, or a function"
        ) from None


def count_answers(
    answers: Answers, normalize: Normalize = "answer", weights: Iterable[float] | None = None
) -> dict[str, float]:
    """Count how often each answer was given, after a normalisation; with `weights`, their sums.

    Raises
    ------
    OptionError
        A count or weight is no number of 0 or more, or `weights` are not one for each answer.

    >>> count_answers(["Blue.", "blue", "Red"])
    {'blue': 2.0, 'red': 1.0}
    """
    same = normalizer(normalize)
    if isinstance(answers, Mapping):
        if weights is not None:
            raise OptionError("answers with their counts need no weights beside them")
        pairs = list(answers.items())
    else:
        given = as_texts(answers, "answers")
        shares = [1.0] * len(given) if weights is None else list(weights)
        if len(shares) != len(given):
            raise OptionError(f"weights must be one for each of the {len(given)} answers")
        pairs = list(zip(given, shares, strict=True))
    found: dict[str, float] = {}
    for key, value in pairs:
        if not isinstance(key, str):
            raise OptionError(f"answers must map strings to counts, not {key!r}")
        number = _number(value, f"the count of {key!r}")
        if number:  # what never occurred is no answer
            name = same(key)
            found[name] = found.get(name, 0.0) + number
    return found


def _number(value: Any, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise OptionError(f"{where} must be a number of 0 or more, not {value!r}")
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Reference answers, read and normalised.

    Parameters
    ----------
    position
        Every spelling of every answer, to the answer's place.
    probability
        The probability of each answer, shape (answers,); they sum to 1.
    """

    position: dict[str, int]
    probability: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.probability)


def read_reference(reference: References, normalize: Normalize = "answer") -> Reference:
    """Read reference answers in any of their forms (see `References`).

    Raises
    ------
    OptionError
        There are none, one is no text, or a probability is no number of 0 or more.

    >>> read_reference({("New York", "NY"): 3, "Ohio": 1}).probability.tolist()
    [0.75, 0.25]
    """
    if isinstance(reference, (str, bytes)) or not isinstance(reference, Iterable):
        raise OptionError(
            "reference must be the correct answers, or a mapping of answers to counts, "
            f"not {type(reference).__name__}"
        )
    same = normalizer(normalize)
    weighed = (
        reference
        if isinstance(reference, Mapping)
        else dict.fromkeys(map(_hashable, reference), 1.0)
    )
    position: dict[str, int] = {}
    sums: list[float] = []
    for key, weight in weighed.items():
        number = _number(weight, f"reference[{key!r}]")
        spellings = [same(_spelling(form)) for form in (key if isinstance(key, tuple) else (key,))]
        known = [position[form] for form in spellings if form in position]
        place = known[0] if known else len(sums)
        if not known:
            sums.append(0.0)
        # In a list an answer named twice is one answer; in a mapping its counts add up.
        sums[place] = number if not isinstance(reference, Mapping) else sums[place] + number
        position.update(dict.fromkeys(spellings, place))
    total = math.fsum(sums)
    if not total > 0:
        raise OptionError("reference holds no answer with a probability above 0")
    return Reference(position=position, probability=np.asarray(sums) / total)


def _hashable(item: Any) -> Any:
    return tuple(item) if isinstance(item, (list, set, frozenset)) else item


def _spelling(form: Any) -> str:
    if isinstance(form, int) and not isinstance(form, bool):
        return str(form)
    if isinstance(form, str):
        return form
    raise OptionError(f"a reference answer must be text, not {form!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """How often each reference answer was given, and how often each other one.

    Parameters
    ----------
    correct
        Counts of the reference answers, shape (answers,).
    other
        Counts of the answers that are not in the reference, shape (others,).
    """

    correct: NDArray[np.float64]
    other: NDArray[np.float64]

    @property
    def total(self) -> float:
        """All counts together."""
        return float(self.correct.sum() + self.other.sum())


def tally(
    answers: Answers, normalize: Normalize = "answer", support: References | None = None
) -> NDArray[np.float64]:
    """Return how often each answer came; with a support those of it that did not come are 0.

    >>> tally(["b", "a", "b"]).tolist(), tally(["a"], support=["a", "b"]).tolist()
    ([1.0, 2.0], [1.0, 0.0])
    """
    if support is not None:
        given = align(answers, read_reference(support, normalize), normalize)
        return np.concatenate([given.correct, given.other])
    # Sorted, so that sums do not depend on the order of the texts, not even by rounding.
    return np.sort(np.fromiter(count_answers(answers, normalize).values(), dtype=np.float64))


def count_by_unit(
    texts: Iterable[str],
    units: NDArray[np.intp],
    normalize: Normalize = "answer",
    reference: Reference | None = None,
) -> NDArray[np.float64]:
    """Return how often each answer came in each unit, shape (units, answers).

    The reference's answers come first, in their order.

    >>> count_by_unit(["Blue.", "blue", "Red"], np.array([0, 0, 1])).tolist()
    [[2.0, 0.0], [0.0, 1.0]]
    """
    same = normalizer(normalize)
    place = {} if reference is None else dict(reference.position)
    width = 0 if reference is None else len(reference)
    columns = []
    for key in map(same, as_texts(texts, "answers")):
        if key not in place:
            place[key], width = width, width + 1
        columns.append(place[key])
    counts = np.zeros((int(units.max(initial=-1)) + 1, width))
    np.add.at(counts, (units, np.array(columns, dtype=np.intp)), 1.0)
    return counts


def align(answers: Answers, reference: Reference, normalize: Normalize = "answer") -> Aligned:
    """Put the answers' counts beside the reference's.

    >>> states = read_reference(["Ohio", "Utah"])
    >>> aligned = align(["Ohio.", "ohio", "Paris"], states)
    >>> aligned.correct.tolist(), aligned.other.tolist()
    ([2.0, 0.0], [1.0])
    """
    correct = np.zeros(len(reference))
    other: list[float] = []
    for name, count in count_answers(answers, normalize).items():
        place = reference.position.get(name)
        if place is None:
            other.append(count)
        else:
            correct[place] += count
    return Aligned(correct=correct, other=np.asarray(other, dtype=np.float64))

"""Where a reference distribution comes from: a preset, a mapping, a Series, a frame, or texts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from vs_magic.errors import OptionError, unknown

DEFAULT = "coffee-joke"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A distribution over answers that is taken as π_ref.

    Parameters
    ----------
    title
        What is asked, as people would ask it; may be empty.
    note
        Where the numbers come from.
    shares
        Answer → probability, the likeliest first; they sum to 1.
    """

    title: str
    note: str
    shares: Mapping[str, float]


def presets() -> dict[str, str]:
    """Return the presets' names, each with the prompt that it stands for.

    They are the tables of the simulated models: made up, nobody measured them.

    >>> presets()["die"]
    'Roll a six-sided die.'
    """
    from vs_magic.llm.simulated.tables import TABLES

    return {name: table.ask for name, table in TABLES.items()}


def preset(name: str) -> Reference:
    """Return the preset of a name, or of the prompt that it stands for, as a reference.

    >>> round(preset("coin").shares["Heads"], 2)
    0.54
    """
    from vs_magic.llm.simulated.tables import TABLES, recognise

    table = TABLES.get(name.strip().lower()) or recognise(name)
    if table is None:
        raise unknown("answers", name, TABLES, ", or name=weight,name=weight")
    note = "a made-up table: nobody measured it"
    return Reference(title=table.ask, note=note, shares=ranked(table.answers))


def as_reference(value: Any = None) -> Reference:
    """Return whatever holds answers and their probabilities as a reference.

    Parameters
    ----------
    value
        A preset's name, or a prompt that it knows; a mapping or a Series of answers to
        probabilities or counts; a frame with `text` and `weight` (what `%%vs` returns) or the
        distribution of a run; texts, to be counted; None: a joke about coffee.

    Raises
    ------
    OptionError
        Nothing of this; fewer than two answers; a probability that is none.

    Examples
    --------
    >>> dict(as_reference({"tea": 1, "coffee": 3}).shares)
    {'coffee': 0.75, 'tea': 0.25}
    >>> dict(as_reference(["red", "blue", "red", "red"]).shares)
    {'red': 0.75, 'blue': 0.25}
    """
    if isinstance(value, Reference):
        return value
    if value is None or isinstance(value, str):
        return preset(value or DEFAULT)
    frame = getattr(value, "frame", value)
    if hasattr(frame, "columns"):
        return _of_frame(frame)
    if hasattr(frame, "to_dict"):
        frame = frame.to_dict()
    if isinstance(frame, Mapping):
        return Reference(title="", note="your own numbers", shares=ranked(frame))
    if isinstance(frame, Iterable):
        counts = Counter(str(text) for text in frame)
        note = f"{counts.total()} answers, counted"
        return Reference(title="", note=note, shares=ranked(counts))
    raise OptionError(
        "answers come as a preset's name, a mapping of answers to probabilities, a frame of "
        f"%%vs, or a list of texts, not as {type(value).__name__}"
    )


def _of_frame(frame: Any) -> Reference:
    lacking = [name for name in ("text", "weight") if name not in frame.columns]
    if lacking:
        raise OptionError(f"the frame has no column {lacking[0]!r}: give a mapping of answers")
    rows = frame[frame["text"].notna()]
    weights: Counter[str] = Counter()
    for text, weight in zip(rows["text"], rows["weight"], strict=True):
        weights[str(text)] += weight
    model = rows.attrs.get("model")
    note = f"as {model} weighed them" if model else "the weights of a frame"
    return Reference(title=str(rows.attrs.get("task", "")), note=note, shares=ranked(weights))


def ranked(weights: Mapping[Any, Any]) -> Mapping[str, float]:
    """Return weights, of which two at least are above 0, as probabilities, the likeliest first."""
    numbers: dict[str, float] = {}
    for answer, weight in weights.items():
        try:
            number = float(weight)
        except (TypeError, ValueError):
            number = math.nan
        if not 0 <= number < math.inf:
            raise OptionError(f"the weight of {answer!r} must be a number of 0 or more: {weight!r}")
        numbers[str(answer)] = numbers.get(str(answer), 0.0) + number
    if sum(number > 0 for number in numbers.values()) < 2:
        raise OptionError("a reference needs at least two answers with a weight above 0")
    total = math.fsum(numbers.values())
    ordered = sorted(numbers.items(), key=lambda item: -item[1])
    return MappingProxyType({answer: number / total for answer, number in ordered})

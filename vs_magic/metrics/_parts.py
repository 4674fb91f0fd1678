"""The responses to one prompt, with the part of each option that is theirs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vs_magic.errors import OptionError
from vs_magic.metrics._registry import Metric, OfUnits
from vs_magic.metrics._texts import Prompts, as_texts, groups
from vs_magic.metrics.embed import embed


@dataclass(frozen=True, slots=True)
class Part:
    """The responses to one prompt, with the options that are theirs."""

    texts: Any
    options: Mapping[str, Any]
    count: float

    @classmethod
    def of_counts(cls, counts: Mapping[str, float], options: Mapping[str, Any]) -> Part:
        """Take answers with their counts."""
        if any(value != round(value) for value in counts.values()):
            raise OptionError("an interval needs counts of responses, not shares")
        return cls(counts, options, sum(counts.values()))

    @classmethod
    def of_texts(
        cls, texts: Sequence[Any], positions: Sequence[int], options: Mapping[str, Any]
    ) -> Part:
        """Take some of the texts."""
        return cls(
            [texts[position] for position in positions],
            {name: _of(value, positions, len(texts), name) for name, value in options.items()},
            len(positions),
        )


def split(
    known: Metric,
    texts: Iterable[Any] | Mapping[str, float],
    prompts: Prompts,
    options: Mapping[str, Any],
) -> list[Part]:
    """Return the responses to each prompt; what needs embeddings is embedded once, for all."""
    if isinstance(texts, Mapping):
        if prompts is not None:
            raise OptionError("answers with their counts are of one prompt: leave prompts out")
        return [Part.of_counts(texts, options)]
    if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
        raise OptionError(f"texts must be a list of strings, not {texts!r}")
    listed = list(texts)
    embedded = _embedded(known, listed, options)
    return [Part.of_texts(listed, places, embedded) for places in groups(len(listed), prompts)]


def why_undefined(parts: Sequence[Part]) -> str:
    """Say why a metric is undefined for these responses."""
    most = max((part.count for part in parts), default=0)
    if most == 0:
        return "no responses"
    return "fewer than two responses" if most < 2 else "undefined for these responses"


def told_of(own: Callable[..., Any], options: Mapping[str, Any]) -> bool:
    """Return whether a scheme takes all options: else it would be of another measure."""
    import inspect

    return options.keys() <= inspect.signature(own).parameters.keys()


def of_units(known: Metric, part: Part, units: Sequence[int]) -> OfUnits:
    """Return what scores choices of units: from sums where the metric has them, else one by one.

    Parameters
    ----------
    known
        The metric.
    part
        The responses to one prompt.
    units
        The number of each response's unit, from 0, shape (responses,).
    """
    if known.by_unit is not None and told_of(known.by_unit, part.options):
        return known.by_unit(part.texts, np.asarray(units), **part.options)
    members: list[list[int]] = [[] for _ in range(max(units) + 1)]
    for place, unit in enumerate(units):
        members[unit].append(place)
    held: dict[bytes, float] = {}

    def score(choice: Any) -> float:
        key = np.packbits(choice > 0).tobytes()
        if key not in held:
            places = sorted(place for unit in np.flatnonzero(choice) for place in members[unit])
            chosen = Part.of_texts(part.texts, places, part.options)
            held[key] = known(chosen.texts, **chosen.options) if places else math.nan
        return held[key]

    return lambda choices: np.array([score(choice) for choice in choices])


def _of(value: Any, positions: Sequence[int], count: int, name: str) -> Any:
    """Return the part of an option that is given for each text."""
    if value is None or name not in ("vectors", "weights", "similarity"):
        return value
    array = np.asarray(value)
    if array.ndim == 0 or len(array) != count:
        raise OptionError(f"{name} must be one for each of the {count} texts")
    return array[np.ix_(positions, positions)] if name == "similarity" else array[list(positions)]


def _embedded(known: Metric, texts: list[Any], options: Mapping[str, Any]) -> Mapping[str, Any]:
    given = options.get("vectors") is not None or options.get("similarity") is not None
    if "embedder" not in known.needs or given or len(texts) < 2:
        return options
    rest = {name: value for name, value in options.items() if name != "embedder"}
    return {**rest, "vectors": embed(as_texts(texts), options.get("embedder", "auto"))}

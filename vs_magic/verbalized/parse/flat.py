"""Shapes of JSON without objects inside: flat lists, pairs, text → probability."""

from __future__ import annotations

from collections.abc import Sequence

from vs_magic.verbalized.parse import names, probability, statements
from vs_magic.verbalized.parse.fields import (
    Expected,
    Field,
    as_text,
    is_decimal,
    is_number,
    is_value,
)
from vs_magic.verbalized.parse.found import Record
from vs_magic.verbalized.parse.tree import Bare, Node

# What a string ends with that can hold a probability of its own.
_ENDS = (")", "]", "%", *"0123456789")
_NOT_ROWS = frozenset({"total", "sum", "error", "refusal"})


def scalars(items: Sequence[Node], asked: Expected) -> list[Record]:
    """Read a flat list: texts, texts and probabilities by turns, or texts that hold theirs."""
    verbalizes = asked.method.verbalizes
    if verbalizes and (records := _alternating(items)):
        return records
    if verbalizes and all(isinstance(item, Bare) and "." in item for item in items):
        return []
    if items and all(_is_word(item) for item in items):
        return []  # `[[responses]]` is a heading of TOML
    texts = [as_text(item) for item in items if item is not None]
    if verbalizes and all(isinstance(item, str) and item.endswith(_ENDS) for item in items):
        parts = statements.split(texts, asked.wording, every=True)
        if all(part.stated is not None and part.text for part in parts):
            return [Record(part.text, part.stated) for part in parts]
    return [Record(text) for text in texts]


def _is_word(item: Node) -> bool:
    """Whether an item is a word without quotation marks."""
    return isinstance(item, Bare) and not is_number(item)


def _alternating(items: Sequence[Node]) -> list[Record]:
    """Read `["a", 0.5, "b", 0.3]`."""
    texts, values = items[0::2], items[1::2]
    if not values:
        return []
    if not all(isinstance(text, str) and not isinstance(text, Bare) for text in texts):
        return []
    if not all(is_number(value) for value in values):
        return []
    stated = [*map(as_text, values), None]  # the last one may have been cut off
    return [Record(as_text(text), value) for text, value in zip(texts, stated, strict=False)]


def pair(item: Sequence[Node]) -> Record | None:
    """Read `["text", 0.2]` or `[0.2, "text"]`."""
    if len(item) != 2 or not all(isinstance(one, str) for one in item):
        return None
    first, second = item
    if is_value(second):
        return Record(as_text(first), as_text(second))
    if is_value(first) and not isinstance(second, Bare):
        return Record(as_text(second), as_text(first))
    return None


def by_probability(fields: Sequence[Field]) -> list[Record]:
    """Read `{"0.5": "Paris", "30%": "Rome"}`."""
    for key, _, value in fields:
        if not isinstance(value, str) or isinstance(value, Bare):
            return []
        if not (is_decimal(key) and "." in key) and not key.endswith("%"):
            return []
    return [Record(as_text(value), key, None, ("probability as key",)) for key, _, value in fields]


def by_text(fields: Sequence[Field], asked: Expected) -> list[Record]:
    """Read `{"Paris": 0.5, "Rome": 0.3}`."""
    rows = [
        (key, name, None if value is None else as_text(value))
        for key, name, value in fields
        if name not in names.REASONING
        and name not in _NOT_ROWS
        and not names.is_total(name)
        and not isinstance(value, list)
    ]
    if not rows or any(names.is_probability(name) for _, name, _ in rows):
        return []
    if len(rows) < 2 and (names.is_text(rows[0][1]) or rows[0][1] in names.ASIDE):
        return []
    if not _are_probabilities([value for _, _, value in rows], asked):
        return []
    return [Record(key, value, None, ("text as key",)) for key, _, value in rows]


def _are_probabilities(values: Sequence[str | None], asked: Expected) -> bool:
    """Whether at least half of the values are probabilities, and none is another thing."""
    stated = [probability.read(value, asked.wording) for value in values]
    if any(one.kind == "unreadable" for one in stated):
        return False
    good = sum(value is not None for value, _ in probability.scaled(stated))
    good += sum(one.kind == "verbal" for one in stated)
    return good > 0 and 2 * good >= len(values)

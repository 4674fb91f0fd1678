"""The fields of one JSON object: which of them is its text, and which its probability."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard

from vs_magic.verbalized.method import Method, Wording
from vs_magic.verbalized.parse import names, probability
from vs_magic.verbalized.parse.tree import Bare, Node, Pairs

Field: TypeAlias = tuple[str, str, Node]  # the key as written, its plain name, its value

_SHARE = re.compile(r"[%~<> ]+|\b(?:chance|likely|probability|confidence)\b")
_SCHEMA_TYPES = frozenset({"string", "number", "integer", "object", "array", "boolean", "null"})


@dataclass(frozen=True, slots=True)
class Expected:
    """What the reply was asked for; it decides the readings that depend on it."""

    method: Method
    wording: Wording


@dataclass(frozen=True, slots=True)
class Statement:
    """A probability as stated in a field, what its number is, and what was mended to find it."""

    raw: str | None = None
    wording: Wording | None = None
    repairs: tuple[str, ...] = ()


def of(pairs: Pairs) -> list[Field]:
    """Return the members of an object with their plain names."""
    return [(key, names.plain(key), value) for key, value in pairs]


def probability_of(fields: Sequence[Field], asked: Expected) -> Field | None:
    """Return the field that states the object's probability, the best-named one if several."""
    best: Field | None = None
    best_rank = 99
    for field in fields:
        _, name, value = field
        if not names.is_probability(name) or (is_array(value) and _only(value) is None):
            continue
        rank = -1 if name == asked.wording.field else names.probability_rank(name)
        if rank < best_rank:
            best, best_rank = field, rank
    return best


def text_of(fields: Sequence[Field], stated: Field | None, *, listed: bool) -> Field | None:
    """Return the field that holds the object's text: by its name, else the only one it can be.

    `listed` says that the object stands in a list, where a vague name is enough.
    """
    chosen: Field | None = None
    numbers = stated is None and sum(is_number(value) for _, _, value in fields) > 1
    for field in fields:
        name = field[1]
        if field is stated or not names.is_text(name) or (numbers and is_number(field[2])):
            continue
        if chosen is None or names.text_rank(name) < names.text_rank(chosen[1]):
            chosen = field
    if chosen is not None and chosen[1] in names.VAGUE and stated is None and not listed:
        chosen = None
    return chosen or _only_string(fields, stated, listed=listed)


def parts_of(fields: Sequence[Field], chosen: Field) -> tuple[str | None, str | None]:
    """Return title and body of an object that has both, one of which may be the chosen text."""
    text = {name: value for _, name, value in fields if isinstance(value, str) and value.strip()}
    title = next((text[name] for name in ("title", "name", "headline") if name in text), None)
    body = text.get("description") if chosen[1] in names.VAGUE else chosen[2]
    both = title is not None and isinstance(body, str) and body != title
    return (str(title), str(body)) if both else (None, None)


def _only_string(fields: Sequence[Field], stated: Field | None, *, listed: bool) -> Field | None:
    """Return the string that must be the text, in an object whose names are not known."""
    strings = [field for field in fields if field is not stated and _can_be_text(field)]
    if [name for _, name, _ in strings[:2]] == ["setup", "punchline"]:
        (first, _, setup), (second, _, punchline) = strings[:2]
        return f"{first} + {second}", "text", f"{setup}\n{punchline}"
    if not strings or names.numbered(strings[0][0]):
        return None
    if stated is not None or (listed and len(strings) == 1):
        return strings[0]
    return None


def _can_be_text(field: Field) -> bool:
    key, name, value = field
    if (
        not key
        or not isinstance(value, str)
        or is_number(value)
        or probability.NOTATION.fullmatch(value)
    ):
        return False
    if name in names.ASIDE or name in names.REASONING or names.is_total(name):
        return False
    return not names.is_probability(name)


def is_around_list(fields: Sequence[Field]) -> bool:
    """Whether an object holds a list of candidates, so that it is no candidate itself.

    What states a probability for each item always is one. In an object without a text of its own,
    whatever goes by the name of a list is.
    """
    own = any(
        isinstance(value, str) and names.is_text(name) and name not in names.VAGUE
        for _, name, value in fields
    )
    for _, name, value in fields:
        if not isinstance(value, list) or isinstance(value, Pairs):
            continue
        if value and all(_states_text(item) for item in value):
            return True
        if own or name not in names.LISTS:
            continue
        if not names.is_text(name) or any(isinstance(item, list) for item in value):
            return True
    return False


def _states_text(item: Node) -> bool:
    """Whether an item is an object with a text and a probability, by their names."""
    if not isinstance(item, Pairs):
        return False
    known = {names.plain(key) for key, _ in item[:20]}
    return any(map(names.is_probability, known)) and any(map(names.is_text, known))


def statement(field: Field | None, asked: Expected) -> Statement:
    """Return what the field of a probability states."""
    if field is None:
        return Statement()
    key, name, value = field
    if isinstance(value, Pairs):
        value = next((inner for _, inner in value if isinstance(inner, str)), None)
    elif isinstance(value, list):
        value = _only(value)
    repairs = () if name in {"probability", asked.wording.field} else (f"key: {key[:30]}",)
    if value is None or isinstance(value, list):
        return Statement(repairs=repairs)
    if isinstance(value, str) and not isinstance(value, Bare) and is_decimal(value):
        repairs = (*repairs, "quoted number")
    return Statement(as_text(value), names.wording(name, key, asked.wording), repairs)


def _only(value: Node) -> Node:
    """Return the one scalar of an array that holds nothing else."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return value[0]
    return None


def is_schema(fields: Sequence[Field]) -> bool:
    """Whether an object is a JSON schema, not data."""
    if any(key == "$schema" for key, _, _ in fields):
        return True
    kind = next((value for _, name, value in fields if name == "type"), None)
    return isinstance(kind, str) and kind.lower() in _SCHEMA_TYPES


def as_text(value: Node) -> str:
    """Return a scalar as written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def is_array(value: Node) -> TypeGuard[list[Node]]:
    """Whether a value is an array, not an object or a scalar."""
    return isinstance(value, list) and not isinstance(value, Pairs)


def is_decimal(value: str) -> bool:
    """Whether a string is a plain decimal number."""
    return value.replace(".", "", 1).isdecimal()


def is_number(value: Node) -> bool:
    """Whether a value is a number that stood without quotation marks."""
    return isinstance(value, Bare) and value[:1] in "-+.0123456789"


def is_value(value: Node) -> bool:
    """Whether a scalar can be a probability: a bare number, or a string in one of the notations."""
    if isinstance(value, Bare):
        return is_number(value) or value[-1:] == "%"
    return isinstance(value, str) and len(value) <= 20 and is_decimal(_SHARE.sub("", value))

"""From a JSON tree to records: every way in which models spell a list of texts and probabilities."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from vs_magic.verbalized.method import Method, Wording
from vs_magic.verbalized.parse import attached, names, probability, tree
from vs_magic.verbalized.parse.found import Record
from vs_magic.verbalized.parse.tree import Bare, Node, Pairs

MAX_DEPTH = 40
# What a string ends with that can hold a probability of its own.
_ENDS = (")", "]", "%", *"0123456789")
_NOTATION = re.compile(r"[~<>≤≥]?\s*(?:\d+(?:[.,]\d+)?|[.,]\d+)\s*(?:%|/\s*\d+)?")
Field: TypeAlias = tuple[str, str, Node]
_SCHEMA_TYPES = frozenset({"string", "number", "integer", "object", "array", "boolean", "null"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reply was asked for; it decides the readings that depend on it."""

    method: Method
    wording: Wording


def harvest(node: Node, asked: Asked) -> tuple[list[Record], bool]:
    """Return the records of a tree, and whether its form alone tells that they are candidates."""
    records = _records(node, asked, 0, listed=asked.method is Method.COT)
    return records, _is_strong(node)


def reasoning(node: Node) -> str | None:
    """Return what stands in the root's field for reasoning, or None."""
    if not isinstance(node, Pairs):
        return None
    for key, value in node:
        if names.plain(key) in names.REASONING:
            if isinstance(value, str):
                return str(value)
            if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
                return "\n".join(str(v) for v in value)
    return None


def _is_strong(node: Node, depth: int = 0) -> bool:
    """Whether an object with a known field for texts or lists stands at the top of the tree."""
    if isinstance(node, Pairs):
        known = {names.plain(key) for key, _ in node[:20]}
        if known & names.LISTS or any(names.is_text(name) for name in known - names.VAGUE):
            return True
        return any(names.is_probability(name) for name in known) and len(known) > 1
    if isinstance(node, list) and depth < 3:
        return any(_is_strong(item, depth + 1) for item in node[:3] if isinstance(item, list))
    return False


def _records(node: Node, asked: Asked, depth: int, *, listed: bool) -> list[Record]:
    if depth > MAX_DEPTH:
        return []
    if isinstance(node, Pairs):
        return _from_object(node, asked, depth, listed=listed)
    if isinstance(node, list):
        return _from_list(node, asked, depth)
    return []


def _from_list(items: list[Node], asked: Asked, depth: int) -> list[Record]:
    if not any(isinstance(item, list) for item in items):
        return _from_scalars(items, asked)
    records: list[Record] = []
    for item in items:
        if isinstance(item, Pairs):
            records += _from_object(item, asked, depth + 1, listed=True)
        elif isinstance(item, list):
            pair = _pair(item)
            records += [pair] if pair else _records(item, asked, depth + 1, listed=True)
        elif item is not None:
            records.append(Record(_text(item)))
    return records


def _from_scalars(items: list[Node], asked: Asked) -> list[Record]:
    """Read a flat list: texts, or texts and probabilities by turns, or JSON once more in strings."""
    texts, values = items[0::2], items[1::2]
    if values and len(texts) == len(values) and asked.method.verbalizes:
        quoted = all(isinstance(text, str) and not isinstance(text, Bare) for text in texts)
        if quoted and all(isinstance(value, Bare) and _is_number(value) for value in values):
            return [Record(_text(t), _text(v)) for t, v in zip(texts, values, strict=True)]
    if asked.method.verbalizes:
        if all(isinstance(item, Bare) and "." in item for item in items):
            return []
        if inner := _encoded(items, asked):
            return inner
    texts_only = [_text(item) for item in items if item is not None]
    if all(isinstance(item, str) and item[-1:] in _ENDS for item in items):
        parts = attached.split(texts_only, asked.wording, every=True)
        if all(part.stated is not None for part in parts) and (
            asked.method.verbalizes or all("%" not in (part.stated or "") for part in parts)
        ):
            return [Record(part.text, part.stated) for part in parts]
    return [Record(text) for text in texts_only]


def _encoded(items: list[Node], asked: Asked) -> list[Record]:
    """Read a list of strings, each of which is an object with a text and a probability."""
    records: list[Record] = []
    for item in items:
        if not isinstance(item, str) or item[:1] != "{" or item[-1:] != "}":
            return []
        try:
            node = tree.strict(item)
        except (ValueError, RecursionError):
            return []
        found = _from_object(node, asked, MAX_DEPTH, listed=True) if isinstance(node, Pairs) else []
        if len(found) != 1 or found[0].stated is None:
            return []
        records += found
    return records


def _pair(item: list[Node]) -> Record | None:
    """Read `["text", 0.2]` or `[0.2, "text"]`."""
    if len(item) != 2 or not all(isinstance(one, str) for one in item):
        return None
    first, second = item
    if _is_value(second):
        return Record(_text(first), _text(second))
    if _is_value(first) and not isinstance(second, Bare):
        return Record(_text(second), _text(first))
    return None


def _from_object(pairs: Pairs, asked: Asked, depth: int, *, listed: bool) -> list[Record]:
    if len(pairs) == 2 and pairs[0][0] == "text" and pairs[1][0] == "probability":
        text, stated = pairs[0][1], pairs[1][1]
        if type(text) is str and (stated is None or isinstance(stated, Bare)):
            return [Record(text, stated)]
    if any(not key for key, _ in pairs):
        return _anonymous(pairs, asked, depth)
    fields = [(key, names.plain(key), value) for key, value in pairs]
    if _is_schema(fields):
        return []
    if len({name for _, name, _ in fields}) < len(fields) and (parts := _repeated(pairs)):
        return [r for part in parts for r in _from_object(part, asked, depth + 1, listed=True)]
    stated = _probability_field(fields, asked)
    return (
        _parallel(fields, asked, depth)
        or (_children(fields, asked, depth, known=True) if stated is None else [])
        or _record(fields, stated, asked, depth, listed=listed)
        or _by_probability(fields)
        or _suffixed(fields, asked, depth)
        or _children(fields, asked, depth, known=False)
        or _table(fields, asked)
    )


def _anonymous(pairs: Pairs, asked: Asked, depth: int) -> list[Record]:
    """Read what stands in an object without a key: the members of a set, or a lost bracket."""
    rest = Pairs(pair for pair in pairs if pair[0])
    before = _from_object(rest, asked, depth + 1, listed=True) if rest else []
    return before + _from_list([value for key, value in pairs if not key], asked, depth + 1)


def _repeated(pairs: Pairs) -> list[Pairs]:
    """Split an object whose keys begin anew: two candidates that lost the brackets between them."""
    parts: list[Pairs] = []
    seen: set[str] = set()
    for key, value in pairs:
        if not parts or key in seen:
            parts.append(Pairs())
            seen = set()
        seen.add(key)
        parts[-1].append((key, value))
    return parts


def _probability_field(fields: list[Field], asked: Asked) -> Field | None:
    """Return the field that states the object's probability, the best-named one if several."""
    best: Field | None = None
    best_rank = 99
    for field in fields:
        _, name, value = field
        if isinstance(value, list) and not isinstance(value, Pairs):
            continue
        if names.is_probability(name):
            rank = -1 if name == asked.wording.field else names.probability_rank(name)
            if rank < best_rank:
                best, best_rank = field, rank
    return best


def _record(
    fields: list[Field], stated: Field | None, asked: Asked, depth: int, *, listed: bool
) -> list[Record]:
    """Read an object that is one candidate, or holds one under the name of a text."""
    chosen: Field | None = None
    for field in fields:
        _, name, value = field
        if field is stated or not names.is_text(name):
            continue
        if chosen is None or names.text_rank(name) < names.text_rank(chosen[1]):
            chosen = field
    if chosen is not None and chosen[1] in names.VAGUE and stated is None and not listed:
        chosen = None
    if chosen is None:
        chosen = _only_string(fields, stated, listed=listed)
    if chosen is None or chosen[2] is None:
        return []
    key, _, value = chosen
    if isinstance(value, list):
        return _nested(value, stated, asked, depth)
    repairs = () if key in {"text", "response"} else (f"key: {key[:30]}",)
    raw, wording, mended = _stated(stated, asked)
    return [Record(_text(value), raw, wording, (*repairs, *mended))]


def _only_string(fields: list[Field], stated: Field | None, *, listed: bool) -> Field | None:
    """Return the string that must be the text, in an object whose names are not known."""
    strings = [
        field
        for field in fields
        if field is not stated
        and isinstance(field[2], str)
        and field[0]
        and field[1] not in names.ASIDE
        and field[1] not in names.REASONING
        and not names.is_probability(field[1])
        and not _is_number(field[2])
        and not _NOTATION.fullmatch(field[2])
    ]
    if [name for _, name, _ in strings[:2]] == ["setup", "punchline"]:
        key = f"{strings[0][0]} + {strings[1][0]}"
        return key, "text", f"{strings[0][2]}\n{strings[1][2]}"
    if not strings or names.numbered(strings[0][0]):
        return None
    if stated is not None or (listed and len(strings) == 1):
        return strings[0]
    return None


def _nested(
    value: list[Node], stated: Field | None, asked: Asked, depth: int
) -> list[Record]:
    """Read `{"response": {"text": …}, "probability": …}` and a text given as a list of lines."""
    raw, wording, mended = _stated(stated, asked)
    if not isinstance(value, Pairs) and stated is not None:
        if value and all(isinstance(line, str) for line in value):
            text = "\n".join(_text(line) for line in value)
            return [Record(text, raw, wording, ("joined lines", *mended))]
        return []
    records = _records(value, asked, depth + 1, listed=True)
    if len(records) == 1 and records[0].stated is None and stated is not None:
        one = records[0]
        return [Record(one.text, raw, wording, (*one.repairs, *mended))]
    return records


def _stated(
    field: Field | None, asked: Asked
) -> tuple[str | None, Wording | None, tuple[str, ...]]:
    """Return the raw probability, its wording, and what was mended to find it."""
    if field is None:
        return None, None, ()
    key, name, value = field
    if isinstance(value, Pairs):
        value = next((v for _, v in value if isinstance(v, str)), None)
    repairs = () if name in {"probability", asked.wording.field} else (f"key: {key[:30]}",)
    if value is None or isinstance(value, list):
        return None, None, repairs
    if isinstance(value, str) and not isinstance(value, Bare) and _is_plain(value):
        repairs = (*repairs, "quoted number")
    return _text(value), names.wording(name, key, asked.wording), repairs


def _parallel(fields: list[Field], asked: Asked, depth: int) -> list[Record]:
    """Read `{"responses": [...], "probabilities": [...]}`."""
    lists = [f for f in fields if isinstance(f[2], list) and not isinstance(f[2], Pairs)]
    values = next((f for f in lists if names.is_probability(f[1].removesuffix("s"))
                   or names.is_probability(f[1])), None)
    texts = next((f for f in lists if f is not values and f[1] not in names.REASONING), None)
    if values is None or texts is None:
        return []
    raw, items = values[2], texts[2]
    assert isinstance(raw, list) and isinstance(items, list)
    if any(isinstance(one, list) for one in raw):
        return []
    if any(isinstance(item, list) for item in items):
        records = _from_list(items, asked, depth + 1)
        if len(records) != len(raw) or any(r.stated for r in records):
            return records
    else:
        records = [Record(_text(item)) for item in items]
    wording = names.wording(values[1].removesuffix("s"), values[0], asked.wording)
    for record, value in zip(records, raw, strict=False):
        record.stated = None if value is None else _text(value)
        record.wording = wording
    return [r for item, r in zip(items, records, strict=False) if item is not None]


def _suffixed(fields: list[Field], asked: Asked, depth: int) -> list[Record]:
    """Read `{"1": …, "2": …}` and `{"response_1": …, "probability_1": …}`."""
    groups: dict[int, Pairs] = {}
    bases: set[str] = set()
    for key, name, value in fields:
        split = names.numbered(key)
        if split is None:
            if name in names.REASONING or name in names.ASIDE:
                continue
            return []
        bases.add(split[0])
        groups.setdefault(split[1], Pairs()).append((split[0], value))
    texts = {base for base in bases if not names.is_probability(base)}
    if not groups or len(texts) != 1:
        return []
    base = next(iter(texts))
    if base and not names.is_text(base) and len(groups) < 2:
        return []
    if len(texts) == len(bases) and all(
        len(group) == 1 and _is_number(group[0][1]) for group in groups.values()
    ):
        if asked.method.verbalizes:
            return []
    records: list[Record] = []
    for group in groups.values():
        members = Pairs((key if names.is_probability(key) else "text", v) for key, v in group)
        text = members[0][1]
        if len(members) == 1 and isinstance(text, list) and not isinstance(text, Pairs):
            pair = _pair(text)
            records += [pair] if pair else _records(text, asked, depth + 1, listed=True)
        else:
            records += _from_object(members, asked, depth + 1, listed=True)
    return records


def _children(fields: list[Field], asked: Asked, depth: int, *, known: bool) -> list[Record]:
    """Read the lists and objects inside an object: those of a known name, or any."""
    found: list[tuple[str, list[Record]]] = []
    for key, name, value in fields:
        if known and name not in names.LISTS:
            continue
        if isinstance(value, str) and name in names.LISTS and value.lstrip()[:1] in ("[", "{"):
            value = _decoded(value)
        if not isinstance(value, list) or names.is_probability(name):
            continue
        if name in names.REASONING or (name in names.ASIDE and not names.numbered(key)):
            continue
        records = _records(value, asked, depth + 1, listed=True)
        if not records and isinstance(value, Pairs):
            records = _named_by_key(key, value, asked)
        if records:
            found.append((name, records))
    final = [records for name, records in found if name.startswith("final")]
    kept = final or [r for name, r in found if name not in names.DRAFTS] or [r for _, r in found]
    if asked.method.verbalizes and any(r.stated is not None for rs in kept for r in rs):
        kept = [rs for rs in kept if any(r.stated is not None for r in rs)]
    return [record for records in kept for record in records]


def _decoded(value: str) -> Node:
    try:
        return tree.strict(value.strip())
    except (ValueError, RecursionError):
        return None


def _named_by_key(key: str, value: Pairs, asked: Asked) -> list[Record]:
    """Read `{"Paris": {"probability": 0.5}}`."""
    fields = [(k, names.plain(k), v) for k, v in value]
    stated = _probability_field(fields, asked)
    split = names.numbered(key)
    if stated is None or not key or (split and (not split[0] or names.is_text(split[0]))):
        return []
    if any(names.is_text(name) for _, name, _ in fields):
        return []
    raw, wording, mended = _stated(stated, asked)
    return [Record(key, raw, wording, ("text as key", *mended))]


def _by_probability(fields: list[Field]) -> list[Record]:
    """Read `{"0.5": "Paris", "30%": "Rome"}`."""
    for key, _, value in fields:
        if not isinstance(value, str) or isinstance(value, Bare):
            return []
        if not (_is_plain(key) and "." in key) and key[-1:] != "%":
            return []
    return [Record(_text(value), key, None, ("probability as key",)) for key, _, value in fields]


def _table(fields: list[Field], asked: Asked) -> list[Record]:
    """Read `{"Paris": 0.5, "Rome": 0.3}`."""
    rows = [
        f for f in fields
        if f[1] not in names.REASONING and f[1] not in {"total", "sum", "error", "refusal"}
        and not isinstance(f[2], list)
    ]
    if not rows or any(names.is_probability(name) for _, name, _ in rows):
        return []
    if any(names.is_text(name) or name in names.ASIDE for _, name, _ in rows) and len(rows) < 2:
        return []
    stated = [probability.read(_text(v) if v is not None else None, asked.wording) for _, _, v in rows]
    values = [value for value, _ in probability.scaled(stated)]
    good = sum(value is not None for value in values)
    verbal = sum(any(r.startswith("verbal") for r in one.repairs) for one in stated)
    if good + verbal == 0 or 2 * (good + verbal) < len(rows) or any(
        any(r.startswith("unreadable") for r in one.repairs) for one in stated
    ):
        return []
    return [
        Record(key, None if v is None else _text(v), None, ("text as key",)) for key, _, v in rows
    ]


def _is_schema(fields: list[Field]) -> bool:
    if any(key == "$schema" for key, _, _ in fields):
        return True
    kind = next((v for _, name, v in fields if name == "type"), None)
    return isinstance(kind, str) and kind.lower() in _SCHEMA_TYPES


def _text(value: Node) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _is_plain(value: str) -> bool:
    return value.replace(".", "", 1).isdecimal()


def _is_number(value: Node) -> bool:
    return isinstance(value, Bare) and value[:1] in "-+.0123456789"


def _is_value(value: Node) -> bool:
    """Whether a scalar can be a probability: a bare number, or a string in one of the notations."""
    if isinstance(value, Bare):
        return _is_number(value) or value[-1:] == "%"
    return isinstance(value, str) and len(value) <= 12 and _is_plain(value.strip("%~<> "))

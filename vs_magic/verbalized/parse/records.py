"""From a JSON tree to records: every way in which models nest a list of texts and probabilities."""

from __future__ import annotations

from collections.abc import Sequence

from vs_magic.verbalized.method import Method
from vs_magic.verbalized.parse import fields, flat, names, tree
from vs_magic.verbalized.parse.fields import Expected, Field
from vs_magic.verbalized.parse.found import Record
from vs_magic.verbalized.parse.tree import Bare, Node, Pairs

MAX_DEPTH = 40


def harvest(node: Node, asked: Expected) -> tuple[list[Record], bool]:
    """Return the records of a tree, and whether its form alone tells that they are candidates."""
    if isinstance(node, Pairs) and len(node) == 1 and (usual := _usual(node[0][1])):
        return usual, True
    return _Harvest(asked).read(node, 0, listed=asked.method is Method.COT), _is_strong(node)


def reasoning(node: Node) -> str | None:
    """Return what stands in the root's field for reasoning, or None."""
    if not isinstance(node, Pairs):
        return None
    for key, value in node:
        if names.plain(key) in names.REASONING:
            if isinstance(value, str):
                return str(value)
            if value and isinstance(value, list) and all(isinstance(v, str) for v in value):
                return "\n".join(str(v) for v in value)
    return None


def _usual(items: Node) -> list[Record]:
    """Read `[{"text": …, "probability": …}, …]`, the form asked for, the quick way."""
    if not isinstance(items, list) or isinstance(items, Pairs):
        return []
    records = []
    for item in items:
        if not isinstance(item, Pairs) or len(item) != 2:
            return []
        (first, text), (second, stated) = item
        if first != "text" or second != "probability" or type(text) is not str:
            return []
        if not isinstance(stated, Bare):
            return []
        records.append(Record(text, stated))
    return records


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


class _Harvest:
    """One walk over a tree. It reads no node twice, so that the time stays linear."""

    def __init__(self, asked: Expected) -> None:
        self.asked = asked
        self.read_before: dict[int, list[Record]] = {}

    def read(self, node: Node, depth: int, *, listed: bool) -> list[Record]:
        """Return the records of a node; `listed` says that it stands in a list of candidates."""
        if depth > MAX_DEPTH or not isinstance(node, list):
            return []
        before = self.read_before.get(id(node))
        if before is not None:
            return before
        if isinstance(node, Pairs):
            found = self._object(node, depth, listed=listed)
        else:
            found = self._list(node, depth)
        self.read_before[id(node)] = found
        return found

    def _list(self, items: Sequence[Node], depth: int) -> list[Record]:
        if not any(isinstance(item, list) for item in items):
            return self._encoded(items) or flat.scalars(items, self.asked)
        records: list[Record] = []
        for item in items:
            if fields.is_array(item) and (pair := flat.pair(item)):
                records.append(pair)
            elif isinstance(item, list):
                records += self.read(item, depth + 1, listed=True)
            elif item is not None:
                records.append(Record(fields.as_text(item)))
        return records

    def _encoded(self, items: Sequence[Node]) -> list[Record]:
        """Read a list of strings, each of which is an object with a text and a probability."""
        records: list[Record] = []
        for item in items:
            if not isinstance(item, str) or item[:1] != "{" or not self.asked.method.verbalizes:
                return []
            node = _decoded(item)
            found = self.read(node, MAX_DEPTH, listed=True)
            if len(found) != 1 or found[0].stated is None:
                return []
            records += found
            self.read_before.clear()  # the node goes, and its id may come again
        return records

    def _object(self, pairs: Pairs, depth: int, *, listed: bool) -> list[Record]:
        if any(not key for key, _ in pairs):
            return self._anonymous(pairs, depth)
        members = fields.of(pairs)
        if fields.is_schema(members):
            return self._in_schema(members, depth)
        again = len({name for _, name, _ in members}) < len(members)
        if again and (rows := flat.by_text(members, self.asked)):
            return rows
        if again and (parts := _repeated(pairs)):
            return [r for part in parts for r in self._object(part, depth + 1, listed=True)]
        stated = fields.probability_of(members, self.asked)
        listed = listed and pairs.whole  # what has a vague name may not be all of a cut object
        around = stated is not None and fields.is_around_list(members)
        return (
            self._parallel(members, depth)
            or (self._children(members, depth, known=True) if stated is None or around else [])
            or ([] if around else self._one(members, stated, depth, listed=listed))
            or flat.by_probability(members)
            or self._suffixed(members, depth)
            or self._children(members, depth, known=False)
            or flat.by_text(members, self.asked)
        )

    def _in_schema(self, members: Sequence[Field], depth: int) -> list[Record]:
        """Read lists of objects where an echoed schema has room for a type."""
        found: list[Record] = []
        for _, _, value in members if depth < MAX_DEPTH else ():
            if isinstance(value, Pairs):
                found += self._in_schema(fields.of(value), depth + 1)
            elif isinstance(value, list) and any(isinstance(item, Pairs) for item in value):
                found += self.read(value, depth + 1, listed=True)
        return found

    def _anonymous(self, pairs: Pairs, depth: int) -> list[Record]:
        """Read what stands in an object without a key: the members of a set, or a lost bracket."""
        rest = Pairs(pair for pair in pairs if pair[0])
        before = self._object(rest, depth + 1, listed=True) if rest else []
        values = [value for key, value in pairs if not key]
        if _state(before) and all(isinstance(value, str) for value in values):
            return []  # a key that lost its value, or its marks
        return before + self._list(values, depth + 1)

    def _one(
        self, members: Sequence[Field], stated: Field | None, depth: int, *, listed: bool
    ) -> list[Record]:
        """Read an object that is one candidate, or holds one under the name of a text."""
        chosen = fields.text_of(members, stated, listed=listed)
        if chosen is None or chosen[2] is None:
            return []
        key, _, value = chosen
        said = fields.statement(stated, self.asked)
        if not isinstance(value, list):
            repairs: tuple[str, ...] = () if key in {"text", "response"} else (f"key: {key[:30]}",)
            text = fields.as_text(value)
            title, body = fields.parts_of(members, chosen)
            repairs = (*repairs, *said.repairs)
            return [Record(text, said.raw, said.wording, repairs, title, body)]
        if stated is not None and not isinstance(value, Pairs):
            if not value or not all(isinstance(line, str) for line in value):
                return []
            text = "\n".join(fields.as_text(line) for line in value)
            return [Record(text, said.raw, said.wording, ("joined lines", *said.repairs))]
        records = self.read(value, depth + 1, listed=True)
        if stated is not None and len(records) == 1 and records[0].stated is None:
            repairs = (*records[0].repairs, *said.repairs)
            return [Record(records[0].text, said.raw, said.wording, repairs)]
        return records

    def _parallel(self, members: Sequence[Field], depth: int) -> list[Record]:
        """Read `{"responses": [...], "probabilities": [...]}`."""
        arrays = [field for field in members if fields.is_array(field[2])]
        if len(arrays) < 2:
            return []
        values = next((field for field in arrays if _are_values(field)), None)
        texts = next((f for f in arrays if f is not values and f[1] not in names.REASONING), None)
        if values is None or texts is None:
            return []
        key, name, raw = values
        items = texts[2]
        if not fields.is_array(raw) or not fields.is_array(items):
            return []
        if any(isinstance(item, list) for item in items):
            records = self._list(items, depth + 1)
            if len(records) != len(raw) or any(record.stated for record in records):
                return records
            items = list(range(len(records)))  # type: ignore[arg-type]
        else:
            records = [Record(fields.as_text(item)) for item in items]
        wording = names.wording(name.removesuffix("s"), key, self.asked.wording)
        for record, value in zip(records, raw, strict=False):
            record.stated = None if value is None else fields.as_text(value)
            record.wording = wording
        return [r for item, r in zip(items, records, strict=True) if item is not None]

    def _suffixed(self, members: Sequence[Field], depth: int) -> list[Record]:
        """Read `{"1": …, "2": …}` and `{"response_1": …, "probability_1": …}`."""
        groups = _groups(members)
        texts = {base for group in groups for base, _ in group if not names.is_probability(base)}
        if len(texts) != 1:
            return []
        (base,) = texts
        if base in names.REASONING or f"{base}s" in names.REASONING:
            return []
        if base and not names.is_text(base) and len(groups) < 2:
            return []
        alone = all(len(group) == 1 for group in groups)
        numbers = alone and all(fields.is_number(group[0][1]) for group in groups)
        if numbers and self.asked.method.verbalizes:
            return []  # the numbers are probabilities, and the keys are texts
        records: list[Record] = []
        for group in groups:
            value = group[0][1]
            if len(group) == 1 and fields.is_array(value):
                pair = flat.pair(value)
                records += [pair] if pair else self.read(value, depth + 1, listed=True)
            else:
                named = Pairs((k if names.is_probability(k) else "text", v) for k, v in group)
                records += self._object(named, depth + 1, listed=True)
        return records

    def _children(self, members: Sequence[Field], depth: int, *, known: bool) -> list[Record]:
        """Read the lists and objects inside an object: those of a known name, or any."""
        found: list[tuple[str, list[Record]]] = []
        for key, name, value in members:
            if (known and name not in names.LISTS) or names.is_probability(name):
                continue
            if name in names.REASONING or (name in names.ASIDE and not names.numbered(key)):
                continue
            if isinstance(value, str) and name in names.LISTS and value.lstrip()[:1] in ("[", "{"):
                records = _Harvest(self.asked).read(_decoded(value), depth + 1, listed=True)
            else:
                named = self._named_by_key(key, value) if isinstance(value, Pairs) else []
                records = named or self.read(value, depth + 1, listed=True)
            if records:
                found.append((name, records))
        kept = _without_drafts(found)
        if self.asked.method.verbalizes and any(_state(records) for records in kept):
            kept = [records for records in kept if _state(records)]
        return [record for records in kept for record in records]

    def _named_by_key(self, key: str, value: Pairs) -> list[Record]:
        """Read `{"Paris": {"probability": 0.5}}`."""
        members = fields.of(value)
        stated = fields.probability_of(members, self.asked)
        split = names.numbered(key)
        if stated is None or not key or (split and (not split[0] or names.is_text(split[0]))):
            return []
        if names.is_text(names.plain(key)) or names.plain(key) in names.LISTS:
            return []
        if any(names.is_text(name) and name not in names.VAGUE for _, name, _ in members):
            return []
        said = fields.statement(stated, self.asked)
        return [Record(key, said.raw, said.wording, ("text as key", *said.repairs))]


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
    return parts if len(parts) > 1 else []


def _groups(members: Sequence[Field]) -> list[Pairs]:
    """Group members by the number in their keys; empty where a key has none."""
    groups: dict[int, Pairs] = {}
    for key, name, value in members:
        split = names.numbered(key)
        if split is not None:
            groups.setdefault(split[1], Pairs()).append((split[0], value))
        elif name not in names.REASONING and name not in names.ASIDE:
            return []
    return list(groups.values())


def _are_values(field: Field) -> bool:
    """Whether a field is an array of probabilities."""
    _, name, value = field
    if not (names.is_probability(name) or names.is_probability(name.removesuffix("s"))):
        return False
    return isinstance(value, list) and not any(isinstance(one, list) for one in value)


def _without_drafts(found: Sequence[tuple[str, list[Record]]]) -> list[list[Record]]:
    final = [records for name, records in found if name.startswith("final")]
    solid = [records for name, records in found if name not in names.DRAFTS]
    return final or solid or [records for _, records in found]


def _state(records: Sequence[Record]) -> bool:
    return any(record.stated is not None for record in records)


def _decoded(value: str) -> Node:
    try:
        return tree.strict(value.strip())
    except (ValueError, RecursionError):
        return None

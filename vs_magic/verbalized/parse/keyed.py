"""Fields on lines of their own: YAML, and `Text: …` / `Probability: …` under each other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from vs_magic.verbalized.parse import item_text, names, strings
from vs_magic.verbalized.parse.fields import Expected
from vs_magic.verbalized.parse.found import Block, Record
from vs_magic.verbalized.parse.item_markers import MAX_ITEMS

_FIELD = re.compile(
    r"(?P<indent>[ \t]*)(?P<dash>-[ \t]+)?[*_]{0,3}(?P<quote>[\"']?)"
    r"(?P<key>[^\W\d][\w \-%()]{0,30}?)(?P=quote)[*_]{0,3}[ \t]*"
    r"(?:[:=](?=[ \t\r*]|\Z)|：)[*_]{0,3}[ \t]*(?P<value>.*)"
)
_SCALAR = re.compile(r"[|>][+-]?\d?[+-]?[ \t]*(?:#.*)?")
_COMMENT = re.compile(r"\s+#(?=\s)")
_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,}|---[ \t]*\Z|\.\.\.[ \t]*\Z)")


@dataclass(slots=True)
class _Field:
    """One field: its plain name, its value's lines, and the style of the value."""

    key: str
    name: str
    indent: int
    lines: list[str]
    style: str = ""
    ended: bool = False


@dataclass(slots=True)
class _Entry:
    """The fields of one candidate."""

    start: int
    dashed: bool
    fields: list[_Field] = field(default_factory=list)

    def has(self, name: str) -> bool:
        return any(one.name == name for one in self.fields)


def find(text: str, asked: Expected) -> list[Block]:
    """Read entries that have a field for the text and one for the probability."""
    if not any(mark in text for mark in ":：="):
        return []
    entries, reasoning = _entries(text)
    if not entries or len(entries) > MAX_ITEMS:
        return []
    records: list[Record] = []
    for index, entry in enumerate(entries):
        last = index + 1 == len(entries)
        if record := _record(entry, asked, at_end=last and text[-1:] != "\n", others=records):
            records.append(record)
    if not records or not _counts(records, entries, asked):
        return []
    block = Block(entries[0].start, len(text), records, {"fields on lines": None})
    block.reasoning = reasoning
    if len(records) < len(entries):
        block.repairs["truncated reply"] = None
    return [block]


def _counts(records: list[Record], entries: list[_Entry], asked: Expected) -> bool:
    if any(record.stated is not None for record in records):
        return True
    yaml = all(entry.dashed for entry in entries)
    return yaml and (len(records) > 1 or not asked.method.verbalizes)


def _entries(text: str) -> tuple[list[_Entry], str | None]:
    entries: list[_Entry] = []
    reasoning: _Field | None = None
    text_name = ""
    now: _Field | None = None
    position = 0
    for match in item_text.LINE.finditer(text):
        line, position = match[0].rstrip("\r\n"), match.start()
        if now is not None and _belongs(now, line):
            now.lines.append(line)
            _close_quote(now)
            continue
        found = _FIELD.fullmatch(line) if len(line) < 20_000 else _FIELD.match(line)
        one = _field(found, text_name) if found else None
        if one is None or found is None:
            if _FENCE.match(line):
                now = None
            elif now is not None and not now.ended:
                now.lines.append(line)
            continue
        now = one
        if one.name == "reasoning" and not entries and found["dash"] is None:
            reasoning = reasoning or one
            continue
        dashed = bool(found["dash"])
        if _starts(one, entries, dashed=dashed):
            entries.append(_Entry(position, dashed))
        if entries:
            entries[-1].fields.append(one)
        if one.name == "text" and not text_name:
            text_name = names.plain(one.key)
    thought = _value(reasoning, yaml=False) if reasoning else None
    kept = [entry for entry in entries if entry.has("text")]
    return kept, thought


def _starts(one: _Field, entries: list[_Entry], *, dashed: bool) -> bool:
    """Whether a field begins an entry: the first one, or what the entry before has already."""
    if not entries:
        return one.name != "aside" or dashed
    if one.name in {"text", "stated"}:
        return entries[-1].has(one.name)
    return dashed and entries[-1].has("text")


def _field(found: re.Match[str], text_name: str) -> _Field | None:
    """Return the field that a line begins; None for a line whose key means nothing here."""
    name = names.plain(found["key"])
    value = found["value"].strip()
    indent = len(found["indent"]) + len(found["dash"] or "")
    if names.is_probability(name) and len(value) < 80:
        kind = "stated"
    elif name in names.REASONING:
        kind = "reasoning"
    elif names.is_text(name) and (not text_name or name == text_name) and name not in names.VAGUE:
        if not value and name in names.LISTS - {"response", "answer"}:
            return None
        kind = "text"
    elif name in names.ASIDE and name not in names.LISTS:
        kind = "aside"
    else:
        return None
    one = _Field(found["key"], kind, indent, [value])
    if _SCALAR.fullmatch(value):
        one.style, one.lines = value[0], []
    elif value[:1] in {'"', "'"} and (found["dash"] or found["indent"] or len(value) > 1):
        one.style = value[0]
        _close_quote(one)
    elif kind in {"stated", "aside"}:
        one.ended = True
    return one


def _belongs(now: _Field, line: str) -> bool:
    """Whether a line is inside a block scalar or inside open quotation marks."""
    if now.style in {"|", ">"}:
        indent = len(line) - len(line.lstrip(" \t"))
        return (
            not line.strip()
            or indent >= now.indent + 1
            or (indent == now.indent and now.indent > 0 and False)
        )
    return now.style in {'"', "'"} and not now.ended


def _close_quote(one: _Field) -> None:
    """Mark a quoted value as ended where its last mark is seen."""
    text = one.lines[-1].rstrip()
    alone = len(one.lines) == 1 and len(text) < 2
    if text.endswith(one.style) and not alone and not text.endswith("\\" + one.style):
        one.ended = True


def _value(one: _Field, *, yaml: bool) -> str:
    if one.style in {"|", ">"}:
        return _scalar(one)
    joined = "\n".join(line.rstrip() if i else line for i, line in enumerate(one.lines)).strip()
    if one.style and one.ended:
        inner = joined[1:-1]
        if one.style == "'":
            return inner.replace("''", "'")
        return strings.unescape(inner)[0]
    if yaml:
        lines = [_COMMENT.split(line, maxsplit=1)[0].strip() for line in one.lines]
        return " ".join(line for line in lines if line)
    return joined


def _scalar(one: _Field) -> str:
    """Unfold a block scalar: `|` keeps line breaks, `>` joins lines into paragraphs."""
    indents = [len(line) - len(line.lstrip(" ")) for line in one.lines if line.strip()]
    cut = min(indents, default=0)
    lines = [line[cut:].rstrip("\r") if line.strip() else "" for line in one.lines]
    while lines and not lines[-1]:
        lines.pop()
    if one.style == "|":
        return "\n".join(lines)
    paragraphs = re.split(r"\n\n+", "\n".join(lines))
    return "\n".join(paragraph.replace("\n", " ") for paragraph in paragraphs)


def _record(entry: _Entry, asked: Expected, *, at_end: bool, others: list[Record]) -> Record | None:
    text = next(one for one in entry.fields if one.name == "text")
    stated = next((one for one in entry.fields if one.name == "stated"), None)
    is_last = entry.fields[-1] is text
    if text.style in {'"', "'"} and not text.ended:
        return None
    is_cut = at_end and is_last and not text.ended and stated is None
    if is_cut and any(other.stated is not None for other in others):
        return None  # the others have a probability after the text: this text was cut off
    value = _value(text, yaml=entry.dashed)
    if not value.strip():
        return None
    raw = wording = None
    if stated is not None and stated.lines:
        raw = stated.lines[0].split(" #")[0].strip().strip("\"'*_ ")
        wording = names.wording(names.plain(stated.key), stated.key, asked.wording)
    return Record(value, raw or None, wording)

"""Fields on lines of their own: YAML, `Text: …` / `Probability: …`, `## Answer`, `G1: …`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from vs_magic.verbalized.method import Method
from vs_magic.verbalized.parse import answer, item, names, statements, strings
from vs_magic.verbalized.parse.fields import Expected
from vs_magic.verbalized.parse.found import Block, Record
from vs_magic.verbalized.parse.statements import MAX_ITEMS

_LONGEST = 20_000
_NEAR = 50  # so many guesses may stand before the first of their probabilities
_KEY = r"(?P<key>[^\W\d][\w '’\-%()]{0,48}?)"
_FIELD = re.compile(
    rf"(?P<indent>[ \t>]*)(?P<head>#{{1,6}}[ \t]+)?(?P<dash>[-*•][ \t]+)?(?P<em>[*_]{{0,3}})"
    rf"(?:step[ \t]*\d+[ \t]*[:.)-][ \t]*)?(?P<quote>[\"']?){_KEY}(?P=quote)[*_]{{0,3}}[ \t]*"
    r"(?:[:=](?=[ \t\r*_]|\Z)|：)[*_]{0,3}[ \t]*(?P<value>.*)"
)
_HEADING = re.compile(
    r"(?P<indent>)(?P<dash>)"
    r"(?P<head>#{1,6}[ \t]+|(?=\*\*|__)|(?:step[ \t]*\d+[:.)][ \t]*)?(?=final))"
    rf"(?P<em>[*_]{{0,3}}){_KEY}[*_]{{0,3}}[ \t]*(?P<value>)",
    re.IGNORECASE,
)
_SCALAR = re.compile(r"[|>][+-]?\d?[+-]?[ \t]*(?:#.*)?")
_COMMENT = re.compile(r"\s+#(?=\s)")
_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,}|---[ \t]*\Z|\.\.\.[ \t]*\Z)")
_NTH = re.compile(r"\D+?(\d{1,3})")
_FILLER = re.compile(
    r"\A(?:so|my|the|heres|hereis|first|second|third|fourth|fifth|next|mostlikely|best|top)+|is\Z"
    r"|(?<=answer)(?:choice|option|letter)\Z"
)
_GUESS = "g"
_BOTH = re.compile(r"((?:final)?(?:answer|guess))and\w*?(?:confidence|probability)\w*")
_ROOTS = names.LISTS - {"response", "answer", "finalanswer"}
_TITLES = frozenset({"title", "name", "label", "headline"})


@dataclass(slots=True)
class _Field:
    """One field: what it is, its number, its value's lines, and the style of the value."""

    key: str
    kind: str
    indent: int
    lines: list[str]
    nth: int | None = None
    style: str = ""
    ended: bool = False


@dataclass(slots=True)
class _Entry:
    """The fields of one candidate, and where they begin."""

    start: int
    dashed: bool
    fields: list[_Field] = field(default_factory=list)

    def get(self, *kinds: str) -> _Field | None:
        return next((one for one in self.fields if one.kind in kinds), None)


def find(text: str, asked: Expected) -> list[Block]:
    """Read entries that have a field for the text and one for the probability."""
    entries, reasoning = _entries(text)
    if not entries or len(entries) > MAX_ITEMS:
        return []
    if asked.method is Method.COT or any(_is_final(entry) for entry in entries):
        entries = _final(entries)
    records: list[Record] = []
    for entry in entries:
        at_end = entry is entries[-1] and text[-1:] != "\n"
        if record := _record(entry, asked, at_end=at_end, others=records):
            records.append(record)
    if not records or not _counts(records, entries, asked):
        return []
    block = Block(entries[0].start, len(text), records, {"fields on lines": None})
    block.final = records[0].stated is not None and _is_final(entries[0])
    block.reasoning = _value(reasoning, yaml=False) if reasoning else None
    if asked.method is Method.COT and not reasoning:
        block.reasoning = text[: entries[0].start].strip() or None
    if len(records) < len(entries):
        block.repairs["truncated reply"] = None
    return [block]


def _is_final(entry: _Entry) -> bool:
    said = entry.get("text")
    return said is not None and names.plain(said.key).startswith("final")


def _final(entries: list[_Entry]) -> list[_Entry]:
    """Return the last answer that is called final, else the first answer."""
    return next(([one] for one in reversed(entries) if _is_final(one)), entries[:1])


def _counts(records: list[Record], entries: list[_Entry], asked: Expected) -> bool:
    if any(record.stated is not None for record in records) or asked.method is Method.COT:
        return True
    yaml = all(entry.dashed for entry in entries)
    return yaml and (len(records) > 1 or not asked.method.verbalizes)


def _entries(text: str) -> tuple[list[_Entry], _Field | None]:
    """Gather fields into entries; what stands before the first entry may be its reasoning."""
    entries: list[_Entry] = []
    reasoning: _Field | None = None
    text_name = ""
    now: _Field | None = None
    for match in item.LINE.finditer(text):
        line = match[0].rstrip("\r\n")
        if now is not None and _belongs(now, line):
            now.lines.append(line)
            _close_quote(now)
            continue
        found = _FIELD.fullmatch(line) if len(line) < _LONGEST else _FIELD.match(line)
        one = _field(found, text_name) if found else None
        if one is None and line[:1] in "#*_sSfF" and (found := _HEADING.fullmatch(line)):
            one = _field(found, text_name)
        if one is None or found is None:
            if _FENCE.match(line) or (line[:1] == "#" and now and now.kind != "reasoning"):
                now = None
            elif now is not None and not now.ended:
                now.lines.append(line)
            continue
        now = one
        if one.kind == "reasoning" and not entries and not found["dash"]:
            reasoning = reasoning or one
        else:
            _add(one, entries, match.start(), dashed=bool(found["dash"]))
        if len(entries) > MAX_ITEMS:
            break
        text_name = text_name or (_name(one.key) if one.kind == "text" else "")
    if any(one.get("stated") and not one.get("text", "title") for one in entries[1:]):
        return [], None  # a probability whose text is under a name that is not known
    return [entry for entry in entries if entry.get("text", "title")], reasoning


def _add(one: _Field, entries: list[_Entry], start: int, *, dashed: bool) -> None:
    """Put a field into its entry: the one of its number, the last one, or one that it begins."""
    if one.kind == "stated" and one.nth is not None:
        for entry in entries[-_NEAR:]:
            said = entry.get("text")
            if said and said.nth == one.nth and entry.get("stated") is None:
                entry.fields.append(one)
                return
    last = entries[-1] if entries else None
    if last is None:
        begins = one.kind != "aside" or dashed
    elif one.kind in {"text", "stated", "title"}:
        begins = last.get(one.kind) is not None or (one.kind == "title" and bool(last.get("text")))
    else:
        begins = dashed and last.get("text") is not None and last.dashed
    if begins:
        entries.append(_Entry(start, dashed))
    if entries:
        entries[-1].fields.append(one)


def _name(key: str) -> str:
    """Return the plain name of a key without its number and the small words around it."""
    name = names.plain(key)
    if both := _BOTH.fullmatch(name):  # `Answer and Confidence (0-100): B, 90%`
        return both[1]
    return _FILLER.sub("", name.rstrip("0123456789"))


def _field(found: re.Match[str], text_name: str) -> _Field | None:
    """Return the field that a line begins; None for a line whose key means nothing here."""
    name, value, emphasis = _name(found["key"]), found["value"].strip(), found["em"]
    if emphasis and value.endswith(emphasis) and value.count(emphasis) % 2:
        value = value.removesuffix(emphasis).rstrip()
    indent = len(found["indent"]) + len(found["dash"] or "")
    if names.is_probability(name) and len(value) < 80:
        kind = "stated"
    elif name in names.REASONING:
        kind = "reasoning"
    elif name in _TITLES:
        kind = "title"
    elif name == _GUESS or (names.is_text(name) and name not in names.VAGUE - {"description"}):
        other = text_name not in ("", name) and not name.startswith("final")
        root = not value and not found["head"] and name in _ROOTS
        kind = "" if other or root else "text"
    else:
        kind = "aside" if name in names.ASIDE - names.LISTS else ""
    if not kind:
        return None
    nth = _NTH.fullmatch(names.plain(found["key"]))
    one = _Field(found["key"], kind, indent, [value] if value else [], int(nth[1]) if nth else None)
    if _SCALAR.fullmatch(value):
        one.style, one.lines = value[0], []
    elif value[:1] in {'"', "'"} and (found["dash"] or found["indent"] or len(value) > 1):
        one.style = value[0]
        _close_quote(one)
    elif kind == "aside" or (kind in {"stated", "title"} and value):
        one.ended = True
    return one


def _belongs(now: _Field, line: str) -> bool:
    """Whether a line is inside a block scalar or inside open quotation marks."""
    if now.style in {"|", ">"}:
        return not line.strip() or len(line) - len(line.lstrip(" \t")) > now.indent
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
    title, said = entry.get("title"), entry.get("text")
    stated = entry.get("stated")
    last = said or title
    if last is None or (said is None and stated is None):
        return None
    if last.style in {'"', "'"} and not last.ended:
        return None
    is_cut = at_end and entry.fields[-1] is last and not last.ended and stated is None
    if is_cut and any(other.stated is not None for other in others):
        return None  # the others have a probability after the text: this text was cut off
    value = _value(last, yaml=entry.dashed and last.indent > 0)
    raw = wording = None
    if stated is not None and stated.lines:
        raw = next(iter(one for one in stated.lines if one.strip()), "")
        raw = raw.split(" #")[0].strip().strip("\"'*_ ")
        if at_end and entry.fields[-1] is stated and statements.is_cut(raw):
            raw = None
        wording = names.wording(names.plain(stated.key), stated.key, asked.wording)
    elif stated is None:
        (part,) = statements.split([value], asked.wording) if value.strip() else (None,)
        said_so = part and part.stated and not part.tail and value[len(part.head) :].strip(" \n*_")
        both = _BOTH.fullmatch(names.plain(last.key))
        if part and said_so and (asked.method.verbalizes or both or said_so[0] not in "=:-–—,;|~"):
            value, raw = part.head, part.stated
    value = answer.unboxed(value)
    if not value.strip():
        return None
    if title is None or said is None:
        return Record(value if last.style else item.undressed([value])[0], raw or None, wording)
    head = _value(title, yaml=False)
    return Record(f"{head}\n{value}", raw or None, wording, title=head, body=value)

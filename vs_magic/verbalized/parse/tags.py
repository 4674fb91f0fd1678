"""XML-like tags: `<response><text>…</text><probability>…</probability></response>`, and their kin.

Only tags of a known name count; all others are part of a text, as in HTML or code. A known tag in
the middle of a sentence is a mention of it, and part of the text too.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from vs_magic.verbalized.parse import names
from vs_magic.verbalized.parse.found import Block, Record

MAX_TAGS = 20_000
_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][\w:-]{0,40})(?P<attributes>(?:\s+[\w:-]{1,40}\s*=\s*"
    r"(?:\"[^\"<]*\"|'[^'<]*'|[^\s\"'<>=]{1,80}))*)\s*(?P<empty>/?)>"
)
_LONGEST = 48
_CUT_CLOSE = re.compile(r"</([A-Za-z]{2,40})\Z")
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>=]+))")
_SURE_ITEMS = frozenset(
    {"response", "candidate", "answer", "completion", "finalanswer", "finalresponse"}
)
_ITEMS = _SURE_ITEMS | {
    "item", "option", "sample", "result", "generation", "entry", "alternative", "suggestion",
    "choice", "prediction", "outcome", "idea", "variant", "joke", "poem", "story", "haiku", "quote",
    "riddle", "slogan", "sentence", "limerick", "output", "reply", "li",
}  # fmt: skip
_TEXTS = frozenset({"text", "content", "body", "responsetext", "value", "message"})
_LISTS = frozenset({"responses", "candidates", "answers", "results", "distribution", "samples"})
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_CDATA_OPEN, _CDATA_CLOSE = "<![CDATA[", "]]>"
_LINE_BEFORE = re.compile(r"(?:.*[>:]|\s*(?:[-*•]|\d{1,3}[.):]|\(\d{1,3}\))?)\s*", re.DOTALL)
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|</?[A-Za-z][^<>]*\Z|[-*•]|\d+[.)]")
_ENDS = re.compile(r"[ \t\r]*(?:\n|<|\Z|[-–—(|:,]\s*[\d.(])")
_READABLE = re.compile(r"[<>]?[^<>]{0,40}\Z")
_CUT_VALUE = re.compile(r"\s*[~<>]?[\d.,]{0,12}\s*%?\Z")
_HAS_VALUE = re.compile(
    r"\d|\b(?:high|low|medium|likely|unlikely|n/?a|none|null|nan)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Tag:
    """One known tag: where it stands, what it is, and its attributes."""

    start: int
    end: int
    kind: str
    name: str
    close: bool
    empty: bool
    attributes: tuple[tuple[str, str], ...]


def read(text: str, start: int, limit: int, *, cut: bool = False) -> list[Block]:
    """Read the tags between two positions as blocks, parted where prose stands between them.

    A block has no records where every text in it was cut off. `cut` says that half a closing tag at
    the end counts: it must not stand in a string of JSON that was cut off, which may hold anything.
    """
    tags = _tags(text, start, limit)
    near = max(tags[-1].end, limit - _LONGEST) if tags else limit
    if cut and tags and (half := _cut_close(text, near, limit, tags[-1])):
        tags.append(half)
    reader = _Reader(text, limit, tags)
    reader.run()
    return reader.blocks


def _tags(text: str, start: int, limit: int) -> list[_Tag]:
    """Return the known tags in order, those inside CDATA left out."""
    found: list[_Tag] = []
    cdata = text.find(_CDATA_OPEN, start, limit)
    position = start
    while len(found) < MAX_TAGS and (match := _TAG.search(text, position, limit)):
        if 0 <= cdata < match.start():
            close = text.find(_CDATA_CLOSE, cdata, limit)
            position = close + 3 if close >= 0 else limit
            cdata = text.find(_CDATA_OPEN, position, limit)
            continue
        position = match.end()
        name = names.plain(match["name"]).rstrip("0123456789")
        if kind := _kind(name):
            attributes = tuple(
                (names.plain(m[1]), html.unescape(m[2] or m[3] or m[4] or ""))
                for m in _ATTRIBUTE.finditer(match["attributes"])
            )
            close, empty = bool(match["close"]), bool(match["empty"])
            found.append(_Tag(*match.span(), kind, name, close, empty, attributes))
    return found


def _cut_close(text: str, position: int, limit: int, last: _Tag) -> _Tag | None:
    """Return the closing tag in the middle of which a reply ends: what it closes is complete."""
    match = _CUT_CLOSE.search(text, position, limit)
    if match is None or last.close or last.empty or last.kind not in {"text", "item"}:
        return None
    if not last.name.startswith(match[1].lower()):
        return None
    if text.find(_CDATA_OPEN, last.end, limit) > text.rfind(_CDATA_CLOSE, last.end, limit):
        return None  # inside CDATA nothing is a tag
    return _Tag(match.start(), limit, last.kind, last.name, True, False, ())


def _kind(name: str) -> str:
    if name in _TEXTS:
        return "text"
    if name in _ITEMS:
        return "item"
    if names.is_probability(name) and name not in {"p", "score", "weight"}:
        return "stated"
    if name in _LISTS:
        return "list"
    return "reasoning" if name in names.REASONING else ""


class _Reader:
    """Walks over the tags, one candidate at a time."""

    def __init__(self, text: str, limit: int, tags: list[_Tag]) -> None:
        self.text, self.limit, self.tags = text, limit, tags
        self.at = 0
        self.blocks: list[Block] = []
        self.before: str | None = None  # a probability that stands before its text
        self.stated_first: bool | None = None
        self.reasoned = False  # a reasoning tag without an end was seen

    def run(self) -> None:
        while self.at < len(self.tags):
            tag = self.tags[self.at]
            self.at += 1
            if tag.close or not self._opens(tag):
                continue
            if tag.kind in {"item", "text"}:
                self._candidate(tag)
            elif tag.kind == "stated":
                self._loose(tag)
            elif tag.kind == "reasoning":
                self._reasoning(tag)
            else:
                self._found(tag)

    def _opens(self, tag: _Tag) -> bool:
        """Whether a tag stands where one can begin, not in the middle of a sentence."""
        near = max(0, tag.start - 80)
        line = self.text.rfind("\n", near, tag.start) + 1 or near
        return _LINE_BEFORE.fullmatch(self.text, line, tag.start) is not None

    @property
    def block(self) -> Block | None:
        return self.blocks[-1] if self.blocks else None

    def _found(self, tag: _Tag, end: int | None = None) -> Block:
        if self.block is None or self._is_apart(self.block, tag):
            self.blocks.append(Block(tag.start, tag.end, [], {"tags": None}, strong=False))
        block = self.blocks[-1]
        block.end = max(block.end, tag.end if end is None else end)
        if tag.kind in {"list", "text", "stated"} or tag.name in _SURE_ITEMS or tag.attributes:
            block.strong = True
        return block

    def _is_apart(self, block: Block, tag: _Tag) -> bool:
        """Whether prose stands between the last candidate and a tag."""
        if not block.records or tag.kind not in {"item", "list", "text"}:
            return False
        between = _MARKUP.sub("", self.text[block.end : tag.start])
        return any(c.isalpha() for c in between)

    def _reasoning(self, tag: _Tag) -> None:
        if self.reasoned or (self.block is not None and self.block.records):
            return
        for index in range(self.at, len(self.tags)):
            other = self.tags[index]
            closes = other.close and other.name == tag.name
            if closes or (
                other.kind in {"item", "list"} and not other.close and self._opens(other)
            ):
                block = self._found(tag, other.end if closes else other.start)
                block.reasoning = self.text[tag.end : other.start].strip()
                self.at = index + closes
                return
        self.reasoned = True

    def _loose(self, tag: _Tag) -> None:
        """A probability outside any candidate belongs to the one before it, or to the next."""
        raw, end = self._stated(tag, self.limit)
        records = self.block.records if self.block else []
        if self.stated_first is None:
            self.stated_first = not records
        if self.stated_first:
            self.before = raw
        elif records and records[-1].stated is None:
            records[-1].stated = raw
            self._found(tag, end)

    def _candidate(self, tag: _Tag) -> None:
        """Read the candidate that `tag` opens, up to its closing tag or the next one's opening."""
        first, stop, end, complete = self._extent(tag)
        self.at = stop
        attributes = dict(tag.attributes)
        stated = next((v for n, v in attributes.items() if names.is_probability(n)), None)
        text = next((v for n, v in attributes.items() if n in _TEXTS), None)
        repairs: tuple[str, ...] = ()
        if text is None and not tag.empty:
            inner = self.tags[first:stop]
            text, inside, complete, repairs = self._inside(tag, inner, end, complete=complete)
            stated = inside or stated
        else:
            complete = True
        block = self._found(tag, end)
        if tag.kind == "text" or self._text_tag(tag, self.tags[first:stop]) is not None:
            block.holds_text = True
        if not complete or text is None:
            block.closed = False
            return
        if stated is None and self.stated_first:
            stated, self.before = self.before, None
        if text.strip():
            block.records.append(Record(text, stated, None, repairs))

    def _extent(self, tag: _Tag) -> tuple[int, int, int, bool]:
        """Return the indices of the tags inside a candidate, where it ends, if that was seen."""
        first = self.at
        if tag.empty:
            return first, first, tag.end, True
        fallback = -1
        for index in range(first, len(self.tags)):
            other = self.tags[index]
            if other.close and other.name == tag.name:
                if _ENDS.match(self.text, other.end, self.limit):
                    return first, index + (tag.kind != "text"), other.start, True
                fallback = index
            elif fallback >= 0 and not other.close and other.name == tag.name:
                break
            elif fallback < 0 and self._is_next(tag, other):
                return first, index, other.start, True
        if fallback >= 0:
            return first, fallback + 1, self.tags[fallback].start, True
        return first, len(self.tags), self.limit, False

    def _is_next(self, tag: _Tag, other: _Tag) -> bool:
        """Whether a tag shows that the candidate before it has ended, though it was not closed."""
        if other.close:
            return other.kind == "list"
        if other.name != tag.name and not (tag.kind == "text" and other.kind in {"stated", "item"}):
            return False
        return self._opens(other) or (other.kind == "stated" and self._states(other))

    def _states(self, tag: _Tag) -> bool:
        """Whether a tag of a probability has one in it, so that it is no mention of the tag."""
        raw, _ = self._stated(tag, min(self.limit, tag.end + 60))
        if raw is None:
            # The reply ends in the number; after a space the tag is likelier a word of the text.
            cut = _CUT_VALUE.match(self.text, tag.end, self.limit) is not None
            return cut and self.text[tag.start - 1] != " "
        return _HAS_VALUE.search(raw) is not None

    def _inside(
        self, tag: _Tag, inner: list[_Tag], end: int, *, complete: bool
    ) -> tuple[str | None, str | None, bool, tuple[str, ...]]:
        """Return text, probability, whether the text is complete, and repairs, of one candidate."""
        body_from, body_to, body_done, rest = tag.end, end, complete, inner
        opener = self._text_tag(tag, inner)
        repairs: tuple[str, ...] = ()
        if opener is not None:
            index = inner.index(opener) + 1
            rest = inner[index:]
            body_from = opener.end
            closer = self._closer(opener, rest)
            if closer is not None:
                body_to, body_done = closer.start, True
                rest = rest[rest.index(closer) + 1 :]
                rest = [*inner[: index - 1], *rest]
            else:
                repairs = ("unclosed tag",)
        raw = None
        for other in rest:
            if other.close or other.kind != "stated":
                continue
            if not self._states(other) and body_from <= other.start < body_to:
                continue
            raw, _ = self._stated(other, end)
            if body_from <= other.start < body_to:
                before = self.text[body_from : other.start]
                if before.strip():
                    body_to = other.start
                    # Punctuation between two tags that are not closed is a form, not a text.
                    body_done = complete or any(char.isalnum() for char in before)
                else:
                    body_from = self._after(other, inner, end)
            break
        if not body_done:
            return None, None, False, ()
        text, mended = _clean(self.text[body_from:body_to])
        return text, raw, True, (*repairs, *mended)

    def _text_tag(self, tag: _Tag, inner: list[_Tag]) -> _Tag | None:
        """Return the tag that holds the candidate's text, if it has one of its own."""
        if tag.kind == "text":
            return None
        for other in inner:
            if other.close:
                continue
            named = other.kind == "text" or (other.kind == "item" and other.name != tag.name)
            if named and not self.text[tag.end : other.start].strip():
                return other
            if other.kind == "text" and self._opens(other):
                return other
            if other.kind != "stated":
                return None
        return None

    def _closer(self, opener: _Tag, rest: list[_Tag]) -> _Tag | None:
        """Return the tag that closes `opener`: the first that something can follow, or the last."""
        closers = [other for other in rest if other.close and other.name == opener.name]
        ends = (c for c in closers if _ENDS.match(self.text, c.end, self.limit))
        return next(ends, closers[-1] if closers else None)

    def _stated(self, tag: _Tag, limit: int) -> tuple[str | None, int]:
        """Return what a tag of a probability holds, and where that ends; None where it was cut."""
        if tag.empty:
            return (tag.attributes[0][1] if tag.attributes else None), tag.end
        stop = self.text.find("<", tag.end, limit)
        if stop >= 0 and stop + 1 < limit and self.text[stop + 1].isdigit():
            stop = self.text.find("<", stop + 1, limit)
        if stop < 0:
            if limit >= self.limit:
                return None, self.limit
            stop = limit
        raw = self.text[tag.end : stop].strip()
        return (raw if _READABLE.match(raw) else None), stop

    def _after(self, stated: _Tag, inner: list[_Tag], end: int) -> int:
        """Return where the text begins that follows a probability."""
        for other in inner:
            if other.start > stated.start and other.kind == "stated" and other.close:
                return other.end
        stop = self.text.find("\n", stated.end, end)
        return stop if stop >= 0 else end


def _clean(raw: str) -> tuple[str, tuple[str, ...]]:
    """Strip the space around a text, unpack CDATA, and decode entities where all is escaped."""
    text = raw.strip()
    if text.startswith(_CDATA_OPEN) and text.endswith(_CDATA_CLOSE):
        return text[len(_CDATA_OPEN) : -len(_CDATA_CLOSE)].strip(), ("CDATA",)
    escaped = "&" in text and "<" not in text and _ENTITY.search(text)
    if escaped and "&" not in _ENTITY.sub("", text):
        return html.unescape(text), ("entities",)
    return text, ()

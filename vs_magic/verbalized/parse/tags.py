"""XML-like tags: `<response><text>…</text><probability>…</probability></response>`, and their kin.

A known tag in the middle of a sentence is a mention of it, and part of the text.
"""

from __future__ import annotations

import html
import re

from vs_magic.verbalized.parse import markup, names, statements
from vs_magic.verbalized.parse.found import Block, Record
from vs_magic.verbalized.parse.markup import Tag

_LONGEST = 48
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_LINE_BEFORE = re.compile(r"(?:.*[>:]|\s*(?:[-*•]|\d{1,3}[.):]|\(\d{1,3}\))?)\s*", re.DOTALL)
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|</?[A-Za-z][^<>]*\Z|[-*•]|\d+[.)]")
_ENDS = re.compile(r"[ \t\r]*(?:\n|<|\Z|[-–—(|:,]\s*[\d.(])")
_READABLE = re.compile(r"[<>]?[^<>]{0,40}\Z")
_CUT_VALUE = re.compile(r"\s*[~<>]?[\d.,]{0,12}\s*%?\Z")
_INNER = re.compile(r"<([A-Za-z]{4,20})>([^<>]+)</\1>")
_HTML = frozenset({"strong", "span", "code", "mark", "small", "body", "html", "head", "table"})
_WHOLE_LINE = re.compile(r"\s*[^\s<>][^<>\n]{0,40}\n")
_HAS_VALUE = re.compile(
    r"\d|\b(?:high|low|medium|likely|unlikely|n/?a|none|null|nan)\b", re.IGNORECASE
)


def read(text: str, start: int, limit: int, *, cut: bool = False) -> list[Block]:
    """Read the tags between two positions as blocks, parted where prose stands between them.

    A block has no records where every text in it was cut off. `cut` says that half a closing tag at
    the end counts: it must not stand in a string of JSON that was cut off, which may hold anything.
    """
    tags = markup.known(text, start, limit)
    near = max(tags[-1].end, limit - _LONGEST) if tags else limit
    if cut and tags and (half := markup.cut_close(text, near, limit, tags[-1])):
        tags.append(half)
    reader = _Reader(text, limit, tags)
    reader.run()
    return reader.blocks


class _Reader:
    """Walks over the tags, one candidate at a time."""

    def __init__(self, text: str, limit: int, tags: list[Tag]) -> None:
        self.text, self.limit, self.tags = text, limit, tags
        self.at = 0
        self.blocks: list[Block] = []
        self.before: str | None = None  # a probability that stands before its text
        self.stated_first: bool | None = None

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
            else:
                self._found(tag)

    def _opens(self, tag: Tag) -> bool:
        """Whether a tag stands where one can begin, not in the middle of a sentence."""
        near = max(0, tag.start - 80)
        line = self.text.rfind("\n", near, tag.start) + 1 or near
        return _LINE_BEFORE.fullmatch(self.text, line, tag.start) is not None

    @property
    def block(self) -> Block | None:
        return self.blocks[-1] if self.blocks else None

    def _found(self, tag: Tag, end: int | None = None) -> Block:
        if self.block is None or self._is_apart(self.block, tag):
            self.blocks.append(Block(tag.start, tag.end, [], {"tags": None}, strong=False))
        block = self.blocks[-1]
        block.end = max(block.end, tag.end if end is None else end)
        if (
            tag.kind in {"list", "text", "stated"}
            or tag.name in markup.SURE_ITEMS
            or tag.attributes
        ):
            block.strong = True
        return block

    def _is_apart(self, block: Block, tag: Tag) -> bool:
        """Whether prose stands between the last candidate and a tag."""
        if not block.records or tag.kind not in {"item", "list", "text"}:
            return False
        between = _MARKUP.sub("", self.text[block.end : tag.start])
        return any(c.isalpha() for c in between)

    def _loose(self, tag: Tag) -> None:
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

    def _candidate(self, tag: Tag) -> None:
        """Read the candidate that `tag` opens, up to its closing tag or the next one's opening."""
        first, stop, end, complete = self._extent(tag)
        self.at = stop
        attributes = dict(tag.attributes)
        stated = next((v for n, v in attributes.items() if names.is_probability(n)), None)
        text = next((v for n, v in attributes.items() if n in markup.TEXTS), None)
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
        if stated is None and stop > first and self.tags[stop - 1].close:
            behind = statements.BEHIND.match(self.text, self.tags[stop - 1].end, self.limit)
            stated = behind["value"] if behind else None
        if stated is None and self.stated_first:
            stated, self.before = self.before, None
        if text.strip():
            block.records.append(Record(text, stated, None, repairs))

    def _extent(self, tag: Tag) -> tuple[int, int, int, bool]:
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

    def _is_next(self, tag: Tag, other: Tag) -> bool:
        """Whether a tag shows that the candidate before it has ended, though it was not closed."""
        if other.close:
            return other.kind == "list"
        if other.name != tag.name and not (tag.kind == "text" and other.kind in {"stated", "item"}):
            return False
        return self._opens(other) or (other.kind == "stated" and self._states(other))

    def _states(self, tag: Tag) -> bool:
        """Whether a tag of a probability has one in it, so that it is no mention of the tag."""
        raw, _ = self._stated(tag, min(self.limit, tag.end + 60))
        if raw is None:
            # The reply ends in the number; after a space the tag is likelier a word of the text.
            cut = _CUT_VALUE.match(self.text, tag.end, self.limit) is not None
            return cut and self.text[tag.start - 1] != " "
        return _HAS_VALUE.search(raw) is not None

    def _inside(
        self, tag: Tag, inner: list[Tag], end: int, *, complete: bool
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
            raw, raw_end = self._stated(other, end)
            if body_from <= other.start < body_to:
                before = self.text[body_from : other.start]
                if before.strip():
                    body_to = other.start
                    # Punctuation between two tags that are not closed is a form, not a text.
                    body_done = complete or any(char.isalnum() for char in before)
                else:
                    body_from = self.text.find(">", raw_end, end) + 1 or end
            break
        if not body_done:
            return None, None, False, ()
        text, mended = _clean(self.text[body_from:body_to])
        return text, raw, True, (*repairs, *mended)

    def _text_tag(self, tag: Tag, inner: list[Tag]) -> Tag | None:
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

    def _closer(self, opener: Tag, rest: list[Tag]) -> Tag | None:
        """Return the tag that closes `opener`: the first that something can follow, or the last."""
        closers = [other for other in rest if other.close and other.name == opener.name]
        ends = (c for c in closers if _ENDS.match(self.text, c.end, self.limit))
        return next(ends, closers[-1] if closers else None)

    def _stated(self, tag: Tag, limit: int) -> tuple[str | None, int]:
        """Return what a tag of a probability holds, and where that ends; None where it was cut."""
        if tag.empty:
            return (tag.attributes[0][1] if tag.attributes else None), tag.end
        stop = self.text.find("<", tag.end, limit)
        if stop >= 0 and stop + 1 < limit and self.text[stop + 1].isdigit():
            stop = self.text.find("<", stop + 1, limit)
        if stop < 0:
            line = _WHOLE_LINE.match(self.text, tag.end, limit)
            if limit >= self.limit and line is None:
                return None, self.limit
            stop = line.end() if line else limit
        raw = self.text[tag.end : stop].strip()
        return (raw if _READABLE.match(raw) else None), stop


def _clean(raw: str) -> tuple[str, tuple[str, ...]]:
    """Strip the space around a text, unpack CDATA, and decode entities where all is escaped."""
    text = raw.strip()
    if text.startswith(markup.CDATA_OPEN) and text.endswith(markup.CDATA_CLOSE):
        return text[len(markup.CDATA_OPEN) : -len(markup.CDATA_CLOSE)].strip(), ("CDATA",)
    if (inner := _INNER.fullmatch(text)) and inner[1].lower() not in _HTML:
        return inner[2].strip(), ("inner tag",)
    escaped = "&" in text and "<" not in text and _ENTITY.search(text)
    if escaped and "&" not in _ENTITY.sub("", text):
        return html.unescape(text), ("entities",)
    return text, ()

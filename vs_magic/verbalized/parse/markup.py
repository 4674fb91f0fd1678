"""The known tags of a text, in order, and what kind each is.

Only tags of a known name count; all others are part of a text, as in HTML or code.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from vs_magic.verbalized.parse import names

MAX_TAGS = 20_000
_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][\w:-]{0,40})(?P<attributes>(?:\s+[\w:-]{1,40}\s*=\s*"
    r"(?:\"[^\"<]*\"|'[^'<]*'|[^\s\"'<>=]{1,80}))*)\s*(?P<empty>/?)>"
)
_CUT_CLOSE = re.compile(r"</([A-Za-z]{2,40})\Z")
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>=]+))")
SURE_ITEMS = frozenset(
    {"response", "candidate", "answer", "completion", "finalanswer", "finalresponse"}
)
_ITEMS = SURE_ITEMS | names.NOUNS | {"li"}
TEXTS = frozenset({"text", "content", "body", "responsetext", "value", "message"})
_LISTS = frozenset({"responses", "candidates", "answers", "results", "distribution", "samples"})
CDATA_OPEN, CDATA_CLOSE = "<![CDATA[", "]]>"


@dataclass(frozen=True, slots=True)
class Tag:
    """One known tag: where it stands, what it is, and its attributes."""

    start: int
    end: int
    kind: str
    name: str
    close: bool
    empty: bool
    attributes: tuple[tuple[str, str], ...]


def known(text: str, start: int, limit: int) -> list[Tag]:
    """Return the known tags in order, those inside CDATA left out."""
    found: list[Tag] = []
    cdata = text.find(CDATA_OPEN, start, limit)
    position = start
    while len(found) < MAX_TAGS and (match := _TAG.search(text, position, limit)):
        if 0 <= cdata < match.start():
            close = text.find(CDATA_CLOSE, cdata, limit)
            position = close + 3 if close >= 0 else limit
            cdata = text.find(CDATA_OPEN, position, limit)
            continue
        position = match.end()
        name = names.plain(match["name"]).rstrip("0123456789")
        if kind := _kind(name):
            attributes = tuple(
                (names.plain(m[1]), html.unescape(m[2] or m[3] or m[4] or ""))
                for m in _ATTRIBUTE.finditer(match["attributes"])
            )
            close, empty = bool(match["close"]), bool(match["empty"])
            found.append(Tag(*match.span(), kind, name, close, empty, attributes))
    return found


def cut_close(text: str, position: int, limit: int, last: Tag) -> Tag | None:
    """Return the closing tag in the middle of which a reply ends: what it closes is complete."""
    match = _CUT_CLOSE.search(text, position, limit)
    if match is None or last.close or last.empty or last.kind not in {"text", "item"}:
        return None
    if not last.name.startswith(match[1].lower()):
        return None
    if text.find(CDATA_OPEN, last.end, limit) > text.rfind(CDATA_CLOSE, last.end, limit):
        return None  # inside CDATA nothing is a tag
    return Tag(match.start(), limit, last.kind, last.name, True, False, ())


def _kind(name: str) -> str:
    if name in TEXTS:
        return "text"
    if name in _ITEMS:
        return "item"
    if names.is_probability(name) and name not in {"p", "score", "weight"}:
        return "stated"
    return "list" if name in _LISTS else ""

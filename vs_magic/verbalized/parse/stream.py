"""A reply read while it is written: each candidate as soon as its text is complete."""

from __future__ import annotations

import re

from vs_magic.errors import ReplyError
from vs_magic.verbalized.candidate import Reading
from vs_magic.verbalized.method import Method, Wording
from vs_magic.verbalized.parse import reader, records, strings, tree
from vs_magic.verbalized.parse.fields import Expected

_HEAD = re.compile(
    r"\s*(?:```\w*\s*)?\{\s*(?:\"reasoning\"\s*:\s*(?P<reasoning>\"(?:[^\"\\]|\\.)*\")\s*,\s*)?"
    r"\"responses\"\s*:\s*\[\s*",
    re.DOTALL,
)
_BETWEEN = re.compile(r"\s*,?\s*")
_GROWTH = 16  # other forms are read again when they have grown by a 16th


class Stream:
    """The state of one reply that arrives in pieces.

    JSON in the form asked for is read item by item, from where the last one ended. Any other form
    is read again from its start, each time that it has grown by a sixteenth: in all that takes a
    fixed multiple of one reading.

    Parameters
    ----------
    method, wording
        As for `read`.
    """

    def __init__(self, method: Method, wording: Wording) -> None:
        self._asked = Expected(method, wording)
        self._nodes: list[tree.Node] = []
        self._position = 0  # where the next item of the JSON begins; 0 before the first
        self._seen = 0  # how much of the text was looked at
        self._next = 0  # the length at which another form is read again
        self._usual = True
        self._reasoning: str | None = None

    def feed(self, text: str) -> Reading | None:
        """Take in the reply so far; return what is complete of it, None where nothing is new."""
        new, self._seen = text[self._seen :], len(text)
        if self._usual and self._opens(text, new):
            return self._items(text) if any(mark in new for mark in '}"]') else None
        if self._usual or len(text) < self._next:
            return None
        self._next = len(text) + len(text) // _GROWTH
        try:
            return reader.read(text, self._asked.method, self._asked.wording)
        except ReplyError:
            return None

    def _opens(self, text: str, new: str) -> bool:
        """Whether the list of the usual form has begun; settles whether the text has that form."""
        if self._position:
            return True
        if text.strip()[:1] not in ("", "{", "`"):
            self._usual = False
        elif "[" in new:
            if head := _HEAD.match(text):
                self._position, said = head.end(), head["reasoning"]
                self._reasoning = strings.unescape(said[1:-1])[0] if said else None
            else:
                self._usual = '"reasoning"' in text[:80]  # the bracket may stand in the reasoning
        return self._position > 0

    def _items(self, text: str) -> Reading | None:
        """Read the items that have become complete."""
        known = len(self._nodes)
        while between := _BETWEEN.match(text, self._position):
            self._position = between.end()
            if text[self._position : self._position + 1] not in ("{", '"'):
                break
            try:
                node, end = tree.strict_at(text, self._position)
            except (ValueError, RecursionError):
                break
            if strings.suspected(text[self._position : end]):
                self._usual = False  # what looks like LaTeX the tolerant reader judges
                return None
            self._nodes.append(node)
            self._position = end
        if len(self._nodes) == known:
            return None
        found, _ = records.harvest(list(self._nodes), self._asked)
        return reader.reading(text, found, (), self._reasoning, self._asked) if found else None

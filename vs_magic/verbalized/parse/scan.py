"""Tolerant JSON: every object and list that stands somewhere in a reply.

A scanner with an explicit stack walks from an opening bracket to its partner and forgives what
models get wrong. It knows of every string whether it was closed: one that was not is left out, so
that a reply which was cut off yields only what was complete.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from vs_magic.verbalized.parse import strings, tree
from vs_magic.verbalized.parse.tree import Bare, Node, Pairs

MAX_DEPTH = 60
MAX_STEPS = 40_000  # for one reply: about 4,000 candidates in JSON that strict reading refused
CHARACTERS_A_STEP = 40  # what strict reading takes beside a step of the scanner
_START = re.compile(
    r"\{\s*(?:[\"'“‘„`}{\[]|//|\#|/\*|[A-Za-z_][\w -]{0,40}[\"'”’]?\s?[:=]|-?\d+(?:\.\d+)?\s*:|\Z)"
    r"|\[\s*(?:[\"'“‘„`{\[(\]]|//|\#|/\*|-?\.?\d|(?:null|None|true|false|True|False)\b|\Z"
    r"|[A-Za-z_]\w{0,30}\()"
)
_BLANK = re.compile(r"(?:[\s\ufeff\u200b]+|//[^\n]*|\#[^\n]*|/\*.*?\*/|/\*.*\Z)+", re.DOTALL)
_BLANK_STARTS = frozenset(" \t\n\r\f\v/#\u00a0\ufeff\u200b\u2028\u2029\u3000")
_BARE_KEY = re.compile(
    r"([^\s:=：{}\[\]()\"',，][^:=：{}\[\]()\"'\n,，]{0,80}?)\s*(?:([\"'”’])\s*)?(?==>|[:=：])"
)
_COLON = re.compile(r"\s*(?:=>|[:=：])")
_CALL = re.compile(r"[A-Za-z_][\w.]{0,40}\(")
_PREFIX = re.compile(r"[rRbBuUfF]{1,2}(?=[\"'])")
_KEY_NEXT = (
    r"\s*(?:(?:\"[^\"”\n]{0,60}[\"”]|'[^'’\n]{0,60}['’]|[“‘„][^\"”’“\n]{0,60}[\"”’“])\s*[:=：]"
    r"|[A-Za-z_][\w-]{0,40}[\"”]?\s*[:=：])"
)
# A number before a comma and a quotation mark is whole, however long or cut the next key is.
_BARE_NUMBER = r"[-+~<]?(?:\d{1,20}(?:\.\d{1,20})?|\.\d{1,20})%?(?=\s*[,，]\s*[\"'“‘„])"
_BARE_MEMBER = re.compile(
    rf"{_BARE_NUMBER}|(?:[^,，{{}}\]\n]+|[,，](?!{_KEY_NEXT}|\s*(?:[}}\]\n{{]|\Z|//|\#)))+"
)
_BARE_ELEMENT = re.compile(r"[^,，{}\]\n]+")
_BARE_ARGUMENT = re.compile(r"[^,，{}\])\n]+")
# A share in marks that do not match, or of which one is missing: `'5 '%`, `'60%, 'C': …`.
_NEXT = r"(?=\s*[,，]\s*[\"'“‘]?[\w -]{1,60}[\"'”’]?\s*[:：])"
_THEN = rf"(?:(?=[ \t]*\n|\s*[}}\]]|\s*[,，]\s*\Z)|{_NEXT})"
_SHARE = re.compile(
    r"(?:\"|(?P<soft>['“‘]))(?P<value>\s*[~<>≈]?\s*(?:\d{1,3}(?:\.\d{1,20})?|\.\d{1,20})\s*)"
    rf"(?:(?P<percent>%\s*)(?:(?(soft)'|\")\Z|(?(soft)[\"'”’]?|\"){_THEN}|{_NEXT})"
    rf"|[\"'”’]\s*(?P<later>%){_THEN})"
)
_NOTE = re.compile(r"(?<!\s)\s+(?://|\#)|/\*")
_NONE = frozenset({"null", "none", "undefined", "nil", ""})
_PYTHON = frozenset({"None", "True", "False"})
_CLOSERS = {"}": "{", "]": "[", ")": "("}
_ARGUMENT = re.compile(r"[~<]?[-+]?[\d.]")
_SKIP = re.compile(r"\.\.\.|…|[^\s\"'“‘„`{}\[\](),]+|.", re.DOTALL)


@dataclass(slots=True)
class Island:
    """One bracketed value found in a reply, with its span and what had to be mended in it."""

    start: int
    end: int
    value: Node
    closed: bool
    steps: int
    repairs: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class _Frame:
    """A container that is being read: its bracket, its node, and the key that waits for a value."""

    bracket: str
    node: Pairs | list[Node]
    key: str | None = None
    comma: bool = True
    bare_keys: bool = False


def next_start(text: str, position: int, limit: int) -> int:
    """Return where the next object or list begins, or -1."""
    match = _START.search(text, position, limit)
    return match.start() if match else -1


def island(
    text: str, start: int, limit: int, *, steps: int = MAX_STEPS, implied: bool = False
) -> Island:
    """Read the value whose bracket stands at `start`, no further than `limit`.

    Parameters
    ----------
    text, start, limit
        The reply, where the bracket stands, and what counts as the end.
    steps
        How many tokens to read at most; an island that needs more is not closed.
    implied
        Whether the bracket is a brace that should stand before `start`.
    """
    return _Scanner(text, start, limit).run(steps, implied=implied)


def strict_island(text: str, start: int) -> Island | None:
    """Read the value whose bracket stands at `start` the quick way, if it is valid JSON.

    Raises
    ------
    RecursionError
        It is nested too deeply, which takes long to find out.
    """
    try:
        value, end = tree.strict_at(text, start)
    except ValueError:
        return None
    return Island(start, end, value, True, (end - start) // CHARACTERS_A_STEP)


class _Scanner:
    """The state of one walk. Each step moves forward, so that the time is linear."""

    def __init__(self, text: str, start: int, limit: int) -> None:
        self.text, self.start, self.position, self.limit = text, start, start, limit
        self.repairs: dict[str, None] = {}
        self.stack: list[_Frame] = []
        self.root: Node = None
        self.done = self.implied = False

    def run(self, steps: int, *, implied: bool) -> Island:
        self.implied = implied
        if implied:
            self._open("{")
            self.position = self.start
            self._mend("missing bracket")
        else:
            self._open(self.text[self.start])
        left = steps
        while not self.done and self.position < self.limit and left > 0:
            left -= 1
            self._step()
        for frame in self.stack:
            if isinstance(frame.node, Pairs):
                frame.node.whole = False
        return Island(self.start, self.position, self.root, self.done, steps - left, self.repairs)

    def _step(self) -> None:
        text, frame = self.text, self.stack[-1]
        one = text[self.position]
        if one in _BLANK_STARTS and (blank := _BLANK.match(text, self.position, self.limit)):
            self.position = blank.end()
            if one in "/#" or not blank[0].isspace():
                self._mend("comment")
            if self.position >= self.limit:
                return
            one = text[self.position]
        if one in _CLOSERS:
            self._close(one)
        elif one in ",;，；" or (one in ":：" and not isinstance(frame.node, Pairs)):
            self.position += 1
            if one in "，；：":
                self._mend("full-width punctuation")
            self._settle(frame)
            frame.comma = True
        elif text.startswith("```", self.position):
            self.limit = self.position
        elif isinstance(frame.node, Pairs) and frame.key is None:
            self._key(frame, one)
        else:
            self._value(frame, one)

    def _settle(self, frame: _Frame) -> None:
        """A key that got no value before the comma has none."""
        if frame.key is not None:
            self._add(None)

    def _key(self, frame: _Frame, one: str) -> None:
        if not frame.comma:
            self._mend("missing comma")
        if one in '"“' and (opened := strings.opened_key(self.text, self.position, self.limit)):
            frame.key, frame.comma, self.position = opened[1], False, opened.end()
            self._mend("missing quote")
        elif one in strings.OPENERS:
            read = self._quoted(strings.KEY, frame)
            if read is None:
                return
            colon = _COLON.match(self.text, self.position, self.limit)
            if colon or read[-1:] == ":":
                self.position = colon.end() if colon else self.position
                frame.key = read if colon else read[:-1]
            elif self.text[self.position : self.limit].strip(" \n\t"):
                frame.node.append(("", read))  # type: ignore[arg-type]
            frame.comma = False
        elif one in "{[":
            self._misplaced(frame, one)
        elif frame.bracket == "(" and _ARGUMENT.match(self.text, self.position):
            self._bare(frame)
        elif match := _BARE_KEY.match(self.text, self.position, self.limit):
            frame.key, frame.comma = match[1].strip(), False
            frame.bare_keys = frame.bare_keys or match[2] is None
            colon = _COLON.match(self.text, match.end(), self.limit)
            self.position = colon.end() if colon else match.end()
            self._mend("missing quote" if match[2] else "unquoted key")
        else:
            self._skip()

    def _misplaced(self, frame: _Frame, one: str) -> None:
        """A bracket where a key belongs: the object before it was not closed, or it is a set."""
        parent = self.stack[-2] if len(self.stack) > 1 else None
        if frame.node and parent is not None and isinstance(parent.node, list) and one == "{":
            self._mend("missing bracket")
            self.stack.pop()
        else:
            frame.key = ""
        self._open(one)

    def _value(self, frame: _Frame, one: str) -> None:
        text = self.text
        if one in "{[(":
            self._open(one)
        elif share := _SHARE.match(text, self.position, self.limit):
            self.position = share.end()
            self._add(share["value"] + (share["percent"] or share["later"] or ""))
        elif one in strings.OPENERS:
            place = strings.MEMBER if isinstance(frame.node, Pairs) else strings.ELEMENT
            read = self._quoted(place, frame)
            if read is not None:
                self._add(read)
        elif prefix := _PREFIX.match(text, self.position, self.limit):
            self.position = prefix.end()
            self._mend("Python literal")
        elif call := _CALL.match(text, self.position, self.limit):
            self.position = call.end() - 1
            self._mend("Python literal")
            self._open("call")
        else:
            self._bare(frame)

    def _quoted(self, place: str, frame: _Frame) -> str | None:
        """Read a string and what is glued to it with `+`; None where it was not closed."""
        read = strings.quoted(
            self.text, self.position, self.limit, place, bare_keys=frame.bare_keys
        )
        self.position = read.end
        if not read.closed:
            self.position = self.limit
            return None
        self._mend(*read.repairs)
        return read.text

    def _bare(self, frame: _Frame) -> None:
        """Read a scalar without quotation marks, as far as it is known to be complete."""
        pattern = _BARE_ELEMENT
        if frame.bracket == "(":
            pattern = _BARE_ARGUMENT
        elif isinstance(frame.node, Pairs):
            pattern = _BARE_MEMBER
        match = pattern.match(self.text, self.position, self.limit)
        if match is None:
            self._skip()
            return
        raw = match[0]
        if note := _NOTE.search(raw):
            raw = raw[: note.start()]
            self.position += max(note.start(), 1)
        else:
            self.position = match.end()
        ends = match.end() >= self.limit and not match[0][-1].isspace()
        if ends and not (self.implied and len(self.stack) == 1 and match[0][-1] in "0123456789%"):
            self.position = self.limit  # cut off, or at least not known to be complete
        else:
            self._scalar(frame, raw.strip().rstrip(";"))

    def _scalar(self, frame: _Frame, raw: str) -> None:
        """Add a scalar, unless it is an ellipsis or words that belong to nothing."""
        if raw in {"...", "…"} or (raw[:1].isalpha() and self._only_comma_left()):
            return
        if not isinstance(frame.node, Pairs) and not frame.comma:
            self._mend("skipped characters")  # words after a value are no item
            return
        if len(raw) > 1 and raw[-1] in '"”' and raw[0] not in '"“':
            raw = raw[:-1]
            self._mend("missing quote")
        if raw in _PYTHON:
            self._mend("Python literal")
        self._add(None if raw.lower() in _NONE else Bare(raw))

    def _only_comma_left(self) -> bool:
        """Whether the reply ends after a comma: words before it may go on after it."""
        left = self.text[self.position : self.position + 9].strip(", \n")
        return not left and not self.text[self.position : self.limit].strip(", \n")

    def _skip(self) -> None:
        match = _SKIP.match(self.text, self.position, self.limit)
        self.position = match.end() if match else self.limit
        self._mend("skipped characters")

    def _open(self, bracket: str) -> None:
        self.position += 1
        node: Pairs | list[Node] = Pairs() if bracket in {"{", "call"} else []
        if self.stack:
            self._add(node)
        else:
            self.root = node
        if len(self.stack) >= MAX_DEPTH:
            self.root, self.limit = None, self.position
            return
        self.stack.append(_Frame("(" if bracket == "call" else bracket, node))

    def _close(self, one: str) -> None:
        """Close the nearest container that `one` fits, and those inside it; ignore it if none."""
        wanted = _CLOSERS[one]
        depth = len(self.stack) - 1
        while depth >= 0 and self.stack[depth].bracket != wanted:
            depth -= 1
        self.position += 1
        if depth < 0:
            self._mend("extra bracket")
            return
        if depth < len(self.stack) - 1:
            self._mend("missing bracket")
        frame = self.stack[-1]
        if frame.comma and frame.node:
            self._mend("trailing comma")
        self._settle(frame)
        del self.stack[depth:]
        self.done = not self.stack

    def _add(self, value: Node) -> None:
        frame = self.stack[-1]
        if isinstance(frame.node, Pairs):
            frame.node.append((frame.key or "", value))
            frame.key = None
        else:
            if not frame.comma:
                self._mend("missing comma")
            frame.node.append(value)
        frame.comma = False

    def _mend(self, *names: str) -> None:
        for name in names:
            self.repairs[name] = None

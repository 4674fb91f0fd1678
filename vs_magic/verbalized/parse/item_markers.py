"""How an item of a list in prose begins: with a number, a letter, a label, a bullet, a heading."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from vs_magic.verbalized.parse import item_text

MAX_ITEMS = 1000
_EM = r"[*_]{0,3}"
_NUMBERED = re.compile(
    rf"[ \t>]{{0,12}}(?:#{{1,6}}[ \t]+)?{_EM}(?:(?P<open>[(\[（])?(?P<number>\d{{1,3}})"
    rf"(?:[.)\]:：．、）]|\.\)|️?⃣)|\#(?P<hash>\d{{1,3}})[.:)]?"
    rf"|(?P<ring>[①-⑳]))(?P<em>{_EM})(?:(?<=[．、）])|(?=\s|\Z|[\"“'‘*(\[]))[ \t]*(?:[-–—][ \t]+)?"
)
_NUMBER_ALONE = re.compile(r"[ \t]{0,3}(?:#{1,6}[ \t]+|\*\*)(\d{1,3})(?:\*\*)?[ \t]*(?=\r?\n|\Z)")
_LETTERED = re.compile(rf"[ \t>]{{0,12}}{_EM}\(?(?P<letter>[A-Za-z])[.)]{_EM}[ \t]+")
_LABELLED = re.compile(
    rf"[ \t>]{{0,12}}(?:[-*•][ \t]+)?(?:\#{{1,6}}[ \t]*)?{_EM}(?:\d{{1,3}}[.)][ \t]+)?{_EM}"
    rf"(?P<label>[A-Z][A-Za-z]{{2,20}}(?:[ \t][A-Za-z]{{2,12}})?|[\u4e00-\u9fff]{{2,4}})[ \t]*\#?"
    rf"(?P<number>\d{{1,3}}|[A-Z]|One|Two|Three|Four|Five|Six|Seven|Eight|Nine"
    rf"|Ten){_EM}(?=[:.)(\[|–—,：（-]|[ \t]|\r?\n|\Z)(?P<after>[ \t]*(?:："
    rf"|[:.)–—-]?(?=[\s*_\"“'‘(\[（]|\Z))){_EM}[ \t]*"
)
_BULLETED = re.compile(r"(?P<indent>[ \t>]{0,12})[-*•●◦‣▪■➤➢→✦✓–—+](?![-*•])[ \t]+")
_HEADED = re.compile(r"(?P<level>#{1,6})[ \t]+")
_NOT_ITEMS = frozenset({
    "step", "part", "section", "phase", "day", "act", "scene", "verse", "chapter", "stanza",
    "draft", "turn", "round", "line", "page", "figure", "table", "attempt", "iteration", "batch",
    "set",
})  # fmt: skip
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(slots=True)
class Mark:
    """The beginning of an item: its line, where its body begins, its place in the order."""

    start: int
    body: int
    order: int
    indent: int
    series: str = ""
    bold: bool = False


def by_style(text: str) -> list[tuple[str, list[Mark]]]:
    """Return the items' beginnings in each style, the likeliest style first.

    What is no list that a person would read is not searched to its end: a style that has more than
    `MAX_ITEMS` marks has one too many here.
    """
    lines = [match.span() for match in item_text.LINE.finditer(text)]
    return [(style, _marks(text, lines, mark)) for style, mark in _STYLES]


def _marks(
    text: str, lines: list[tuple[int, int]], mark: Callable[[str, int, int], Mark | None]
) -> list[Mark]:
    found: list[Mark] = []
    fenced = False
    for start, end in lines:
        if not fenced and (one := mark(text, start, end)):
            found.append(one)
            if len(found) > MAX_ITEMS:
                break
        if found and text.count("```", start, end) % 2:
            fenced = not fenced  # what looks like an item inside a code block is code
    return found


def _numbered(text: str, start: int, end: int) -> Mark | None:
    match = _NUMBERED.match(text, start, end)
    if match is None:
        alone = _NUMBER_ALONE.match(text, start, end)
        return Mark(start, alone.end(), int(alone[1]), 0) if alone else None
    ring = match["ring"]
    order = ord(ring) - 0x245F if ring else int(match["number"] or match["hash"])
    head = match[0].lstrip(" \t>#")
    bold = head[:1] in "*_" and not match["em"]
    indent = len(match[0]) - len(match[0].lstrip())
    return Mark(start, match.end(), order, indent, bold=bold)


def _lettered(text: str, start: int, end: int) -> Mark | None:
    match = _LETTERED.match(text, start, end)
    if match is None:
        return None
    indent = len(match[0]) - len(match[0].lstrip())
    return Mark(start, match.end(), ord(match["letter"].lower()) - 96, indent)


def _labelled(text: str, start: int, end: int) -> Mark | None:
    match = _LABELLED.match(text, start, end)
    if match is None:
        return None
    label = match["label"].lower()
    if label.split()[0] in _NOT_ITEMS or label.split()[-1] in _NOT_ITEMS:
        return None
    number = match["number"]
    if number.isdigit():
        order = int(number)
    elif number.lower() in _WORDS:
        order = _WORDS.index(number.lower()) + 1
    else:
        order = ord(number) - 64
    stars = text[start : match.end()].count("**") % 2 == 1
    return Mark(start, match.end(), order, 0, label, bold=stars)


def _bulleted(text: str, start: int, end: int) -> Mark | None:
    match = _BULLETED.match(text, start, end)
    if match is None or item_text.is_rule(text, start, end):
        return None
    return Mark(start, match.end(), 0, len(match["indent"].replace("\t", "    ")))


def _headed(text: str, start: int, end: int) -> Mark | None:
    match = _HEADED.match(text, start, end)
    return Mark(start, match.end(), 0, len(match["level"]), "#") if match else None


_STYLES: tuple[tuple[str, Callable[[str, int, int], Mark | None]], ...] = (
    ("labelled", _labelled),
    ("numbered", _numbered),
    ("lettered", _lettered),
    ("headed", _headed),
    ("bulleted", _bulleted),
)

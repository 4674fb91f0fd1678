"""How an item of an outline begins: label, number, letter, heading, line in bold, bullet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vs_magic.verbalized.parse import item, names, statements
from vs_magic.verbalized.parse.statements import MAX_ITEMS

_EM = r"[*_]{0,3}"
_NUMBERED = re.compile(
    rf"[ \t>]{{0,12}}(?:#{{1,6}}[ \t]+)?{_EM}(?:(?P<open>[(\[（])?(?P<number>\d{{1,4}})"
    rf"(?:\\?[.)\]:：．、）]|\.\)|️?⃣|(?=[ \t][-–—][ \t]))|\#(?P<hash>\d{{1,3}})[.:)]?"
    rf"|(?P<ring>[①-⑳]))(?P<em>{_EM})(?:(?<=[．、）])|(?=\s|\Z|[\"“'‘*(\[]))[ \t]*(?:[-–—][ \t]+)?"
)
_NUMBER_ALONE = re.compile(r"[ \t]{0,3}(?:#{1,6}[ \t]+|\*\*)(\d{1,3})(?:\*\*)?[ \t]*(?=\r?\n|\Z)")
_LETTERED = re.compile(rf"[ \t>]{{0,12}}{_EM}\(?(?P<letter>[A-Za-z]|[ivx]{{2,4}})[.)]{_EM}[ \t]+")
_COUNT = r"\d{1,4}|[A-Z]|One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten"
_LABELLED = re.compile(
    rf"[ \t>]{{0,12}}(?:[-*•][ \t]+)?(?:\#{{1,6}}[ \t]*)?{_EM}(?:\d{{1,3}}[.)][ \t]+)?{_EM}"
    rf"(?:(?P<label>[^\W\d_]{{2,20}}(?:[ \t][^\W\d_]{{2,12}})?)[ \t]*\#?(?P<number>{_COUNT})"
    rf"(?:[ \t]?(?:/|of)[ \t]?\d{{1,4}})?"
    rf"|(?P<short>[AGRC])(?P<nth>\d{{1,3}})){_EM}"
    rf"(?=[:=.)(\[|–—,：（-]|[ \t]|\r?\n|\Z)(?P<after>[ \t]*(?:："
    rf"|[:=.)–—-]?(?=[\s*_\"“'‘(\[（]|\Z))){_EM}[ \t]*"
)
_BULLETED = re.compile(r"(?P<indent>[ \t>]{0,12})[-*•●◦‣▪■➤➢→✦✓–—+](?![-*•])[ \t]+")
_HEADED = re.compile(r"[ ]{0,3}(?P<level>#{1,6})[ \t]+")
_BOLD = re.compile(
    r"[ \t>]{0,3}(\*\*|__)(?=[^\s*_])(?P<title>(?:(?!\1)[^\n]){1,160})\1[ \t]*[:：]?[ \t]*"
    r"(?:[(\[（][^()\n]{0,40}(?:[)\]）]:?|\Z)|[–—-][ \t]*[^\n]{1,24})?[ \t]*\r?\n?"
)
_LABEL_AT_END = re.compile(r"(?P<label>[^:：]{1,40})[:：]\s*")
_NOT_ITEMS = frozenset({
    "step", "part", "section", "phase", "day", "act", "scene", "verse", "chapter", "stanza",
    "draft", "turn", "round", "line", "page", "figure", "table", "attempt", "iteration", "batch",
    "set", "schritt", "étape", "paso",
})  # fmt: skip
KNOWN_LABELS = names.NOUNS | {
    "ending", "headline", "title", "name", "g", "antwort", "réponse", "respuesta", "ответ",
    "вариант", "回答", "回复", "答案", "选项", "响应", "笑话", "候选",
}  # fmt: skip
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(slots=True)
class Mark:
    """The beginning of an item: its line, where its body begins, its place in the order.

    `level` is the indentation, or the level of a heading (7 for a line in bold); `emphasis` a mark
    that the beginning opens and does not close.
    """

    start: int
    body: int
    order: int
    level: int = 0
    series: str = ""
    emphasis: str = ""


def by_style(text: str) -> Iterator[tuple[str, list[Mark]]]:
    """Return the items' beginnings in each style, the likeliest style first.

    What is no list that a person would read is not searched to its end: a style that has more than
    `MAX_ITEMS` marks has one too many here.
    """
    lines = [match.span() for match in item.LINE.finditer(text)]
    for style, mark in _STYLES:
        yield style, _marks(text, lines, mark)


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


def _mark(match: re.Match[str], order: int, series: str = "") -> Mark:
    """Return the mark of a match, with the emphasis that it opens and does not close."""
    whole = match[0].lstrip(" \t>#")
    emphasis = next(
        (one for one in ("**", "__") if whole.count(one) % 2), "*" if whole.count("*") == 1 else ""
    )
    emphasis = "" if whole.startswith(("* ", "*\t")) and emphasis == "*" else emphasis
    indent = len(match[0]) - len(match[0].lstrip())
    return Mark(match.start(), match.end(), order, indent, series, emphasis)


def _numbered(text: str, start: int, end: int) -> Mark | None:
    match = _NUMBERED.match(text, start, end)
    if match is None:
        alone = _NUMBER_ALONE.match(text, start, end)
        return Mark(start, alone.end(), int(alone[1])) if alone else None
    ring = match["ring"]
    return _mark(match, ord(ring) - 0x245F if ring else int(match["number"] or match["hash"]))


def _lettered(text: str, start: int, end: int) -> Mark | None:
    match = _LETTERED.match(text, start, end)
    if match is None:
        return None
    letter = match["letter"].lower()
    roman = letter in _ROMAN and (len(letter) > 1 or (letter == "i" and "\nii" in text))
    return _mark(match, _ROMAN.index(letter) + 1 if roman else ord(letter[0]) - 96)


def _labelled(text: str, start: int, end: int) -> Mark | None:
    match = _LABELLED.match(text, start, end)
    if match is None:
        return None
    label = (match["label"] or match["short"]).lower()
    first, last = label.split()[0], label.split()[-1]
    if {first, last} & _NOT_ITEMS or names.is_probability(names.plain(label)):
        return None
    if match["label"] and match["label"][0].islower() and last not in KNOWN_LABELS:
        return None
    if match["label"] and len(label) == 2 and label.isascii():
        return None
    number = match["number"] or match["nth"]
    if number.isdigit():
        order = int(number)
    elif number.lower() in _WORDS:
        order = _WORDS.index(number.lower()) + 1
    else:
        order = ord(number) - 64
    mark = _mark(match, order, label)
    mark.level = 0
    return mark


def _bulleted(text: str, start: int, end: int) -> Mark | None:
    match = _BULLETED.match(text, start, end)
    if match is None or item.is_rule(text, start, end):
        return None
    return Mark(start, match.end(), 0, len(match["indent"].replace("\t", "    ")))


def _headed(text: str, start: int, end: int) -> Mark | None:
    match = _HEADED.match(text, start, end)
    return Mark(start, match.end(), 0, len(match["level"]), "#") if match else None


def _bold(text: str, start: int, end: int) -> Mark | None:
    """A line in bold heads what follows; a heading of Markdown ends that."""
    if heading := _headed(text, start, end):
        return heading
    match = _BOLD.fullmatch(text, start, end)
    if match is None or statements.OWN_LINE.match(text, start, end):
        return None
    label = _LABEL_AT_END.match(match["title"] + ":")
    if label and names.plain(label["label"]) in names.REASONING | names.ASIDE | names.LISTS:
        return None
    return Mark(start, start, 0, 7, "**")


_STYLES: tuple[tuple[str, Callable[[str, int, int], Mark | None]], ...] = (
    ("labelled", _labelled),
    ("numbered", _numbered),
    ("lettered", _lettered),
    ("headed", _headed),
    ("bold", _bold),
    ("bulleted", _bulleted),
)

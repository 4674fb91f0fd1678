"""Lists in prose, cut into items: numbered, lettered, bulleted, labelled, headed.

A list is written in one style; a line that begins like an item of another style is part of the
item it stands in. Numbers have to count up, so that "1969. A year" in a story begins no item.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

MAX_ITEMS = 1000
MAX_LINES = 10_000  # more is no list that a person would read
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_EM = r"[*_]{0,3}"
_NUMBERED = re.compile(
    rf"[ \t>]{{0,12}}(?:#{{1,6}}[ \t]+)?{_EM}(?:(?P<open>[(\[（])?(?P<number>\d{{1,3}})"
    rf"(?:[.)\]:：．、）]|\.\)|️?⃣)|\#(?P<hash>\d{{1,3}})[.:)]?"
    rf"|(?P<ring>[①-⑳]))(?P<em>{_EM})(?:(?<=[．、）])|(?=\s|\Z|[\"“'‘*(\[]))[ \t]*(?:[-–—][ \t]+)?"
)
_NUMBER_ALONE = re.compile(r"[ \t]{0,3}(?:#{1,6}[ \t]+|\*\*)(\d{1,3})(?:\*\*)?[ \t]*(?=\r?\n|\Z)")
_INLINE = re.compile(r"(?:\A|(?<=\s))(?P<number>\d{1,3})[.)][ \t]+")
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
_BOLD_LINE = re.compile(r"\*\*[^*\n]{1,120}\*\*[ \t]*(?:\([^()\n]{1,40}\))?:?[ \t]*$")
_NOT_ITEMS = frozenset({
    "step", "part", "section", "phase", "day", "act", "scene", "verse", "chapter", "stanza",
    "draft", "turn", "round", "line", "page", "figure", "table", "attempt", "iteration", "batch",
    "set",
})  # fmt: skip
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_RULE = re.compile(r"[ \t]*(?:[-*_=]{3,}|`{3,}\w*|~{3,})[ \t]*\r?\n?\Z")
_OUTRO = re.compile(
    r"\W{0,6}(?:note|these|this|those|the (?:probabilit|sum|total|above|list|respons|remaining"
    r"|values|confidence)|all (?:probabilit|values|of|five|these)|let me|i hope|hope|would you"
    r"|feel free|if you"
    r"|total|sum\b|together|disclaimer|please|in summary|summary|explanation|reasoning|rationale"
    r"|each (?:of|response|prob)|probabilities|is there|enjoy|thank|i['’]ve|i have|i can|do you"
    r"|remember|overall|here['’]?s|here are|final)\b",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"[ \t#*_>]{0,8}(?:my )?(?:final|revised|corrected|improved|updated|draft"
    r"|actual)\b[^\n]{0,60}:?[*_ \t]*\r?$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Run:
    """A run of items in one style that count up: its span and the items' bodies."""

    start: int
    end: int
    items: list[str]
    style: str
    number: int = 1  # the first item's
    complete: bool = True


@dataclass(slots=True)
class _Mark:
    """The beginning of an item: its line, where its body begins, its place in the order."""

    start: int
    body: int
    order: int
    indent: int
    series: str = ""
    bold: bool = False


def styles(text: str) -> Iterator[list[Run]]:
    """Cut a text into the runs of one style after another, the likeliest style first."""
    lines = [match.span() for match in _LINE.finditer(text)]
    found = [(name, _marks(text, lines, mark)) for name, mark in _STYLES]
    bulleted = next(marks for name, marks in found if name == "bulleted")
    for name, marks in found:
        if not marks or len(marks) > MAX_ITEMS:
            continue
        outer = min(mark.indent for mark in marks)
        if name in {"numbered", "lettered"} and bulleted:
            first = bulleted[0]
            if first.start < marks[0].start and first.indent < outer:
                continue  # the numbers count inside the bullets
        runs = _runs(text, [mark for mark in marks if mark.indent <= outer + 1], name)
        if runs:
            yield runs


def unrolled(text: str) -> str:
    """Put each item of a numbered list that stands on one line on a line of its own."""
    line = text.strip()
    if "\n" in line or not line[:1].isdigit():
        return text
    marks = list(islice(_INLINE.finditer(line), MAX_ITEMS + 1))
    if len(marks) < 2 or [int(m["number"]) for m in marks] != list(range(1, len(marks) + 1)):
        return text
    starts = [match.start() for match in marks]
    parts = zip(starts, [*starts[1:], len(line)], strict=True)
    return "\n".join(line[start:end].strip() for start, end in parts)


def _marks(
    text: str, lines: list[tuple[int, int]], mark: Callable[[str, int, int], _Mark | None]
) -> list[_Mark]:
    found: list[_Mark] = []
    fenced = False
    for start, end in lines:
        if not fenced and (one := mark(text, start, end)):
            found.append(one)
            if len(found) > MAX_ITEMS:
                break
        if found and text.count("```", start, end) % 2:
            fenced = not fenced  # what looks like an item inside a code block is code
    return found


def _numbered(text: str, start: int, end: int) -> _Mark | None:
    match = _NUMBERED.match(text, start, end)
    if match is None:
        alone = _NUMBER_ALONE.match(text, start, end)
        return _Mark(start, alone.end(), int(alone[1]), 0) if alone else None
    ring = match["ring"]
    order = ord(ring) - 0x245F if ring else int(match["number"] or match["hash"])
    head = match[0].lstrip(" \t>#")
    bold = head[:1] in "*_" and not match["em"]
    indent = len(match[0]) - len(match[0].lstrip())
    return _Mark(start, match.end(), order, indent, bold=bold)


def _lettered(text: str, start: int, end: int) -> _Mark | None:
    match = _LETTERED.match(text, start, end)
    if match is None:
        return None
    indent = len(match[0]) - len(match[0].lstrip())
    return _Mark(start, match.end(), ord(match["letter"].lower()) - 96, indent)


def _labelled(text: str, start: int, end: int) -> _Mark | None:
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
    return _Mark(start, match.end(), order, 0, label, bold=stars)


def _bulleted(text: str, start: int, end: int) -> _Mark | None:
    match = _BULLETED.match(text, start, end)
    if match is None or _RULE.fullmatch(text, start, end):
        return None
    return _Mark(start, match.end(), 0, len(match["indent"].replace("\t", "    ")))


def _headed(text: str, start: int, end: int) -> _Mark | None:
    match = _HEADED.match(text, start, end)
    return _Mark(start, match.end(), 0, len(match["level"]), "#") if match else None


def _bold(text: str, start: int, end: int) -> _Mark | None:
    match = _BOLD_LINE.match(text, start, end)
    return _Mark(start, start, 0, 0, "**") if match else None


_STYLES: tuple[tuple[str, Callable[[str, int, int], _Mark | None]], ...] = (
    ("labelled", _labelled),
    ("numbered", _numbered),
    ("lettered", _lettered),
    ("headed", _headed),
    ("bulleted", _bulleted),
)


def _runs(text: str, marks: list[_Mark], style: str) -> list[Run]:
    """Group marks that count up into runs, and cut the items out between them."""
    groups: list[list[_Mark]] = []
    for mark in marks:
        last = groups[-1][-1] if groups else None
        if style in {"bulleted", "headed"}:
            starts = last is None or _has_gap(text, last, mark)
            follows = not starts
        else:
            follows = (
                last is not None and mark.order == last.order + 1 and mark.series == last.series
            )
            starts = last is None or mark.order == 1
            if (
                style in {"labelled", "lettered"}
                and last is not None
                and mark.series != last.series
                and len(groups[-1]) > 1
            ):
                starts = False
        if follows:
            groups[-1].append(mark)
        elif starts:
            groups.append([mark])
    if style in {"labelled", "lettered"}:
        groups = [
            g for g in groups if len(g) > 1 or (style == "labelled" and _is_known(g[0].series))
        ]
    return [
        _run(text, group, groups[i + 1][0].start if i + 1 < len(groups) else len(text), style)
        for i, group in enumerate(groups)
    ]


_KNOWN = frozenset({
    "response", "candidate", "option", "answer", "joke", "poem", "story", "version", "sample",
    "output", "item", "idea", "completion", "alternative", "choice", "suggestion", "haiku",
    "variation", "variant", "possibility", "quote", "riddle", "slogan", "limerick", "outcome",
    "prediction", "result", "reply", "continuation", "ending", "headline", "title", "name",
    "回答", "回复", "答案", "选项", "响应", "笑话", "候选",
})  # fmt: skip


def _is_known(label: str) -> bool:
    return label.rsplit(maxsplit=1)[-1] in _KNOWN


def _has_gap(text: str, last: _Mark, mark: _Mark) -> bool:
    """Whether prose without indentation stands between two bullets, after a blank line."""
    body = text[last.body : mark.start]
    cut = _blank_then_flush(body)
    return cut >= 0 and bool(body[cut:].strip())


def _blank_then_flush(body: str) -> int:
    """Return where a paragraph without indentation begins after a blank line, or -1."""
    match = _FLUSH.search(body)
    return match.start(1) if match else -1


_FLUSH = re.compile(r"\n[ \t\r]*\n[ \t\r\n]*?()(?=[^\s])", re.DOTALL)


def _run(text: str, marks: list[_Mark], stop: int, style: str) -> Run:
    items: list[str] = []
    end = stop
    for index, mark in enumerate(marks):
        is_last = index + 1 == len(marks)
        limit = stop if is_last else marks[index + 1].start
        body = text[mark.body : limit]
        if not is_last:
            body = _without_heading(body)
        else:
            several = any(_blank_then_flush(one.strip()) >= 0 for one in items)
            size = _end_of_last(body, several=several, headed=style in {"labelled", "headed"})
            end = mark.body + size
            body = body[:size]
            if end == len(text):
                body = _without_cut_mark(body, mark.order)
        if mark.bold:
            body = body.replace("**", "", 1)
        items.append(_dedented(_without_rules(body), mark.body - mark.start))
    return Run(marks[0].start, end, items, style, marks[0].order)


def _end_of_last(body: str, *, several: bool, headed: bool) -> int:
    """Return how much of the last item's body is the item, and not what follows the list.

    `several` says that items of this list have several paragraphs.
    """
    lead = len(body) - len(body.lstrip())
    position = 0
    for match in _LINE.finditer(body):
        line = match[0]
        if match.start() > lead and _TURN.match(line.rstrip("\n")):
            return match.start()
        if match.start() > lead and line.strip() and _OUTRO.match(line) and not line[0].isspace():
            blank_before = body[: match.start()].endswith(("\n\n", "\n\r\n", "\n \n"))
            if blank_before or line.lstrip("*_ ").lower().startswith(("total", "sum", "note")):
                return match.start()
        position = match.end()
    if several or headed:
        return position
    cut = _blank_then_flush(body[lead:])
    return lead + cut if cut >= 0 else position


def is_rule(line: str) -> bool:
    """Whether a line is a horizontal rule or a fence."""
    return _RULE.fullmatch(line) is not None


def _without_cut_mark(body: str, order: int) -> str:
    """Drop the number of an item that the reply's end cut off before its text."""
    match = _CUT_MARK.search(body)
    return body[: match.start()] if match and int(match[1]) == order + 1 else body


_CUT_MARK = re.compile(r"\n[ \t*_(]{0,8}(\d{1,3})[.):]?[*_]{0,2}[ \t]*\Z")


def _without_heading(body: str) -> str:
    """Drop the heading of a list's next part, which stands between two of its items."""
    match = _HEADING_LAST.search(body.rstrip())
    if match is None or not body[: match.start()].strip() or _LABELLED_VALUE.search(match[0]):
        return body
    return body[: match.start()]


_LABELLED_VALUE = re.compile(
    r"prob|likelihood|confidence|chance|wahrscheinlich|вероятност|概率|機率|確率|\bp\s*[=:]|\d\s*%"
    r"|0[.,]\d",
    re.IGNORECASE,
)


_HEADING_LAST = re.compile(
    r"\n[ \t\r]*\n(?:\#{1,6}[ \t][^\n]*|\*\*[^*\n]+\*\*:?|[^\s\n][^\n]{0,80}:\*{0,2})\Z"
)


def _dedented(body: str, width: int) -> str:
    """Take off the indentation that belongs to the list, from the lines after an item's first."""
    first, newline, rest = body.partition("\n")
    lines = rest.split("\n")
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
    common = min(indents, default=0)
    if not newline or common == 0:
        return body
    cut = common if common <= width + 1 else width
    return "\n".join([first, *(line[cut:] if line.strip() else line for line in lines)])


def unquoted(text: str) -> str:
    """Take off the marks of a block quote that a whole text stands in."""
    lines = text.split("\n")
    if not all(line.lstrip().startswith(">") for line in lines if line.strip()):
        return text
    return "\n".join(_QUOTE_MARK.sub("", line) for line in lines).strip()


_QUOTE_MARK = re.compile(r"^[ \t]*>[ \t]?")


def _without_rules(body: str) -> str:
    """Drop rules and fences that stand between an item and the next."""
    body = body.rstrip()
    for _ in range(3):
        line = body.rfind("\n") + 1
        if line == 0 or not _RULE.fullmatch(body, line):
            break
        if body[line:].strip().startswith(("```", "~~~")) and body.count("```") % 2 == 0:
            break
        body = body[:line].rstrip()
    return body

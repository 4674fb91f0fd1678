"""What of the text between one item's beginning and the next is the item: its body."""

from __future__ import annotations

import re
import sys

LINE = re.compile(r"[^\n]*\n|[^\n]+")
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


def end_of_last(body: str, *, several: bool, headed: bool) -> int:
    """Return how much of the last item's body is the item, and not what follows the list.

    `several` says that items of this list have several paragraphs.
    """
    lead = len(body) - len(body.lstrip())
    position = 0
    for match in LINE.finditer(body):
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
    cut = blank_then_flush(body[lead:])
    return lead + cut if cut >= 0 else position


def blank_then_flush(body: str) -> int:
    """Return where a paragraph without indentation begins after a blank line, or -1."""
    match = _FLUSH.search(body)
    return match.start(1) if match else -1


_FLUSH = re.compile(r"\n[ \t\r]*\n[ \t\r\n]*?()(?=[^\s])", re.DOTALL)


def without_cut_mark(body: str, order: int) -> str:
    """Drop the number of an item that the reply's end cut off before its text."""
    match = _CUT_MARK.search(body)
    return body[: match.start()] if match and int(match[1]) == order + 1 else body


_CUT_MARK = re.compile(r"\n[ \t*_(]{0,8}(\d{1,3})[.):]?[*_]{0,2}[ \t]*\Z")


def without_heading(body: str) -> str:
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


def own_lines(body: str, width: int) -> str:
    """Return the lines that are an item's own, without the list's indentation of `width`."""
    return _dedented(_without_rules(body), width)


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


def _without_rules(body: str) -> str:
    """Drop rules and fences that stand between an item and the next."""
    body = body.rstrip()
    for _ in range(3):
        line = body.rfind("\n") + 1
        if line == 0 or not is_rule(body, line):
            break
        if body[line:].strip().startswith(("```", "~~~")) and body.count("```") % 2 == 0:
            break
        body = body[:line].rstrip()
    return body


def unquoted(text: str) -> str:
    """Take off the marks of a block quote that a whole text stands in."""
    lines = text.split("\n")
    if not all(line.lstrip().startswith(">") for line in lines if line.strip()):
        return text
    return "\n".join(_QUOTE_MARK.sub("", line) for line in lines).strip()


_QUOTE_MARK = re.compile(r"^[ \t]*>[ \t]?")


def is_rule(text: str, start: int = 0, end: int = sys.maxsize) -> bool:
    """Whether a line is a horizontal rule or a fence."""
    return _RULE.fullmatch(text, start, end) is not None

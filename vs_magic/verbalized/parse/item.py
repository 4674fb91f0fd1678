"""One item of an outline: which of its lines are its own, its title, its body, its labels."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from vs_magic.verbalized.parse import choose, names
from vs_magic.verbalized.parse.found import Record
from vs_magic.verbalized.parse.statements import Part

LINE = re.compile(r"[^\n]*\n|[^\n]+")
MAX_TITLE = 160
_RULE = re.compile(r"[ \t]*(?:[-*_=]{3,}|`{3,}\w*|~{3,})[ \t]*\r?\n?\Z")
_OUTRO = re.compile(
    r"\W{0,6}(?:note|these|this|those|the (?:probabilit|sum|total|above|list|respons|remaining"
    r"|values|confidence)|all (?:probabilit|values|of|five|these)|let me|i hope|hope|would you"
    r"|feel free|if you|shall i"
    r"|total|sum\b|together|disclaimer|please|in summary|summary|explanation|reasoning|rationale"
    r"|each (?:of|response|prob)|probabilities|is there|enjoy|thank|i['’]ve|i have|i can|do you"
    r"|remember|overall|here['’]?s|here are|final)\b",
    re.IGNORECASE,
)
_AT_ONCE = re.compile(r"\W*(?:total|sum|note|(?:these|the|all) probabilities)", re.IGNORECASE)
_HEADING = re.compile(r"[ ]{0,3}(#{1,6})[ \t]")
_FLUSH = re.compile(r"\n[ \t\r]*\n[ \t\r\n]*?()(?=[^\s])", re.DOTALL)
_FLUSH_LINE = re.compile(r"\n(?=[^\s])")
_OPEN_TITLE = re.compile(r"[ \t]*(\*\*|__)(?:(?!\1).)*")
_HEADING_LAST = re.compile(
    r"\n[ \t\r]*\n(?:\#{1,6}[ \t][^\n]*|\*\*[^*\n]+\*\*:?|[^\s\n][^\n]{0,80}:\*{0,2})\Z"
)
_QUOTE_MARK = re.compile(r"^[ \t]*>[ \t]?")
_LABELS = (
    r"text|response|answer|content|joke|poem|story|candidate|completion|guess|name|title|idea|prediction|description|details?"
    r"|beschreibung|descripción|描述|说明|内容"
)
_LABEL = re.compile(
    rf"(?:[-*•][ \t]+)?[*_]{{0,3}}(?:{_LABELS})(?:[ \t]*#?\d{{1,3}})?[*_]{{0,3}}[ \t]*[:：]"
    r"[*_]{0,3}[ \t]*",
    re.IGNORECASE,
)
_DESCRIBED = re.compile(
    r"[^\n]+\n\s*(?:[-*•][ \t]+)?[*_]{0,3}(?:description|details?)[*_]{0,3}:", re.IGNORECASE
)
_OTHER_LABEL = re.compile(r"\n[ \t]*[-*•][ \t]+[*_]{0,3}\w[\w ]{0,30}[*_]{0,3}:")
_MARKED_TITLE = re.compile(
    r"(?P<mark>\*\*|__|\*|_)(?=[^\s*_])(?P<title>(?:(?!(?P=mark))[^\n]){1,160}?)"
    r"(?:(?P<colon>[:：])(?P=mark)(?P<space>\s+)"
    r"|(?P=mark)(?P<sep>[ \t]*(?:[:：–—]|-(?=\s))\s*|[ \t]*\n\s*))"
)
_SEPARATOR = re.compile(r"\A(?:[ \t]*(?:[:：–—]|-(?=\s)))?\s*")
_DELIMITERS = " \t\r\n*_`\"'“”([{<:|#-"  # what is made of these alone is no text
_SPEAKERS = frozenset({"q", "a", "question", "answer", "setup", "punchline"})
TOTAL = re.compile(r"\W*(?:total|sum)(?:\s+(?:of\s+)?(?:all\s+)?probabilit\w+)?\W*", re.IGNORECASE)
_RUN_IN = re.compile(r"(\*\*|__)[^*_\n]{1,160}[:：]\1")
_GENERIC = re.compile(
    rf"(?:(?:{'|'.join(sorted(names.NOUNS))})\s*)?#?(?:\d{{1,4}}|[A-Z])[.:)]?", re.IGNORECASE
)
_PAIRS = (
    ("**", "**"), ("__", "__"), ('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("`", "`"),
    ("'", "'"), ("‘", "’"), ("*", "*"), ("_", "_"),
)  # fmt: skip


def end_of_last(
    body: str, *, several: bool, headed: bool, level: int, indented: bool = False
) -> int:
    """Return how much of the last item's body is the item, and not what follows the list.

    `several` says that items of this list have several paragraphs, `indented` that all their
    further lines are indented, `level` at which headings end an item.
    """
    lead = len(body) - len(body.lstrip())
    position = 0
    for match in LINE.finditer(body):
        line = match[0]
        if match.start() > lead and choose.TURN.match(line):
            return match.start()
        if match.start() > lead and (head := _HEADING.match(line)) and len(head[1]) <= level:
            return match.start()
        if match.start() > lead and line.strip() and _OUTRO.match(line) and not line[0].isspace():
            blank_before = body[: match.start()].endswith(("\n\n", "\n\r\n", "\n \n"))
            if blank_before or _AT_ONCE.match(line):
                return match.start()
        position = match.end()
    if several or headed:
        return position
    if indented and (flush := _FLUSH_LINE.search(body, lead)):
        return flush.start() + 1
    cut = blank_then_flush(body[lead:])
    return lead + cut if cut >= 0 else position


def blank_then_flush(body: str) -> int:
    """Return where a paragraph without indentation begins after a blank line, or -1."""
    match = _FLUSH.search(body)
    return match.start(1) if match else -1


def without_cut_mark(body: str, opening: str, following: Sequence[str] = ()) -> str:
    """Drop a last line in which the reply's end cut off the next item's marker.

    `opening` is the marker of this item, `following` says how the next one could begin.
    """
    before, newline, line = body.rpartition("\n")
    if not newline or body.endswith("```"):
        return body
    begun = line.strip(" \t>([*_#-•+").lower().rstrip(".:)")
    is_cut = opening.lstrip().startswith(line.strip()) or (
        begun and any(marker.startswith(begun) for marker in following)
    )
    return before if is_cut or _OPEN_TITLE.fullmatch(line) else body


def without_heading(body: str) -> tuple[str, str]:
    """Part from a body the heading of a list's next part, which stands between two items."""
    body = body.rstrip()
    match = _HEADING_LAST.search(body)
    if match is None or not body[: match.start()].strip():
        return body, ""
    return body[: match.start()], match[0]


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


def is_rule(text: str, start: int = 0, end: int = sys.maxsize) -> bool:
    """Whether a line is a horizontal rule or a fence."""
    return _RULE.fullmatch(text, start, end) is not None


def records(parts: Sequence[Part], *, headed: bool = False) -> list[Record]:
    """Turn the items of a list into records: texts without labels and marks, titles and bodies.

    `headed` says that the first line of an item is a heading.
    """
    parts = [part for part in parts if part.text.strip(_DELIMITERS)]
    if all(_LABEL.match(part.text) for part in parts):
        parts = [_unlabelled(part) for part in parts]
    stated = any(part.stated is not None for part in parts)
    found = [_titled(part, headed=headed, stated=stated) for part in parts]
    texts = undressed([_unquoted(one.text) for one in found])
    for one, text in zip(found, texts, strict=True):
        one.text = text
    return found[:-1] if len(found) > 1 and TOTAL.fullmatch(found[-1].text) else found


def _unlabelled(part: Part) -> Part:
    """Drop "Text:" before a text."""
    if part.head:
        match = _LABEL.match(part.head)
        return Part(part.head[match.end() if match else 0 :].strip(), part.stated, part.tail)
    match = _LABEL.match(part.tail)
    return Part("", part.stated, part.tail[match.end() if match else 0 :].strip())


def _titled(part: Part, *, headed: bool, stated: bool) -> Record:
    """Part a title from what describes it, where the form tells the two apart."""
    text = part.text.strip()
    title, separator, body = _parted(part, text, headed=headed)
    if not body:
        return Record(text, part.stated)
    if _GENERIC.fullmatch(title):
        return Record(body, part.stated)
    if stated or not _RUN_IN.match(text):  # what states nothing stays as written
        text = f"{title}{separator}{body}"
    return Record(text, part.stated, title=title, body=body)


def _parted(part: Part, text: str, *, headed: bool) -> tuple[str, str, str]:
    """Return a title without its emphasis, what stands behind it, and the rest; or no rest."""
    marked = _MARKED_TITLE.match(text)
    if marked and marked["title"].lower() not in _SPEAKERS:
        title, separator = marked["title"], f"{marked['colon'] or ''}{marked['space'] or ''}"
        body, separator = text[marked.end() :], separator or marked["sep"]
    elif part.head and part.tail.strip() and "\n" not in part.head.strip():
        title, body = part.head.strip(), _SEPARATOR.sub("", part.tail, count=1)
        separator = part.tail[: len(part.tail) - len(body)]
    elif "\n" in text and (headed or _DESCRIBED.match(text)):
        title, separator, body = text.partition("\n")
        separator += "\n" * body[: len(body) - len(body.lstrip())].count("\n")
    else:
        return text, "", ""
    body = _unquoted(body.strip())
    if "\n" in separator and separator[:1] in ":：":
        separator = separator[1:].lstrip(" \t")
    if (label := _LABEL.match(body)) and not _OTHER_LABEL.search(body):
        body = body[label.end() :]
    return undressed([title.strip()])[0] if title[:1] in "*_" else title.strip(), separator, body


def _unquoted(text: str) -> str:
    """Take off the marks of a block quote that a whole text stands in."""
    lines = text.split("\n")
    if not all(line.lstrip().startswith(">") for line in lines if line.strip()):
        return text
    return "\n".join(_QUOTE_MARK.sub("", line) for line in lines).strip()


def undressed(texts: Sequence[str]) -> list[str]:
    """Strip the marks around whole texts where every text of a list has the same ones.

    >>> undressed(['**"Hi"**', '**"Oh"**'])
    ['Hi', 'Oh']
    >>> undressed(['"Hi," she said.', '"Oh"'])
    ['"Hi," she said.', '"Oh"']
    """
    stripped = [_without_bold(text) for text in texts]
    for _ in range(3):
        pair = next((pair for pair in _PAIRS if _all_wear(stripped, *pair)), None)
        if pair is None:
            break
        left, right = len(pair[0]), len(pair[1])
        stripped = [text[left:-right].strip() for text in stripped]
    return stripped


def _without_bold(text: str) -> str:
    """Strip bold marks around a whole text: a list may set only its first item in bold."""
    if len(text) > 4 and text.startswith("**") and text.endswith("**") and "**" not in text[2:-2]:
        return text[2:-2].strip()
    return text


def _all_wear(texts: Sequence[str], left: str, right: str) -> bool:
    """Whether a pair of marks wraps each text, and most texts have none of them inside."""
    clean = 0
    for text in texts:
        if len(text) <= len(left) + len(right) or not text.startswith(left):
            return False
        if not text.endswith(right):
            return False
        inner = text[len(left) : -len(right)]
        clean += left not in inner and right not in inner
    return bool(texts) and 2 * clean > len(texts)

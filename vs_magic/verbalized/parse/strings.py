r"""Quoted strings of tolerant JSON: where one ends, and what its escapes stand for.

In a reply a quotation mark may be a delimiter or a part of the text. A mark ends a string only
where what follows fits the place it stands in: a comma and the next key in an object, a comma and
the next value in an array, a closing bracket, the end of the reply. Every such look-ahead stops at
the next mark, so that the time stays linear.

LaTeX, regular expressions and paths are written with one backslash as a rule: JSON reads `\f` of
`\frac` as a form feed. A backspace, a form feed or a carriage return inside a line is never meant
in a reply, nor is a tab before "o" or a newline before "eg". Before "e", "i" and "u" a newline is
ordinary: `\ne` is a command in `$…$`, and beside other commands where a string marks no formulas.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

KEY, MEMBER, ELEMENT = "key", "member", "element"

OPENERS = {'"': '"', "'": "'", "“": '”“"', "”": '”"', "„": '”“"', "‘": "’'", "’": "’'", "`": "`"}
_SMART = "“”„‘’"
_LOOSE = ", \n\t\r"
_APOSTROPHES = "'‘’"
_COMMENT = r"(?://[^\n]*\n\s*|\#[^\n]*\n\s*|/\*[^*]*\*/\s*)?"
_NEXT_KEY = (
    r"(?:\"[^\"\\]*(?:\\.[^\"\\]*)*(?:\"\s*(?:[:=：]|\Z)|\\?\Z)|'[^'\n]{0,60}(?:'\s*(?:[:=：]|\Z)|\Z)"
    r"|[“”„‘][^“”„’\"\n]{0,60}(?:[”“’\"]\s*(?:[:=：]|\Z)|\Z))"
)
_BARE_KEY = r"[A-Za-z_][\w-]{0,40}\s*(?:[:=]|\Z)"
_PROBABILITY_NAME = r"(?:probability|prob|p|confidence|likelihood|perplexity|nll)"
_PROBABILITY_KEY = rf"{_PROBABILITY_NAME}[\"”]\s*[:：]"
# A key that lost one of its two marks: `probability": 0.4`, `"probability: 0.4}`.
_OPENED_KEY = rf"{_PROBABILITY_NAME}\s*[:：](?=\s*[~<]?\d{{0,3}}\.?\d{{1,20}}\s*%?\s*[,，}}])"
_HALF_KEY = rf"(?:{_PROBABILITY_KEY}|(?:text|response|answer)[\"”]\s*[:：]|[\"“]{_OPENED_KEY})"
_SHUT = r"[}\])]\s*(?:[,，}\])]|\.\.\.|\n|`|;|\Z)"
_NAMES = {
    "n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\",
    '"': '"', "'": "'", "`": "`", "\n": "", "“": "“", "”": "”",
}  # fmt: skip
_ESCAPE = re.compile(
    r"\\(?:u(?P<a>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<b>[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u(?P<u>[0-9a-fA-F]{4})|u\{(?P<p>[0-9a-fA-F]{1,6})\}|x(?P<x>[0-9a-fA-F]{2})"
    r"|U(?P<l>[0-9a-fA-F]{8})|(?P<c>.))",
    re.DOTALL,
)
_LAST_CODE_POINT = 0x10FFFF
_AMBIGUOUS = frozenset("bfnrt")  # escapes of JSON with which commands of LaTeX begin
_SURE = (
    r"[bf]|r(?=[A-Za-z])|(?:n(?:abla|eg|eq|exists|leq|geq|ot|otin|otag|onumber|olimits|ewcommand"
    r"|ewline|ormal(?:size|font)|(?:ea|wa|[Ll]efta|[Rr]ighta)rrow|cong|sim|gtr|(?:prec|succ)(?:eq)?"
    r"|su[bp]seteq|[vV][dD]ash|triangle(?:left|right)(?:eq)?)"
    r"|t(?:au|anh?|op?|heta|imes|frac|binom|ilde|riangle(?:left|right|down)?(?:e?q)?|herefore"
    r"|hick(?:approx|sim)|hinspace|woheadrightarrow|extstyle|(?:ext[a-z]*|itle|ag)(?=\{))"
    r")(?![A-Za-z])"
)
_IN_MATH = r"(?:n(?:e|u|i|atural|mid|less|parallel)|t(?:ag|ext|iny))(?![A-Za-z])"
_COMMAND = re.compile(rf"\\(?:(?P<sure>{_SURE})|{_IN_MATH})")
_SUSPECT = re.compile(rf"(?<!\\)\\(?:{_SURE}|{_IN_MATH})")
_OTHER_COMMAND = re.compile(rf"(?<!\\)\\(?:[ac-eg-mo-qsv-zA-Z][A-Za-z]+|{_SURE})")
# A path of Windows in which one backslash cannot be an escape, so that none of them is.
_PATH = re.compile(r"\b[A-Za-z]:(?=\\\w)(?=[^\s\"]{0,200}?\\[^\"\\/nrtu\s])(?:\\\w[\w.$-]{0,80})+")


@dataclass(frozen=True, slots=True)
class Quoted:
    """One quoted string: its text, where it ends, whether it was closed, and what was mended."""

    text: str
    end: int
    closed: bool
    repairs: tuple[str, ...] = ()


def quoted(source: str, start: int, limit: int, place: str, *, bare_keys: bool = False) -> Quoted:
    """Read the string whose opening mark stands at `start`.

    Parameters
    ----------
    source, start, limit
        The reply, the position of the opening mark, and the position that counts as the end.
    place
        `KEY`, `MEMBER` (a value in an object) or `ELEMENT` (a value in an array).
    bare_keys
        Whether keys without quotation marks have been seen in this object.
    """
    opener = source[start]
    if source.startswith(opener * 3, start) and opener in "\"'":
        return _triple(source, start, limit)
    body = _pattern(opener, place, bare_keys).match(source, start + 1, limit)
    end = body.end() if body else limit
    repairs: list[str] = []
    if end >= limit or source[end] == "\\":
        end = _closed_by_bracket(source, opener, start + 1, limit)
        if end < 0:
            return Quoted("", limit, closed=False)
    inner = source[start + 1 : end]
    if opener in _APOSTROPHES and not source[end + 1 : limit].strip(_LOOSE):
        return Quoted("", limit, closed=False)  # at the end it may as well be an apostrophe
    if source[end] == '"' and opener == '"' and _opens_a_key(source, end, limit, place):
        return Quoted(unescape(inner.rstrip().rstrip(","))[0], end, True, ("missing quote",))
    if opener in inner and inner.count(opener) > inner.count("\\" + opener):
        # Marks inside a text come in pairs: an odd one at the very end is likelier its second.
        odd = (inner.count(opener) - inner.count("\\" + opener)) % 2
        if odd and opener in '"`' and not source[end + 1 : limit].strip(_LOOSE):
            return Quoted("", limit, closed=False)
        repairs.append("unescaped quote")
    if opener != '"':
        repairs.append("smart quotes" if opener in _SMART else "single quotes")
    if "\n" in inner and place != KEY:
        repairs.append("raw newline")
    text, mended = unescape(inner)
    return Quoted(text, end + 1, True, (*repairs, *mended))


def opened_key(source: str, start: int, limit: int) -> re.Match[str] | None:
    """Match a key of a probability whose closing mark was lost, after its opening one."""
    return _OPENED.match(source, start + 1, limit)


_OPENED = re.compile(f"({_PROBABILITY_NAME})(?:{_OPENED_KEY[len(_PROBABILITY_NAME) :]})")


def unescape(inner: str) -> tuple[str, tuple[str, ...]]:
    r"""Resolve the escapes of JSON, Python and JavaScript; leave other backslashes as written.

    >>> unescape(r"a\tb \frac{1}{2} \d")
    ('a\tb \\frac{1}{2} \\d', ('backslash',))
    """
    if "\\" not in inner:
        return inner, ()
    inner = _PATH.sub(lambda path: path[0].replace("\\", "\\\\"), inner)
    kept: list[str] = []
    is_latex = _commands(inner)

    def replace(match: re.Match[str]) -> str:
        one = match["c"]
        if one is None:
            return _code_point(match)
        if one in _AMBIGUOUS and is_latex(match.start()):
            kept.append(one)
            return match[0]
        if one not in _NAMES:
            kept.append(one)
            return match[0]
        return _NAMES[one]

    text = _ESCAPE.sub(replace, inner)
    return text, ("backslash",) if kept else ()


def suspected(source: str) -> bool:
    """Whether strict JSON could turn a LaTeX command of `source` into a control character."""
    return "\\" in source and _SUSPECT.search(source) is not None


def _commands(inner: str) -> Callable[[int], bool]:
    """Return a function that tells whether a command of LaTeX begins at a position of `inner`.

    It has to be asked from left to right: it counts the dollar signs that it has passed.
    """
    passed, dollars = 0, 0
    latex: bool | None = None

    def begins(position: int) -> bool:
        nonlocal passed, dollars, latex
        match = _COMMAND.match(inner, position)
        if match is None:
            return False
        if match["sure"]:
            return True
        if latex is None:
            marked = "$" in inner or "\\(" in inner
            latex = not marked and _OTHER_COMMAND.search(inner) is not None
        dollars += inner.count("$", passed, position)
        dollars += inner.count("\\(", passed, position) - inner.count("\\)", passed, position)
        passed = position
        return latex or dollars % 2 == 1

    return begins


def _code_point(match: re.Match[str]) -> str:
    if match["a"]:
        high, low = int(match["a"], 16), int(match["b"], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    number = int(match["u"] or match["p"] or match["x"] or match["l"], 16)
    return chr(number) if number <= _LAST_CODE_POINT else match[0]


def _triple(source: str, start: int, limit: int) -> Quoted:
    mark = source[start] * 3
    end = source.find(mark, start + 3, limit)
    if end < 0:
        return Quoted("", limit, closed=False)
    text, mended = unescape(source[start + 3 : end])
    return Quoted(text, end + 3, True, ("triple quotes", *mended))


def _opens_a_key(source: str, end: int, limit: int, place: str) -> bool:
    return place == MEMBER and bool(_KEY_AFTER.match(source, end + 1, limit))


_KEY_AFTER = re.compile(_PROBABILITY_KEY)


def _closed_by_bracket(source: str, opener: str, start: int, limit: int) -> int:
    """Find a mark that only a bracket follows, for an object that ends in the middle of a line."""
    body = _lenient(opener).match(source, start, limit)
    return body.end() if body and source[body.end() : limit][:1] not in ("", "\\") else -1


@lru_cache(maxsize=64)
def _lenient(opener: str) -> re.Pattern[str]:
    return _body(OPENERS[opener], r"(?=\s*[}\]])")


@lru_cache(maxsize=64)
def _pattern(opener: str, place: str, bare_keys: bool) -> re.Pattern[str]:  # noqa: FBT001
    """Return what matches up to, not including, the closing mark."""
    if place == KEY:
        follow = r"(?:(?=\s*(?:[:=,：，}\]]|\Z))|(?<=:[\"'])(?=\s*[\"'\d]))"
    elif place == MEMBER:
        key = f"(?:{_NEXT_KEY}|{_HALF_KEY}" + (f"|{_BARE_KEY})" if bare_keys else ")")
        after = rf"(?:{key}|[}}\]{{]|\.\.\.|\Z)"
        follow = (
            rf"(?=\s*(?:\Z|[,;，；]\s*{_COMMENT}{after}|{_SHUT}|//|\#|/\*|`{{3}}|\s{key}|\+\s*\"))"
        )
        if opener == '"':
            follow = rf"(?:{follow}|(?={_PROBABILITY_KEY}))"
    else:
        value = r"(?:[\"'“‘`{\[(\])\d.-]|null|none|true|false|\.\.\.|\Z)"
        follow = (
            rf"(?=\s*(?:\Z|[:：]\s*[~<.\d]|[,，]\s*{_COMMENT}{value}|{_SHUT}|//|\#|/\*|`{{3}}"
            rf"|\n\s*[\"“]|\+\s*\"))"
        )
    return _body(OPENERS[opener], follow)


def _body(closers: str, follow: str) -> re.Pattern[str]:
    marks = re.escape(closers)
    return re.compile(rf"(?:[^\\{marks}]+|\\.|[{marks}](?!{follow}))*", re.DOTALL | re.IGNORECASE)

"""A probability that stands in the text of a list's item: `Paris (0.5)`, `20% – Rome`.

A label ("probability: 0.5") is sure. Without one, a number counts only where most items of the
list have one in the same place, since a text may well end in "(12%)" by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vs_magic.verbalized.method import Wording
from vs_magic.verbalized.parse import probability

REACH = 160
MAX_ITEMS = 1000
_NUMBER = (
    r"(?:(?:about|approx(?:imately|\.)?|around|roughly|ca\.?|circa|less than|at most|under"
    r"|below)\s+)?(?:&[lg]t;|[~≈<>≤≥±]){0,2}=?\s*"
    r"[-+−]?(?:\d{1,3}(?:[.,]\d{1,14})?|[.,]\d{1,14})(?:[eE]-?\d{1,3})?"
    r"(?:\s*(?:%|％|percent\b|per\s?cent\b|‰)|\s*/\s*\d{1,6}(?:\.\d{1,6})?|\s+(?:out\s+of|of"
    r"|in)\s+\d{1,6})?"
    r"(?:\s*\([^()\n]{1,20}\))?"
)
_WORD = (
    r"(?:(?:very|fairly|quite|extremely|relatively|moderately|somewhat|most|least)\s+)?(?:high|low"
    r"|medium|moderate|likely|unlikely|rare|common"
    r"|certain|possible|unknown|n/a|none|null|nan)(?:\s*\([^()\n]{1,20}\))?"
)
_LABEL = (
    r"(?:(?:estimated|relative|approx(?:imate|\.)?|stated|verbali[sz]ed|sampling|my|its?)\s+)?"
    r"(?:probability|probabilité|probabilite\u0301|probabilidade?|probabilità|probabilita\u0300"
    r"|wahrscheinlichkeit|вероятность|概率|機率|几率|確率|확률|prob\b\.?|likelihood|confidence|chance|weight"
    r"|score|typicality|perplexity|nll|p(?=\s*[=:：≈~(])|pr(?=\s*[=:：]))"
    r"(?:\s*score)?(?:\s*\((?:%|percent|estimated|0-1)\))?"
)
_MARK = r"[*_`]{0,3}"
_IS = rf"{_MARK}\s*(?:[:：=≈~]|–|-|of\b|is\b|为|是)?\s*{_MARK}\s*"
_VALUE = rf"(?P<value>{_NUMBER}|{_WORD})"
_BARE = rf"(?P<value>{_NUMBER})"
_END = r"[\s*_`]*[.;,。；，]?[\s*_`]*\Z"
_OWN_LINE = re.compile(
    rf"^[ \t>]*"
    rf"(?:[-*•–+][ \t]+)?[(\[（【]?{_MARK}{_LABEL}{_IS}{_VALUE}{_MARK}[)\]）】]?"
    rf"[.;,。；，]?{_MARK}[ \t]*"
    rf"(?:(?://|#|–|—|-|\()[^\n]{{0,120}})?$",
    re.IGNORECASE | re.MULTILINE,
)
_FLAGS = re.IGNORECASE
_TAIL_LABEL = re.compile(
    rf"(?<=\S)(?:\s*(?:[-–—|,;:：，；→=>]|->|\.\.+)\s*|\s+|(?<=[.!?\"”’'*_。！？…」』])"
    rf"|(?=[（【])){_MARK}[(\[{{<|（【]?\s*{_MARK}(?:with\s+"
    rf"(?:an?\s+)?)?{_LABEL}{_IS}{_VALUE}\s*{_MARK}[)\]}}>|）】]?{_END}",
    _FLAGS,
)
_TAIL_SHARE = re.compile(
    rf"(?<=\S)\s*(?:[-–—|,;:]\s*)?[(\[]\s*{_MARK}{_BARE}\s+(?:{_LABEL}|likely"
    rf"|chance){_MARK}\s*[)\]]{_END}",
    _FLAGS,
)
_TAIL_BRACKET = re.compile(
    rf"(?<=\S)\s*(?:[-–—|:→=]\s*)?{_MARK}[(\[{{<（【]\s*{_MARK}{_BARE}\s*{_MARK}[)\]}}>）】]{_END}",
    _FLAGS,
)
_TAIL_PLAIN = re.compile(
    rf"(?<=\S)(?:\s+(?:-{{1,2}}|–|—|→|->|=>?|~|@)\s*|\s*\|\s*|\s*:\s+|[:：]\s*|\s*\t\s*"
    rf"|\s*(?:\.\s?){{3,}}\s*|[,;]\s*){_MARK}{_BARE}{_MARK}\s*\|?{_END}",
    _FLAGS,
)
_ONLY = re.compile(
    rf"\s*{_MARK}[(\[（]\s*(?:{_LABEL}{_IS})?{_VALUE}\s*[)\]）]:?{_MARK}:?\s*\Z", _FLAGS
)
_TAIL_SPACE = re.compile(r"(?<=\S)\s+(?P<value>[~≈<]?0?[.,]\d{1,6})[.;]?\s*\Z")
_HEAD_BRACKET = re.compile(
    rf"{_MARK}[(\[{{（【]\s*{_MARK}(?:{_LABEL}{_IS})?{_VALUE}"
    rf"(?:\s+{_LABEL})?\s*{_MARK}[)\]}}）】]{_MARK}\s*(?:[:.–—|-]|->|→)?{_MARK}\s*",
    _FLAGS,
)
_HEAD_LABEL = re.compile(
    rf"{_MARK}{_LABEL}{_IS}{_VALUE}{_MARK}\s*(?:[:|–—,;：，；-]|->|→|\n){_MARK}\s*", _FLAGS
)
_HEAD_PLAIN = re.compile(
    rf"{_MARK}{_BARE}{_MARK}[ \t]*(?:(?:[:|]|->|→|\t){_MARK}\s*|[–—-]\s+|\s+(?=[\"“*])|\r?\n\s*)",
    _FLAGS,
)
_PERCENT_NUMBER = re.compile(r"%|％|percent|per cent|/|\bof\b|\bin\b")


@dataclass(frozen=True, slots=True)
class Segment:
    """An item in two: its text, and what was stated for it."""

    text: str
    stated: str | None = None


_LABELLED = ("own line", "tail label", "tail share", "head label")
_UNLABELLED = ("tail bracket", "head bracket", "tail plain", "head plain", "tail space")


def split(
    items: Sequence[str], wording: Wording, *, every: bool = False, cut: bool = False
) -> list[Segment]:
    """Separate the texts of a list from the probabilities that stand in them.

    Parameters
    ----------
    items
        The items, without their markers.
    wording
        The wording asked for; it decides whether numbers above 1 can be meant.
    every
        Whether each item has to have a number for one without a label to count.
    cut
        Whether the reply ends with the last item, in the middle of a line. An item that lacks
        what the others have at their end is then incomplete, and left out.
    """
    if len(items) > MAX_ITEMS:
        return [Segment(item.strip()) for item in items]
    asides = [_ASIDE.search(item) for item in items]
    if 2 * sum(aside is not None for aside in asides) > len(items):
        items = [
            item[: aside.start()] if aside else item
            for item, aside in zip(items, asides, strict=True)
        ]
    if cut and len(items) > 1:
        return _split_before_end(items, wording, every=every)
    found = [_labelled(item) for item in items]
    if any(found):
        return [part or Segment(item.strip()) for part, item in zip(found, items, strict=True)]
    needed = len(items) if every else max(1, -(-3 * len(items) // 5))
    for kind in _UNLABELLED:
        parts = [_unlabelled(item, kind) for item in items]
        stated = [part.stated for part in parts if part and part.stated is not None]
        if kind == "tail space" and (len(stated) < len(items) or len(items) < 2):
            continue
        if len(stated) >= needed and _plausible(stated, wording):
            return [p or Segment(item.strip()) for p, item in zip(parts, items, strict=True)]
    return [Segment(item.strip()) for item in items]


_ASIDE = re.compile(
    r"\n[ \t]*(?:[-*•][ \t]+)?[*_]{0,3}(?:explanation|reason(?:ing)?|rationale|justification|note"
    r"|comment|why(?: it works)?|analysis|style|tone|type|category)[*_]{0,3}:",
    re.IGNORECASE,
)


def _split_before_end(items: Sequence[str], wording: Wording, *, every: bool) -> list[Segment]:
    """Read a list whose last item ends the reply, and may have been cut off."""
    parts = split(items, wording, every=every)
    before = split(items[:-1], wording, every=every)
    last, text = parts[-1], items[-1].rstrip()
    if not all(part.stated is not None for part in before):
        return parts
    if not all(_follows(part, item) for part, item in zip(before, items[:-1], strict=True)):
        return parts
    if last.stated is not None and text.endswith(_ENDLESS):
        return [*before, Segment(last.text)]
    if last.stated is not None:
        return parts
    if match := _CUT.search(text, max(0, len(text) - REACH)):
        return [*before, Segment(text[: match.start()].strip())]
    return before


def _follows(part: Segment, item: str) -> bool:
    """Whether an item's probability stands after its text."""
    return part.stated is not None and item.lstrip(" *_\t").startswith(part.text[:20].lstrip("*_"))


_ENDLESS = (".", ",", "e", "E")
_CUT = re.compile(
    r"(?<=\S)(?:\s*(?:[-–—|:]\s*)?[*_]{0,3}[(\[][^()\[\]\n]{0,40}|\s+(?:[-–—|]|->"
    r"|→)\s*[~<]?[\d.,]{0,8}"
    r"|\s*\n[ \t]*(?:[-*•][ \t]*)?[*_]{0,3}(?:p(?:r(?:o(?:b(?:a(?:b(?:i(?:l(?:i"
    r"(?:ty?)?)?)?)?)?)?)?)?)?)?[*_]{0,3}:?[*_]{0,3}[ \t]*[\d.]{0,2})\Z",
    re.IGNORECASE,
)


def _labelled(item: str) -> Segment | None:
    """Read a probability that is named as one, or that is all there is."""
    if only := _ONLY.match(item, 0, REACH):
        return Segment("", only["value"])
    for own in _OWN_LINE.finditer(item):
        before, after = item[: own.start()].strip(), item[own.end() :].strip()
        return Segment(before or after, own["value"])
    text = item.rstrip()
    start = max(0, len(text) - REACH)
    for pattern in (_TAIL_LABEL, _TAIL_SHARE):
        if match := _last(pattern, text, start):
            return Segment(_balanced(text[: match.start()].strip()), match["value"])
    text = item.lstrip()
    if match := _HEAD_LABEL.match(text, 0, REACH):
        return Segment(text[match.end() :].strip(), match["value"])
    if (match := _HEAD_BRACKET.match(text, 0, REACH)) and re.search(_LABEL, match[0], _FLAGS):
        return Segment(text[match.end() :].strip(), match["value"])
    return None


def _unlabelled(item: str, kind: str) -> Segment | None:
    """Read a number without a name in one of the four places where it may stand."""
    if kind.startswith("tail"):
        pattern = _TAILS[kind]
        text = item.rstrip()
        if match := _last(pattern, text, max(0, len(text) - REACH)):
            return Segment(_balanced(text[: match.start()].strip()), match["value"])
        return None
    pattern = _HEAD_BRACKET if kind == "head bracket" else _HEAD_PLAIN
    text = item.lstrip()
    match = pattern.match(text, 0, REACH)
    if match and (rest := text[match.end() :].strip()):
        return Segment(rest, match["value"])
    return None


_TAILS = {"tail bracket": _TAIL_BRACKET, "tail plain": _TAIL_PLAIN, "tail space": _TAIL_SPACE}


def _balanced(text: str) -> str:
    """Drop the half of a pair of bold marks whose other half went with the probability."""
    for mark in ("**", "__"):
        if text.count(mark) == 1 and text.startswith(mark):
            return text[2:].lstrip()
        if text.count(mark) == 1 and text.endswith(mark):
            return text[:-2].rstrip()
    return text


def _last(pattern: re.Pattern[str], text: str, start: int) -> re.Match[str] | None:
    """Find the match that ends the text; the pattern is bound to its end."""
    return pattern.search(text, start)


def _plausible(stated: Sequence[str], wording: Wording) -> bool:
    """Whether numbers without a name are probabilities: percentages, shares, or decimals in 0-1."""
    plain = [value for value in stated if not _PERCENT_NUMBER.search(value.lower())]
    read = [probability.read(value, wording) for value in stated]
    if any(value is None for value, _ in probability.scaled(read)):
        good = sum(value is not None for value, _ in probability.scaled(read))
        return 5 * good >= 4 * len(read) and bool(plain) and any("." in v for v in plain)
    if len(plain) < len(stated) or wording in (Wording.NLL, Wording.PERPLEXITY):
        return True
    if wording is Wording.PERCENTAGE:
        return True
    if all("." in value or "," in value for value in plain if value.strip() not in {"0", "1"}):
        return any("." in value or "," in value for value in plain)
    values = [one.value or 0 for one in read]
    return len(values) > 1 and 95 <= sum(values) <= 105

"""A probability that stands in the text of a list's item: `Paris (0.5)`, `**Tea** (30%): hot`.

A label ("probability: 0.5") is sure. Without one, a number counts only where most items of the
list have one in the same place, since a text may well end in "(12%)" by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vs_magic.verbalized.method import Wording
from vs_magic.verbalized.parse import names, probability

REACH = 160
MAX_ITEMS = 2000
_FLAGS = re.IGNORECASE
_NUMBER = (
    r"(?:(?:about|approx(?:imately|\.)?|around|roughly|ca\.?|circa|less than|at most|under"
    r"|below|over|at least|more than)\s+)?(?:&[lg]t;|[~≈<>≤≥±≳≲]){0,2}=?\s*"
    r"[-+−]?(?:\d{1,3}(?:[.,]\d{1,14}|\.(?=\s*%))?|[.,]\d{1,14})(?:[eE]-?\d{1,3})?"
    r"(?:\s*(?:%|％|percent\b|per\s?cent\b|‰)|\s*/\s*\d{1,6}(?:\.\d{1,6})?|\s+(?:out\s+of|of"
    r"|in)\s+\d{1,6})?"
    r"(?:\s*(?:[-–—]|to)\s*\d[\d.,]{0,14}(?:\s*[%％])?)?(?:\s*\([^()\n]{1,20}\))?"
)
_WORD = (
    r"(?:(?:very|fairly|quite|extremely|highly|relatively|moderately|somewhat|most|least)\s+)?"
    r"(?:high|low|medium|moderate|likely|unlikely|rare|common"
    r"|certain|possible|unknown|n/a|none|null|nan)\b(?:(?:\s+(?:and|to|or))+\s+(?:very\s+)?"
    r"(?:high|low|medium|moderate|likely|unlikely)\b)?(?:\s*\([^()\n]{1,20}\))?"
)
LABEL = (
    r"(?:(?:estimated|relative|approx(?:imate|\.)?|stated|verbali[sz]ed|sampling|overall|my|its?"
    r"|(?:very )?(?:high|medium|moderate|low))"
    rf"\s+)?(?:{names.PROBABILITY_WORDS}|p\d{{1,3}}(?=[*_]{{0,3}}\s*[:：=])"
    r"|pr?\([^()\n]{1,40}\)(?=\s*[=:：≈~])|p(?=\s*[=:：≈~<>≤≥≳≲(])|pr(?=\s*[=:：]))"
    r"(?:\s+of\s+(?:[^\W\d]{1,20}\s+){0,3}[^\W\d]{1,20}(?=[*_]{0,3}\s*[:：=]))?"
    r"(?:\s*(?:score|level))?(?:\s*\#?\d{1,3}(?=[*_]{0,3}\s*[:：=]))?"
    r"(?:\s*\((?:%|percent|estimated|0-1)\))?"
)
MARK = r"[*_`$]{0,3}"
_IS = rf"{MARK}\s*(?:[:：=≈~]|–|-|of\b|is\b|为|是)?\s*{MARK}\s*"
_VALUE = rf"(?P<value>{_NUMBER}|{_WORD})"
_BARE = rf"(?P<value>{_NUMBER})"
_END = r"[\s*_`$]*[.;,。；，]?[\s*_`$]*\Z"
_LEAD = rf"(?:{_WORD}\s*[,;:–—-]?\s*)?"  # in brackets: `(likely, 60%)`
_REMARK = r"(?:[,;–—-]\s*[^()\[\]\n]{1,160})?"
_OPEN, _CLOSE = r"[(\[{<|（【]", r"[)\]}>|）】]"
_OF_IT = rf"(?:\s+(?:{LABEL}|likely|chance|sure|certain))?"
OWN_LINE = re.compile(
    rf"^[ \t>]*(?:#{{1,6}}[ \t]+)?"
    rf"(?:[-*•–+][ \t]+)?[(\[（【]?{MARK}(?:p\d{{1,3}}:\s?)?(?P<label>{LABEL}){_IS}{_VALUE}"
    rf"{MARK}[)\]）】]?[.;,。；，]?{MARK}[ \t]*"
    rf"(?:(?://|#|–|—|-|\()[^\n]{{0,120}})?$",
    _FLAGS | re.MULTILINE,
)
_UNREADABLE = re.compile(
    rf"^[ \t>]*(?:[-*•][ \t]+)?{MARK}(?P<label>probability|likelihood|confidence){MARK}"
    rf"[ \t]*[:：]{MARK}[ \t]*(?P<value>[^\n]{{1,200}})$",
    _FLAGS | re.MULTILINE,
)
_TAIL_LABEL = re.compile(
    rf"(?<=\S)(?:\s*(?:[-–—|,;:：，；→=>]|->|\.\.+)\s*|\s+|(?<=[.!?\"”’'*_。！？…」』])"
    rf"|(?=[（【])){MARK}{_OPEN}?\s*{MARK}(?:(?:with|has)\s+"
    rf"(?:an?\s+)?)?{LABEL}{_IS}[(\[]?{_VALUE}\s*{MARK}{_CLOSE}?{_END}",
    _FLAGS,
)
_TAIL_BRACKET = re.compile(
    rf"(?<=\S)\s*(?:[-–—|:→=]\s*)?{MARK}[(\[{{<（【]\s*{MARK}{_LEAD}{_BARE}{_OF_IT}\s*{MARK}"
    rf"[)\]}}>）】]{_END}",
    _FLAGS,
)
_TAIL_PLAIN = re.compile(
    rf"(?<=\S)(?:\s+(?=`)|\s+(?:-{{1,2}}|–|—|→|->|=>?|~|@)\s*|\s*\|\s*|\s*:\s+|[:：]\s*|\s*\t\s*"
    rf"|\s*(?:\.\s?){{3,}}\s*|[,;]\s*){MARK}{_BARE}{MARK}\s*\|?{_END}",
    _FLAGS,
)
_PERCENT = r"\d{1,3}(?:[.,]\d{1,6})?\s?%"
_TAIL_SPACE = re.compile(rf"(?<=\S)\s+(?P<value>[~≈<]?0?[.,]\d{{1,6}}|{_PERCENT})[.;]?\s*\Z")
_HEAD_SPACE = re.compile(rf"(?P<value>{_PERCENT})\s+")
BEHIND = re.compile(  # behind what is delimited by itself: `<response>Paris</response> - 40%`
    rf"[ \t]*(?:[-–—:|,][ \t]*|with )?{_OPEN}?[ \t]*(?:{LABEL}{_IS})?{_BARE}[ \t]*{_CLOSE}?[ \t]*"
    r"(?=\n|<|\Z)",
    _FLAGS,
)
_ONLY = re.compile(
    rf"\s*{MARK}[(\[（]\s*(?:{LABEL}{_IS})?{_VALUE}\s*[)\]）]:?{MARK}:?\s*\Z", _FLAGS
)
_HEAD_BRACKET = re.compile(
    rf"{MARK}[(\[{{（【]\s*{MARK}(?:(?P<label>{LABEL}){_IS})?{_VALUE}"
    rf"(?:\s+{LABEL})?\s*{MARK}[)\]}}）】]{MARK}[ \t]*(?:[:.–—|-]|->|→)?{MARK}\s*",
    _FLAGS,
)
_HEAD_LABEL = re.compile(
    rf"{MARK}{LABEL}{_IS}{_VALUE}{MARK}\s*(?:[:|–—,;：，；-]|->|→|\n){MARK}\s*", _FLAGS
)
_HEAD_PLAIN = re.compile(
    rf"{MARK}{_BARE}{MARK}[ \t]*(?:(?:[:|]|->|→|\t){MARK}\s*|[–—-]\s+|\s+(?=[\"“*])"
    r"|(?<=`)\s+|\r?\n\s*)",
    _FLAGS,
)
_OF_TEXT = re.compile(
    rf"\s*{MARK}(?:pr?\((?P<head>[^()\n]{{2,80}})\)|(?:probability|likelihood|chance) of "
    rf"(?P<head2>[^:=\n]{{1,80}})){MARK}\s*[=:：≈~]\s*{MARK}{_VALUE}{_END}",
    _FLAGS,
)
_OPTION = re.compile(rf"\s*\(?(?P<head>\w)\)?[.:)]?\s+{_BARE}{_END}", _FLAGS)
# After a title, before what describes it: `Tea (30%): hot`, `Tea – 30% – hot`.
_AFTER = r"(?=[*_]{0,3}\s*(?:[:：]|[–—-]\s|[–—]|[,;.]\s|\r?\n|\Z)|(?<=[*_])\s)"
_MID_LABEL = re.compile(
    rf"(?P<head>[^\n]{{1,160}}?)(?P<cut>\s*(?:[-–—|:→]\s*)?{MARK}(?:{_OPEN}\s*{MARK}"
    rf"(?:{LABEL}{_IS}{_VALUE}{_REMARK}|(?P<value2>{_NUMBER})\s+(?:{LABEL}|likely|chance))"
    rf"\s*{MARK}{_CLOSE}|(?<=[-–—|:→\s])\s*{LABEL}{_IS}(?P<value3>{_NUMBER}|{_WORD}))"
    rf"{MARK}){_AFTER}",
    _FLAGS,
)
_MID_BARE = re.compile(
    rf"(?P<head>[^\n]{{1,160}}?)(?P<cut>\s*(?:[-–—|:→]\s*)?{MARK}[(\[（【]\s*{MARK}{_LEAD}{_BARE}"
    rf"{_OF_IT}\s*{MARK}[)\]）】]{MARK}|\s*(?:\s[-–—|→]|:)\s+{MARK}(?P<value2>{_NUMBER}){_OF_IT}{MARK})"
    rf"{_AFTER}",
    _FLAGS,
)


@dataclass(frozen=True, slots=True)
class Part:
    """An item in two: its text, before and after what was stated for it."""

    head: str
    stated: str | None = None
    tail: str = ""

    @property
    def text(self) -> str:
        """The text without what was stated."""
        return self.head + self.tail


def split(
    items: Sequence[str], wording: Wording, *, every: bool = False, cut: bool = False
) -> list[Part]:
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
        return [Part(item.strip()) for item in items]
    asides = [_ASIDE.search(item) for item in items]
    if 2 * sum(aside is not None for aside in asides) > len(items):
        items = [
            item[: aside.start()] if aside else item
            for item, aside in zip(items, asides, strict=True)
        ]
    if cut and len(items) > 1:
        return _split_before_end(items, wording, every=every)
    found = [_labelled(item) for item in items]
    if not any(found):
        found = _unlabelled(items, wording, every=every)
    return [part or Part(item.strip()) for part, item in zip(found, items, strict=True)]


_ASIDE = re.compile(
    r"\n[ \t]*(?:[-*•][ \t]+)?[*_]{0,3}(?:explanation|reason(?:ing)?|rationale|justification|note"
    r"|comment|why(?: it works)?|analysis|style|tone|type|category|begründung|explication"
    r"|explicación|理由|解释)[*_]{0,3}[:：]",
    re.IGNORECASE,
)


def _split_before_end(items: Sequence[str], wording: Wording, *, every: bool) -> list[Part]:
    """Read a list whose last item ends the reply, and may have been cut off."""
    parts = split(items, wording, every=every)
    before = split(items[:-1], wording, every=every)
    last, text = parts[-1], items[-1].rstrip()
    if any(part.stated is None for part in before):
        return parts
    if last.stated is not None:
        value = text[text.rfind(last.stated) :]
        if is_cut(value) and not value.removeprefix(last.stated).strip(".,"):
            return [*before, Part(last.text)]
        return parts
    if match := _CUT.search(text, max(0, len(text) - REACH)):
        return [*before, Part(text[: match.start()].strip())]
    return before


def is_cut(value: str) -> bool:
    """Whether a number that ends a reply is known to lack its end: `0.`, `2e`."""
    return value[-1:] in ("e", "E", ",") or (
        value[-1:] == "." and value[:-1].strip("~<> ").isdigit()
    )


_CUT = re.compile(
    r"(?<=\S)(?:\s*(?:[-–—|:]\s*)?[*_]{0,3}[(\[][^()\[\]\n]{0,40}|\s+(?:[-–—|]|->"
    r"|→)\s*[~<]?[\d.,]{0,8}"
    r"|\s*\n[ \t]*(?:[-*•][ \t]*)?[*_]{0,3}(?:p(?:r(?:o(?:b(?:a(?:b(?:i(?:l(?:i"
    r"(?:ty?)?)?)?)?)?)?)?)?)?)?[ \d]{0,4}[*_]{0,3}:?[*_]{0,3}[ \t]*[\d.]{0,2})\Z",
    re.IGNORECASE,
)


def _labelled(item: str) -> Part | None:  # noqa: PLR0911 (one form after the other)
    """Read a probability that is named as one, or that is all there is."""
    if only := _ONLY.match(item, 0, REACH):
        return Part("", only["value"])
    if of_text := _OF_TEXT.match(item, 0, REACH):
        return Part((of_text["head"] or of_text["head2"]).strip("\"' "), of_text["value"])
    if own := OWN_LINE.search(item):
        return _around_line(item, own)
    text = item.strip()
    if part := _at_tail(_TAIL_LABEL)(text):
        return part
    if match := _HEAD_LABEL.match(text, 0, REACH):
        return Part("", match["value"], text[match.end() :].strip())
    if (match := _HEAD_BRACKET.match(text, 0, REACH)) and match["label"]:
        return Part("", match["value"], text[match.end() :].strip())
    if match := _MID_LABEL.match(text):
        return _around(text, match)
    own = _UNREADABLE.search(item)
    return _around_line(item, own) if own else None


def _around_line(item: str, own: re.Match[str]) -> Part:
    """Take out the line that states a probability, and lines that state another kind of one."""
    before, after = item[: own.start()].rstrip().removesuffix("\\"), item[own.end() :]
    kind = _kind(own["label"])
    while (other := OWN_LINE.search(after)) and _kind(other["label"]) != kind:
        after = f"{after[: other.start()].rstrip()}{after[other.end() :]}"
    gap = "\n\n" if re.match(r"\s*\n[ \t]*\n", after) else "\n"
    after = after.strip("\n").rstrip()
    if before and after:
        after = gap + after
    return Part(before.strip(), own["value"], after if before else after.strip())


def _kind(label: str) -> str:
    """Return the word of a label without its number."""
    return label.rstrip(" #0123456789").lower()


def _around(text: str, match: re.Match[str]) -> Part:
    """Take out what stands between a title and its description, and marks that lose their half."""
    head, tail = match["head"], text[match.end() :]
    groups = match.groupdict()
    value = groups["value"] or groups["value2"] or groups.get("value3")
    for mark in ("**", "__", "*"):
        if head.startswith(mark) and head.count(mark) % 2:
            head = head[len(mark) :]
            at = tail.find(mark, 0, len(mark) + 3)
            if not match["cut"].rstrip().endswith(mark) and at >= 0:
                tail = tail[:at] + tail[at + len(mark) :]
            break
    return Part(head.strip(), value, tail.rstrip() if tail.strip(" -–—:*\n") else "")


def _unlabelled(items: Sequence[str], wording: Wording, *, every: bool) -> list[Part | None]:
    """Read numbers without a name in the place where most items have one."""
    needed = len(items) if every else max(1, -(-3 * len(items) // 5))
    best: list[Part | None] = [None] * len(items)
    most = needed - 1
    for kind, place in _PLACES.items():
        parts = [place(item.strip()) for item in items]
        stated = [part.stated for part in parts if part and part.stated is not None]
        if kind in _SHARES and (
            len(stated) < len(items) or not probability.is_distribution(stated, wording)
        ):
            continue
        if len(stated) > most and probability.are_plausible(stated, wording):
            best, most = parts, len(stated)
        if most == len(items):
            break
    return best


def _at_tail(pattern: re.Pattern[str]) -> Callable[[str], Part | None]:
    """Return a reader of a number that ends an item."""

    def read(text: str) -> Part | None:
        match = pattern.search(text, max(0, len(text) - REACH))
        return match and Part(_balanced(text[: match.start()].strip()), match["value"])

    return read


def _at_head(pattern: re.Pattern[str]) -> Callable[[str], Part | None]:
    """Return a reader of a number that an item begins with."""

    def read(text: str) -> Part | None:
        match = pattern.match(text, 0, REACH)
        rest = text[match.end() :].strip() if match else ""
        if match and rest.count("**") % 2 and match[0].rstrip().endswith("**"):
            rest = f"**{rest}"  # the mark opens what follows
        return Part("", match["value"], rest) if match and rest else None

    return read


def _after_title(text: str) -> Part | None:
    """Read a number between a title and its description."""
    match = _MID_BARE.match(text)
    open_bracket = match and match["head"].count("(") > match["head"].count(")")
    return _around(text, match) if match and not open_bracket else None


def _option(text: str) -> Part | None:
    """Read the letter of an option and a number: `(A) 10%`."""
    match = _OPTION.match(text)
    return Part(match["head"], match["value"]) if match else None


_PLACES: dict[str, Callable[[str], Part | None]] = {
    "tail bracket": _at_tail(_TAIL_BRACKET),
    "after title": _after_title,
    "head bracket": _at_head(_HEAD_BRACKET),
    "tail plain": _at_tail(_TAIL_PLAIN),
    "head plain": _at_head(_HEAD_PLAIN),
    "option": _option,
    "tail space": _at_tail(_TAIL_SPACE),
    "head space": _at_head(_HEAD_SPACE),
}
_SHARES = frozenset({"tail space", "head space", "option"})


def _balanced(text: str) -> str:
    """Drop the half of a pair of bold marks whose other half went with the probability."""
    for mark in ("**", "__"):
        if text.count(mark) == 1 and text.startswith(mark):
            return text[2:].lstrip()
        if text.count(mark) == 1 and text.endswith(mark):
            return text[:-2].rstrip()
    return text

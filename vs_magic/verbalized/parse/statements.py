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
_LABEL = (
    r"(?:(?:estimated|relative|approx(?:imate|\.)?|stated|verbali[sz]ed|sampling|overall|my|its?"
    r"|(?:very )?(?:high|medium|moderate|low))"
    rf"\s+)?(?:{names.PROBABILITY_WORDS}|p\d{{1,3}}(?=[*_]{{0,3}}\s*[:：=])"
    r"|pr?\([^()\n]{1,40}\)(?=\s*[=:：≈~])|p(?=\s*[=:：≈~<>≤≥≳≲(])|pr(?=\s*[=:：]))"
    r"(?:\s+of\s+(?:[^\W\d]{1,20}\s+){0,3}[^\W\d]{1,20}(?=[*_]{0,3}\s*[:：=]))?"
    r"(?:\s*(?:score|level))?(?:\s*\#?\d{1,3}(?=[*_]{0,3}\s*[:：=]))?"
    r"(?:\s*\((?:%|percent|estimated|0-1)\))?"
)
_MARK = r"[*_`$]{0,3}"
_IS = rf"{_MARK}\s*(?:[:：=≈~]|–|-|of\b|is\b|为|是)?\s*{_MARK}\s*"
_VALUE = rf"(?P<value>{_NUMBER}|{_WORD})"
_BARE = rf"(?P<value>{_NUMBER})"
_END = r"[\s*_`$]*[.;,。；，]?[\s*_`$]*\Z"
_LEAD = rf"(?:{_WORD}\s*[,;:–—-]?\s*)?"  # in brackets: `(likely, 60%)`
_REMARK = r"(?:[,;–—-]\s*[^()\[\]\n]{1,160})?"
_OPEN, _CLOSE = r"[(\[{<|（【]", r"[)\]}>|）】]"
_OF_IT = rf"(?:\s+(?:{_LABEL}|likely|chance|sure|certain))?"
OWN_LINE = re.compile(
    rf"^[ \t>]*(?:#{{1,6}}[ \t]+)?"
    rf"(?:[-*•–+][ \t]+)?[(\[（【]?{_MARK}(?:p\d{{1,3}}:\s?)?(?P<label>{_LABEL}){_IS}{_VALUE}"
    rf"{_MARK}[)\]）】]?[.;,。；，]?{_MARK}[ \t]*"
    rf"(?:(?://|#|–|—|-|\()[^\n]{{0,120}})?$",
    _FLAGS | re.MULTILINE,
)
_UNREADABLE = re.compile(
    rf"^[ \t>]*(?:[-*•][ \t]+)?{_MARK}(?P<label>probability|likelihood|confidence){_MARK}"
    rf"[ \t]*[:：]{_MARK}[ \t]*(?P<value>[^\n]{{1,200}})$",
    _FLAGS | re.MULTILINE,
)
_TAIL_LABEL = re.compile(
    rf"(?<=\S)(?:\s*(?:[-–—|,;:：，；→=>]|->|\.\.+)\s*|\s+|(?<=[.!?\"”’'*_。！？…」』])"
    rf"|(?=[（【])){_MARK}{_OPEN}?\s*{_MARK}(?:(?:with|has)\s+"
    rf"(?:an?\s+)?)?{_LABEL}{_IS}[(\[]?{_VALUE}\s*{_MARK}{_CLOSE}?{_END}",
    _FLAGS,
)
_TAIL_BRACKET = re.compile(
    rf"(?<=\S)\s*(?:[-–—|:→=]\s*)?{_MARK}[(\[{{<（【]\s*{_MARK}{_LEAD}{_BARE}{_OF_IT}\s*{_MARK}"
    rf"[)\]}}>）】]{_END}",
    _FLAGS,
)
_TAIL_PLAIN = re.compile(
    rf"(?<=\S)(?:\s+(?=`)|\s+(?:-{{1,2}}|–|—|→|->|=>?|~|@)\s*|\s*\|\s*|\s*:\s+|[:：]\s*|\s*\t\s*"
    rf"|\s*(?:\.\s?){{3,}}\s*|[,;]\s*){_MARK}{_BARE}{_MARK}\s*\|?{_END}",
    _FLAGS,
)
_PERCENT = r"\d{1,3}(?:[.,]\d{1,6})?\s?%"
_TAIL_SPACE = re.compile(rf"(?<=\S)\s+(?P<value>[~≈<]?0?[.,]\d{{1,6}}|{_PERCENT})[.;]?\s*\Z")
_HEAD_SPACE = re.compile(rf"(?P<value>{_PERCENT})\s+")
BEHIND = re.compile(  # behind what is delimited by itself: `<response>Paris</response> - 40%`
    rf"[ \t]*(?:[-–—:|,][ \t]*|with )?{_OPEN}?[ \t]*(?:{_LABEL}{_IS})?{_BARE}[ \t]*{_CLOSE}?[ \t]*"
    r"(?=\n|<|\Z)",
    _FLAGS,
)
_ONLY = re.compile(
    rf"\s*{_MARK}[(\[（]\s*(?:{_LABEL}{_IS})?{_VALUE}\s*[)\]）]:?{_MARK}:?\s*\Z", _FLAGS
)
_HEAD_BRACKET = re.compile(
    rf"{_MARK}[(\[{{（【]\s*{_MARK}(?:(?P<label>{_LABEL}){_IS})?{_VALUE}"
    rf"(?:\s+{_LABEL})?\s*{_MARK}[)\]}}）】]{_MARK}[ \t]*(?:[:.–—|-]|->|→)?{_MARK}\s*",
    _FLAGS,
)
_HEAD_LABEL = re.compile(
    rf"{_MARK}{_LABEL}{_IS}{_VALUE}{_MARK}\s*(?:[:|–—,;：，；-]|->|→|\n){_MARK}\s*", _FLAGS
)
_HEAD_PLAIN = re.compile(
    rf"{_MARK}{_BARE}{_MARK}[ \t]*(?:(?:[:|]|->|→|\t){_MARK}\s*|[–—-]\s+|\s+(?=[\"“*])"
    r"|(?<=`)\s+|\r?\n\s*)",
    _FLAGS,
)
_OF_TEXT = re.compile(
    rf"\s*{_MARK}(?:pr?\((?P<head>[^()\n]{{2,80}})\)|(?:probability|likelihood|chance) of "
    rf"(?P<head2>[^:=\n]{{1,80}})){_MARK}\s*[=:：≈~]\s*{_MARK}{_VALUE}{_END}",
    _FLAGS,
)
_OPTION = re.compile(rf"\s*\(?(?P<head>\w)\)?[.:)]?\s+{_BARE}{_END}", _FLAGS)
# After a title, before what describes it: `Tea (30%): hot`, `Tea – 30% – hot`.
_AFTER = r"(?=[*_]{0,3}\s*(?:[:：]|[–—-]\s|[–—]|[,;.]\s|\r?\n|\Z)|(?<=[*_])\s)"
_MID_LABEL = re.compile(
    rf"(?P<head>[^\n]{{1,160}}?)(?P<cut>\s*(?:[-–—|:→]\s*)?{_MARK}(?:{_OPEN}\s*{_MARK}"
    rf"(?:{_LABEL}{_IS}{_VALUE}{_REMARK}|(?P<value2>{_NUMBER})\s+(?:{_LABEL}|likely|chance))"
    rf"\s*{_MARK}{_CLOSE}|(?<=[-–—|:→\s])\s*{_LABEL}{_IS}(?P<value3>{_NUMBER}|{_WORD}))"
    rf"{_MARK}){_AFTER}",
    _FLAGS,
)
_MID_BARE = re.compile(
    rf"(?P<head>[^\n]{{1,160}}?)(?P<cut>\s*(?:[-–—|:→]\s*)?{_MARK}[(\[（【]\s*{_MARK}{_LEAD}{_BARE}"
    rf"{_OF_IT}\s*{_MARK}[)\]）】]{_MARK}|\s*(?:\s[-–—|→]|:)\s+{_MARK}(?P<value2>{_NUMBER}){_OF_IT}{_MARK})"
    rf"{_AFTER}",
    _FLAGS,
)
_MARKED_NUMBER = re.compile(r"%|％|percent|per cent|/|\bof\b|\bin\b", _FLAGS)
# What is left in a text, or around a list, that states something nobody got.
_SAID = rf"(?<!\w){_LABEL}\**\s*[:：=]\s*\**(?:\d|[~<>≈≥≤]\s*\d)"
_LEFT_OVER = re.compile(_SAID, _FLAGS)
_LEFT_OVER_BARE = re.compile(
    rf"{_SAID}|{_LABEL}\s*[:：=]\s*[)\]]|\d\s*[%％]|\d\s+per\s?cent\b"
    rf"|{_LABEL}{_MARK}\s*(?:of|is|:)\s*{_MARK}[.\d]|probabilit(?:y|ies)\b[^\n]{{0,40}}\d*[.,]\d",
    _FLAGS,
)
_SHARE_LEFT = re.compile(
    r"(?<=\S)\s*\((?:\d{1,3}(?:\.\d+)?\s*%|0?\.\d+)\)?\s*\Z|\A\((?:\d{1,3}\s*%|0?\.\d+)\)\s"
)
_HEADS = re.compile(r"[ \t>]*(?:#{1,6}[ \t].*|\*\*[^*]*\*\*:?|.*[:：]\**)\s*")
_INTRO = re.compile(
    r"[<>≤≥]|\b(?:each|here|below|under|less|above|respons\w*|answers?|total)\b", _FLAGS
)
_TOTAL = re.compile(r"\W*(?:total|sum|remaining|overall|other)\b", _FLAGS)


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


def states_more(text: str, *, stated: bool) -> bool:
    """Whether a text says a probability that no candidate got; a bare percentage if none is."""
    return (_LEFT_OVER if stated else _LEFT_OVER_BARE).search(text) is not None


def states_twice(text: str) -> bool:
    """Whether a text still ends or begins with a share in brackets, beside what was taken out."""
    return _SHARE_LEFT.search(text) is not None


def titles_state(text: str) -> bool:
    """Whether a line of prose that heads something states a probability."""
    return any(
        _HEADS.fullmatch(line) is not None
        for line in text.split("\n")
        if _LEFT_OVER_BARE.search(line) and not _TOTAL.match(line) and not _INTRO.search(line)
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
        if kind in _SHARES and (len(stated) < len(items) or not _is_distribution(stated, wording)):
            continue
        if len(stated) > most and _plausible(stated, wording):
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


def _is_distribution(stated: Sequence[str], wording: Wording) -> bool:
    """Whether percentages that nothing sets off sum to about 100; decimals need not."""
    total = sum(probability.read(value, wording).value or 0 for value in stated)
    return len(stated) > 1 and (0.9 <= total <= 1.1 or not any("%" in one for one in stated))


def _plausible(stated: Sequence[str], wording: Wording) -> bool:
    """Whether numbers without a name are probabilities: percentages, shares, or decimals in 0-1."""
    plain = [value for value in stated if not _MARKED_NUMBER.search(value)]
    read = [probability.read(value, wording) for value in stated]
    if all(one.repairs and one.repairs[0].startswith("range") for one in read):
        return True
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

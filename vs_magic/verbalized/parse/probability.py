"""What a stated probability means: its notation, then the scale that the whole reply is on."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vs_magic.verbalized.method import Wording

MAX_LENGTH = 80
NOTATION = re.compile(  # what a cell or a value is, if it is a probability
    r"(?:&[lg]t;|[~≈<>≤≥])?\s*[-+−]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE]-?\d+)?\s*(?:%|/\s*\d+"
    r"|(?:out )?of \d+)?",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"0(?:\.\d{1,20})?|1(?:\.0{1,20})?|\.\d{1,20}|\d{1,3}(?:\.\d{1,20})?")
_NUMBER = (
    r"(?P<sign>[-+−–]?)\s*(?P<number>\d{1,40}(?:[.,]\d{0,40})?|[.,]\d{1,40})"
    r"(?:[eE](?P<exponent>[-+−]?\d{1,4})|\s*[x×*·⋅]\s*10\s*(?:\^"
    r"|\*\*)\s*[({]?\s*(?P<power>[-−]?\d{1,3})[)}]?"
    r"|\s*[x×·]\s*10(?P<raised>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))?"
)
_LEAD = (
    r"(?:(?:(?:estimated|relative|stated|approx\.?|est\.?)\s+)?"
    r"(?:probability|prob\.?|p|likelihood|confidence|chance|weight|score)\b"
    r"(?:\s*\([^()]{0,20}\))?\s*(?:of\b|is\b|[:=])?\s*)?"
    r"(?P<about>[~≈∼≃±]|\b(?:about|approximately|approx\b\.?|around|roughly|circa|ca\b\.?"
    r"|estimated|est\b\.?|nearly|almost|maybe|perhaps|some)\s)?\s*"
    r"(?P<bound><=?|>=?|≤|≥|≳|≲|&[lg]t;=?|\b(?:less than|lower than|below|under|at most|up to"
    r"|at least|more than|greater than|over|above|no more than)\s)?\s*"
    r"(?P<about2>[~≈])?\s*"
)
_UNIT = (
    r"\s*(?:(?P<percent>%|％|percent\b|per\s?cent\b|pct\b)|(?P<mille>‰)"
    r"|(?:/|⁄|\bout\s+of|\bof|\bin)\s*(?P<whole>\d{1,12}(?:\.\d{1,12})?))?"
)
_STATED = re.compile(rf"{_LEAD}{_NUMBER}{_UNIT}(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_RANGE = re.compile(r"\s*(?:-|–|—|to\b|\.\.+|~)\s*[.\d]")
_POWER_OF_TEN = re.compile(r"10\s*(?:\^|\*\*)")
_REST = re.compile(r"\s*(?:\Z|[(\[,;.:!/#*|±–—-])|f?\Z|\s+[A-Za-z]")
_IN_BRACKETS = re.compile(r"[^()\d]{1,40}[(:=]\s*([~<]?\s*\d*[.,]?\d+\s*%?)\s*\)?")
_NOTHING = frozenset(
    {"", "null", "none", "n/a", "na", "nan", "-", "–", "—", "?", "unknown", "undefined"}
)
_WORD = re.compile(
    r"(?:(?:extremely|very|fairly|quite|somewhat|relatively|rather|highly|most|more|less|least"
    r"|moderately|pretty|slightly|almost|nearly|super|ultra)[\s-]+)*"
    r"(?:high(?:est|er)?|low(?:est|er)?|medium|moderate|mid|likely|unlikely|probable|improbable"
    r"|possible|impossible|certain|uncertain|rare|common|uncommon|typical|atypical|unusual"
    r"|average|negligible|tiny|small|large|big|even|certainly|probably|rarely|sometimes|often"
    r"|always|never|minimal|plausible|implausible)"
    r"(?:[\s-]+(?:to[\s-]+)?(?:high|low|medium|moderate|probability|likelihood|chance|likely))*",
    re.IGNORECASE,
)
_MARKED_NUMBER = re.compile(r"%|％|percent|per cent|/|\bof\b|\bin\b", re.IGNORECASE)
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One stated value before its scale is known.

    Parameters
    ----------
    value
        The number, or None where there is none to read.
    absolute
        Whether its notation settled the scale (`12%`, `1/6`): `value` is then on 0-1.
    wording
        What the prompt, or the field's own name, says the number is.
    kind
        Why there is no number: `verbal` or `unreadable`; empty where there is one, or nothing.
    repairs
        What had to be mended to read it.
    """

    value: float | None = None
    absolute: bool = False
    wording: Wording = Wording.EXPLICIT
    kind: str = ""
    repairs: tuple[str, ...] = ()


def read(raw: str | None, wording: Wording) -> Stated:
    """Read the notation of one stated probability.

    >>> read("~12%", Wording.EXPLICIT).value
    0.12
    """
    if raw is None:
        return Stated(wording=wording)
    if _PLAIN.fullmatch(raw):
        lead = ("no leading zero",) if raw[0] == "." else ()
        return Stated(value=float(raw), wording=wording, repairs=lead)
    text = raw.strip().strip("*_`\"'“”‘’").strip()
    if text[:1] in "([{" and text[-1:] in ")]}":
        text = text[1:-1].strip()
    if text.lower() in _NOTHING:
        named = ("not a number",) if text.lower() == "nan" else ()
        return Stated(wording=wording, repairs=named)
    if _POWER_OF_TEN.match(text):
        text = f"1 x {text}"
    match = _STATED.match(text) if len(text) <= MAX_LENGTH else None
    if match is None or not _REST.match(match["rest"]):
        return _words(text, wording)
    if _RANGE.match(match["rest"]):
        return Stated(wording=wording, repairs=(f"range: {_short(text)}",))
    return _number(text, match, wording)


def _words(text: str, wording: Wording) -> Stated:
    """Read `high` as no probability, and `high (0.8)` as its number."""
    if len(text) <= MAX_LENGTH and (inner := _IN_BRACKETS.fullmatch(text)):
        found = read(inner[1], wording)
        word = text[: inner.start(1)].strip(" (:=")
        return replace(found, repairs=(*found.repairs, f"note: {_short(word)}"))
    kind = "verbal" if _WORD.match(text) else "unreadable"
    return Stated(wording=wording, kind=kind, repairs=(f"{kind} probability: {_short(text)}",))


def _number(text: str, match: re.Match[str], wording: Wording) -> Stated:
    repairs: list[str] = []
    digits = match["number"]
    if "," in digits:
        digits = digits.replace(",", ".")
        repairs.append("decimal comma")
    if digits.startswith("."):
        repairs.append("no leading zero")
    power = match["exponent"] or match["power"] or (match["raised"] or "").translate(_RAISED)
    exponent = int(power.replace("−", "-")) if power else 0
    if match["about"] or match["about2"]:
        repairs.append("approximate")
    if match["bound"]:
        repairs.append(f"bound: {_short(text)}")
    sign = "-" if match["sign"] in {"-", "−", "–"} else ""
    absolute = True
    if match["percent"]:
        value = float(f"{sign}{digits}e{exponent - 2}")
        repairs.append("percent sign" if match["percent"] in "%％" else "percent")
    elif match["mille"]:
        value = float(f"{sign}{digits}e{exponent - 3}")
        repairs.append("per mille")
    elif match["whole"]:
        value, whole = float(f"{sign}{digits}e{exponent}"), float(match["whole"])
        value = value / whole if whole else math.nan
        repairs.append(f"share: {_short(text)}")
    else:
        value, absolute = float(f"{sign}{digits}e{exponent}"), False
    if rest := match["rest"].strip(" .;,*"):
        repairs.append(f"note: {_short(rest)}")
    return Stated(value=value, absolute=absolute, wording=wording, repairs=tuple(repairs))


def scaled(stated: Sequence[Stated]) -> list[tuple[float | None, tuple[str, ...]]]:
    """Put the values of one reply on the 0-1 scale, with what was mended in each.

    The scale is that of the wording, unless the whole reply evidently uses the other one.
    """
    asked = stated[0].wording if stated else Wording.EXPLICIT
    plain = [one.value for one in stated if one.value is not None and not one.absolute]
    signs = [repair for one in stated if one.absolute for repair in one.repairs]
    # Beside a share such as 1/6, a percent sign says nothing of the numbers without one.
    signed = "percent sign" in signs and not any(one.startswith("share") for one in signs)
    percent = _evidently_percent(plain, signed=signed)
    share = asked is Wording.PERCENTAGE and _evidently_share(plain)
    return [_on_unit_scale(one, percent=percent, share=share) for one in stated]


def _evidently_percent(plain: Sequence[float], *, signed: bool) -> bool:
    """Whether 0-1 is out of the question and 0-100 fits every value."""
    if not plain or max(plain) <= 1 or min(plain) < 0 or max(plain) > 100:
        return False
    if signed and (min(plain) >= 1 or max(plain) > 10):
        return True
    if len(plain) < 2:
        return False
    return 95 <= sum(plain) <= 105 or (min(plain) >= 1 and max(plain) > 10)


def _evidently_share(plain: Sequence[float]) -> bool:
    """Whether values asked for in percent sum to about 1 instead."""
    return len(plain) > 1 and min(plain) >= 0 and max(plain) <= 1 and 0.7 <= sum(plain) <= 1.3


def _on_unit_scale(
    one: Stated, *, percent: bool, share: bool
) -> tuple[float | None, tuple[str, ...]]:
    value, repairs = one.value, one.repairs
    if value is None:
        return None, repairs
    if one.absolute:
        pass
    elif one.wording in (Wording.NLL, Wording.PERPLEXITY):
        return _from_surprise(value, one.wording, repairs)
    elif one.wording is Wording.PERCENTAGE:
        if share:
            repairs = (*repairs, "scale 0-1")
        else:
            value = _hundredth(value)
    elif (percent and value > 1) or percent:
        value, repairs = _hundredth(value), (*repairs, "scale 0-100")
    if not 0 <= value <= 1:
        return None, (*repairs, f"out of range: {one.value:g}")
    return value, repairs


def _hundredth(value: float) -> float:
    """Divide by 100 in decimal, so that 33.3 becomes 0.333."""
    return (
        float(f"{value!r}e-2") if "e" not in repr(value) and math.isfinite(value) else value / 100
    )


def _from_surprise(
    value: float, wording: Wording, repairs: tuple[str, ...]
) -> tuple[float | None, tuple[str, ...]]:
    """Turn a negative log-likelihood or a perplexity into a probability."""
    lowest = 0 if wording is Wording.NLL else 1
    if not value >= lowest or math.isinf(value):
        return None, (*repairs, f"out of range: {value:g}")
    probability = math.exp(-value) if wording is Wording.NLL else 1 / value
    return probability, (*repairs, f"from {wording}: {value:g}")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 30 else text[:29] + "…"


def is_distribution(stated: Sequence[str], wording: Wording) -> bool:
    """Whether percentages that nothing sets off sum to about 100; decimals need not."""
    total = sum(read(value, wording).value or 0 for value in stated)
    return len(stated) > 1 and (0.9 <= total <= 1.1 or not any("%" in one for one in stated))


def are_plausible(stated: Sequence[str], wording: Wording) -> bool:
    """Whether numbers without a name are probabilities: percentages, shares, or decimals in 0-1."""
    plain = [value for value in stated if not _MARKED_NUMBER.search(value)]
    found = [read(value, wording) for value in stated]
    if all(one.repairs and one.repairs[0].startswith("range") for one in found):
        return True
    if any(value is None for value, _ in scaled(found)):
        good = sum(value is not None for value, _ in scaled(found))
        return 5 * good >= 4 * len(found) and bool(plain) and any("." in v for v in plain)
    if len(plain) < len(stated) or wording in (Wording.NLL, Wording.PERPLEXITY):
        return True
    if wording is Wording.PERCENTAGE:
        return True
    if all("." in value or "," in value for value in plain if value.strip() not in {"0", "1"}):
        return any("." in value or "," in value for value in plain)
    values = [one.value or 0 for one in found]
    return len(values) > 1 and 95 <= sum(values) <= 105

"""What can be asked for, declared once: flags, traitlets, variables and help are all read off here.

An option is a field of `Options` whose metadata say how people write it. Validation happens when
an `Options` is built and nowhere else.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.verbalized.method import Format, Method, TextPart, Wording
from vs_magic.verbalized.shape import Shape

MAX_K = 1000


def _option(default: Any, *flags: str, kind: Any, help: str, metavar: str = "") -> Any:
    """Declare a field with what the edges need: flags, how to read it from text, help."""
    return field(
        default=default,
        metadata={"flags": flags, "kind": kind, "help": help, "metavar": metavar},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One request for candidates, validated.

    Raises
    ------
    OptionError
        A value is out of its range, or two options do not go together.
    """

    k: int = _option(5, "-k", "--k", kind=int, metavar="K", help="candidates asked for in one call")
    n: int | None = _option(
        None,
        *("-n", "--n"),
        kind=int,
        metavar="N",
        help="responses wanted in all; more than k means several calls (default: k)",
    )
    method: Method = _option(
        Method.VS_STANDARD,
        *("-m", "--method"),
        kind=Method,
        metavar="METHOD",
        help="how to ask: " + ", ".join(m.value for m in Method),
    )
    threshold: float | None = _option(
        None,
        *("-t", "--threshold"),
        kind=float,
        metavar="T",
        help="ask for the tail: each probability below T, in (0, 1]",
    )
    min_probability: float | None = _option(
        None,
        "--min-probability",
        kind=float,
        metavar="P",
        help="leave out candidates whose stated probability is below P; the count is shown",
    )
    model: str | None = _option(
        None, "--model", kind=str, metavar="MODEL", help="model to ask; see %vs_models"
    )
    temperature: float | None = _option(
        None, "--temperature", kind=float, metavar="T", help="sampling temperature, 0 or more"
    )
    top_p: float | None = _option(
        None, "--top-p", kind=float, metavar="P", help="nucleus sampling, in (0, 1]"
    )
    max_tokens: int | None = _option(
        None, "--max-tokens", kind=int, metavar="N", help="longest reply, in tokens"
    )
    seed: int | None = _option(
        None,
        "--seed",
        kind=int,
        metavar="SEED",
        help="seed of the first call; call i gets seed + i, so that repeated calls stay different",
    )
    system: str | None = _option(
        None, "--system", kind=str, metavar="TEXT", help="system prompt that goes before ours"
    )
    probability: Wording | None = _option(
        None,
        "--probability",
        kind=Wording,
        metavar="WORDING",
        help="what a stated probability is said to be: "
        + ", ".join(w.value for w in Wording)
        + " (default: the paper's best for the method)",
    )
    words: int | None = _option(
        None, "--words", kind=int, metavar="N", help="length wanted of each response, in words"
    )
    format: Format | None = _option(
        None,
        "--format",
        kind=Format,
        metavar="FORMAT",
        help="how a list is written in the reply: json, or lines (a candidate each)",
    )
    text: TextPart = _option(
        TextPart.WHOLE,
        "--text",
        kind=TextPart,
        metavar="PART",
        help="what of an answer is its text, where it has a title: whole, title or body; "
        "asked again with another part, the reply is kept and no call is made",
    )
    timeout: float = _option(
        120.0, "--timeout", kind=float, metavar="S", help="longest wait for one call, in seconds"
    )
    deadline: float | None = _option(
        None,
        "--deadline",
        kind=float,
        metavar="S",
        help="longest wait for all calls together, in seconds; what has arrived is kept",
    )
    concurrency: int = _option(
        8, "--concurrency", kind=int, metavar="N", help="calls under way at once, at most"
    )

    fresh: bool = _option(
        False, "--fresh", kind=bool, help="ask anew, whatever the cache of replies holds"
    )
    replay: str | None = _option(
        None,
        "--replay",
        kind=str,
        metavar="FILE",
        help="answer from a bundle of recorded calls (%vs_record); nothing is sent",
    )
    budget: float | None = _option(
        None,
        "--budget",
        kind=float,
        metavar="USD",
        help="stop before the call that would take the cost above this, in US dollars",
    )

    def __post_init__(self) -> None:
        file: Any = self.replay
        if isinstance(file, os.PathLike):
            object.__setattr__(self, "replay", os.fspath(file))
        for name, kind in _NAMED.items():
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, kind.of(value))
        self._check_ranges()
        self._check_together()

    def _check_ranges(self) -> None:
        for name, low, high in (
            ("k", 1, MAX_K),
            ("n", 1, 1_000_000),
            ("max_tokens", 1, math.inf),
            ("words", 1, math.inf),
            ("concurrency", 1, 1000),
            ("seed", -math.inf, math.inf),
        ):
            _check_number(self, name, low, high, whole=True)
        _check_number(self, "temperature", 0, math.inf)
        _check_number(self, "min_probability", 0, 1)
        _check_number(self, "budget", 0, math.inf)
        if not isinstance(self.fresh, bool):
            raise OptionError(f"--fresh is on or off, not {self.fresh!r}")
        if self.replay is not None and (not isinstance(self.replay, str) or not self.replay):
            raise OptionError(f"--replay takes the name of a file, not {self.replay!r}")
        for name, high in (
            ("threshold", 1),
            ("top_p", 1),
            ("timeout", math.inf),
            ("deadline", math.inf),
        ):
            _check_number(self, name, 0, high, above=True)

    def _check_together(self) -> None:
        if self.threshold is not None and not self.method.verbalizes:
            raise OptionError(
                f"--threshold asks for stated probabilities below {self.threshold:g}, and "
                f"{self.method} states none: use vs-standard, vs-cot or vs-multi"
            )
        if self.min_probability is not None and not self.method.verbalizes:
            raise OptionError(
                f"--min-probability filters stated probabilities, and {self.method} states none: "
                "use vs-standard, vs-cot or vs-multi"
            )
        if self.format is Format.LINES and self.method.reasons:
            raise OptionError(f"--format lines has no place for the reasoning of {self.method}")
        if self.replay and self.fresh:
            raise OptionError(
                f"--fresh asks the model anew, and --replay {self.replay} never asks it: leave one "
                "out"
            )

    @property
    def wanted(self) -> int:
        """Responses wanted in all: n, or k where n was not given."""
        return self.k if self.n is None else self.n

    @property
    def sizes(self) -> tuple[int, ...]:
        """Candidates asked for by each call, in order; they sum to `wanted`.

        >>> Options(k=5, n=12).sizes, Options(method="direct", n=3).sizes
        ((5, 5, 2), (1, 1, 1))
        """
        if not self.method.lists:
            return (1,) * self.wanted
        full, rest = divmod(self.wanted, self.k)
        return (self.k,) * full + ((rest,) if rest else ())

    @property
    def wording(self) -> Wording:
        """The wording of the probability field: the one asked for, else the method's best."""
        return self.probability or Wording.best(self.method)

    def shape(self, k: int) -> Shape:
        """Return the shape of a reply that holds `k` candidates."""
        return Shape(
            method=self.method,
            k=k,
            probability=self.wording,
            format=self.format or Format.JSON,
        )

    def with_(self, **changes: Any) -> Options:
        """Return a copy with some options changed, validated again.

        Raises
        ------
        OptionError
            A name is no option, or a value is out of its range.
        """
        known = [f.name for f in fields(self)]
        for name in changes:
            if name not in known:
                raise OptionError(f"unknown option {name!r}: one of {', '.join(known)}")
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        """Return the options as plain JSON values, for `frame.attrs` and the widget."""
        values = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {n: str(v) if n in _NAMED and v is not None else v for n, v in values}


_NAMED: Mapping[str, type[Method | Wording | Format | TextPart]] = {
    "method": Method, "probability": Wording, "format": Format, "text": TextPart,
}  # fmt: skip
_DEFAULTS = {declared.name: declared.default for declared in fields(Options)}


def option_fields() -> Iterator[Field[Any]]:
    """Yield the declared options, in the order in which help lists them."""
    yield from fields(Options)


def read_option(name: str, text: str) -> Any:
    """Read one option's value from text, as flags, variables and files give it.

    An empty text or "none" unsets an option that may be unset.

    Raises
    ------
    OptionError
        The text is not of the option's kind.
    """
    declared: Mapping[str, Any] = {f.name: f for f in option_fields()}[name].metadata
    kind = declared["kind"]
    if text.strip().lower() in ("", "none") and kind is not str:
        return None
    if name in _NAMED:
        return kind.of(text)
    if kind is bool:
        return _switch(name, text)
    try:
        return kind(text.strip().removeprefix("$") if name == "budget" else text)
    except ValueError:
        what = "a whole number" if kind is int else "a number"
        raise OptionError(f"--{name.replace('_', '-')} takes {what}, not {text!r}") from None


def _switch(name: str, text: str) -> bool:
    """Read what turns an option on or off."""
    words = {"true": True, "yes": True, "on": True, "1": True}
    words |= {"false": False, "no": False, "off": False, "0": False}
    if text.strip().lower() not in words:
        raise OptionError(f"--{name.replace('_', '-')} is on or off, not {text!r}")
    return words[text.strip().lower()]


def _check_number(
    options: Options,
    name: str,
    low: float,
    high: float,
    *,
    whole: bool = False,
    above: bool = False,
) -> None:
    """Refuse a value that is no number, or lies outside [low, high] ((low, high] if `above`)."""
    value = getattr(options, name)
    if value is None and _DEFAULTS[name] is None:
        return
    right_kind = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if right_kind and (low < value if above else low <= value) and value <= high:
        return
    what = "a whole number" if whole else "a number"
    if math.isinf(high):
        bounds = "" if math.isinf(low) else f" {'above' if above else 'of at least'} {low:g}"
    else:
        bounds = f" in {'(' if above else '['}{low:g}, {high:g}]"
    raise OptionError(f"--{name.replace('_', '-')} takes {what}{bounds}, not {value!r}")

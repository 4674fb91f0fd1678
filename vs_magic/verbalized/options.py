"""What can be asked for, declared once: flags, traitlets, variables and help are all read off here.

An option is a field of `Options`, or of the `Parameters` among them, whose metadata say how people
write it (`declared.option`). Validation happens when an `Options` is built and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import Field, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from vs_magic.errors import OptionError, unknown
from vs_magic.verbalized.declared import option, read, settle, settled
from vs_magic.verbalized.method import Format, Method, TextPart, Wording
from vs_magic.verbalized.parameters import Parameters
from vs_magic.verbalized.shape import Shape, written_around

MAX_K = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Parameters):
    """One request for candidates, validated.

    Raises
    ------
    OptionError
        A value is out of its range, or two options do not go together.
    """

    k: int = option(
        5,
        *("-k", "--k"),
        kind=int,
        metavar="K",
        help="candidates asked for in one call",
        low=1,
        high=MAX_K,
    )
    n: int | None = option(
        None,
        *("-n", "--n"),
        kind=int,
        metavar="N",
        help="responses wanted in all; more than k means several calls (default: k)",
        low=1,
        high=1_000_000,
    )
    method: Method = option(
        Method.VS_STANDARD,
        *("-m", "--method"),
        kind=Method,
        metavar="METHOD",
        help="how to ask: " + ", ".join(m.value for m in Method),
    )
    per_turn: int = option(
        2,
        "--per-turn",
        kind=int,
        metavar="N",
        help="of vs-multi: candidates asked for in one turn of a conversation, which brings k",
        low=1,
        high=MAX_K,
    )
    threshold: float | None = option(
        None,
        *("-t", "--threshold"),
        kind=float,
        metavar="T",
        help="ask for the tail: each probability below T, in (0, 1]; 1: the standard prompt",
        low=0,
        high=1,
        above=True,
    )
    min_probability: float | None = option(
        None,
        "--min-probability",
        kind=float,
        metavar="P",
        help="leave out candidates whose stated probability is below P; the count is shown",
        low=0,
        high=1,
    )
    model: str | None = option(
        None, "--model", kind=str, metavar="MODEL", help="model to ask; see %vs_models"
    )
    system: str | None = option(
        None, "--system", kind=str, metavar="TEXT", help="system prompt that goes before ours"
    )
    probability: Wording | None = option(
        None,
        "--probability",
        kind=Wording,
        metavar="WORDING",
        help="what a stated probability is said to be: "
        + ", ".join(w.value for w in Wording)
        + " (default: the paper's best for the method)",
    )
    words: int | None = option(
        None,
        "--words",
        kind=int,
        metavar="N",
        help="length wanted of each response, in words",
        low=1,
    )
    format: Format | None = option(
        None,
        "--format",
        kind=Format,
        metavar="FORMAT",
        help="how a list is written in the reply: json, or lines (a candidate each)",
    )
    text: TextPart = option(
        TextPart.WHOLE,
        "--text",
        kind=TextPart,
        metavar="PART",
        help="what of an answer is its text, where it has a title: whole, title or body; "
        "asked again with another part, the reply is kept and no call is made",
    )
    timeout: float = option(
        120.0,
        "--timeout",
        kind=float,
        metavar="S",
        help="longest wait for one call, in seconds",
        low=0,
        above=True,
    )
    deadline: float | None = option(
        None,
        "--deadline",
        kind=float,
        metavar="S",
        help="longest wait for all calls together, in seconds; what has arrived is kept",
        low=0,
        above=True,
    )
    concurrency: int = option(
        8,
        "--concurrency",
        kind=int,
        metavar="N",
        help="calls under way at once, at most",
        low=1,
        high=1000,
    )

    fresh: bool = option(
        False, "--fresh", kind=bool, help="ask anew, whatever the cache of replies holds"
    )
    replay: str | None = option(
        None,
        "--replay",
        kind=str,
        metavar="FILE",
        help="answer from a bundle of recorded calls (%vs_record); nothing is sent",
    )
    budget: float | None = option(
        None,
        "--budget",
        kind=float,
        metavar="USD",
        help="stop before the call that would take the cost above this, in US dollars",
        low=0,
    )

    def __post_init__(self) -> None:
        settle(self)
        self._check_together()

    def _check_together(self) -> None:
        others = " or ".join(method for method in Method if method.verbalizes)
        none = f"and {self.method} states none: use {others}"
        if self.threshold is not None and not self.method.verbalizes:
            asked = f"--threshold asks for stated probabilities below {self.threshold:g}"
            raise OptionError(f"{asked}, {none}")
        if self.min_probability is not None and not self.method.verbalizes:
            raise OptionError(f"--min-probability filters stated probabilities, {none}")
        if self.format is Format.LINES and self.method.reasons:
            raise OptionError(f"--format lines has no place for the reasoning of {self.method}")
        if self.replay and self.fresh:
            raise OptionError(
                f"--fresh asks the model anew, and --replay {self.replay} never asks it: leave one "
                "out"
            )
        self._check_stop()

    def _check_stop(self) -> None:
        """Refuse a stop text that is part of the form of a list: every reply would be cut."""
        if not self.stop or not self.method.lists:
            return
        forms = written_around(self.shape(2))
        for text in self.stop:
            if any(text in form for form in forms):
                raise OptionError(
                    f"--stop {json.dumps(text, ensure_ascii=False)} would cut off the list of "
                    f"{self.method}, for it is part of the list's form: take a text that is not, "
                    "or a method that asks for one response "
                    f"({', '.join(m for m in Method if not m.lists)})"
                )

    @property
    def parameters(self) -> Parameters:
        """The sampling parameters among them: what goes to the model beside the messages."""
        return Parameters(**{f.name: getattr(self, f.name) for f in fields(Parameters)})

    @property
    def wanted(self) -> int:
        """Responses wanted in all: n, or k where n was not given."""
        return self.k if self.n is None else self.n

    @property
    def tail(self) -> float | None:
        """The bound that the prompt states, if any: a threshold of 1 is none."""
        return None if self.threshold == 1 else self.threshold

    @property
    def conversation(self) -> tuple[int, ...]:
        """Candidates asked for in each turn of a whole conversation; a call alone is one turn."""
        size = self.k if self.method.lists or self.method.converses else 1
        each = self.per_turn if self.method is Method.VS_MULTI else size
        return _parts(size, each if self.method.lists else 1)

    @property
    def turns(self) -> tuple[tuple[int, ...], ...]:
        """Candidates asked for in each turn of each conversation; the last takes what remains.

        >>> Options(method="vs-multi", k=5, n=12).turns, Options(k=5, n=12).turns
        (((2, 2, 1), (2, 2, 1), (2,)), ((5,), (5,), (2,)))
        """
        whole = self.conversation
        full, rest = divmod(self.wanted, sum(whole))
        return (whole,) * full + ((_parts(rest, whole[0]),) if rest else ())

    @property
    def sizes(self) -> tuple[int, ...]:
        """Candidates asked for by each call, in order; they sum to `wanted`.

        >>> Options(k=5, n=12).sizes, Options(method="direct", n=3).sizes
        ((5, 5, 2), (1, 1, 1))
        """
        return tuple(k for turns in self.turns for k in turns)

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
        known = [f.name for f in option_fields()]
        for name in changes:
            if name not in known:
                raise unknown("option", name, known)
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        """Return the options as plain JSON values, for `frame.attrs` and the widget."""
        values = ((f.name, getattr(self, f.name)) for f in option_fields())
        return {n: _plain(v) for n, v in values}


def _parts(total: int, size: int) -> tuple[int, ...]:
    """Return a total in parts of a size, the last one what remains."""
    full, rest = divmod(total, size)
    return (size,) * full + ((rest,) if rest else ())


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def option_fields() -> Iterator[Field[Any]]:
    """Yield the declared options, in the order in which help lists them."""
    parameters = fields(Parameters)
    for declared in fields(Options)[len(parameters) :]:
        yield declared
        if declared.name == "model":
            yield from parameters


def read_option(name: str, text: str) -> Any:
    """Read one option's value from text, as flags, variables and files give it.

    Raises
    ------
    OptionError
        The text is not of the option's kind.
    """
    return read(_declared(name), text)


def check_option(name: str, value: Any) -> Any:
    """Return one option's value, checked by itself.

    Raises
    ------
    OptionError
        It is of another kind, or out of its range.
    """
    return settled(_declared(name), value)


def _declared(name: str) -> Field[Any]:
    return next(declared for declared in option_fields() if declared.name == name)

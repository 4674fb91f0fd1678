"""The sampling parameters of a call, each declared once: a further one is a field here.

Flags, variables, help, cache keys, bundles and models go over the fields. A model takes the
parameters that it has and tells which were not sent (docs/design/declared-once.md).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any

from vs_magic.verbalized.declared import option, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """How a model samples, validated. A parameter at its default is left to the model.

    Raises
    ------
    OptionError
        A value is of another kind, or out of its range.

    Examples
    --------
    >>> Parameters(temperature=0.7, stop="END").given()
    {'temperature': 0.7, 'stop': ['END']}
    """

    temperature: float | None = option(
        None,
        "--temperature",
        kind=float,
        metavar="T",
        help="sampling temperature, 0 or more",
        low=0,
    )
    top_p: float | None = option(
        None,
        "--top-p",
        kind=float,
        metavar="P",
        help="nucleus sampling, in (0, 1]",
        low=0,
        high=1,
        above=True,
    )
    top_k: int | None = option(
        None,
        "--top-k",
        kind=int,
        metavar="N",
        help="sample from the N likeliest tokens; 0: from all of them",
        low=0,
    )
    min_p: float | None = option(
        None,
        "--min-p",
        kind=float,
        metavar="P",
        help="leave out tokens less than P times as likely as the likeliest, in [0, 1]",
        low=0,
        high=1,
    )
    max_tokens: int | None = option(
        None, "--max-tokens", kind=int, metavar="N", help="longest reply, in tokens", low=1
    )
    seed: int | None = option(
        None,
        "--seed",
        kind=int,
        metavar="SEED",
        help="seed of the first call; call i gets seed + i, so that repeated calls stay different",
    )
    stop: tuple[str, ...] | None = option(
        None,
        "--stop",
        kind=tuple,
        metavar="TEXT",
        help="end a reply before this text (\\n is a line break); can be repeated",
    )
    presence_penalty: float | None = option(
        None,
        "--presence-penalty",
        kind=float,
        metavar="X",
        help="make every token that was written less likely, in [-2, 2]",
        low=-2,
        high=2,
    )
    frequency_penalty: float | None = option(
        None,
        "--frequency-penalty",
        kind=float,
        metavar="X",
        help="make a token less likely each time it was written, in [-2, 2]",
        low=-2,
        high=2,
    )
    reasoning_effort: str | None = option(
        None,
        "--reasoning-effort",
        kind=str,
        metavar="LEVEL",
        help="how long a model reasons that can: none, minimal, low, medium, high …",
    )

    def __post_init__(self) -> None:
        settle(self)

    def given(self) -> dict[str, Any]:
        """Return the parameters that are not at their defaults, by name, as plain JSON."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            f.name: list(values[f.name]) if f.metadata["kind"] is tuple else values[f.name]
            for f in fields(self)
            if values[f.name] != f.default
        }

    def split(self, has: Collection[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return what is given of the parameters that a model has, and the names of the rest."""
        given = self.given()
        sent = {name: value for name, value in given.items() if name in has}
        return sent, tuple(name for name in given if name not in has)

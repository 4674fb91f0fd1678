"""The tree that the JSON readers hand on.

Objects keep their order and repeated keys, scalars their spelling.
"""

from __future__ import annotations

import json
from typing import TypeAlias


class Bare(str):
    """A scalar that stood without quotation marks, as written: `0.20`, `12%`, `high`."""

    __slots__ = ()


class Pairs(list[tuple[str, "Node"]]):
    """The members of an object, in order, repeated keys kept.

    `whole` is false for one that the reply's end cut off: it may lack members.
    """

    whole: bool = True


Node: TypeAlias = bool | str | list["Node"] | Pairs | None

_STRICT = json.JSONDecoder(
    object_pairs_hook=Pairs, parse_float=Bare, parse_int=Bare, parse_constant=Bare
)


def strict(text: str) -> Node:
    """Read valid JSON; NaN and Infinity pass as `Bare`, for the probability's reader to judge.

    Raises
    ------
    ValueError
        It is not valid JSON.
    RecursionError
        It is nested too deeply for the interpreter.
    """
    value: Node = _STRICT.decode(text)
    return value


def strict_at(text: str, start: int) -> tuple[Node, int]:
    """Read the valid JSON that begins at `start`; return it and where it ends.

    Raises
    ------
    ValueError, RecursionError
        As `strict` does.
    """
    value, end = _STRICT.raw_decode(text, start)
    return value, end

"""The options as keyword arguments: what `sample`, `asample`, `compare` and `sweep` take by name.

A type checker refuses a name or a value that is wrong; `inspect.signature`, and so Shift-Tab, lists
every option with its default. A test holds these to the fields of `Options`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from os import PathLike
from typing import Any, TypedDict, TypeVar

from vs_magic.verbalized.method import Format, Method, TextPart, Wording
from vs_magic.verbalized.options import option_fields

_F = TypeVar("_F", bound=Callable[..., Any])


class CommonOptions(TypedDict, total=False):
    """What every function that asks takes; the model, and what a study varies, are its own."""

    per_turn: int
    threshold: float | None
    min_probability: float | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    min_p: float | None
    max_tokens: int | None
    seed: int | None
    stop: str | list[str] | tuple[str, ...] | None
    presence_penalty: float | None
    frequency_penalty: float | None
    reasoning_effort: str | None
    system: str | None
    probability: Wording | str | None
    words: int | None
    format: Format | str | None
    text: TextPart | str
    timeout: float
    deadline: float | None
    concurrency: int
    fresh: bool
    replay: str | PathLike[str] | None
    budget: float | None


class SampleOptions(CommonOptions, total=False):
    """What a function takes that asks one model by one method."""

    k: int
    n: int | None
    method: Method | str


def lists_options(keywords: type) -> Callable[[_F], _F]:
    """Have the signature of a function that ends in `**options` list them, with their defaults.

    Parameters
    ----------
    keywords
        The TypedDict of the options that it takes.
    """
    taken = keywords.__annotations__
    options = [
        inspect.Parameter(
            declared.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=declared.default,
            annotation=getattr(taken[declared.name], "__forward_arg__", taken[declared.name]),
        )
        for declared in option_fields()
        if declared.name in taken
    ]

    def decorate(function: _F) -> _F:
        own = inspect.signature(function)
        named = list(own.parameters.values())[:-1]
        function.__signature__ = own.replace(parameters=[*named, *options])  # type: ignore[attr-defined]
        return function

    return decorate

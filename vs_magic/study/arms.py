"""The arms of a study: each is one way of asking one model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.llm.request import Model
from vs_magic.verbalized.method import Method

METHODS = (Method.DIRECT, Method.SEQUENCE, Method.VS_STANDARD)
"""What is compared where nobody says otherwise: most of the gain may be in the list alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way of asking.

    Parameters
    ----------
    method
        How.
    model
        Whom; its full name.
    at
        In a sweep, the value of the parameter; None for a method that does not have it.
    """

    method: Method
    model: str
    at: float | None = None

    def label(self, others: Iterable[Arm] = ()) -> str:
        """Return its name, as short as tells it from the others.

        >>> arm = Arm(method=Method.DIRECT, model="a")
        >>> arm.label(), arm.label([Arm(method=Method.DIRECT, model="b")])
        ('direct', 'direct · a')
        """
        parts = [str(self.method)]
        if any(other.model != self.model for other in others):
            parts.append(self.model)
        if self.at is not None:
            parts.append(f"{self.at:g}")
        return " · ".join(parts)


def read_methods(methods: Any) -> tuple[Method, ...]:
    """Return methods from their names: a list, or one text with commas between; `all`: every one.

    Raises
    ------
    OptionError
        There is none, one is unknown, or one is named twice.

    Examples
    --------
    >>> [str(m) for m in read_methods("direct, VS_Standard")]
    ['direct', 'vs-standard']
    """
    names = _names(methods, "methods")
    if names == ["all"]:
        return tuple(Method)
    return _each_once(map(Method.of, names), "method")


def read_models(models: Any) -> tuple[str | Model | None, ...]:
    """Return the models: a list, or one text with commas between; None: the usual one.

    Raises
    ------
    OptionError
        The list is empty, or one is named twice.
    """
    if models is None or isinstance(models, Model):
        return (models,)
    return _each_once(_names(models, "models"), "model")


def check_number(arms: Sequence[Any]) -> None:
    """Refuse to compare one arm with itself.

    Raises
    ------
    OptionError
        There are fewer than two.
    """
    if len(arms) < 2:
        raise OptionError(
            "a comparison needs two methods or two models: one alone has nothing to stand beside; "
            "vs.sample or %vs asks one"
        )


def _names(given: Any, what: str) -> list[Any]:
    if isinstance(given, str):
        return [name for part in given.split(",") if (name := part.strip())]
    if not isinstance(given, Iterable):
        raise OptionError(f"{what} must be a list of names, not {given!r}")
    return list(given)


def _each_once(found: Iterable[Any], what: str) -> tuple[Any, ...]:
    listed = tuple(found)
    if not listed:
        raise OptionError(f"no {what} is named: name one or more")
    for name in listed:
        if listed.count(name) > 1:
            raise OptionError(f"{what} {str(name)!r} is named twice")
    return listed

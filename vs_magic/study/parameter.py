"""What can be swept: a parameter, its values, and the methods that have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter that can be swept.

    Parameters
    ----------
    name
        The option's name.
    label
        What an axis calls it.
    usual
        The values where nobody names others: those of the paper's ablations, thinned.
    has
        Whether a method has the parameter; the others are asked once, to compare with.
    whole
        Whether its values are whole numbers.
    """

    name: str
    label: str
    usual: tuple[float, ...]
    has: Callable[[Method], bool]
    whole: bool = False

    def values(self, given: Any, options: Options) -> tuple[float, ...]:
        """Return the values to sweep over, in the order given, each checked as an option.

        Raises
        ------
        OptionError
            There are fewer than two, one is out of its range or stands there twice.
        """
        read = [self._number(value) for value in self._listed(given)]
        if len(read) < 2:
            raise OptionError(f"a sweep needs two values of {self.name} or more, not {len(read)}")
        for value in read:
            if read.count(value) > 1:
                raise OptionError(f"{self.name} {value:g} is named twice")
            self._check(value, options)
        return tuple(read)

    def apply(self, options: Options, value: float) -> Options:
        """Return the options with the parameter at a value."""
        return options.with_(**{self.name: int(value) if self.whole else value})

    def _listed(self, given: Any) -> list[Any]:
        if given is None:
            return list(self.usual)
        if isinstance(given, str):
            return [part for part in given.split(",") if part.strip()]
        if not isinstance(given, Iterable):
            return [given]
        return list(given)

    def _number(self, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise OptionError(f"{self.name} takes numbers, not {value!r}") from None
        if self.whole and number != int(number):
            raise OptionError(f"{self.name} takes whole numbers, not {value!r}")
        return number

    def _check(self, value: float, options: Options) -> None:
        # An option's own check, with a method that has all of them.
        self.apply(options.with_(method=Method.VS_STANDARD), value)
        if self.name == "k" and value > options.wanted:
            raise OptionError(
                f"k = {value:g} is more than the n = {options.wanted} responses wanted: raise n"
            )
        if self.name == "n" and value < 2:
            raise OptionError(f"n = {value:g} is too few: variety is between responses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A parameter and the values that it takes, in order."""

    parameter: Parameter
    values: tuple[float, ...]


def _every(_: Method) -> bool:
    return True


PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        parameter.name: parameter
        for parameter in (
            Parameter(
                name="threshold",
                label="threshold: each probability below it",
                usual=(1.0, 0.5, 0.2, 0.1, 0.05, 0.01),
                has=lambda method: method.verbalizes,
            ),
            Parameter(
                name="k",
                label="k: candidates in one call",
                usual=(1, 3, 5, 10, 20),
                has=lambda method: method.lists,
                whole=True,
            ),
            Parameter(
                name="temperature",
                label="temperature",
                usual=(0.4, 0.6, 0.8, 1.0, 1.2, 1.4),
                has=_every,
            ),
            Parameter(
                name="n",
                label="n: responses in all",
                usual=(5, 10, 20, 40),
                has=_every,
                whole=True,
            ),
        )
    }
)
"""The parameters that can be swept, by name."""


def read_parameter(vary: str, methods: Iterable[Method]) -> Parameter:
    """Return the parameter of that name.

    Raises
    ------
    OptionError
        It cannot be swept, or none of the methods has it.

    Examples
    --------
    >>> read_parameter("K", [Method.SEQUENCE]).name
    'k'
    """
    wanted = str(vary).strip().lower().replace("_", "-").lstrip("-")
    if wanted not in PARAMETERS:
        raise OptionError(f"{vary!r} cannot be swept: one of {', '.join(PARAMETERS)}")
    parameter = PARAMETERS[wanted]
    named = list(methods)
    if not any(parameter.has(method) for method in named):
        have = ", ".join(str(method) for method in Method if parameter.has(method))
        raise OptionError(
            f"{', '.join(map(str, named))} have no {wanted}: add a method that has one ({have})"
        )
    return parameter

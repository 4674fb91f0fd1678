"""The register of metrics: what each is called, which way is better, and how to resample it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from vs_magic.errors import OptionError, unknown

HigherIs: TypeAlias = Literal[
    "more diverse",
    "less diverse",
    "nearer the reference",
    "further from the reference",
    "worse calibrated",
]
Score: TypeAlias = Callable[..., float]
Replicate: TypeAlias = Callable[..., NDArray[np.float64]]
"""`(texts, rng, resamples, **options) -> replicates`: how one metric is resampled."""

F = TypeVar("F", bound=Score)

_REGISTER: dict[str, Metric] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measure of texts: the function, and what a reader of its number has to know.

    Call it as the function itself.

    Parameters
    ----------
    name
        What people call it: `rouge-l`.
    function
        `(texts, ...) -> float`; NaN where it is undefined.
    higher_is
        What a higher value means.
    unit
        `share`, `bits`, `nats`, `answers` …
    low, high
        The range; infinite where there is no bound.
    needs
        What it takes beside the texts: `embedder`, `reference`, `stated`, `numbers`.
    replicate
        How to resample it; None: each response is left out in turn (see `_resample`).
    """

    name: str
    function: Score
    higher_is: HigherIs
    unit: str
    low: float = 0.0
    high: float = math.inf
    needs: tuple[str, ...] = ()
    replicate: Replicate | None = field(default=None, repr=False)

    def __call__(self, *args: Any, **options: Any) -> float:
        return self.function(*args, **options)

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    @property
    def diversity_sign(self) -> int:
        """1 where higher is more diverse, -1 where it is less, 0 for what is no diversity."""
        return {"more diverse": 1, "less diverse": -1}.get(self.higher_is, 0)


def metric(
    name: str,
    *,
    higher_is: HigherIs,
    unit: str,
    low: float = 0.0,
    high: float = math.inf,
    needs: tuple[str, ...] = (),
    replicate: Replicate | None = None,
) -> Callable[[F], F]:
    """Register a function of texts as a metric, under a name; it stays the plain function.

    Your own may be registered too: comparisons then take it by its name.

    Raises
    ------
    OptionError
        The name belongs to another function.

    >>> @metric("shouting", higher_is="less diverse", unit="share", high=1)
    ... def shouting(texts):
    ...     return sum(text.isupper() for text in texts) / len(texts)
    >>> get("shouting")(["HEY", "hello"])
    0.5
    >>> del _REGISTER["shouting"]
    """

    def register(function: F) -> F:
        known = _REGISTER.get(name)
        # The same function again is a module that was reloaded.
        if known and _place(known.function) != _place(function):
            raise OptionError(f"the metric {name!r} exists: give yours another name")
        _REGISTER[name] = Metric(
            name=name,
            function=function,
            higher_is=higher_is,
            unit=unit,
            low=low,
            high=high,
            needs=needs,
            replicate=replicate,
        )
        return function

    return register


def get(name: str | Metric | Score) -> Metric:
    """Find a metric by its name, with `-` or `_`, in any case; or by its function.

    Raises
    ------
    OptionError
        There is none; the nearest name is given.

    >>> get("ROUGE_L").name, get("rouge-l").higher_is
    ('rouge-l', 'less diverse')
    """
    if isinstance(name, Metric):
        return name
    if callable(name):
        for known in _REGISTER.values():
            if known.function is name:
                return known
        raise OptionError(
            f"{getattr(name, '__name__', name)!r} is no registered metric: decorate it with "
            "@vs_magic.metrics.metric(...)"
        )
    wanted = str(name).strip().lower().replace("_", "-").replace(" ", "-")
    if wanted in _REGISTER:
        return _REGISTER[wanted]
    raise unknown("metric", name, names())


def names() -> tuple[str, ...]:
    """Names of the registered metrics: of diversity, against a reference, of calibration."""
    return tuple(registered())


def registered() -> Mapping[str, Metric]:
    """Return the register, read only: name to metric, in the order of `names`."""
    order = get_args(HigherIs)
    known = sorted(_REGISTER.values(), key=lambda m: (order.index(m.higher_is) // 2, m.name))
    return MappingProxyType({metric.name: metric for metric in known})


def diversity() -> Iterator[Metric]:
    """Yield the metrics that measure diversity, of either direction."""
    return (known for known in registered().values() if known.diversity_sign)


def _place(function: Score) -> tuple[object, object]:
    return (
        getattr(function, "__module__", None),
        getattr(function, "__qualname__", id(function)),
    )

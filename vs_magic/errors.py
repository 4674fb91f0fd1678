"""Everything that vs_magic raises on purpose.

VSError
├── OptionError         the user asked for what cannot run
├── MissingExtraError   an optional package is not installed; names the pip command
├── ModelError          the model was unreachable, refused the call or ran out of budget
│   ├── WeightsError    weights are absent, unreachable, or not the bytes they should be
│   └── BudgetError     the next call would pass the budget; it was not sent
└── ReplyError          it answered, but not with a distribution; carries .reply
    └── RefusalError    it declined to answer

Interrupted             a KeyboardInterrupt that carries what had arrived, in .partial
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Sequence
from typing import Any


class VSError(Exception):
    """The root: one line that says what happened, with the evidence, and what to do.

    `partial` holds the `Distribution` of what had arrived before the error, or None.
    """

    partial: Any = None


class OptionError(VSError, ValueError):
    """The user asked for what cannot run; the message names the option and its range."""


class MissingExtraError(VSError, ImportError):
    """A feature needs a package that is not installed.

    Parameters
    ----------
    feature
        What was asked for, as the user would call it.
    extra
        The extra of vs_magic that brings the package.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f'{feature} needs a package that is not installed: pip install "vs_magic[{extra}]"'
        )
        self.feature = feature
        self.extra = extra


class ModelError(VSError):
    """No reply: the model was unreachable, refused the call, or ran out of budget."""


class WeightsError(ModelError):
    """A model's weights are absent, unreachable, or not the bytes that they should be."""


class BudgetError(ModelError):
    """The next call would pass the budget, or cannot be held to it; it was not sent.

    Parameters
    ----------
    message
        One line.
    limit_usd
        The limit, in US dollars.
    spent_usd
        What was spent under it, with what calls under way may cost.
    next_usd
        The estimated price of the call; None where it is unknown.
    """

    def __init__(
        self, message: str, *, limit_usd: float, spent_usd: float, next_usd: float | None
    ) -> None:
        super().__init__(message)
        self.limit_usd = limit_usd
        self.spent_usd = spent_usd
        self.next_usd = next_usd

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it travel between processes, as errors do there."""
        amounts = {n: getattr(self, n) for n in ("limit_usd", "spent_usd", "next_usd")}
        return functools.partial(type(self), **amounts), self.args


class ReplyError(VSError):
    """The model answered, but not with a distribution.

    Parameters
    ----------
    message
        What is wrong with the reply.
    reply
        The reply, verbatim; kept so that nothing is lost.
    """

    def __init__(self, message: str, reply: str) -> None:
        super().__init__(message)
        self.reply = reply


class RefusalError(ReplyError):
    """The model declined to answer; asking for another form would not help."""


class Interrupted(KeyboardInterrupt):
    """The user stopped a run; `partial` holds the `Distribution` of what had arrived, or None."""

    partial: Any = None


def unknown(what: str, wrong: object, right: Iterable[str], more: str = "") -> OptionError:
    """Return the error for a name that is not among those that are known.

    >>> print(unknown("method", "derect", ["direct", "cot"], ", or none"))
    unknown method 'derect': did you mean 'direct'? one of direct, cot, or none
    """
    names = list(right)
    meant = did_you_mean(closest(str(wrong).strip().lower(), names))
    return OptionError(f"unknown {what} {wrong!r}: {meant}one of {', '.join(names)}{more}")


def did_you_mean(names: Sequence[str]) -> str:
    """Return the question that precedes a hint; nothing without names.

    >>> did_you_mean(["gpt-4.1"]), did_you_mean([])
    ("did you mean 'gpt-4.1'? ", '')
    """
    return f"did you mean {' or '.join(map(repr, names))}? " if names else ""


def closest(wrong: str, right: Iterable[str], *, most: int = 1, cutoff: float = 0.5) -> list[str]:
    """Return the names that were probably meant: the one it begins, else the most alike.

    >>> closest("tre", ["threshold", "temperature", "trees"]), closest("zzz", ["model"])
    (['trees'], [])
    """
    names = list(right)
    begun = [name for name in names if len(wrong) > 1 and name.startswith(wrong)]
    if len(begun) == 1:
        return begun
    return difflib.get_close_matches(wrong, names, n=most, cutoff=cutoff)

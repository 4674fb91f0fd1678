"""What a comparison is asked about: one task, several, or a column of a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from vs_magic.errors import OptionError

Tasks: TypeAlias = "str | Iterable[str]"
"""One task; several; a column of a DataFrame."""


def read_tasks(tasks: Tasks) -> tuple[str, ...]:
    """Return the tasks, each once, as they were typed.

    Raises
    ------
    OptionError
        There is none, one is empty or no text, or one stands there twice.

    Examples
    --------
    >>> read_tasks("Roll a die."), read_tasks(["Roll a die.", "Flip a coin."])
    (('Roll a die.',), ('Roll a die.', 'Flip a coin.'))
    """
    if isinstance(tasks, str):
        tasks = [tasks]
    if hasattr(tasks, "columns"):
        raise OptionError("a table is no list of tasks: pass one column, as in frame['task']")
    if isinstance(tasks, (bytes, Mapping)) or not isinstance(tasks, Iterable):
        raise OptionError(f"tasks must be a text or a list of texts, not {type(tasks).__name__}")
    found: dict[str, int] = {}
    for position, task in enumerate(tasks):
        _check(task, position)
        if task in found:
            raise OptionError(
                f"tasks[{position}] is tasks[{found[task]}] again ({task[:40]!r}): "
                "each task once (of a column, .unique())"
            )
        found[task] = position
    if not found:
        raise OptionError("there is no task: say what to ask, for example 'Name a colour.'")
    return tuple(found)


def _check(task: Any, position: int) -> None:
    if task is None or (isinstance(task, float) and math.isnan(task)):
        raise OptionError(f"tasks[{position}] is missing: leave empty rows out first (.dropna())")
    if not isinstance(task, str):
        raise OptionError(
            f"tasks[{position}] is {type(task).__name__}, not a text: {str(task)[:40]!r}"
        )
    if not task.strip():
        raise OptionError(f"tasks[{position}] is empty: there is nothing to ask")

"""From what a line and a cell hold to what a study takes: tasks, references, options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.magics.config import DEFAULT, Setting, options_of
from vs_magic.magics.interpolate import interpolate
from vs_magic.magics.study_line import Asked
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.options import Options

RESPONSES = 30
"""Responses of each method where nobody says otherwise."""

_ALONE = re.compile(r"\{\{[ \t]*([^\W\d]\w*)[ \t]*\}\}")


def tasks_of(asked: Asked, cell: str | None, names: Mapping[str, Any]) -> list[str]:
    r"""Return the tasks: each line of the cell is one; `{{name}}` alone on a line, all in a list.

    Parameters
    ----------
    asked
        The line; without a cell, its rest is the task.
    cell
        The cell's text; None for a line magic.
    names
        The user's namespace.

    Raises
    ------
    OptionError
        There is no task, or a `{{name}}` is undefined or cannot be a task.

    Examples
    --------
    >>> cell = "Roll a die.\n{{more}}\nA joke about {{topic}}."
    >>> tasks_of(Asked(), cell, {"more": ["Flip a coin.", "Name a colour."], "topic": "tea"})
    ['Roll a die.', 'Flip a coin.', 'Name a colour.', 'A joke about tea.']
    """
    if cell is not None and asked.rest:
        raise OptionError(
            f"{asked.rest[:40]!r} is no flag: with %% the tasks go on the lines below, one a line"
        )
    text = asked.rest if cell is None else cell
    whole = asked.study.get("whole") or cell is None
    lines = [text.strip("\n")] if whole else text.splitlines()
    found = [task for line in lines if line.strip() for task in _tasks_in(line, names)]
    if not found:
        raise OptionError(
            "there is no task: write one a line below %%vs_compare, or one behind the flags of "
            "%vs_compare, as in %vs_compare -n 30 Name a colour."
        )
    return found


def _tasks_in(line: str, names: Mapping[str, Any]) -> list[str]:
    """Return a line's task, or the tasks of the list or column that it names."""
    alone = _ALONE.fullmatch(line.strip())
    value = names.get(alone[1]) if alone else None
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist"):
        listed = list(value)  # type: ignore[arg-type]
        if not listed:
            raise OptionError(f"{{{{{alone[1]}}}}} is an empty list of tasks")  # type: ignore[index]
        return listed
    return [interpolate(line, names)]


def options_for(settings: Mapping[str, Setting]) -> Options:
    """Return the options of a study's calls, from what holds in this session.

    The default method says nothing here, and neither does the default number of responses.
    """
    n = settings["n"]
    kept = {
        **settings,
        "method": Setting(value=Method.VS_STANDARD, source=DEFAULT),
        "model": Setting(value=None, source=DEFAULT),
        "n": Setting(value=RESPONSES, source=DEFAULT) if n.value is None else n,
    }
    return options_of(kept)


def reference_of(text: str | None, names: Mapping[str, Any]) -> Any:
    """Return the reference that a flag names: a variable's value, or answers with commas between.

    Raises
    ------
    OptionError
        It looks like a variable, and there is none of that name.

    Examples
    --------
    >>> reference_of("faces", {"faces": range(1, 7)}), reference_of("heads,tails", {})
    (range(1, 7), ['heads', 'tails'])
    """
    if text is None:
        return None
    if text in names:
        return _plain(names[text])
    if "," in text:
        return [part.strip() for part in text.split(",") if part.strip()]
    raise OptionError(
        f"--reference names a variable, and {text!r} is not defined: set it first, for example "
        f"{text if text.isidentifier() else 'answers'} = ['red', 'green', 'blue']"
    )


def _plain(value: Any) -> Any:
    """Return a column of counts as a mapping, a column of answers as a list."""
    if hasattr(value, "value_counts") and hasattr(value, "to_dict"):
        return value.to_dict() if getattr(value.dtype, "kind", "O") in "iuf" else value.tolist()
    return value


def embedder_of(text: str | None, names: Mapping[str, Any]) -> Any:
    """Return the embedder that a flag names: a function in a variable, else the name itself."""
    if text is None:
        return "auto"
    value: Callable[..., Any] | None = names.get(text)
    return value if callable(value) else text

"""From what a line and a cell hold to what a study takes: tasks, references, options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.magics.config import DEFAULT, Setting, options_of
from vs_magic.magics.interpolate import interpolate
from vs_magic.magics.line import Line
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.options import Options

RESPONSES = 20
"""Responses of each method where nobody says otherwise."""

_ALONE = re.compile(r"\{\{[ \t]*([^\W\d]\w*)[ \t]*\}\}")


def tasks_of(line: Line, names: Mapping[str, Any]) -> list[str]:
    r"""Return the tasks: each line of a cell is one; `{{name}}` alone on a line, all in a list.

    >>> cell = Line(task="Roll a die.\n{{more}}\nA joke about {{topic}}.", in_cell=True)
    >>> tasks_of(cell, {"more": ["Flip a coin.", "Name a colour."], "topic": "tea"})
    ['Roll a die.', 'Flip a coin.', 'Name a colour.', 'A joke about tea.']
    """
    whole = line.own.get("whole") or not line.in_cell
    texts = [line.task] if whole else line.task.splitlines()
    return [task for text in texts if text.strip() for task in _tasks_in(text, names)]


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

    >>> reference_of("faces", {"faces": range(1, 7)}), reference_of("heads,tails", {})
    (range(1, 7), ['heads', 'tails'])
    """
    if text is None:
        return None
    if text in names:
        value = names[text]
        if hasattr(value, "value_counts") and hasattr(value, "to_dict"):
            counts = getattr(value.dtype, "kind", "O") in "iuf"  # else a column of answers
            return value.to_dict() if counts else value.tolist()
        return value
    if "," in text:
        return [part.strip() for part in text.split(",") if part.strip()]
    raise OptionError(
        f"--reference names a variable, and {text!r} is not defined: set it first, for example "
        f"{text if text.isidentifier() else 'answers'} = ['red', 'green', 'blue']"
    )


def embedder_of(text: str | None, names: Mapping[str, Any]) -> Any:
    """Return the embedder that a flag names: a function in a variable, else the name itself."""
    if text is None:
        return "auto"
    value: Callable[..., Any] | None = names.get(text)
    return value if callable(value) else text

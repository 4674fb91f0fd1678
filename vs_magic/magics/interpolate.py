r"""`{{name}}` in a task or a flag's value: a plain look-up in the user's namespace, nothing else.

Only `{{`, a Python name and `}}` count, with or without spaces inside. Anything else in braces
(JSON, LaTeX, templates, f-strings) stays as typed, and so does `\{{name}}`, without its backslash.
A value is put in once and never looked at again, so text that holds `{{…}}` is safe to insert.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from numbers import Number
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.magics.flags import nearest

_NAME = re.compile(r"(\\?)\{\{[ \t]*([^\W\d]\w*)[ \t]*\}\}")


def interpolate(text: str, names: Mapping[str, Any]) -> str:
    r"""Return `text` with each `{{name}}` replaced by that variable's text.

    Names are only looked up, nothing is evaluated; one that is undefined is refused, and so is one
    whose value has no plain text.

    >>> interpolate("a joke about {{ topic }}, as {'n': {{n}}}", {"topic": "tea", "n": 3})
    "a joke about tea, as {'n': 3}"
    >>> interpolate(r"{{\alpha}} {{a.b}} {{ 1 }} \{{topic}}", {"topic": "tea"})
    '{{\\alpha}} {{a.b}} {{ 1 }} {{topic}}'
    """

    def put(match: re.Match[str]) -> str:
        escaped, name = match.groups()
        if escaped:
            return match.group()[1:]
        if name not in names:
            raise OptionError(_undefined(name, names))
        if (problem := _problem(name, names[name])) is not None:
            raise OptionError(f"{_braced(name)} {problem}")
        return str(names[name])

    return _NAME.sub(put, text)


def insertable(names: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that `{{…}}` could insert, for completion; private names are left out."""
    for name, value in names.items():
        if not name.startswith("_") and _problem(name, value) is None:
            yield name


def _undefined(name: str, names: Mapping[str, Any]) -> str:
    near = nearest(name, [n for n in names if not n.startswith("_")])
    meant = f"did you mean {_braced(near)}?" if near else f"set it first ({name} = …)."
    return (
        f"{_braced(name)} names a variable that is not defined: {meant} "
        f"To send it as typed, write \\{_braced(name)}"
    )


def _problem(name: str, value: Any) -> str | None:
    """Say why a value cannot be inserted, or None: text, numbers and dates can.

    A list's or a table's own text is Python's, not the user's: which form was meant is theirs to
    say.
    """
    if isinstance(value, (str, Number)):
        return None
    kind = type(value).__name__
    if value is None:
        return "is None: give it a text first"
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"is a {kind}: join it first, for example {name} = '\\n'.join({name})"
    # The text of an object is only its type and its place in memory.
    if hasattr(type(value), "__len__") or getattr(type(value), "__str__", None) is object.__str__:
        return f"is of type {kind}, which has no plain text: make a text of it first"
    return None


def _braced(name: str) -> str:
    return "{{" + name + "}}"

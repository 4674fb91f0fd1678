r"""LaTeX in JSON strings: `\frac` is meant as a command, though JSON reads `\f` as a form feed.

Five letters are both an escape of JSON and the start of commands. A backspace, a form feed or a
lone carriage return is never meant in a reply; a tab or a newline often is, so that short
commands such as `\to` and `\nu` count only between dollar signs or inside `\( \)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

AMBIGUOUS = frozenset("bfnrt")

_SURE = (
    r"b(?:egin|eta|ar|inom|oxed|ig[lr]?|f|ullet|ot|mod|ecause|igcup|igcap|igoplus|oldsymbol|reve"
    r"|ox|ackslash)"
    r"|f(?:rac|orall|lat|rown|ootnote|box)"
    r"|n(?:abla|eq|otin|ewcommand|onumber|earrow|leq|geq|exists|subseteq)"
    r"|r(?:ho|ight(?:arrow)?|angle|ceil|floor|m|ef|enewcommand|Vert|vert|brace|times)"
    r"|t(?:heta|imes|ext(?:bf|it|rm|tt)?(?=\{)|frac|ilde|riangle|herefore|hickapprox)"
)
_IN_MATH = r"n(?:e|u|i|ot|eg|atural)|t(?:o|op|an|anh|au|ag|ext)"
_COMMAND = re.compile(rf"\\(?:(?P<sure>{_SURE})|{_IN_MATH})(?![A-Za-z])")
_SUSPECT = re.compile(rf"(?<!\\)\\(?:{_SURE}|{_IN_MATH})(?![A-Za-z])")


def suspected(source: str) -> bool:
    """Whether strict JSON could turn a LaTeX command of `source` into a control character."""
    return "\\" in source and _SUSPECT.search(source) is not None


def finder(inner: str) -> Callable[[int], bool]:
    """Return a function that tells whether a command begins at a position of `inner`.

    It has to be asked from left to right: it counts the dollar signs that it has passed.
    """
    passed, dollars = 0, 0

    def begins(position: int) -> bool:
        nonlocal passed, dollars
        match = _COMMAND.match(inner, position)
        if match is None:
            return False
        if match["sure"]:
            return True
        dollars += inner.count("$", passed, position)
        dollars += inner.count("\\(", passed, position) - inner.count("\\)", passed, position)
        passed = position
        return dollars % 2 == 1

    return begins

"""A task on a magic's line that ends with `?`.

IPython would take `%vs Which colour is it?` for a request for help on a variable named `it`.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Sequence
from typing import Any

from IPython.core.inputtransformer2 import TokenTransformBase

from vs_magic.magics.command import Takes
from vs_magic.magics.commands import COMMANDS

_NAMES = "|".join(command.name for command in COMMANDS if command.takes is Takes.TASK)
_LINE = re.compile(rf"(\s*(?:[\w., \t]+=[ \t]*)?)%({_NAMES})[ \t]+([^?\s].*\?)\s*$")


class QuestionLine(TokenTransformBase):  # type: ignore[misc, unused-ignore]
    """Calls the magic of such a line, where IPython would look for a variable."""

    priority = 1  # IPython's search for `?` at a line's end has 5

    @classmethod
    def find(cls, tokens_by_line: Sequence[Sequence[Any]]) -> QuestionLine | None:
        """Return the first such line of a cell; text inside a string is none."""
        for tokens in tokens_by_line:
            starts = [t for t in tokens if t.type not in (tokenize.INDENT, tokenize.DEDENT)]
            if len(tokens) > 2 and tokens[-2].string == "?" and _LINE.match(starts[0].line):
                return cls(starts[0].start)
        return None

    def transform(self, lines: list[str]) -> list[str]:
        """Return the cell with a call in the line's place."""
        match = _LINE.match(lines[self.start_line])
        if match is None:
            raise SyntaxError(lines[self.start_line])  # IPython's sign for "not mine after all"
        before, name, text = match.groups()
        lines = list(lines)
        lines[self.start_line] = f"{before}get_ipython().run_line_magic({name!r}, {text!r})\n"
        return lines

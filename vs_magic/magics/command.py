"""What a magic is: its name, its flags, what it takes beside them, its help, and what it runs.

Reading a line, help, completion and the tables in the documentation are all made from this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from vs_magic.magics.flags import HELP, Flag
from vs_magic.magics.line import Line
from vs_magic.magics.shell_state import ShellState


class Takes(StrEnum):
    """What may stand on a magic's line beside its flags, as messages say it."""

    NOTHING = "flags only"
    FILE = "one file"
    SETTINGS = "options and their values"
    TASK = "a task behind the flags"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One magic.

    `intro` and `examples` stand in its help above and below the flags; `kind` is `line_cell` where
    `%%name` takes the task from the lines below, and `body` says what these hold, for messages.
    `elsewhere` has the flags of other magics that are often tried here, and what to do instead;
    `surplus` is what to say to a word too many.
    """

    name: str
    intro: str
    run: Callable[[ShellState, Line], Any]
    flags: tuple[Flag, ...] = (HELP,)
    takes: Takes = Takes.NOTHING
    kind: Literal["line", "line_cell"] = "line"
    body: str = "the task"
    examples: str = ""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    surplus: str = ""

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return self.intro.partition("\n")[0]

    def spelled(self, spelling: str) -> Flag | None:
        """Return the flag that is spelled so."""
        return next((flag for flag in self.flags if spelling in flag.spellings), None)

"""What the magics of one shell share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.magics.config import Settings, here, project
from vs_magic.magics.interpolate import interpolate
from vs_magic.magics.memory import Memory


@dataclass(frozen=True, slots=True)
class ShellState:
    """One shell, its settings, and what is remembered in it from cell to cell."""

    shell: Any
    settings: Settings = field(default_factory=Settings)
    memory: Memory = field(default_factory=Memory)

    @property
    def names(self) -> Mapping[str, Any]:
        """The user's variables."""
        names: Mapping[str, Any] = self.shell.user_ns
        return names

    def tell_of_project(self) -> None:
        """Say once what a pyproject.toml sets; what is wrong in it is said where it is needed."""
        try:
            found = project(here())
        except OptionError:
            return
        line = found.line() if found is not None else ""
        if found is not None and line and (told := f"{found.path}: {line}") not in self.memory.told:
            from vs_magic.magics.show import say

            self.memory.told.add(told)
            say(self.shell, line)

    def put(self, text: str) -> str:
        """Put the user's variables into a text."""
        return interpolate(text, self.names)

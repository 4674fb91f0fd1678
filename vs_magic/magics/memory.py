"""What one shell remembers from cell to cell, and the variables that the package sets itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LAST = "_vs"
"""The variable that holds the last run's distribution."""


@dataclass(slots=True)
class Memory:
    """What one shell remembers from cell to cell.

    Parameters
    ----------
    told
        Models whose choice has been explained.
    ours
        Variables that were set for the user, with their values.
    """

    told: set[str] = field(default_factory=set)
    ours: dict[str, Any] = field(default_factory=dict)

    def keep(self, shell: Any, name: str, value: Any) -> None:
        """Set a variable of the package's own in the user's namespace."""
        shell.user_ns[name] = self.ours[name] = value

    def forget(self, shell: Any) -> None:
        """Take those variables back, unless the user has put something else there."""
        for name, value in self.ours.items():
            if shell.user_ns.get(name) is value:
                del shell.user_ns[name]
        self.ours.clear()

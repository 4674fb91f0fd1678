"""What one shell remembers from cell to cell, and the variables that the package sets itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

LAST = "_vs"
"""The variable that holds the last run's distribution."""


@dataclass(slots=True)
class Memory:
    """What one shell remembers from cell to cell.

    `told` is what has been said and is not said again: which models were chosen, what a file sets.
    `ours` are the variables that were set for the user; `lent`, objects that have a display method
    of ours until the cell ends, with its name.
    """

    told: set[str] = field(default_factory=set)
    ours: dict[str, Any] = field(default_factory=dict)
    lent: list[tuple[Any, str]] = field(default_factory=list)

    def keep(self, shell: Any, name: str, value: Any) -> None:
        """Set a variable of the package's own in the user's namespace."""
        shell.user_ns[name] = self.ours[name] = value

    def lend(self, thing: Any, method: str, function: Callable[..., Any]) -> None:
        """Give an object a display method, until the cell ends."""
        thing.__dict__[method] = function
        self.lent.append((thing, method))

    def end_cell(self) -> None:
        """Take the lent methods back."""
        while self.lent:
            thing, method = self.lent.pop()
            thing.__dict__.pop(method, None)

    def forget(self, shell: Any) -> None:
        """Take those variables back, unless the user has put something else there."""
        for name, value in self.ours.items():
            if shell.user_ns.get(name) is value:
                del shell.user_ns[name]
        self.ours.clear()

"""What a magic's line asks for, once it has been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that has been read, and the task that belongs to it.

    Parameters
    ----------
    options
        The values of `Options` that it names, by name; None for one set to `none`.
    own
        The values of all other flags that it names, by name; True for one without a value.
    words
        What is no flag's, where the magic takes a file or options' names.
    task
        The task as typed: what follows the flags, or the cell's lines; empty where none belongs.
    in_cell
        Whether the task came from the lines below.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    task: str = ""
    in_cell: bool = False

    @property
    def out(self) -> str | None:
        """The variable to bind the result to."""
        return self.own.get("out")

    @property
    def quiet(self) -> bool:
        """Whether nothing is to be shown."""
        return "quiet" in self.own

    @property
    def debug(self) -> bool:
        """Whether each call's timeline is to be shown."""
        return "debug" in self.own

    @property
    def dry_run(self) -> bool:
        """Whether nothing is to be sent."""
        return "dry_run" in self.own

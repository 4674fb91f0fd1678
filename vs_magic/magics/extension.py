"""The magics as IPython takes them: every command, and the options as traits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from IPython.core.magic import Magics, magics_class, no_var_expand
from traitlets import TraitError

from vs_magic.errors import OptionError
from vs_magic.magics.command import Command
from vs_magic.magics.commands import COMMANDS
from vs_magic.magics.config import Settings
from vs_magic.magics.help import usage
from vs_magic.magics.reader import read
from vs_magic.magics.shell_state import ShellState
from vs_magic.magics.traits import option_traits
from vs_magic.magics.usage_errors import errors_in_one_line


@magics_class
class VSMagics(Magics):
    """Ask language models for distributions: `%%vs`, `%vs_compare`, `%vs_config` and the others."""

    vars().update(option_traits())  # declared once, in `Options`

    def __init__(self, shell: Any) -> None:
        self.state = ShellState(shell)
        try:
            super().__init__(shell)
        except TraitError as error:
            shell.configurables.remove(self)  # where it stands by now, and is not to stay
            raise OptionError(f"IPython's configuration, c.VSMagics: {error}") from None
        # What the configuration says came in through the traits, as if it had been set just now.
        self.settings.configured, self.settings.session = self.settings.session, {}
        for command in COMMANDS:
            for kind in command.kind.split("_"):
                self.magics[kind][command.name] = as_magic(command, self.state)

    @property
    def settings(self) -> Settings:
        """The settings of the shell."""
        return self.state.settings


def as_magic(command: Command, state: ShellState) -> Callable[..., Any]:
    """Return the function that IPython calls: read the line, run it, translate errors."""

    @no_var_expand
    def magic(line: str, cell: str | None = None) -> Any:
        with errors_in_one_line(state.shell):
            read_line = read(command, line, cell, state.put)
            if "help" in read_line.own:
                print(usage(command))  # noqa: T201 - it is what was asked for
                return None
            state.tell_of_project()
            return command.run(state, read_line)

    magic.__name__ = command.name
    magic.__doc__ = usage(command)
    return magic

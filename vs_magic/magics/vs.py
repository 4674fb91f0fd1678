"""The magics: `%%vs`, `%vs`, `%vs_config`, `%vs_models`. Parse, call, translate errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand
from traitlets import TraitError

from vs_magic.errors import OptionError
from vs_magic.magics import help as help_
from vs_magic.magics import unexpected_text
from vs_magic.magics.arguments import Arguments, parse
from vs_magic.magics.config import Settings
from vs_magic.magics.interpolate import interpolate
from vs_magic.magics.memory import Memory
from vs_magic.magics.traits import option_traits
from vs_magic.magics.usage_errors import errors_in_one_line

if TYPE_CHECKING:
    from vs_magic.magics.table import Table
    from vs_magic.view.frame import CandidateFrame

# Everything else (the sampler, the models, pandas) is imported by the first cell that needs it.


@magics_class
class VSMagics(Magics):
    """Ask language models for distributions: `%%vs`, `%vs`, `%vs_config`, `%vs_models`.

    Parameters
    ----------
    shell
        The shell that the magics belong to.

    Raises
    ------
    OptionError
        IPython's configuration holds a value that cannot be.
    """

    vars().update(option_traits())  # declared once, in `Options`

    def __init__(self, shell: Any) -> None:
        self.settings = Settings()
        self.memory = Memory()
        try:
            super().__init__(shell)
        except TraitError as error:
            shell.configurables.remove(self)  # where it stands by now, and is not to stay
            raise OptionError(f"IPython's configuration, c.VSMagics: {error}") from None
        # What the configuration says came in through the traits, as if it had been set just now.
        self.settings.configured, self.settings.session = self.settings.session, {}

    @no_var_expand
    @line_cell_magic
    def vs(self, line: str, cell: str | None = None) -> CandidateFrame | None:
        """Ask for candidates."""  # people see the generated help, see below
        with errors_in_one_line(self.shell):
            arguments = parse(line, self._interpolate)
            if arguments.help:
                print(help_.usage())  # noqa: T201 - it is what was asked for
                return None
            task = self._interpolate(_task(arguments, cell))
            given = dict(arguments.given)
            if arguments.display is not None:
                given["display"] = arguments.display
            settings = self.settings.resolve(given)
            from vs_magic.magics.run import ask
            from vs_magic.magics.session_scope import surroundings

            with surroundings(self.shell, self.settings, debug=arguments.debug):
                return ask(self.shell, self.memory, task, arguments, settings)

    @no_var_expand
    @line_magic
    def vs_config(self, line: str) -> Table | None:
        """Show the defaults, or set them."""
        from vs_magic.magics.config_line import parse_config, table

        with errors_in_one_line(self.shell):
            wanted = parse_config(line, self._interpolate)
            if wanted.help:
                print(help_.CONFIG_USAGE)  # noqa: T201 - it is what was asked for
                return None
            if wanted.reset:
                self.settings.reset(wanted.names)
            self.settings.set(wanted.changes)
            return table(self.settings.resolve(), (*wanted.changes, *wanted.names))

    @no_var_expand
    @line_magic
    def vs_models(self, line: str) -> Table | None:
        """List the models."""
        from vs_magic.magics.models import table

        with errors_in_one_line(self.shell):
            if line.strip() in ("-h", "--help"):
                print(help_.MODELS_USAGE)  # noqa: T201 - it is what was asked for
                return None
            if line.strip():
                raise OptionError(f"%vs_models takes nothing, and {line.strip()[:40]!r} follows it")
            return table(self.settings.resolve()["model"].value)

    def _interpolate(self, text: str) -> str:
        return interpolate(text, self.shell.user_ns)  # type: ignore[union-attr]

    vs.__doc__ = help_.usage()
    vs_config.__doc__ = help_.CONFIG_USAGE
    vs_models.__doc__ = help_.MODELS_USAGE


def _task(arguments: Arguments, cell: str | None) -> str:
    """Return the task as typed: the cell's lines, or what follows the flags on the line."""
    if cell is None:
        if not arguments.rest:
            raise OptionError(
                "there is no task: write it after the flags, as in %vs -k 3 Name a colour."
            )
        return arguments.rest
    if not cell.strip():
        where = "below the first line, or on the line with one %, as in"
        example = arguments.rest or "Name a colour."
        raise OptionError(f"the cell is empty: write the task {where} %vs {example}")
    unexpected_text.refuse(arguments.rest)
    return cell.strip("\n")

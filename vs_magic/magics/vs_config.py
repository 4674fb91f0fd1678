"""`%vs_config`: the defaults, where each comes from, and setting them for this session."""

from __future__ import annotations

from vs_magic.errors import OptionError
from vs_magic.magics.command import Command, Takes
from vs_magic.magics.config import trust_project
from vs_magic.magics.flags import HELP, OUT, RUN, Flag, as_typed, settable
from vs_magic.magics.line import Line
from vs_magic.magics.shell_state import ShellState
from vs_magic.view.table import Table

_RESET = Flag(
    name="reset", kind=bool, help="forget what was set in this session: the named options, or all"
)


_TRUST = Flag(
    name="trust", kind=bool, help="consent to the system prompt, bundle and paths of pyproject.toml"
)


def run(state: ShellState, line: Line) -> Table:
    """Set or forget options, or consent to a file's; return the named ones, or all, as a table."""
    changes = {**line.options, **line.own}
    if changes.pop("trust", False):
        if changes or line.words:
            raise OptionError("--trust consents and sets nothing: do one after the other")
        names = trust_project()
        state.tell_of_project()
        return _table(state, names)
    if changes.pop("reset", False):
        if changes:
            raise OptionError("--reset forgets and sets nothing: do one after the other")
        state.settings.reset(line.words)
    state.settings.set(changes)
    return _table(state, (*changes, *line.words))


def _table(state: ShellState, names: tuple[str, ...]) -> Table:
    return Table(
        heads=("option", "value", "from"),
        rows=tuple(
            (name, "–" if s.value is None else as_typed(s.value), s.source)
            for name, s in state.settings.resolve().items()
            if not names or name in names
        ),
        note="" if names else "Set one for this session: %vs_config k=7. More: %vs_config --help",
    )


_ONE_CELLS = [s for flag in (OUT, *RUN) if flag is not HELP for s in flag.spellings]

COMMAND = Command(
    name="vs_config",
    intro="""\
Show the defaults of %vs and where each comes from, or set them for this session.

%vs_config                          all of them
%vs_config k model                  these
%vs_config k=7 model=local/…        set; --k 7 works too; k=none goes back to the built-in default
%vs_config --reset [names]          forget what was set in this session
%vs_config --trust                  consent to what the nearest pyproject.toml sets

What holds, first to last: a flag, this session (%vs_config or %config VSMagics.k = 7), IPython's
configuration (c.VSMagics.k = 7), a variable (VS_MAGIC_K=7), [tool.vs_magic] in the nearest
pyproject.toml (k = 7), the built-in default.

A pyproject.toml may be a stranger's. What it sets is said; its system prompt, its bundle to replay
and the path of its model hold only once you consent, for this file and these values.
""",
    run=run,
    flags=(*settable().values(), _RESET, _TRUST, HELP),
    takes=Takes.SETTINGS,
    elsewhere=dict.fromkeys(_ONE_CELLS, "belongs to one cell and cannot be set for all"),
)

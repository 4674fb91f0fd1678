"""`%vs_models`: what can be asked from here, and how to get the others."""

from __future__ import annotations

from vs_magic.magics.command import Command
from vs_magic.magics.line import Line
from vs_magic.magics.shell_state import ShellState
from vs_magic.view.table import Table


def run(state: ShellState, _: Line) -> Table:
    """Return the models as a table, those that can be asked right now first."""
    from vs_magic.llm.models import available, choose

    lines = sorted(available(), key=lambda line: not line.ready)
    choice = choose(None, state.settings.resolve()["model"].value)
    return Table(
        heads=("model", "kind", "", "what it is, or what it takes"),
        rows=tuple((m.name, m.kind, "ready" if m.ready else "–", m.note) for m in lines),
        note=(
            f"A cell that names none asks {choice.name}: {choice.reason}. Any other LiteLLM name "
            "works too, once its key is set in the environment."
        ),
    )


COMMAND = Command(
    name="vs_models",
    intro="List the models that can be used here, and how to get the others.\n",
    run=run,
)

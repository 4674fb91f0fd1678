"""`%vs_models`: what can be asked from here, and how to get the others."""

from __future__ import annotations

from vs_magic.llm.models import available, choose
from vs_magic.view.table import Table

_MARKS = {True: "ready", False: "–"}


def table(model: str | None) -> Table:
    """Return the models as a table, those that can be asked right now first.

    Parameters
    ----------
    model
        What the settings name, if anything.
    """
    lines = sorted(available(), key=lambda line: not line.ready)
    choice = choose(None, model)
    return Table(
        heads=("model", "kind", "", "what it is, or what it takes"),
        rows=tuple((line.name, line.kind, _MARKS[line.ready], line.note) for line in lines),
        note=(
            f"A cell that names none asks {choice.name}: {choice.reason}. Any other LiteLLM name "
            "works too, once its key is set in the environment."
        ),
    )

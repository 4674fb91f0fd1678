"""`%vs_cost`: what was asked and spent in this session, by model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vs_magic.magics.command import Command
from vs_magic.magics.line import Line
from vs_magic.magics.shell_state import ShellState
from vs_magic.view.table import Table
from vs_magic.view.words import count

if TYPE_CHECKING:
    from vs_magic.llm.trust.ledger import Spent


def run(state: ShellState, _: Line) -> Table:
    """Return what was spent, a line a model and one for all."""
    from vs_magic.llm.session import current
    from vs_magic.magics.session_scope import hold_to
    from vs_magic.view.words import usd

    hold_to(state.settings)
    session = current()
    lines = session.ledger.lines()
    if not lines:
        return Table(heads=("model", "calls"), rows=(), note="Nothing was asked in this session.")
    total = session.ledger.total
    notes = []
    if total.unknown:
        replies = count(total.unknown, "reply", "replies")
        notes.append(f"No price is known for {replies}: the sum is short of that.")
    if (limit := session.budget.limit_usd) is not None:
        spent = usd(session.budget.spent_usd)
        notes.append(f"The session's budget is {usd(limit)}; {spent} of it is spent.")
    heads = ("model", "calls", "cached", "failed", "tokens in", "tokens out", "cost", "saved")
    shown = [*lines, total] if len(lines) > 1 else lines
    return Table(heads=heads, rows=tuple(_cost_row(line) for line in shown), note=" ".join(notes))


def _cost_row(line: Spent) -> tuple[str, ...]:
    from vs_magic.view.words import usd

    answered = line.calls - line.cached - line.failed
    cost = usd(line.cost_usd)
    if line.unknown:
        cost = "unknown" if line.unknown == answered else f"{cost} + unknown"
    counts = (line.calls, line.cached, line.failed, line.prompt_tokens, line.completion_tokens)
    return (line.model, *(f"{count:,}" for count in counts), cost, usd(line.saved_usd))


COMMAND = Command(
    name="vs_cost", intro="Show what was asked and spent in this session, by model.\n", run=run
)

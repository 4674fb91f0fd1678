"""Models that are no models: a table of answers, sharpened by the paper's formula, in the open.

`simulated/base` answers as often as its table says; `simulated/aligned` as preference tuning with a
typicality bias would leave it: π* ∝ π_ref^γ. They answer every method, cost nothing, and say what
they know when asked for anything else. `tables` holds the answers, `answering` the arithmetic,
`model` the client.
"""

from __future__ import annotations

from vs_magic.llm.simulated.model import (
    ALPHA,
    BETA,
    GAMMAS,
    NAMES,
    simulated,
)
from vs_magic.llm.simulated.tables import TABLES, AnswerTable, recognise

__all__ = ["ALPHA", "BETA", "GAMMAS", "NAMES", "TABLES", "AnswerTable", "recognise", "simulated"]

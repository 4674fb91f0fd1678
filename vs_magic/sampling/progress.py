"""How a run tells what it is doing, for progress lines and for a widget that fills as it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from vs_magic.sampling.distribution import Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A run, as far as it has come.

    Parameters
    ----------
    done, total
        Calls finished, and calls in all.
    cost_usd
        What the finished calls cost; None where unknown.
    elapsed_s
        Seconds since the run began.
    note
        What it is waiting for, in plain words; mostly empty.
    partial
        Gives the distribution of what has arrived, complete candidates of a reply that is still
        streaming in among it.
    """

    done: int
    total: int
    cost_usd: float | None
    elapsed_s: float
    note: str
    partial: Callable[[], Distribution]


Observer: TypeAlias = Callable[[Progress], None]
"""Called on the event-loop thread whenever something has changed; it has to be quick."""

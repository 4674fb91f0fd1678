"""A candidate: one response found in a reply."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One response found in a reply.

    Parameters
    ----------
    text
        The response, exactly as the model wrote it.
    probability
        What the model *stated*, on a 0-1 scale; None where it stated nothing usable.
    repairs
        What had to be mended to read this candidate, in plain words; empty for a clean one.
    """

    text: str
    probability: float | None = None
    repairs: tuple[str, ...] = ()
    title: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that was read out of one reply: its candidates and, where asked for, its reasoning."""

    candidates: tuple[Candidate, ...]
    reasoning: str | None = None

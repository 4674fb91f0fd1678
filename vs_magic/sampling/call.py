"""What came of one call, and what the calls of a run took."""

from __future__ import annotations

from dataclasses import dataclass

from vs_magic.errors import VSError
from vs_magic.llm.request import Reply, Request
from vs_magic.verbalized.candidate import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What came of one call: candidates, or the error that stands in their place.

    Parameters
    ----------
    request
        What was sent.
    reply
        What came back; None where nothing did.
    candidates
        The candidates read out of the reply, in its order, less those left out.
    reasoning
        The reply's reasoning, where the method or the endpoint gives one.
    mode
        How the form was held or won: the reply's mode, or `repaired` after a repair call.
    left_out
        How many candidates `min_probability` left out.
    error
        Why there is no candidate; None where there are some.
    """

    request: Request
    reply: Reply | None = None
    candidates: tuple[Candidate, ...] = ()
    reasoning: str | None = None
    mode: str = ""
    left_out: int = 0
    error: VSError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a run took.

    `prompt_tokens`, `completion_tokens` and `cost_usd` are None where any call's is unknown; a
    cached call costs nothing.
    """

    calls: int
    cached: int
    seconds: float
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None

"""Distribution → the table that users keep."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from vs_magic._version import __version__
from vs_magic.sampling.distribution import Call, Distribution
from vs_magic.verbalized.candidate import Candidate
from vs_magic.view.frame import DTYPES, CandidateFrame


def build(distribution: Distribution) -> CandidateFrame:
    """Return the frame of a distribution: one row a candidate, a failed call is a row too.

    Tokens and cost are each row's share of its call's, so that a column's sum is the run's total;
    the other columns after `weight` that describe a call are repeated on each of its rows.
    """
    rows = list(_rows(distribution))
    frame: CandidateFrame = CandidateFrame(
        {name: pd.Series([row[name] for row in rows], dtype=kind) for name, kind in DTYPES.items()}
    )
    frame.attrs.update(attributes(distribution))
    return frame


def attributes(distribution: Distribution) -> dict[str, Any]:
    """Return what the frame keeps beside its rows, as plain JSON."""
    usage = distribution.usage
    return {
        "task": distribution.task,
        "options": distribution.options.as_json(),
        "model": distribution.options.model,
        "version": __version__,
        "stated_sum": distribution.stated,
        "left_out": distribution.left_out,
        "failed": len(distribution.failures),
        "calls": usage.calls,
        "cached_calls": usage.cached,
        "seconds": round(usage.seconds, 3),
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "cost_usd": usage.cost_usd,
        "not_sent": list(distribution.not_sent),
    }


def _rows(distribution: Distribution) -> Iterator[dict[str, Any]]:
    weights = iter(distribution.weights)
    ranks = iter(_ranks(distribution.weights))
    threshold = distribution.options.threshold
    for call in distribution.calls:
        shared = _of_call(call, distribution)
        parts = max(len(call.candidates), 1)
        tokens = [_split(getattr(call.reply, n, None), parts) for n in _TOKENS]
        for i in range(parts):
            row = {**shared, **{n: share[i] for n, share in zip(_TOKENS, tokens, strict=True)}}
            if call.candidates:
                row |= _of_candidate(call.candidates[i], threshold)
                row |= {"weight": next(weights), "rank": next(ranks)}
            yield row


_TOKENS = ("prompt_tokens", "completion_tokens")


def _of_call(call: Call, distribution: Distribution) -> dict[str, Any]:
    reply, parts = call.reply, max(len(call.candidates), 1)
    cost = None if reply is None else (0.0 if reply.cached else reply.cost_usd)
    return {
        **dict.fromkeys(DTYPES),
        "probability": math.nan,
        "weight": math.nan,
        "method": str(distribution.options.method),
        "model": call.request.model,
        "call": call.request.call,
        "turn": call.request.turn,
        "finish_reason": reply.finish_reason if reply else None,
        "parse_mode": call.mode or None,
        "repairs": "",
        "cached": bool(reply and reply.cached),
        "cost_usd": math.nan if cost is None else cost / parts,
        "latency_s": reply.latency_s if reply else math.nan,
        "error": None if call.error is None else str(call.error),
        "not_sent": ", ".join(reply.not_sent) if reply else "",
    }


def _of_candidate(candidate: Candidate, threshold: float | None) -> dict[str, Any]:
    stated = candidate.probability
    return {
        "text": candidate.text,
        "probability": math.nan if stated is None else stated,
        "in_tail": None if threshold is None or stated is None else stated < threshold,
        "repairs": "; ".join(candidate.repairs),
    }


def _ranks(weights: Sequence[float]) -> list[int]:
    """Rank by weight, the heaviest first; ties in the order stated."""
    order = sorted(range(len(weights)), key=lambda i: -weights[i])
    ranks = [0] * len(weights)
    for rank, i in enumerate(order, start=1):
        ranks[i] = rank
    return ranks


def _split(total: int | None, parts: int) -> list[int | None]:
    """Split a whole number into whole parts that sum to it.

    >>> _split(7, 3), _split(None, 2)
    ([3, 2, 2], [None, None])
    """
    if total is None:
        return [None] * parts
    whole, rest = divmod(total, parts)
    return [whole + (i < rest) for i in range(parts)]

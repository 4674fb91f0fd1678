"""Calls with their candidates' weights → the table that users keep."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from vs_magic.sampling.call import Call
from vs_magic.verbalized.candidate import Candidate
from vs_magic.verbalized.options import Options
from vs_magic.view.frame import DTYPES, CandidateFrame


def build(
    calls: Sequence[Call], weights: Sequence[float], options: Options, attrs: Mapping[str, Any]
) -> CandidateFrame:
    """Return the frame of calls: one row a candidate, a failed call is a row too.

    Tokens and cost are each row's share of its call's, so that a column's sum is the run's total;
    the other columns after `weight` that describe a call are repeated on each of its rows.
    """
    rows = list(_rows(calls, weights, options))
    frame: CandidateFrame = CandidateFrame(
        {name: pd.Series([row[name] for row in rows], dtype=kind) for name, kind in DTYPES.items()}
    )
    frame.attrs.update(attrs)
    return frame


def _rows(
    calls: Sequence[Call], weights: Sequence[float], options: Options
) -> Iterator[dict[str, Any]]:
    weighed = iter(zip(weights, _ranks(weights), strict=True))
    for call in calls:
        shared = _of_call(call, options)
        parts = max(len(call.candidates), 1)
        tokens = [_split(getattr(call.reply, n, None), parts) for n in _TOKENS]
        for i in range(parts):
            row = {**shared, **{n: share[i] for n, share in zip(_TOKENS, tokens, strict=True)}}
            if call.candidates:
                row |= _of_candidate(call.candidates[i], options.threshold)
                row |= dict(zip(("weight", "rank"), next(weighed), strict=True))
            yield row


_TOKENS = ("prompt_tokens", "completion_tokens")


def _of_call(call: Call, options: Options) -> dict[str, Any]:
    reply, parts = call.reply, max(len(call.candidates), 1)
    cost = None if reply is None else (0.0 if reply.cached else reply.cost_usd)
    return {
        **dict.fromkeys(DTYPES),
        "probability": math.nan,
        "weight": math.nan,
        "method": str(options.method),
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

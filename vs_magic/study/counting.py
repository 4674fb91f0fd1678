"""How often each arm gave each answer, whatever its spelling, beside how often it ought to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from vs_magic.metrics._answers import Reference, normalizer, read_reference
from vs_magic.study.responses import Responses
from vs_magic.view.charts.frames import is_number

MOST_EXPECTED = 15
"""Answers of a reference up to which those that never came are shown too."""

_same = normalizer("answer")


def count(cells: Sequence[Responses], reference: Any = None) -> pd.DataFrame:
    """Count the answers to one task, arm by arm.

    Parameters
    ----------
    cells
        The responses of each arm.
    reference
        What the answers are compared with, if anything; its spellings count as one answer.

    Returns
    -------
    DataFrame
        Columns `answer` (its commonest spelling), `method`, `model`, `count`, `n`; with a
        reference also `expected`, the share that the answer ought to have (NaN: none).
    """
    known = None if reference is None else read_reference(reference)
    shown = _spellings(cells, known)
    rows: list[dict[str, Any]] = [
        {
            "answer": shown[key],
            "method": str(cell.arm.method),
            "model": cell.arm.model,
            "count": times,
            "n": len(cell),
        }
        for cell in cells
        for key, times in Counter(_key(text, known) for text in cell.texts).items()
    ]
    if known is not None:
        rows = _beside(rows, known, shown)
    counts: pd.DataFrame = pd.DataFrame(rows)
    return counts


def row_order(counts: pd.DataFrame, reference: Any) -> list[str] | None:
    """Return the reference's order of the answers; None where numbers or frequency decide."""
    if reference is None:
        return None
    known = read_reference(reference)
    listed = counts[counts["expected"].notna()]["answer"].drop_duplicates().tolist()
    if len(known) > MOST_EXPECTED or all(is_number(answer) for answer in listed):
        return None
    return sorted(listed, key=lambda answer: known.position.get(_same(answer), len(known)))


def _spellings(cells: Sequence[Responses], known: Reference | None) -> dict[str, str]:
    """Return how each answer is written most often."""
    spellings: dict[str, Counter[str]] = {}
    for cell in cells:
        for text in cell.texts:
            spellings.setdefault(_key(text, known), Counter())[text.strip()] += 1
    return {key: spelling.most_common(1)[0][0] for key, spelling in spellings.items()}


def _key(text: str, known: Reference | None) -> str:
    """Return what a text counts as: the first spelling of a reference's answer, else its own."""
    key = _same(text)
    place = None if known is None else known.position.get(key)
    if known is None or place is None:
        return key
    return next(form for form, at in known.position.items() if at == place)


def _beside(
    rows: Sequence[Mapping[str, Any]], known: Reference, shown: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Add what was expected; an answer that never came gets a row of zero where there is room."""
    keys = {answer: key for key, answer in shown.items()}
    shares = {form: float(known.probability[place]) for form, place in known.position.items()}
    found = [{**row, "expected": shares.get(keys[row["answer"]], math.nan)} for row in rows]
    first = {place: form for form, place in reversed(known.position.items())}
    if len(first) <= MOST_EXPECTED:
        arm = {name: rows[0][name] for name in ("method", "model", "n")}
        found.extend(
            {**arm, "answer": form, "count": 0, "expected": shares[form]}
            for form in first.values()
            if form not in shown
        )
    return found

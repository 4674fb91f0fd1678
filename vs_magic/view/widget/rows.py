"""Frame → rows: what the view shows of each candidate, as small plain JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from vs_magic.view.widget import texts
from vs_magic.view.widget.values import CallView, Shown

Row: TypeAlias = dict[str, Any]
"""One candidate or one failed call.

`id` (of the ask and the frame's row), `text` (its head), `chars` (of the whole), `cut` (the rest
is fetched), `long` (folded at first), `p`, `w`, `rank`, `at` (position, from 0), `ask`, `call`,
`marks` (pairs of kind and words), `why` (there is reasoning to fetch), `error`. Absent means no.
"""


def rows_of(shown: Shown, ids: Sequence[str]) -> list[Row]:
    """Return the rows of a frame, in its order, with their ids: the same while the widget lives."""
    records = list(records_of(shown))
    reasoned = {(call.call, call.turn) for call in shown.calls if call.reasoning}
    numbers = _call_numbers(shown, records)
    mixed = _mixed(records)
    most = texts.room(len(records))
    rows = []
    for at, (record, id_) in enumerate(zip(records, ids, strict=True)):
        key = call_key(record)
        row: Row = {"id": id_, "at": at, "call": numbers.get(key, 1)}
        if record.get("text") is None:
            row["error"] = texts.head(str(record.get("error") or "no candidate"), 600)[0]
        else:
            row |= _candidate(record, most)
        row["marks"] = [*_marks(record), *([["source", _source(record, mixed)]] if mixed else [])]
        if key in reasoned:
            row["why"] = True
        rows.append(row)
    return rows


def records_of(shown: Shown) -> Iterator[Mapping[str, Any]]:
    """Yield the frame's rows as mappings, with None for whatever is missing."""
    frame = shown.frame
    for values in frame.astype(object).itertuples(index=False, name=None):
        pairs = zip(frame.columns, values, strict=True)
        yield {str(name): _plain(value) for name, value in pairs}


def call_key(record: Mapping[str, Any]) -> tuple[int, int]:
    """Return which call a row came from: its number and its turn."""
    return int(record.get("call") or 1), int(record.get("turn") or 1)


def call_of(shown: Shown, record: Mapping[str, Any]) -> CallView | None:
    """Return the call that a row came from, where it is known."""
    key = call_key(record)
    return next((call for call in shown.calls if (call.call, call.turn) == key), None)


def _candidate(record: Mapping[str, Any], most: int) -> Row:
    text = str(record["text"])
    head, cut = texts.head(text, most)
    row: Row = {"text": head, "chars": len(text)}
    if cut:
        row["cut"] = True
    if cut or texts.is_long(text):
        row["long"] = True
    for name, column in (("p", "probability"), ("w", "weight")):
        if (value := record.get(column)) is not None:
            row[name] = round(float(value), 6)
    if record.get("rank") is not None:
        row["rank"] = int(record["rank"])
    return row


def _marks(record: Mapping[str, Any]) -> list[list[str]]:
    """Return what there is to say of a row, as pairs of kind and words."""
    marks = []
    if record.get("in_tail") is not None:
        inside = bool(record["in_tail"])
        words = "in the tail" if inside else "not in the tail asked for"
        marks.append(["tail" if inside else "out", words])
    repairs = str(record.get("repairs") or "").split("; ")
    marks.extend(["repair", f"repair: {texts.head(part, 160)[0]}"] for part in repairs if part)
    return marks


def _call_numbers(shown: Shown, records: Sequence[Mapping[str, Any]]) -> dict[tuple[int, int], int]:
    """Number the calls from 1, as the call details list them."""
    keys = [(call.call, call.turn) for call in shown.calls]
    keys = keys or sorted({call_key(record) for record in records})
    return {key: number for number, key in enumerate(keys, start=1)}


def _mixed(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns that tell rows of several methods or models apart."""
    return [
        name
        for name in ("method", "model")
        if len({record.get(name) for record in records if record.get(name)}) > 1
    ]


def _source(record: Mapping[str, Any], mixed: Sequence[str]) -> str:
    return texts.head(" · ".join(str(record.get(name) or "?") for name in mixed), 120)[0]


def _plain(value: Any) -> Any:
    """Return None for what pandas calls missing, and the value itself for the rest."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    # pandas.NA equals nothing, itself included; its truth is an error, so it is told by its type.
    return None if type(value).__name__ in ("NAType", "NaTType") else value

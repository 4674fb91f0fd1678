"""The static view: a DataFrame that shows its candidates, whole, wherever HTML or text is shown."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from vs_magic.view.status import status_line
from vs_magic.view.table import FIGURES, LINED, html_bar, html_table, td, text_bar, text_lines, th
from vs_magic.view.text import cut, escape, printable, room, visible
from vs_magic.view.words import percent, stated

DTYPES: dict[str, Any] = {
    "text": "object",
    "probability": "float64",
    "weight": "float64",
    "method": "object",
    "model": "object",
    "call": "Int64",
    "turn": "Int64",
    "rank": "Int64",
    "in_tail": "boolean",
    "finish_reason": "object",
    "parse_mode": "object",
    "repairs": "object",
    "cached": "bool",
    "prompt_tokens": "Int64",
    "completion_tokens": "Int64",
    "cost_usd": "float64",
    "latency_s": "float64",
    "error": "object",
    "not_sent": "object",
}
"""The columns of a frame, in order, with their pandas types."""

SHOWN_ROWS = 100
"""Rows that the static view shows; the frame holds them all."""

FAR_FROM_ONE = 0.1
"""How far Σ stated may be from 1 before it is said in words."""


class CandidateFrame(pd.DataFrame):
    """A pandas DataFrame whose own behaviour is how it is shown; operations return plain frames."""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def _repr_html_(self) -> str:
        return to_html(self) if _is_whole(self) else super()._repr_html_()  # type: ignore[misc]

    def __repr__(self) -> str:
        return printable(to_text(self)) if _is_whole(self) else super().__repr__()


def to_html(frame: pd.DataFrame) -> str:
    """Return a frame as a table that reads well in light, in dark, and where styles are stripped.

    Colours are the page's own (inherited, or translucent), so that no theme has to be known.
    Model text is escaped; nothing in it is rendered, and nothing is loaded.
    """
    attrs = frame.attrs
    notes = "".join(
        f'<div style="font-size:12.5px;margin:0 0 .4rem">{escape(note)}</div>'
        for note in _notes(frame)
    )
    stated = bool(frame["probability"].notna().any())
    heads = ["stated", "weight", "response"] if stated else ["weight", "response"]
    aligned = [*["right"] * (len(heads) - 1), "left"]
    head = [
        th(name, f"{_CELL}text-align:{side};opacity:.75;font-weight:600")
        for name, side in zip(heads, aligned, strict=True)
    ]
    rows = (_html_row(row, stated=stated) for row in _records(frame))
    table = html_table(
        head, rows, "width:100%;border-collapse:collapse;table-layout:auto;font-size:14px"
    )
    return (
        f'<div style="max-width:62rem;font-size:14px;line-height:1.5">'
        f'<div style="font-weight:600;white-space:pre-wrap;overflow-wrap:anywhere">'
        f"{escape(cut(str(attrs.get('task', '')), 400))}</div>"
        f'<div style="opacity:.75;font-size:12.5px;margin:.15rem 0 .5rem">'
        f"{escape(status_line(attrs))}</div>{notes}"
        f"{table}</div>"
    )


def to_text(frame: pd.DataFrame) -> str:
    """Return a frame for a terminal: a line a candidate, whole texts, wrapped."""
    columns = room(120)
    stated = bool(frame["probability"].notna().any())
    lines = [visible(status_line(frame.attrs)), *_notes(frame)]
    lines.append(("stated               " if stated else "") + "weight  response")
    for row in _records(frame):
        cells = _text_row(row, stated=stated)
        usual = _TEXT_WIDTHS[-len(cells) : -1] if len(cells) > 1 else ()
        widths = [max(least, len(cell)) for least, cell in zip(usual, cells, strict=False)]
        left = columns - sum(widths) - 2 * len(widths)
        lines += text_lines([cells], [*widths, max(left, 20)])
    return "\n".join(lines)


_CELL = f"padding:.35rem .6rem;vertical-align:top;{LINED}"
_TEXT_WIDTHS = (5, 12, 6, 0)
"""Columns in a terminal: the stated probability, its bar, the weight, and what is left."""
_TAG = (
    "display:inline-block;font-size:11.5px;opacity:.8;border:1px solid rgba(128,128,128,.5);"
    "border-radius:4px;padding:0 .35rem;margin:.2rem .35rem 0 0"
)


def _is_whole(frame: pd.DataFrame) -> bool:
    return list(frame.columns) == list(DTYPES)


def _records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    shown = frame.head(SHOWN_ROWS).astype(object)
    return (dict(zip(DTYPES, row, strict=True)) for row in shown.itertuples(index=False, name=None))


def _notes(frame: pd.DataFrame) -> list[str]:
    """What a reader must know besides the rows."""
    notes = []
    total = frame.attrs.get("stated_sum")
    tail = frame.attrs.get("options", {}).get("threshold") is not None
    bounds = (0.0 if tail else 1 - FAR_FROM_ONE, 1 + FAR_FROM_ONE)
    if total is not None and not bounds[0] <= total <= bounds[1]:
        notes.append(stated(total, frame.attrs.get("calls", 1)))
    if len(frame) > SHOWN_ROWS:
        notes.append(f"The first {SHOWN_ROWS} of {len(frame)} rows; the frame holds them all.")
    return notes


def _html_row(row: dict[str, Any], *, stated: bool) -> list[str]:
    if row["text"] is None:
        text = escape(f"failed: {row['error']}")
        return [td(text, f"{_CELL}text-align:left", span=3 if stated else 2)]
    number = f"{_CELL}text-align:right;{FIGURES}"
    share = html_bar(
        0.0 if math.isnan(row["probability"]) else row["probability"],
        height=6,
        colour="#4c7ee8",
        ground="rgba(128,128,128,.22)",
        style="width:6rem;{};margin:.25rem 0 0 auto",
    )
    marks = "".join(f'<span style="{_TAG}">{escape(mark)}</span>' for mark in _marks(row))
    text = (
        '<div dir="auto" style="white-space:pre-wrap;overflow-wrap:anywhere;'
        f'unicode-bidi:isolate">{escape(row["text"])}</div>{marks}'
    )
    return [
        *([td(f"<b>{_probability(row['probability'])}</b>{share}", number)] if stated else []),
        td(percent(row["weight"], 1), number),
        td(text, f"{_CELL}text-align:left;width:100%"),
    ]


def _marks(row: dict[str, Any]) -> list[str]:
    marks = [f"repair: {part}" for part in str(row["repairs"]).split("; ") if part]
    if row["in_tail"] is False:
        marks.insert(0, "not in the tail asked for")
    return marks


def _text_row(row: dict[str, Any], *, stated: bool) -> list[str]:
    if row["text"] is None:
        return [" ".join(f"failed: {row['error']}".split())]
    marks = "".join(f"  [{mark}]" for mark in _marks(row))
    lead = []
    if stated:
        probability = row["probability"]
        share = 0.0 if math.isnan(probability) else probability
        lead = [f"{_probability(probability):>5}", text_bar(share, 12)]
    return [*lead, f"{percent(row['weight'], 1):>6}", row["text"] + marks]


def _probability(value: float) -> str:
    return "–" if math.isnan(value) else (f"{value:.2f}" if value >= 0.01 else f"{value:.2g}")

"""From frames to what a specification holds: plain JSON values, with model text made harmless."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from vs_magic.view.text import cut, visible

if TYPE_CHECKING:
    import altair as alt

LONGEST_TOOLTIP = 600


def values(rows: Iterable[Mapping[Any, Any]]) -> alt.InlineData:
    """Return rows as a chart's data: numbers, texts and None alone, so that any JSON reader copes.

    Model text has its control characters made visible; very long text is cut.
    """
    import altair as alt

    plain = [{str(name): _plain(value) for name, value in row.items()} for row in rows]
    return alt.InlineData(values=plain)  # type: ignore[no-any-return, unused-ignore]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def clipped(text: str, most: int) -> str:
    r"""Return a text on one line, cut with an ellipsis where it is longer than `most`.

    >>> clipped("a joke\nabout coffee", 10)
    'a joke ab…'
    """
    line = " ".join(visible(text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def is_number(text: str) -> bool:
    """Return whether an answer is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def digits(largest: float) -> int:
    """Return how many decimals numbers of up to that size are shown with: three figures or so.

    >>> digits(0.04), digits(0.56), digits(8.2), digits(42), digits(1200)
    (3, 2, 2, 1, 0)
    """
    bounds = ((0.1, 3), (10, 2), (100, 1))
    return next((decimals for bound, decimals in bounds if largest < bound), 0)


def number(value: float | None, decimals: int = 2) -> str:
    """Return a number as a label shows it.

    >>> number(0.5614), number(12345.6, 0), number(-1.5), number(float("nan"))
    ('0.56', '12,346', '−1.50', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    shown = f"{value:,.{decimals}f}"
    if float(shown.replace(",", "")) == 0:
        shown = shown.lstrip("-")
    return shown.replace("-", "−")


def interval(value: float | None, low: float | None, high: float | None, decimals: int = 2) -> str:
    """Return a value with its interval, as a label shows it.

    >>> interval(0.5614, 0.1, 0.93), interval(2.0, float("nan"), float("nan"))
    ('0.56 (0.10 – 0.93)', '2.00')
    """
    shown = number(value, decimals)
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return shown
    return f"{shown} ({number(low, decimals)} – {number(high, decimals)})"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return cut(visible(value), LONGEST_TOOLTIP)
    if value is None or value is pd.NA:
        return None
    if isinstance(value, (bool, list)):
        return value
    as_float = float(value)
    if not math.isfinite(as_float):
        return None
    return int(as_float) if as_float == int(as_float) else round(as_float, 6)

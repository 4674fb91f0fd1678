"""Candidates for other programs: CSV, JSON lines, Markdown, plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd


class Export(NamedTuple):
    """A file's content, with its name and type."""

    content: str
    name: str
    type: str


def export(frame: pd.DataFrame, form: str) -> Export:
    """Return a frame as a file of a form: `csv`, `jsonl` or `markdown`.

    CSV and JSON lines hold every column and every text exactly; Markdown is for reading: texts,
    probabilities and weights, with model text escaped so that it renders as itself and loads
    nothing.
    """
    if form not in FORMS:
        raise ValueError(f"unknown export {form!r}: one of {', '.join(FORMS)}")
    write, ending, kind = FORMS[form]
    return Export(write(frame), f"candidates.{ending}", kind)


def _markdown(frame: pd.DataFrame) -> str:
    lines = [
        f"**{_escaped(str(frame.attrs.get('task', 'Candidates')))}**",
        "",
        "| stated | weight | candidate |",
        "| ---: | ---: | :--- |",
    ]
    for _, row in frame.iterrows():
        text = row["text"] if isinstance(row["text"], str) else f"failed: {row['error']}"
        stated, weight = (
            _number(row[n], form) for n, form in (("probability", "g"), ("weight", ".1%"))
        )
        lines.append(f"| {stated} | {weight} | {_escaped(text)} |")
    return "\n".join(lines) + "\n"


def _number(value: float, form: str) -> str:
    return "" if value != value else format(value, form)  # noqa: PLR0124 - NaN differs from itself


def _escaped(text: str) -> str:
    r"""Return text as inline Markdown that shows it as it is, on one line of a table.

    >>> _escaped("![x](http://e/x.png) <b>\nnext")
    '\\!\\[x\\]\\(http\\:\\/\\/e\\/x\\.png\\) &lt;b&gt;<br>next'
    """
    marked = re.sub(r"([\\`*_{}\[\]()#+\-.!|~:/@$^=])", r"\\\1", text)
    return html.escape(marked, quote=False).replace("\r\n", "\n").replace("\n", "<br>")


FORMS: dict[str, tuple[Callable[[pd.DataFrame], str], str, str]] = {
    "csv": (
        lambda frame: str(frame.to_csv(index=False, lineterminator="\n")),
        *("csv", "text/csv"),
    ),
    "jsonl": (
        lambda frame: str(frame.to_json(orient="records", lines=True, force_ascii=False)),
        *("jsonl", "application/jsonl"),
    ),
    "markdown": (_markdown, "md", "text/markdown"),
}
"""How each form is written, the file's ending, and its type."""

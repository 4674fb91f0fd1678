"""The explorer where no widget lives: an HTML table for GitHub and nbconvert, and plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from vs_magic.theory.page import page
from vs_magic.theory.scene import Scene
from vs_magic.view.table import FIGURES, LINED, html_bar, html_table, td, text_bar, text_lines, th
from vs_magic.view.text import escape, room, visible, width

_CELL = f"padding:.3rem .6rem;vertical-align:top;{LINED}"
_BAR = ("rgba(128,128,128,.75)", "#d07010", "#2468d0")
"""One colour a column; the heading says which is which."""
_HINT = "In a running notebook, sliders for α, β and ties stand here."


def to_html(scene: Scene) -> str:
    """Return a scene as a table that reads well in light, in dark, and without styles."""
    shown = page(scene)
    heads = [
        th(
            f"<div>{_sign(column['sign'])} {escape(column['title'])}</div>"
            '<div style="opacity:.75;font-weight:400;font-size:12.5px">'
            f"{escape(column['facts'])}</div>",
            f"{_CELL}text-align:left;width:22%",
        )
        for column in shown["columns"]
    ]
    rows = [_html_row(row, name) for row, name in zip(shown["rows"], _names(shown), strict=True)]
    table = html_table(
        [th("answer", f"{_CELL}text-align:left"), *heads],
        [*rows, _html_samples(shown)],
        "width:100%;border-collapse:collapse;font-size:14px",
    )
    return (
        '<div style="max-width:62rem;font-size:14px;line-height:1.5">'
        f'<div style="font-weight:600">{escape(shown["title"])}</div>'
        f'<div style="opacity:.75;font-size:12.5px">{escape(shown["note"])}</div>'
        f'<div style="margin:.3rem 0">π* ∝ π<sub>ref</sub><sup>γ</sup> · exp(r<sub>true</sub> / β)'
        f", γ = 1 + α/β = {escape(shown['sum'])} = <b>{escape(shown['gamma'])}</b></div>"
        f"<div>{escape(shown['reward'])}</div>"
        f'<div style="margin-bottom:.4rem">{escape(shown["sentence"])}</div>'
        f'{table}<div style="opacity:.75;font-size:12.5px;margin-top:.3rem">{_HINT}</div></div>'
    )


def to_text(scene: Scene) -> str:
    """Return a scene for a terminal."""
    shown = page(scene)
    columns = room(100)
    labels = _names(shown)
    wide = max(12, min(max(map(width, labels)) + 9, columns - 60))
    lines = [
        visible(shown["title"]),
        f"π* ∝ π_ref^γ · exp(r_true / β), γ = 1 + α/β = {shown['sum']} = {shown['gamma']}",
        *textwrap.wrap(shown["reward"], columns),
        *textwrap.wrap(shown["sentence"], columns),
        "",
        " " * wide + "".join(f"  {column['sign']:<18}" for column in shown["columns"]).rstrip(),
    ]
    lines += text_lines(
        [
            (
                _cut(visible(label) + (f" ({row['mark']})" if row["mark"] else ""), wide),
                *(f"{text_bar(c['share'], 10)} {c['words']:>7}" for c in row["cells"]),
            )
            for row, label in zip(shown["rows"], labels, strict=True)
        ],
        [wide, *(18 for _ in shown["columns"])],
    )
    lines.append("")
    lines += [f"{c['sign']:<6} {c['title']}: {c['facts']}" for c in shown["columns"]]
    for column, sample in zip(shown["columns"], shown["samples"], strict=True):
        lines.append("")
        lines.append(f"{shown['sampled']} by {column['sign']}, {column['different']}:")
        lines += textwrap.wrap(
            visible(_sampled(shown, sample)), columns, initial_indent="  ", subsequent_indent="  "
        )
    return "\n".join(lines)


def _names(shown: Mapping[str, Any]) -> list[str]:
    """Return the rows' names, with their numbers where the sampled answers are numbers."""
    names = [str(row["label"]) for row in shown["rows"]]
    return [f"{i}. {name}" for i, name in enumerate(names, 1)] if shown["numbered"] else names


def _html_row(row: Mapping[str, Any], name: str) -> list[str]:
    cells = [
        td(
            cell["words"]
            + html_bar(cell["share"], height=7, colour=colour, ground="rgba(128,128,128,.18)"),
            f"{_CELL}{FIGURES};text-align:left",
        )
        for cell, colour in zip(row["cells"], _BAR, strict=True)
    ]
    mark = f" <small>({escape(row['mark'])})</small>" if row["mark"] else ""
    style = f"{_CELL}text-align:left;font-weight:400;overflow-wrap:anywhere"
    return [th(escape(name) + mark, style, "row"), *cells]


def _html_samples(shown: Mapping[str, Any]) -> list[str]:
    by = " (by row)" if shown["numbered"] else ""
    return [
        th(f"{shown['sampled']}{by}", f"{_CELL}text-align:left;font-weight:400", "row"),
        *(
            td(
                f"<b>{escape(column['different'])}</b>: {escape(_sampled(shown, sample))}",
                f"{_CELL}text-align:left;font-size:12.5px",
            )
            for column, sample in zip(shown["columns"], shown["samples"], strict=True)
        ),
    ]


def _sampled(shown: Mapping[str, Any], sample: Sequence[Sequence[tuple[int, str]]]) -> str:
    """Return sampled answers in a line: as they are where short, else the numbers of their rows."""
    numbered = bool(shown["numbered"])
    between = " " if numbered else " · "
    return " | ".join(
        between.join(str(row) if numbered else text for row, text in part) for part in sample
    )


def _sign(sign: str) -> str:
    return "π<sub>ref</sub>" if sign == "π_ref" else escape(sign)


def _cut(text: str, columns: int) -> str:
    while width(text) > columns:
        text = text.removesuffix("…")[:-1] + "…"
    return text

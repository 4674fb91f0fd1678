"""Rows: `text | probability` a line each, Markdown tables, comma-separated values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vs_magic.verbalized.method import Wording
from vs_magic.verbalized.parse import names, probability
from vs_magic.verbalized.parse.fields import Expected
from vs_magic.verbalized.parse.found import Block, Record
from vs_magic.verbalized.parse.item import TOTAL, undressed

MAX_ROWS = 2000
_RULER = re.compile(r"\+?[ \t]*[|+]?[ \t]*:?[-=]+:?[ \t]*(?:[|+][ \t]*:?[-=]+:?[ \t]*)*[|+]?")
_COUNTER = re.compile(r"[*_#\s]*\d{1,4}[.)]?[*_\s]*")
_MARKER = re.compile(r"(?:\d{1,3}[.)]|[-*•])[ \t]+")
_PIPE = re.compile(r"(?<!\\)\|")
_FENCED = re.compile(r"^[ \t]*```[^\n]*\n", re.MULTILINE)


@dataclass(slots=True)
class _Grid:
    """The rows of one table, and the names of its columns where it has a header."""

    start: int
    end: int
    rows: list[list[str]]
    header: list[str]
    complete: bool = True
    form: str = "table"  # empty for the form that was asked for

    def column(self, index: int) -> list[str]:
        """Return the cells of a column, without marks around them."""
        return [_bare(row[index]) for row in self.rows if index < len(row)]


def find(text: str, asked: Expected) -> Iterator[list[Block]]:
    """Read tables in each form in which the text could hold some."""
    if "|" in text:
        grids = (_grid(run) for run in _runs(text))
        yield [one for grid in grids if grid and (one := _block(grid, asked))]
    yield _csv(text, asked)


def _wire(run: Sequence[tuple[int, int, str]]) -> _Grid | None:
    """Read lines of `text | probability`, the format that small models are held to."""
    found = [_match(line) for _, _, line in run]
    rows = [list(row) for row in found if row]
    if not all(row and row[1] for row in found[:-1]) or not any(row[1] for row in rows):
        return None
    if all(_MARKER.match(text) for text, _ in rows):
        return None  # a list, whose items end in a pipe and a number
    complete = found[-1] is not None and found[-1][1] != ""
    return _Grid(run[0][0], run[-1][1], rows, [], complete, form="")


def _match(line: str) -> tuple[str, str] | None:
    """Split a line at its last pipe, if a probability or nothing stands after it."""
    text, pipe, value = line.rpartition("|")
    if not pipe or not text.strip() or len(value) > 40 or text.endswith("\\"):
        return None
    if line.startswith("|") and (not value or text.count("|") == 1):
        return None  # a row between pipes, or the beginning of one
    value = value.strip()
    return (text.strip(), value) if not value or probability.NOTATION.fullmatch(value) else None


def _runs(text: str) -> Iterator[list[tuple[int, int, str]]]:
    """Cut out the runs of lines with pipes, each with its place."""
    run: list[tuple[int, int, str]] = []
    position = 0
    for line in [*text.splitlines(keepends=True), "\n"]:
        bare = line.strip()
        if "|" in bare or (run and bare[:1] in ("+", "-", "=") and _RULER.fullmatch(bare)):
            run.append((position, position + len(line), bare))
        elif run:
            yield run
            run = []
        position += len(line)


def _grid(run: Sequence[tuple[int, int, str]]) -> _Grid | None:
    lines = [line for _, _, line in run]
    rulers = [i for i, line in enumerate(lines) if _RULER.fullmatch(line)]
    body = [line for line in lines if not _RULER.fullmatch(line)]
    outer = all(line.startswith("|") for line in body)
    if len(lines) > MAX_ROWS or not body:
        return None
    if not (rulers or outer):
        return _wire(run)
    rows, header = [_cells(line) for line in body], []
    # A ruler below the first row makes it a header; so do names that only a header has.
    if _is_header(rows[0]) or (rulers and (rulers[0] == 1 or (rulers[0] == 0 and len(rulers) > 1))):
        header, rows, body = rows[0], rows[1:], body[1:]
    complete = True
    if outer and len(body) > 1 and not body[-1].endswith("|") and body[-2].endswith("|"):
        complete = False
        rows[-1] = rows[-1][:-1] if len(rows[-1]) <= len(rows[0]) else rows[-1]
    return _Grid(run[0][0], run[-1][1], [row for row in rows if any(row)], header, complete)


def _is_header(cells: Sequence[str]) -> bool:
    plain = [names.plain(_bare(cell)) for cell in cells]
    stated = any(names.is_probability(name) for name in plain)
    return stated and not any(char.isdigit() for cell in cells for char in cell)


def _cells(line: str) -> list[str]:
    """Split a row at its pipes, but not at escaped ones."""
    inner = line.strip().removeprefix("|")
    inner = inner.removesuffix("|") if not inner.endswith("\\|") else inner
    return [cell.strip().replace("\\|", "|") for cell in _PIPE.split(inner)]


def _bare(cell: str) -> str:
    return cell.strip(" *_`")


def _block(grid: _Grid, asked: Expected) -> Block | None:
    """Find the column of the texts and that of the probabilities, and read the rows."""
    width = max((len(row) for row in grid.rows), default=0)
    header = [names.plain(_bare(cell)) for cell in grid.header]
    value = _value_column(grid, header, width, asked)
    column = _text_column(grid, header, width, value)
    if column is None:
        return None
    if value is None and asked.method.verbalizes and not any(map(names.is_text, header)):
        return None
    wording = None
    if value is not None and value < len(header):
        wording = names.wording(header[value], grid.header[value], asked.wording)
    rows = [row for row in grid.rows if column < len(row) and row[column]]
    if len(rows) > 1 and TOTAL.fullmatch(rows[-1][column]):
        rows = rows[:-1]
    raw = [_bare(row[value]) if value is not None and value < len(row) else None for row in rows]
    texts = undressed([row[column] for row in rows])
    records = [Record(*pair, wording) for pair in zip(texts, [r or None for r in raw], strict=True)]
    repairs = [grid.form] * bool(grid.form) + ["truncated reply"] * (not grid.complete)
    return Block(grid.start, grid.end, records, dict.fromkeys(repairs)) if records else None


def _value_column(grid: _Grid, header: list[str], width: int, asked: Expected) -> int | None:
    """Return the column of the probabilities: by its header, else by what stands in it."""
    for index, name in enumerate(header):
        if names.is_probability(name) or names.is_probability(name.removesuffix("s")):
            return index
    for index in reversed(range(width)):
        cells = [cell for cell in grid.column(index) if cell]
        if cells and all(_states(cell, asked.wording) for cell in cells) and not _counts(cells):
            return index
    return None


def _states(cell: str, wording: Wording) -> bool:
    short = any(char.isdigit() for char in cell) and len(cell) < 30
    return short and probability.read(cell, wording).value is not None


def _counts(cells: Sequence[str]) -> bool:
    """Whether whole numbers only count the rows, as they are no percentages either."""
    if not all(_COUNTER.fullmatch(cell) for cell in cells):
        return False
    return sum(int("".join(filter(str.isdecimal, cell))) for cell in cells) != 100


def _text_column(grid: _Grid, header: list[str], width: int, value: int | None) -> int | None:
    """Return the column of the texts: by its header, else the one with the longest cells."""
    named = [i for i, name in enumerate(header) if i != value and names.is_text(name)]
    if any(header[i] not in names.VAGUE for i in named) or len(named) == len(header) - 1 > 0:
        return min(named, key=lambda index: names.text_rank(header[index]))
    rest = [i for i in range(width) if i != value]
    aside = names.ASIDE | names.REASONING | {""}
    others = [
        i for i in rest
        if (i >= len(header) or header[i] not in aside)
        and not all(_COUNTER.fullmatch(cell) for cell in grid.column(i))
    ]  # fmt: skip
    if not others and value is not None:
        others = rest
    if header and others:
        return others[0]
    return max(others, key=lambda i: sum(map(len, grid.column(i))), default=None)


def _csv(text: str, asked: Expected) -> list[Block]:
    """Read comma-, semicolon- or tab-separated rows that have a header, or quoted texts."""
    body = unfenced(text)
    offset, start = text.find(body) if body else 0, 0
    for line in body.splitlines(keepends=True)[:6]:  # a header stands near the top
        for separator in ",;\t" if len(line) < 200 or line[:1] == '"' else "":
            head = [names.plain(cell.strip(' "')) for cell in line.split(separator)]
            named = any(map(names.is_probability, head)) and any(map(names.is_text, head))
            if len(head) < 2 or not (named or line[:1] == '"'):
                continue
            rows, complete = _rows(body[start:], separator)
            stated = all(len(row) == 2 and _states(row[1], asked.wording) for row in rows)
            if rows and (named or stated):
                header, rows = (rows[0], rows[1:]) if named else ([], rows)
                grid = _Grid(offset + start, offset + len(body), rows, header, complete, "CSV")
                return [block] if (block := _block(grid, asked)) else []
        start += len(line)
    return []


def _rows(body: str, separator: str) -> tuple[list[list[str]], bool]:
    """Split into rows of cells up to a blank line, and say whether no quotation mark stays open."""
    rows: list[list[str]] = []
    lines = csv.reader(io.StringIO(body), delimiter=separator, strict=True, skipinitialspace=True)
    try:
        for row in lines:
            cells = [cell.strip() for cell in row]
            if not any(cells) or len(rows) > MAX_ROWS:
                break
            rows.append(cells)
    except csv.Error:
        return rows, False
    return rows, True


def unfenced(text: str) -> str:
    """Return what stands inside the one code fence of a text, or the text without one."""
    match = _FENCED.search(text)
    if match is None:
        return text
    close = text.rfind("```")
    return text[match.end() : close] if close > match.end() else text[match.end() :]

"""Rows: `text | probability` a line each, Markdown tables, CSV."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from vs_magic.verbalized.method import Wording
from vs_magic.verbalized.parse import names, probability
from vs_magic.verbalized.parse.item import undressed
from vs_magic.verbalized.parse.fields import Expected
from vs_magic.verbalized.parse.found import Block, Record

MAX_ROWS = 2000
_VALUE = re.compile(
    r"(?:&[lg]t;|[~≈<>≤≥])?\s*[-+−]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE]-?\d+)?\s*(?:%|/\s*\d+"
    r"|(?:out )?of \d+)?",
    re.IGNORECASE,
)
_RULER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_COUNTER = re.compile(r"[*_#\s]*\d{1,4}[.)]?[*_\s]*")
_MARKER = re.compile(r"(?:\d{1,3}[.)]|[-*•])[ \t]+")
_TOTAL = re.compile(r"\W*(?:total|sum)\W*", re.IGNORECASE)


@dataclass(slots=True)
class _Grid:
    """The rows of one table, and the names of its columns where it has a header."""

    start: int
    end: int
    rows: list[list[str]] = field(default_factory=list)
    header: list[str] | None = None
    complete: bool = True


def wire(text: str, _asked: Expected) -> list[Block]:
    """Read lines of `text | probability`, the format that small models are held to."""
    if "|" not in text:
        return []
    lines = [line for line in unfenced(text).splitlines() if line.strip()]
    if not lines or len(lines) > MAX_ROWS:
        return []
    matches = [
        None if line.lstrip().startswith("|") and line.rstrip().endswith("|") else _match(line)
        for line in lines
    ]
    found = [match for match in matches if match]
    first = next((index for index, match in enumerate(matches) if match), 0)
    if not any(value for _, value in found):
        return []
    if any(match is None or not match[1] for match in matches[first:-1]) or first > 1:
        return []
    if first == 1 and not lines[0].rstrip(" *_").endswith(":"):
        return []
    repairs: dict[str, None] = {}
    last = matches[-1]
    if last is None or not last[1]:
        repairs["truncated reply"] = None
    texts = [one for one, _ in found]
    markers = [_MARKER.match(one) for one in texts]
    if all(markers):
        texts = [one[m.end() :] for one, m in zip(texts, markers, strict=True) if m]
    records = [Record(one, value or None) for one, (_, value) in zip(texts, found, strict=True)]
    return [Block(0, len(text), records, repairs)]


def _match(line: str) -> tuple[str, str] | None:
    """Split a line at its last pipe, if a probability or nothing stands after it."""
    text, pipe, value = line.rpartition("|")
    if not pipe or not text.strip() or len(value) > 40 or text.endswith("\\"):
        return None
    value = value.strip()
    return (text.strip(), value) if not value or _VALUE.fullmatch(value) else None


def markdown(text: str, asked: Expected) -> list[Block]:
    """Read tables of Markdown, with or without a header, outer pipes and escaped pipes."""
    if "|" not in text:
        return []
    return [block for grid in _grids(text) if (block := _block(grid, asked, "table"))]


def _grids(text: str) -> list[_Grid]:
    """Cut tables out of a text: runs of lines with pipes, one of which may be a ruler."""
    grids: list[_Grid] = []
    run: list[tuple[int, int, str]] = []
    position = 0
    for line in [*text.splitlines(keepends=True), "\n"]:
        bare = line.strip()
        if "|" in bare or (run and re.fullmatch(r"\+?[-=+]{3,}\+?", bare)):
            run.append((position, position + len(line), bare))
        elif run:
            if grid := _grid(run):
                grids.append(grid)
            run = []
        position += len(line)
    return grids


def _grid(run: Sequence[tuple[int, int, str]]) -> _Grid | None:
    lines = [line for _, _, line in run]
    rulers = [i for i, line in enumerate(lines) if _is_ruler(line)]
    outer = all(line.startswith("|") for line in lines if not _is_ruler(line))
    if len(lines) > MAX_ROWS or not (rulers or outer):
        return None
    grid = _Grid(run[0][0], run[-1][1])
    body = [line for i, line in enumerate(lines) if i not in set(rulers)]
    rows = [_cells(line) for line in body]
    # A ruler below the first row makes it a header; so do names that only a header has.
    heads = len(
        [i for i in range(len(lines)) if i < (rulers[0] if rulers else 0) and i not in rulers]
    )
    if rows and (
        heads == 1 or _is_header(rows[0]) or (rulers and rulers[0] == 0 and len(rulers) > 1)
    ):
        grid.header, rows, body = rows[0], rows[1:], body[1:]
    if (
        outer
        and body
        and not body[-1].endswith("|")
        and all(one.endswith("|") for one in body[:-1])
    ):
        grid.complete = False
        width = len(rows[0]) if len(rows) > 1 else 99
        rows[-1] = rows[-1][:-1] if len(rows[-1]) <= width else rows[-1]
    grid.rows = [row for row in rows if any(cell for cell in row)]
    return grid


def _is_ruler(line: str) -> bool:
    return "-" in line and bool(_RULER.fullmatch(line) or re.fullmatch(r"\+[-=+:]+\+?", line))


def _is_header(cells: Sequence[str]) -> bool:
    plain = [names.plain(_bare(cell)) for cell in cells]
    return any(names.is_probability(name) for name in plain) and not any(
        re.search(r"\d", cell) for cell in cells
    )


def _cells(line: str) -> list[str]:
    """Split a row at its pipes, but not at escaped ones."""
    inner = line.strip()
    inner = inner.removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    cells, last = [], 0
    for match in re.finditer(r"\\.|\|", inner):
        if match[0] == "|":
            cells.append(inner[last : match.start()])
            last = match.end()
    cells.append(inner[last:])
    return [cell.strip().replace("\\|", "|") for cell in cells]


def _bare(cell: str) -> str:
    return cell.strip(" *_`")


def _block(grid: _Grid, asked: Expected, form: str) -> Block | None:
    """Find the column of the texts and that of the probabilities, and read the rows."""
    width = max((len(row) for row in grid.rows), default=0)
    value = _value_column(grid, width, asked)
    column = _text_column(grid, width, value)
    if column is None or (value is None and asked.method.verbalizes and not _has_text_header(grid)):
        return None
    wording = None
    if value is not None and grid.header and value < len(grid.header):
        head = grid.header[value]
        wording = names.wording(names.plain(_bare(head)), head, asked.wording)
    rows = [row for row in grid.rows if column < len(row) and row[column]]
    if len(rows) > 1 and _TOTAL.fullmatch(rows[-1][column]):
        rows = rows[:-1]
    raw = [row[value] if value is not None and value < len(row) else None for row in rows]
    texts = undressed([row[column] for row in rows])
    records = [
        Record(one, _bare(stated) if stated else None, wording)
        for one, stated in zip(texts, raw, strict=True)
    ]
    if not records:
        return None
    block = Block(grid.start, grid.end, records, {form: None})
    if not grid.complete:
        block.repairs["truncated reply"] = None
    return block


def _has_text_header(grid: _Grid) -> bool:
    return bool(grid.header) and any(
        names.is_text(names.plain(_bare(cell))) for cell in grid.header or ()
    )


def _value_column(grid: _Grid, width: int, asked: Expected) -> int | None:
    """Return the column of the probabilities: by its header, else by what stands in it."""
    for index, cell in enumerate(grid.header or ()):
        name = names.plain(_bare(cell))
        if names.is_probability(name) or names.is_probability(name.removesuffix("s")):
            return index
    for index in reversed(range(width)):
        cells = [_bare(row[index]) for row in grid.rows if index < len(row)]
        if cells and all(_states(cell, asked.wording) for cell in cells):
            if all(_COUNTER.fullmatch(cell) for cell in cells) and sum(map(_whole, cells)) != 100:
                continue
            return index
    return None


def _whole(cell: str) -> int:
    return int("".join(c for c in cell if c in "0123456789") or "0")


def _states(cell: str, wording: Wording) -> bool:
    if not cell or not any(c.isdigit() for c in cell):
        return False
    return len(cell) < 30 and probability.read(cell, wording).value is not None


def _text_column(grid: _Grid, width: int, value: int | None) -> int | None:
    """Return the column of the texts: by its header, else the one with the longest cells."""
    header = [names.plain(_bare(cell)) for cell in grid.header or ()]
    named = [i for i, name in enumerate(header) if i != value and names.is_text(name)]
    if any(header[i] not in names.VAGUE for i in named) or len(named) == len(header) - 1:
        return min(named, key=lambda index: names.text_rank(header[index]))
    others = [
        i for i in range(width)
        if i != value
        and not (i < len(header) and header[i] in names.ASIDE | names.REASONING | {""})
        and not _counts(grid, i)
    ]  # fmt: skip
    if not others and value is not None and width > 1:
        others = [i for i in range(width) if i != value]
    if header and others:
        return others[0]
    return max(others, key=lambda i: _size(grid, i), default=None)


def _counts(grid: _Grid, index: int) -> bool:
    cells = [row[index] for row in grid.rows if index < len(row)]
    return all(_COUNTER.fullmatch(cell) for cell in cells)


def _size(grid: _Grid, index: int) -> int:
    return sum(len(row[index]) for row in grid.rows if index < len(row))


def csv(text: str, asked: Expected) -> list[Block]:
    """Read comma-, semicolon- or tab-separated rows that have a header, or quoted texts."""
    body = unfenced(text)
    offset = text.find(body) if body else 0
    for start in _header_lines(body):
        head = body[start : body.find("\n", start)]
        for separator in ",;\t":
            names_ = [names.plain(cell.strip(' "')) for cell in head.split(separator)]
            known = any(names.is_probability(n) for n in names_)
            if len(names_) > 1 and known and any(names.is_text(n) for n in names_):
                rows, complete = _rows(body, start, separator)
                if not rows:  # a quotation mark that opens in the header is never closed
                    continue
                grid = _Grid(offset + start, offset + len(body), rows[1:], rows[0], complete)
                block = _block(grid, asked, "CSV")
                return [block] if block else []
    return _headless(body, offset, asked)


def _headless(body: str, offset: int, asked: Expected) -> list[Block]:
    """Read rows of a quoted text and a number."""
    start = len(body) - len(body.lstrip())
    if body[start : start + 1] != '"':
        return []
    for separator in ",;\t":
        rows, complete = _rows(body, start, separator)
        if rows and all(len(row) == 2 and _states(row[1], asked.wording) for row in rows):
            block = _block(_Grid(offset, offset + len(body), rows, None, complete), asked, "CSV")
            return [block] if block else []
    return []


def _header_lines(body: str) -> list[int]:
    """Return where the first few lines begin: a header stands near the top."""
    starts, position = [], 0
    for line in body.splitlines(keepends=True)[:6]:
        if line.strip() and len(line) < 200:
            starts.append(position)
        position += len(line)
    return starts


def _rows(body: str, start: int, separator: str) -> tuple[list[list[str]], bool]:
    """Split into rows of cells; the last row is left out where its quotation mark is open."""
    pattern = re.compile(
        rf'[ ]*"([^"]*(?:""[^"]*)*)("?)[ ]*(?={re.escape(separator)}|\r?\n|\Z)'
        rf"|([^{re.escape(separator)}\n]*)"
    )
    rows: list[list[str]] = [[]]
    position, size = start, len(body)
    while position <= size and len(rows) <= MAX_ROWS:
        match = pattern.match(body, position)
        if match is None:
            break
        if match[1] is not None and not match[2]:
            return rows[:-1], False
        cell = match[1].replace('""', '"') if match[1] is not None else match[3].strip()
        rows[-1].append(cell)
        position = match.end()
        while position < size and body[position] == "\r":
            position += 1
        if position >= size:
            break
        if body[position] == "\n":
            if not body[position:].strip():
                break
            following = body[position + 1 : position + 2]
            if following in ("\n", "\r", ""):
                break  # a blank line ends the table
            rows.append([])
        position += 1
    return [row for row in rows if any(cell.strip() for cell in row)], True


def unfenced(text: str) -> str:
    """Return what stands inside the one code fence of a text, or the text without one."""
    match = _FENCED.search(text)
    if match is None:
        return text
    close = text.rfind("```")
    return text[match.end() : close] if close > match.end() else text[match.end() :]


_FENCED = re.compile(r"^[ \t]*```[^\n]*\n", re.MULTILINE)

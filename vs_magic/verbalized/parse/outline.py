"""An outline in prose, cut into items: lists, headings, lines in bold, in one style at a time.

A list is written in one style; a line that begins like an item of another style is part of the
item it stands in. Numbers have to count up, so that "1969. A year" in a story begins no item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from vs_magic.verbalized.parse import item, markers
from vs_magic.verbalized.parse.markers import KNOWN_LABELS, Mark
from vs_magic.verbalized.parse.statements import MAX_ITEMS

_INLINE = re.compile(r"(?:\A|(?<=\s))(?P<number>\d{1,3})[.)][ \t]+")
_FURTHER = re.compile(r"\A[^\n]*(?:\n[ \t]+\S[^\n]*|\n[ \t]*)*\n[ \t]+\S[^\n]*\Z")
_COUNTS = frozenset({"labelled", "numbered", "lettered"})
_NO_ITEM = re.compile(
    r"[#*_\s]*(?:summary|notes?|conclusion|explanations?|reasoning|overview|introduction|total"
    r"|probabilit\w+|zusammenfassung|anmerkungen|final thoughts|disclaimer|key)\b[^\n]{0,60}"
    r"(?:\n|\Z)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Run:
    """Items in one style that count up: their span, their bodies, and what stands between them."""

    start: int
    end: int
    items: list[str]
    style: str
    between: str = ""

    @property
    def headed(self) -> bool:
        """Whether an item's first line heads it."""
        return self.style in {"headed", "bold"}


def readings(text: str) -> Iterator[list[Run]]:
    """Cut a text into the runs of one style after another, the likeliest style first."""
    found = list(markers.by_style(text))
    bulleted = next((marks[0] for style, marks in found if style == "bulleted" and marks), None)
    for style, marks in found:
        if not marks or len(marks) > MAX_ITEMS:
            continue
        if style in {"headed", "bold"}:
            levels = {mark.level for mark in marks} if style == "headed" else {7}
            for level in sorted(levels):
                if runs := _headed(text, marks, level, style):
                    yield runs
            continue
        outer = min(mark.level for mark in marks)
        inside = bulleted and bulleted.start < marks[0].start and bulleted.level < outer
        if inside and style in {"numbered", "lettered"}:
            continue  # the numbers count inside the bullets
        groups = _groups(text, [mark for mark in marks if mark.level <= outer + 1], style)
        stops = [*(group[0].start for group in groups[1:]), len(text)]
        if groups:
            yield [_run(text, *pair, style) for pair in zip(groups, stops, strict=True)]


def unrolled(text: str) -> str:
    """Put each item of a numbered list that stands on one line on a line of its own."""
    line = text.strip()
    if "\n" in line or not line[:1].isdigit():
        return text
    numbers = list(islice(_INLINE.finditer(line), MAX_ITEMS + 1))
    if len(numbers) < 2 or [int(m["number"]) for m in numbers] != [*range(1, len(numbers) + 1)]:
        return text
    starts = [match.start() for match in numbers]
    parts = zip(starts, [*starts[1:], len(line)], strict=True)
    return "\n".join(line[start:end].strip() for start, end in parts)


def _groups(text: str, marks: list[Mark], style: str) -> list[list[Mark]]:
    """Group marks that count up, or that no paragraph parts."""
    groups: list[list[Mark]] = []
    for mark in marks:
        last = groups[-1][-1] if groups else None
        if style not in _COUNTS:
            opens = last is None or _has_gap(text, last, mark)
            follows = not opens
        else:
            same = last is not None and mark.series == last.series
            follows = same and last is not None and mark.order == last.order + 1
            opens = last is None or (mark.order == 1 and (same or len(groups[-1]) == 1))
            opens = opens or (mark.order == 1 and style == "numbered")
        if follows:
            groups[-1].append(mark)
        elif opens:
            groups.append([mark])
    if style in {"labelled", "lettered"}:
        return [g for g in groups if len(g) > 1 or g[0].series.split(" ")[-1] in KNOWN_LABELS]
    return groups


def _has_gap(text: str, last: Mark, mark: Mark) -> bool:
    """Whether prose without indentation stands between two bullets, after a blank line."""
    body = text[last.body : mark.start]
    cut = item.blank_then_flush(body)
    return cut >= 0 and bool(body[cut:].strip())


def _headed(text: str, marks: list[Mark], level: int, style: str) -> list[Run]:
    """Cut out the sections of one level; a heading of a higher level ends one."""
    marks = [mark for mark in marks if mark.level <= level]
    stops = [*(mark.start for mark in marks[1:]), len(text)]
    bodies = [
        (mark, stop, text[mark.body : stop])
        for mark, stop in zip(marks, stops, strict=True)
        if mark.level == level
    ]
    while bodies and _NO_ITEM.match(bodies[-1][2]):
        bodies.pop()
    while bodies and (_NO_ITEM.match(bodies[0][2]) or _is_title(bodies[0][2], bodies[1:])):
        bodies.pop(0)
    if not bodies:
        return []
    end, last = bodies[-1][1], bodies[-1][2]
    size = item.end_of_last(last, several=True, headed=True, level=0)
    if end == len(text) and size == len(last):
        size = len(item.without_cut_mark(last, "#" * level if level < 7 else "**"))
    bodies[-1] = (bodies[-1][0], end - len(last) + size, last[:size])
    items = [item.own_lines(body, 0) for _, _, body in bodies]
    higher = [
        text[mark.start : mark.start + 200].partition("\n")[0]
        for mark in marks
        if mark.level < level
    ]
    return [Run(bodies[0][0].start, bodies[-1][1], items, style, "\n".join(higher))]


def _is_title(body: str, others: list[tuple[Mark, int, str]]) -> bool:
    """Whether the first section is the document's title: a line alone, where others say more."""
    line = body.strip()
    if not others or "\n" in line or any(char.isdigit() for char in line):
        return False
    return all("\n" in other.strip() for _, _, other in others)


def _run(text: str, group: list[Mark], stop: int, style: str) -> Run:
    items: list[str] = []
    bodies: list[str] = []
    between: list[str] = []
    end = stop
    first = text[group[0].start : group[0].body].lstrip()
    level = len(first) - len(first.lstrip("#")) or 6
    for index, mark in enumerate(group):
        is_last = index + 1 == len(group)
        body = text[mark.body : stop if is_last else group[index + 1].start]
        if not is_last:
            body, heading = item.without_heading(body)
            between.append(heading)
            bodies.append(body.rstrip())
        else:
            several = any(item.blank_then_flush(one.strip()) >= 0 for one in items)
            indented = bool(items) and all(_FURTHER.search(raw) for raw in bodies)
            size = item.end_of_last(
                body, several=several, headed=style == "labelled", level=level, indented=indented
            )
            end = mark.body + size
            body = body[:size]
            if end == len(text):
                after = str(mark.order + 1)
                following = (after, f"{mark.series} {after}", mark.series + after)
                body = item.without_cut_mark(body, text[mark.start : mark.body], following)
        if mark.emphasis:
            before, closed, after = body.partition(mark.emphasis)
            if closed and not after[:1].isalnum():
                body = before + after
            elif not closed:
                body = body.rstrip("*_")
        items.append(item.own_lines(body, mark.body - mark.start))
    return Run(group[0].start, end, items, style, "\n".join(filter(None, between)))

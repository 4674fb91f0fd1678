"""Lists in prose, cut into items: numbered, lettered, bulleted, labelled, headed.

A list is written in one style; a line that begins like an item of another style is part of the
item it stands in. Numbers have to count up, so that "1969. A year" in a story begins no item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from vs_magic.verbalized.parse import item_markers, item_text
from vs_magic.verbalized.parse.item_markers import MAX_ITEMS, Mark

_INLINE = re.compile(r"(?:\A|(?<=\s))(?P<number>\d{1,3})[.)][ \t]+")


@dataclass(slots=True)
class ItemRun:
    """A run of items in one style that count up: its span and the items' bodies."""

    start: int
    end: int
    items: list[str]
    style: str
    number: int = 1  # the first item's


def styles(text: str) -> Iterator[list[ItemRun]]:
    """Cut a text into the runs of one style after another, the likeliest style first."""
    found = item_markers.by_style(text)
    bulleted = next(starts for name, starts in found if name == "bulleted")
    for name, starts in found:
        if not starts or len(starts) > MAX_ITEMS:
            continue
        outer = min(mark.indent for mark in starts)
        if name in {"numbered", "lettered"} and bulleted:
            first = bulleted[0]
            if first.start < starts[0].start and first.indent < outer:
                continue  # the numbers count inside the bullets
        runs = _runs(text, [mark for mark in starts if mark.indent <= outer + 1], name)
        if runs:
            yield runs


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


def _runs(text: str, starts: list[Mark], style: str) -> list[ItemRun]:
    """Group marks that count up into runs, and cut the items out between them."""
    groups: list[list[Mark]] = []
    for mark in starts:
        last = groups[-1][-1] if groups else None
        if style in {"bulleted", "headed"}:
            opens = last is None or _has_gap(text, last, mark)
            follows = not opens
        else:
            follows = (
                last is not None and mark.order == last.order + 1 and mark.series == last.series
            )
            opens = last is None or mark.order == 1
            if (
                style in {"labelled", "lettered"}
                and last is not None
                and mark.series != last.series
                and len(groups[-1]) > 1
            ):
                opens = False
        if follows:
            groups[-1].append(mark)
        elif opens:
            groups.append([mark])
    if style in {"labelled", "lettered"}:
        groups = [
            g for g in groups if len(g) > 1 or (style == "labelled" and _is_known(g[0].series))
        ]
    return [
        _run(text, group, groups[i + 1][0].start if i + 1 < len(groups) else len(text), style)
        for i, group in enumerate(groups)
    ]


_KNOWN = frozenset({
    "response", "candidate", "option", "answer", "joke", "poem", "story", "version", "sample",
    "output", "item", "idea", "completion", "alternative", "choice", "suggestion", "haiku",
    "variation", "variant", "possibility", "quote", "riddle", "slogan", "limerick", "outcome",
    "prediction", "result", "reply", "continuation", "ending", "headline", "title", "name",
    "回答", "回复", "答案", "选项", "响应", "笑话", "候选",
})  # fmt: skip


def _is_known(label: str) -> bool:
    return label.rsplit(maxsplit=1)[-1] in _KNOWN


def _has_gap(text: str, last: Mark, mark: Mark) -> bool:
    """Whether prose without indentation stands between two bullets, after a blank line."""
    body = text[last.body : mark.start]
    cut = item_text.blank_then_flush(body)
    return cut >= 0 and bool(body[cut:].strip())


def _run(text: str, group: list[Mark], stop: int, style: str) -> ItemRun:
    items: list[str] = []
    end = stop
    for index, mark in enumerate(group):
        is_last = index + 1 == len(group)
        limit = stop if is_last else group[index + 1].start
        body = text[mark.body : limit]
        if not is_last:
            body = item_text.without_heading(body)
        else:
            several = any(item_text.blank_then_flush(one.strip()) >= 0 for one in items)
            size = item_text.end_of_last(
                body, several=several, headed=style in {"labelled", "headed"}
            )
            end = mark.body + size
            body = body[:size]
            if end == len(text):
                body = item_text.without_cut_mark(body, mark.order)
        if mark.bold:
            body = body.replace("**", "", 1)
        items.append(item_text.own_lines(body, mark.body - mark.start))
    return ItemRun(group[0].start, end, items, style, group[0].order)

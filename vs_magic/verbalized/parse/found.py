"""What the readers hand on: records, and blocks of them with their place in the reply."""

from __future__ import annotations

from dataclasses import dataclass, field

from vs_magic.verbalized.method import Wording


@dataclass(slots=True)
class Record:
    """A text and what was stated for it, before the notation and the scale are known."""

    text: str
    stated: str | None = None
    wording: Wording | None = None
    repairs: tuple[str, ...] = ()
    title: str | None = None
    body: str | None = None


@dataclass(slots=True)
class Block:
    """Records that stand together: one object, one list, one run of tags, one table.

    `strong` says that the form itself tells texts from probabilities, so that prose around it
    does not matter; `closed` that its end was seen; `holds_text` that its texts have tags of
    their own, so that what stands in them is no answer; `between` is the headings of prose between
    the texts; `final` that it is called the final answer.
    """

    start: int
    end: int
    records: list[Record]
    repairs: dict[str, None] = field(default_factory=dict)
    reasoning: str | None = None
    strong: bool = True
    closed: bool = True
    holds_text: bool = False
    between: str = ""
    final: bool = False

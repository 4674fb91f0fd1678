"""What a widget holds, and what its controls do to it: no comm, no thread, no browser.

The asks, the pins, the draws and the exports live here; `widget` carries them to the view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vs_magic.view.text import visible
from vs_magic.view.widget import export
from vs_magic.view.widget.draws import Draws
from vs_magic.view.widget.history import History, Page, kept_frame
from vs_magic.view.widget.rows import Row, call_of, records_of, rows_of
from vs_magic.view.widget.values import CallView, Shown
from vs_magic.view.words import price

if TYPE_CHECKING:
    import pandas as pd

SEED = 42
"""The seed of the draws until another is typed: the paper's."""

MOST_SHOWN = 400_000
"""Characters of one text that are sent to the view; more would freeze a page."""


class State:
    """The state behind one widget, from its first ask's result on."""

    def __init__(self, shown: Shown) -> None:
        self.history = History(asks=[shown])
        self.pins: list[str] = []
        self.arriving = False
        self._draws: dict[str, Draws] = {}
        self._turn()

    def _turn(self) -> None:
        """Lay out the page that is on display now."""
        self.page: Page = self.history.page()
        if self.page.key not in self._draws:
            ids, weights = self.page.drawable
            seed = self.page.shown.options.get("seed")
            self._draws[self.page.key] = Draws(
                ids=ids, weights=weights, seed=SEED if seed is None else seed
            )

    @property
    def draws(self) -> Draws:
        """The draws from what is on display."""
        return self._draws[self.page.key]

    @property
    def frame(self) -> pd.DataFrame:
        """The frame on display."""
        return self.page.shown.frame

    @property
    def kept(self) -> list[Row]:
        """Pinned rows of asks that are not on display."""
        rows = []
        for id_ in self.pins:
            if id_ not in self.page.ids and (found := self.history.find(id_)) is not None:
                shown, at = found
                ids = [f"{id_.split('.')[0]}.{i}" for i in range(len(shown.frame))]
                rows.append(rows_of(shown, ids)[at])
        return rows

    @property
    def pinned(self) -> pd.DataFrame:
        """The pinned rows of all asks, in the order in which they were pinned."""
        return kept_frame(self.history, self.pins)

    def arrive(self, shown: Shown | None, *, last: bool) -> None:
        """Take in what has arrived of an ask, whole or in part; None where nothing did."""
        if shown is not None:
            if self.arriving:
                self.history.asks[-1] = shown
                self._draws.pop(str(len(self.history.asks)), None)
            else:
                self.history.append(shown)
            self._draws.pop("pool", None)
        self.arriving = not last and (self.arriving or shown is not None)
        self._turn()

    def take(self, times: int) -> list[str]:
        """Draw from what is on display; nothing while it is still arriving."""
        if self.arriving and self.history.at == len(self.history.asks) - 1:
            return []
        return self.draws.take(times)

    def step(self, to: int) -> None:
        """Put an ask on display."""
        self.history.step(to)
        self._turn()

    def pool(self, *, on: bool) -> None:
        """Show all asks as one distribution, or the one ask again."""
        self.history.pooled = on and not self.arriving
        self._turn()

    def pin(self, id_: str, *, on: bool) -> None:
        """Pin a candidate, or let it go."""
        if id_ in self.pins and not on:
            self.pins.remove(id_)
        elif id_ not in self.pins and on and self.text(id_) is not None:
            self.pins.append(id_)

    def text(self, id_: str) -> str | None:
        """Return a candidate's whole text, exactly as the model wrote it."""
        record = self._record(id_)
        return None if record is None or record.get("text") is None else str(record["text"])

    def reading(self, id_: str) -> str:
        """Return a candidate's whole text for showing."""
        return _shown(self.text(id_) or "")

    def reasoning(self, id_: str) -> str:
        """Return the reasoning of the reply that a candidate came from, for showing."""
        found, record = self.history.find(id_), self._record(id_)
        call = None if found is None or record is None else call_of(found[0], record)
        return _shown((call.reasoning if call else None) or "This reply gives no reasoning.")

    def find(self, query: str) -> list[str]:
        """Return the candidates on display whose whole text holds a string, in any case."""
        wanted = query.casefold()
        records = zip(self.page.ids, records_of(self.page.shown), strict=True)
        return [id_ for id_, r in records if wanted in str(r.get("text") or "").casefold()]

    def copy(self, ids: Sequence[str]) -> str:
        """Return the texts of candidates, whole, in the order of the ids."""
        return "\n\n".join(text for text in map(self.text, ids) if text is not None)

    def export(self, form: str, *, pinned: bool) -> export.Export:
        """Return what is on display, or the pinned rows, as a file."""
        return export.export(self.pinned if pinned else self.frame, form)

    def call(self, number: int) -> dict[str, Any]:
        """Return one call behind what is on display, as the call details show it."""
        calls = self.page.shown.calls
        if not calls:
            return {"count": 0}
        at = max(0, min(number - 1, len(calls) - 1))
        return {"count": len(calls), "number": at + 1, "call": _call_json(calls[at])}

    def _record(self, id_: str) -> Mapping[str, Any] | None:
        found = self.history.find(id_)
        if found is None:
            return None
        shown, at = found
        one = Shown(frame=shown.frame.iloc[[at]], task=shown.task)
        return next(iter(records_of(one)))


def _shown(text: str) -> str:
    rest = len(text) - MOST_SHOWN
    more = f"\n… and {rest:,} characters more, which copying and exporting keep" if rest > 0 else ""
    return visible(text[:MOST_SHOWN]) + more


def _call_json(call: CallView) -> dict[str, Any]:
    facts = {
        "model": call.model,
        "form held by": call.mode,
        "ended": call.finish_reason,
        "prompt tokens": call.prompt_tokens,
        "reply tokens": call.completion_tokens,
        "cost": None if call.cost_usd is None else price(call.cost_usd),
        "seconds": None if call.latency_s is None else f"{call.latency_s:.2f}",
        "cache": "from the cache" if call.cached else "asked anew",
        **{str(name): value for name, value in call.parameters.items()},
    }
    return {
        "facts": [[k, _shown(str(v))] for k, v in facts.items() if v is not None and v != ""],
        "messages": [
            [_shown(str(m.get("role", ""))), _shown(str(m.get("content", "")))]
            for m in call.messages
        ],
        "reply": None if call.reply is None else _shown(call.reply),
        "reasoning": None if not call.reasoning else _shown(call.reasoning),
        "error": None if not call.error else _shown(call.error),
    }

"""The asks so far: step back and forth between them, or pool them into one distribution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from vs_magic.view.widget.rows import Row, call_key, records_of, rows_of
from vs_magic.view.widget.values import CallView, Shown

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What can be on display: one ask, or all of them pooled.

    `key` is the ask's number, or `pool`; `ids` has one id a row, which a candidate keeps when its
    ask is pooled; `asks` is how many were pooled, 0 for a single ask.
    """

    key: str
    shown: Shown
    ids: tuple[str, ...]
    asks: int = 0

    @property
    def rows(self) -> list[Row]:
        """The rows, for the view."""
        return rows_of(self.shown, self.ids)

    @property
    def drawable(self) -> tuple[list[str], list[float]]:
        """The candidates that can be drawn, with their weights."""
        pairs = [
            (id_, float(record["weight"]))
            for id_, record in zip(self.ids, records_of(self.shown), strict=True)
            if record.get("text") is not None and record.get("weight") is not None
        ]
        return [id_ for id_, _ in pairs], [weight for _, weight in pairs]


@dataclass(kw_only=True)
class History:
    """Every ask's result, oldest first and never none, and which one or the pool is on display."""

    asks: list[Shown] = field(default_factory=list)
    at: int = 0
    pooled: bool = False

    def page(self) -> Page:
        """Return what is on display."""
        if self.pooled and len(self.asks) > 1:
            ids = [id_ for number in range(1, len(self.asks) + 1) for id_ in self._ids(number)]
            return Page(key="pool", shown=pool(self.asks), ids=tuple(ids), asks=len(self.asks))
        number = self.at + 1
        return Page(key=str(number), shown=self.asks[self.at], ids=tuple(self._ids(number)))

    def append(self, shown: Shown) -> None:
        """Add a new ask's result and put it on display."""
        self.asks.append(shown)
        self.at, self.pooled = len(self.asks) - 1, False

    def step(self, to: int) -> None:
        """Put an ask on display by its position, held to the ends."""
        self.at, self.pooled = max(0, min(to, len(self.asks) - 1)), False

    def find(self, id_: str) -> tuple[Shown, int] | None:
        """Return the ask and the position in its frame that an id names."""
        number, _, row = id_.partition(".")
        if not (number.isdecimal() and row.isdecimal()):
            return None
        ask, position = int(number), int(row)
        if not 1 <= ask <= len(self.asks) or position >= len(self.asks[ask - 1].frame):
            return None
        return self.asks[ask - 1], position

    def as_json(self) -> dict[str, Any]:
        """Return where in the history the display stands."""
        return {"at": self.at, "count": len(self.asks), "pooled": self.pooled}

    def _ids(self, number: int) -> Iterator[str]:
        return (f"{number}.{row}" for row in range(len(self.asks[number - 1].frame)))


def pool(asks: list[Shown]) -> Shown:
    """Return several asks as one distribution.

    A weight is a share within its ask, averaged over the ask's calls; pooled, it is averaged over
    the calls of all asks: an ask counts by the number of its calls that brought candidates, so
    that no call outweighs another. The weights sum to 1 again. Calls are renumbered (`call`), so
    that every row still names its call; ranks follow the pooled weights.
    """
    import pandas as pd

    answered = [_answered(shown) for shown in asks]
    total = sum(answered) or 1
    frames: list[pd.DataFrame] = []
    calls: list[CallView] = []
    offset = 0
    for shown, share in zip(asks, answered, strict=True):
        frame = pd.DataFrame(shown.frame).copy()
        frame["weight"] = frame["weight"] * (share / total)
        frame["call"] = frame["call"] + offset
        frames.append(frame)
        calls.extend(replace(call, call=call.call + offset) for call in shown.calls)
        offset = max([offset, *frame["call"].dropna().astype(int), *(c.call for c in calls)])
    frame = pd.concat(frames, ignore_index=True)
    frame["rank"] = frame["weight"].rank(method="first", ascending=False).astype("Int64")
    pooled = type(asks[-1].frame)(frame)
    pooled.attrs = _attributes(asks)
    return replace(
        asks[-1],
        frame=pooled,
        calls=tuple(calls),
        stated_sum=_stated(asks, answered),
        note="",
    )


def _answered(shown: Shown) -> int:
    """Count the calls that brought candidates."""
    return len({call_key(r) for r in records_of(shown) if r.get("text") is not None})


def _stated(asks: list[Shown], answered: list[int]) -> float | None:
    """Average Σ stated over the calls of all asks that stated one."""
    sums = [
        (shown.stated_sum, calls)
        for shown, calls in zip(asks, answered, strict=True)
        if shown.stated_sum is not None and calls
    ]
    return sum(s * n for s, n in sums) / sum(n for _, n in sums) if sums else None


def _attributes(asks: list[Shown]) -> dict[Any, Any]:
    """Return the last ask's attributes, with what the asks took in all and how each was asked."""
    all_attrs: list[dict[Any, Any]] = [shown.frame.attrs for shown in asks]
    attrs: dict[Any, Any] = {**all_attrs[-1], "pooled": [dict(shown.options) for shown in asks]}
    for name in _SUMMED:
        values = [a.get(name) for a in all_attrs]
        known = [v for v in values if v is not None]
        attrs[name] = sum(known) if len(known) == len(values) else None
    models = sorted({str(a["model"]) for a in all_attrs if a.get("model")})
    attrs["model"] = ", ".join(models) or None
    attrs["not_sent"] = list(dict.fromkeys(n for a in all_attrs for n in a.get("not_sent", ())))
    attrs["stated_sum"] = _stated(asks, [_answered(shown) for shown in asks])
    return attrs


_SUMMED = (
    *("calls", "cached_calls", "seconds", "prompt_tokens", "completion_tokens", "cost_usd"),
    *("left_out", "failed"),
)


def kept_frame(history: History, ids: list[str]) -> pd.DataFrame:
    """Return the rows that ids name, from whatever asks, as one frame in that order.

    Weights stay those of each candidate's own ask. The frame is empty, with its columns, where no
    id names a row.
    """
    import pandas as pd

    found = [place for place in map(history.find, ids) if place is not None]
    rows = [pd.DataFrame(shown.frame).iloc[[at]] for shown, at in found]
    kept: pd.DataFrame = pd.concat(
        rows or [pd.DataFrame(history.asks[0].frame).head(0)], ignore_index=True
    )
    return kept

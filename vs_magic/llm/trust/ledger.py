"""What was asked and spent in this session, by model."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, replace

from vs_magic.errors import BudgetError, ModelError
from vs_magic.llm.request import Complete, OnText, Reply, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one model took, or all of them together.

    Parameters
    ----------
    model
        The model's name.
    calls
        Calls in all.
    cached
        Those that the cache or a bundle answered, for nothing.
    failed
        Those that got no reply, stopped ones among them.
    prompt_tokens, completion_tokens
        Tokens of the calls that were paid for, as far as endpoints tell them.
    cost_usd
        Price of the replies, as far as it is known.
    unknown
        Replies whose price is not known: `cost_usd` is short of them.
    saved_usd
        What the cached replies cost when they first came, as far as it is known.
    """

    model: str
    calls: int = 0
    cached: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    unknown: int = 0
    saved_usd: float = 0.0

    def plus(self, other: Spent) -> Spent:
        """Return the sum of two, under the first one's name."""
        added = {n: getattr(self, n) + getattr(other, n) for n in _COUNTED}
        return replace(self, **added)


_COUNTED = tuple(n for n in Spent.__slots__ if n != "model")


class Ledger:
    """The sums of a session; written and read from any thread.

    Examples
    --------
    >>> ledger = Ledger()
    >>> ledger.add(Spent(model="a", calls=1, cost_usd=0.25))
    >>> ledger.add(Spent(model="a", calls=1, cached=1, saved_usd=0.25))
    >>> ledger.total.calls, ledger.total.cost_usd, ledger.lines()[0].saved_usd
    (2, 0.25, 0.25)
    """

    def __init__(self) -> None:
        self._lines: dict[str, Spent] = {}
        self._lock = threading.Lock()

    def add(self, spent: Spent) -> None:
        """Add to a model's line."""
        with self._lock:
            before = self._lines.get(spent.model, Spent(model=spent.model))
            self._lines[spent.model] = before.plus(spent)

    def lines(self) -> list[Spent]:
        """Return one line a model, in the order of their first calls."""
        with self._lock:
            return list(self._lines.values())

    @property
    def total(self) -> Spent:
        """All models together."""
        total = Spent(model="total")
        for line in self.lines():
            total = total.plus(line)
        return total

    def saved(self, reply: Reply) -> None:
        """Note what a reply cost that now came for nothing."""
        self.add(Spent(model=reply.request.model, saved_usd=reply.cost_usd or 0.0))


def counted(complete: Complete, ledger: Ledger) -> Complete:
    """Return a client whose calls are entered in the ledger, however they end."""

    async def call(request: Request, *, on_text: OnText | None = None) -> Reply:
        try:
            reply = await complete(request, on_text=on_text)
        except BudgetError:  # nothing was sent
            raise
        except (ModelError, asyncio.CancelledError):
            ledger.add(Spent(model=request.model, calls=1, failed=1))
            raise
        ledger.add(_of(reply))
        return reply

    return call


def _of(reply: Reply) -> Spent:
    model = reply.request.model
    if reply.cached:
        return Spent(model=model, calls=1, cached=1)
    return Spent(
        model=model,
        calls=1,
        prompt_tokens=reply.prompt_tokens or 0,
        completion_tokens=reply.completion_tokens or 0,
        cost_usd=reply.cost_usd or 0.0,
        unknown=int(reply.cost_usd is None),
    )

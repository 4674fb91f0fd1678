"""A limit on what calls may cost: the one that would pass it is not sent.

The price of a call is estimated before it is sent and held back until its reply says what it did
cost, so that calls under way at the same time cannot pass the limit together. Estimates are too
low where a model writes more than we guess; so the first call under a limit goes alone, and from
then on an estimate is raised by the worst ratio of price to estimate that this model has shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from weakref import WeakKeyDictionary

from vs_magic.errors import BudgetError, ModelError
from vs_magic.llm.hosted.failures import Kind
from vs_magic.llm.request import Complete, OnText, Reply, Request
from vs_magic.view.words import usd

PER_RUN = "--budget"
PER_SESSION = "the session's budget"

_MAYBE_CHARGED = (Kind.TIMEOUT, Kind.GARBAGE)
_ROUNDING = 1e-9


class Budget:
    """A limit, and what is spent and held back under it.

    Parameters
    ----------
    limit_usd
        The most to spend, in US dollars; None: no limit, it only counts.
    name
        What people call it.

    Examples
    --------
    >>> budget = Budget(0.01)
    >>> budget.hold(0.008, "gpt-4.1")
    >>> budget.settle(0.008, 0.006)
    >>> budget.hold(0.008, "gpt-4.1")
    Traceback (most recent call last):
        ...
    vs_magic.errors.BudgetError: the next call to gpt-4.1, about $0.0080, would pass --budget
    $0.010: $0.0060 is spent; raise it, or ask for less
    """

    def __init__(self, limit_usd: float | None = None, *, name: str = PER_RUN) -> None:
        self.limit_usd = limit_usd
        self.name = name
        self.spent_usd = 0.0
        self._held_usd = 0.0
        self._lock = threading.Lock()

    def hold(self, price_usd: float, model: str) -> None:
        """Hold the price of a call back.

        Raises
        ------
        BudgetError
            It would pass the limit.
        """
        with self._lock:
            limit, taken = self.limit_usd, self.spent_usd + self._held_usd
            passes = limit is not None and taken + price_usd > limit * (1 + _ROUNDING)
            if limit is not None and passes and price_usd > 0:
                raise self._passed(limit, price_usd, model)
            self._held_usd += price_usd

    def settle(self, held_usd: float, spent_usd: float) -> None:
        """Put what a call did cost in the place of what was held back for it."""
        with self._lock:
            self._held_usd = max(0.0, self._held_usd - held_usd)
            self.spent_usd += spent_usd

    def _passed(self, limit: float, price_usd: float, model: str) -> BudgetError:
        held = f", {usd(self._held_usd)} is under way" if self._held_usd > _ROUNDING else ""
        return BudgetError(
            f"the next call to {model}, about {usd(price_usd)}, would pass {self.name} "
            f"{usd(limit)}: {usd(self.spent_usd)} is spent{held}; raise it, or ask for less",
            limit_usd=limit,
            spent_usd=self.spent_usd + self._held_usd,
            next_usd=price_usd,
        )


class Experience:
    """What a session learned of its estimates: by what they have to be raised, model by model."""

    def __init__(self) -> None:
        self._ratios: dict[str, float] = {}
        self._gates: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = (
            WeakKeyDictionary()
        )

    def raised(self, model: str, estimate_usd: float) -> float:
        """Return an estimate, raised by the worst that was seen of this model."""
        return estimate_usd * self._ratios.get(model, 1.0)

    def learn(self, model: str, estimate_usd: float, cost_usd: float) -> None:
        """Note what a call cost that was estimated at something else; a ratio never falls."""
        if estimate_usd > 0:
            worst = self._ratios.get(model, 1.0)
            self._ratios[model] = max(worst, cost_usd / estimate_usd)

    @contextlib.asynccontextmanager
    async def turn(self, model: str) -> AsyncIterator[None]:
        """Let the first call of a model run alone, and those after it together."""
        if model not in self._ratios:
            async with self._gate(model):
                if model not in self._ratios:
                    try:
                        yield
                    finally:  # also where it failed: the others need not queue up behind that
                        self._ratios.setdefault(model, 1.0)
                    return
        yield

    def _gate(self, model: str) -> asyncio.Lock:
        gates = self._gates.setdefault(asyncio.get_running_loop(), {})
        return gates.setdefault(model, asyncio.Lock())


def budgeted(
    complete: Complete,
    budgets: Sequence[Budget],
    estimate: Callable[[Request], float | None],
    experience: Experience,
) -> Complete:
    """Return a client that sends no call which would pass one of the budgets, the narrowest first.

    A reply without a price counts as its estimate (None: unknown; 0.0: known to be free). So does a
    call that was stopped, timed out or broke off on its way: a provider may charge for it.

    Raises
    ------
    BudgetError
        From the client: the call would pass a limit, or there is a limit and no known price.
    """

    async def call(request: Request, *, on_text: OnText | None = None) -> Reply:
        guess = estimate(request)
        limited = [budget for budget in budgets if budget.limit_usd is not None]
        if not limited or guess == 0:
            return await _spend(complete, request, on_text, budgets)
        if guess is None:
            raise _unguarded(limited[0], request.model)
        async with experience.turn(request.model):
            price = experience.raised(request.model, guess)
            reply = await _spend(complete, request, on_text, budgets, price=price)
            if reply.cost_usd is not None:
                experience.learn(request.model, guess, reply.cost_usd)
            return reply

    return call


async def _spend(
    complete: Complete,
    request: Request,
    on_text: OnText | None,
    budgets: Sequence[Budget],
    *,
    price: float = 0.0,
) -> Reply:
    """Make a call under its budgets: hold its price back, send it, settle."""
    held: list[Budget] = []
    spent = 0.0
    try:
        for budget in budgets:
            budget.hold(price, request.model)
            held.append(budget)
        spent = price  # from here on it may be charged, whatever comes back
        reply = await complete(request, on_text=on_text)
        spent = price if reply.cost_usd is None else reply.cost_usd
    except ModelError as error:
        if not _maybe_charged(error):
            spent = 0.0
        raise
    finally:
        for budget in held:
            budget.settle(price, spent)
    return reply


def _maybe_charged(error: ModelError) -> bool:
    """Whether a failed call may have made the model write something."""
    broke_off = bool(getattr(error, "partial_text", ""))
    return broke_off or getattr(error, "kind", None) in _MAYBE_CHARGED


def _unguarded(budget: Budget, model: str) -> BudgetError:
    limit = budget.limit_usd or 0.0
    return BudgetError(
        f"no price is known for {model}, so that {budget.name} {usd(limit)} cannot be kept: leave "
        "the budget out, or ask a model with a known price",
        limit_usd=limit,
        spent_usd=budget.spent_usd,
        next_usd=None,
    )

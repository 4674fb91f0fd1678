"""A limit on what calls may cost: the one that would pass it is not sent.

The price of a call is estimated before it is sent and held back until its reply says what it did
cost, so that calls under way at the same time cannot pass the limit together. Where there is no
room beside the calls under way, the next one waits for them; it is refused once it is clear that
it cannot be paid for. Estimates are guesses: the first call of a kind under a limit goes alone, and
from then on they are raised or lowered by what the latest ones did cost (`estimates`).
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vs_magic.errors import BudgetError, ModelError
from vs_magic.llm.hosted.failures import Kind
from vs_magic.llm.hosted.prices import is_price
from vs_magic.llm.progress import lost_told_to
from vs_magic.llm.request import Complete, OnText, Reply, Request
from vs_magic.llm.trust.estimates import Experience, Ratios
from vs_magic.verbalized.method import Method
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
    >>> budget.hold(0.008)
    >>> budget.settle(0.008, 0.006)
    >>> budget.room_for(0.008), budget.room_for(0.004)
    (False, True)
    """

    def __init__(self, limit_usd: float | None = None, *, name: str = PER_RUN) -> None:
        self.limit_usd = limit_usd
        self.name = name
        self.spent_usd = 0.0
        self.under_way = 0
        self._held_usd = 0.0

    def room_for(self, price_usd: float, *, alone: bool = False) -> bool:
        """Whether a price fits beside what is spent and, unless it goes alone, held back."""
        taken = self.spent_usd + (0.0 if alone else self._held_usd)
        return self.limit_usd is None or taken + price_usd <= self.limit_usd * (1 + _ROUNDING)

    def hold(self, price_usd: float) -> None:
        """Hold the price of a call back."""
        if price_usd > 0:
            self.under_way += 1
            self._held_usd += price_usd

    def settle(self, held_usd: float, spent_usd: float) -> None:
        """Put what a call did cost in the place of what was held back for it."""
        self.spent_usd += spent_usd
        if held_usd > 0:
            self.under_way -= 1
            self._held_usd = max(0.0, self._held_usd - held_usd) if self.under_way else 0.0

    def refused(self, price_usd: float, model: str) -> BudgetError:
        """Return the error of a call that would pass the limit."""
        limit = self.limit_usd or 0.0
        held = f", {usd(self._held_usd)} is under way" if self.under_way else ""
        return BudgetError(
            f"the next call to {model}, about {usd(price_usd)}, would pass {self.name} "
            f"{usd(limit)}: {usd(self.spent_usd)} is spent{held}; raise it, or ask for less",
            limit_usd=limit,
            spent_usd=self.spent_usd + self._held_usd,
            next_usd=price_usd,
        )


def budgeted(
    complete: Complete,
    budgets: Sequence[Budget],
    estimate: Callable[[Request], float | None],
    experience: Experience,
) -> Complete:
    """Return a client that sends no call which would pass one of the budgets, the narrowest first.

    A call that has no room beside those under way waits for them, on whatever thread or event loop
    they are. A reply without a price that can be counts as its estimate (an estimate of None:
    unknown; 0.0: known to be free). So does a call that was stopped, timed out or broke off on its
    way: a provider may charge for it.

    Raises
    ------
    BudgetError
        From the client: the call would pass a limit, or there is a limit and no known price.
    """

    async def call(request: Request, *, on_text: OnText | None = None) -> Reply:
        guess = estimate(request)
        limited = [budget for budget in budgets if budget.limit_usd is not None]
        kind = (request.model, request.shape.method)
        held = _Held(budgets=budgets, kind=kind, experience=experience)
        if limited and guess is None:
            raise _unguarded(limited[0], request.model)
        if limited and guess:
            held.guess = guess
            await _admitted(held)
        spent = cost = None  # it may be charged, whatever comes back
        try:
            with lost_told_to(held.lost):
                reply = await complete(request, on_text=on_text)
            cost = reply.cost_usd if is_price(reply.cost_usd) else None
            spent = cost
        except ModelError as error:
            if not _maybe_charged(error):
                spent = 0.0
            raise
        finally:
            held.settle(spent, cost)
        return reply

    return call


@dataclass(slots=True, kw_only=True, eq=False)
class _Held:
    """One call: what is held back for it, or, while there is no room, the waiting for it.

    Its `kind` is model and method: a guess is off in the same way for all calls of a kind. `guess`
    is its estimate, 0.0 where nothing is to be held; `price` is what is held.
    """

    budgets: Sequence[Budget]
    kind: tuple[str, Method]
    experience: Experience
    guess: float = 0.0
    price: float = 0.0
    turn: asyncio.Future[None] | None = None

    @property
    def like(self) -> tuple[object, ...]:
        """What it has in common with calls that can go, or have to wait, as it does."""
        return (*map(id, self.budgets), id(self.experience), self.kind, self.guess)

    def goes(self) -> bool:
        """Hold the price back, if the call can go now; False: it has to wait. Under the lock.

        Raises
        ------
        BudgetError
            It cannot be paid for any more.
        """
        known = self.experience.ratios(self.kind)
        if known is None and any(self.is_kin(other) for other in _under_way):
            return False
        ratios = known or Ratios()
        price = self.guess * ratios.most
        tight = [budget for budget in self.budgets if not budget.room_for(price)]
        if tight:  # then it goes when nothing else does, if it costs no more than is usual
            price = self.guess * ratios.usual
            for budget in tight:
                least = self.guess * (ratios.least if budget.under_way else ratios.usual)
                if not budget.room_for(least, alone=True):
                    raise budget.refused(price, self.kind[0])
            if any(budget.under_way for budget in tight):
                return False
        self.price = price
        for budget in self.budgets:
            budget.hold(price)
        _under_way.add(self)
        return True

    def is_kin(self, other: _Held) -> bool:
        """Whether what one of two calls costs tells something of the other."""
        return self.kind == other.kind and self.experience is other.experience

    def lost(self) -> None:
        """Count an attempt that got no answer, may be charged, and is made again."""
        with _lock:
            for budget in self.budgets:
                budget.settle(0.0, self.price)

    def settle(self, spent_usd: float | None, cost_usd: float | None = None) -> None:
        """Put what the call did cost in the place of its price (None: its price itself).

        What it did cost, where a reply told, tells of calls like it. Whoever waits may go then.
        """
        with _lock:
            if self.guess:
                ratio = None if cost_usd is None else cost_usd / self.guess
                self.experience.learn(self.kind, ratio)
            self.release(self.price if spent_usd is None else spent_usd)
            for other in _under_way:
                if self.is_kin(other):
                    other.look_again()
            _let_go()

    def look_again(self) -> None:
        """Hold back what a call like this is now known to cost. Under the lock."""
        ratios = self.experience.ratios(self.kind)
        if ratios is not None and self.price:
            before, self.price = self.price, self.guess * ratios.most
            for budget in self.budgets:
                budget.hold(self.price)
                budget.settle(before, 0.0)

    def release(self, spent_usd: float = 0.0) -> None:
        """Hold nothing back any more. Under the lock."""
        for budget in self.budgets:
            budget.settle(self.price, spent_usd)
        self.price = 0.0
        _under_way.discard(self)


async def _admitted(held: _Held) -> None:
    """Hold a call's price back as soon as there is room for it.

    Raises
    ------
    BudgetError
        It cannot be paid for.
    """
    with _lock:
        if held.goes():
            return
        held.turn = asyncio.get_running_loop().create_future()
        _waiting[held] = None
    try:
        await held.turn
    except BaseException:
        with _lock:
            _waiting.pop(held, None)
        if held.price:  # it was stopped at the moment at which it could have gone
            held.settle(0.0)
        raise


def _let_go() -> None:
    """Tell the calls that can go now, or never will, in the order in which they came."""
    stay: set[tuple[object, ...]] = set()
    for held in tuple(_waiting):
        if held not in _waiting or held.like in stay:
            continue
        error: BudgetError | None = None
        try:
            if not held.goes():
                stay.add(held.like)
                continue
        except BudgetError as refused:
            error = refused
        del _waiting[held]
        _tell(held, error)


def _tell(held: _Held, error: BudgetError | None) -> None:
    """Tell a waiting call on its own event loop that it goes, or why it does not."""
    turn = held.turn

    def end() -> None:
        if turn is not None and not turn.done():
            if error is None:
                turn.set_result(None)
            else:
                turn.set_exception(error)

    try:
        if turn is not None:
            turn.get_loop().call_soon_threadsafe(end)
    except RuntimeError:  # that loop is closed: nobody waits there any more
        held.release()


def _after_fork() -> None:
    """Let go of the calls that are under way in the parent: they end there."""
    _waiting.clear()
    for held in tuple(_under_way):
        held.release()
    _lock.release()


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


_lock = threading.RLock()  # a call that is thrown away settles wherever its thread stands
_under_way: set[_Held] = set()
_waiting: dict[_Held, None] = {}  # in the order in which they came
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_after_fork
    )

"""The budget: the call that would pass it is not sent, however many are under way at once."""

from __future__ import annotations

import asyncio
import json
import math
import pickle
import random
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vs_magic as vs
from vs_magic.errors import BudgetError, ModelError
from vs_magic.llm import loop, session
from vs_magic.llm.hosted import prices
from vs_magic.llm.hosted.call_error import CallError
from vs_magic.llm.hosted.failures import Failure, Kind
from vs_magic.llm.request import Reply, Request
from vs_magic.llm.trust.budget import PER_SESSION, Budget, budgeted
from vs_magic.llm.trust.estimates import Experience
from vs_magic.llm.trust.ledger import Ledger, Spent, counted
from vs_magic.testing import Endpoint, ScriptedModel, faults
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.shape import Shape

CENT = 0.01


class _Till:
    """A client whose calls cost what is said, and that counts how many run at once."""

    def __init__(self, cost=CENT, seconds=0.0):
        self.cost, self.seconds = cost, seconds
        self.price = None  # or a function that gives each call's
        self.calls = self.active = self.peak = 0

    async def __call__(self, request, *, on_text=None):  # noqa: ARG002
        self.calls += 1
        self.active += 1
        self.peak = max(self.peak, self.active)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.active -= 1
        if isinstance(self.cost, Exception):
            raise self.cost
        cost = self.cost if self.price is None else self.price()
        return Reply(text="Ohio", request=request, model="m", cost_usd=cost)


def guarded(till, *budgets, estimate=CENT, experience=None):
    """Return a client under budgets, whose calls are estimated at a cent each."""
    return budgeted(till, budgets, lambda _: estimate, experience or Experience())


async def ask(client, request, times=1):
    """Ask so often, one after the other; return how many were answered."""
    answered = 0
    for _ in range(times):
        results = await asyncio.gather(client(request), return_exceptions=True)
        answered += isinstance(results[0], Reply)
    return answered


def test_the_call_that_would_pass_the_budget_is_not_sent(client_of, request_for):
    """At the endpoint no request arrives once the next one's price is more than what is left."""
    name = "openai/gpt-4.1"
    request = request_for(name, method="vs-standard", max_tokens=100)
    price = prices.estimate(request, name)
    assert price is not None
    with Endpoint() as endpoint:
        budget = Budget(price * 3.5)
        client = budgeted(
            client_of(endpoint, name), [budget], lambda r: prices.estimate(r, name), Experience()
        )
        costs = []

        def ask_on():
            for _ in range(50):
                costs.append(loop.run(client(request)).cost_usd)  # noqa: PERF401 - it ends by raising

        with pytest.raises(BudgetError, match=r"would pass --budget \$.*: \$.* is spent; raise it"):
            ask_on()
        assert len(endpoint.requests) == len(costs) > 2
    assert budget.spent_usd == pytest.approx(sum(costs))
    assert budget.spent_usd <= budget.limit_usd


async def test_the_error_says_what_is_spent_and_what_the_next_call_costs(request_for):
    """The refusal names limit, what is spent and the price of the next call, in one line."""
    client = guarded(_Till(), Budget(0.025))
    await ask(client, request_for("gpt-4.1"), 2)
    says = (
        r"^the next call to gpt-4\.1, about \$0\.010, would pass --budget \$0\.025: \$0\.020 is "
        r"spent; raise it, or ask for less$"
    )
    with pytest.raises(BudgetError, match=says) as caught:
        await client(request_for("gpt-4.1"))
    error = caught.value
    assert (error.limit_usd, error.next_usd) == (0.025, CENT)
    assert error.spent_usd == pytest.approx(0.02)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.limit_usd, copy.next_usd) == (str(error), 0.025, CENT)


async def test_calls_at_once_cannot_pass_the_budget_together(request_for):
    """Fifty calls at the same time share what is there: only as many go as it pays for."""
    till, budget = _Till(seconds=0.02), Budget(10 * CENT)
    client = guarded(till, budget)
    results = await asyncio.gather(
        *(client(request_for(call=i)) for i in range(1, 51)), return_exceptions=True
    )
    assert sum(isinstance(r, Reply) for r in results) == till.calls == 10
    refused = [r for r in results if isinstance(r, BudgetError)]
    assert len(refused) == 40
    assert "$0.10 is spent; raise it" in str(refused[-1])
    assert till.peak == 9, "after the first, the rest run together"
    assert budget.spent_usd == pytest.approx(budget.limit_usd)


async def test_a_price_far_above_its_estimate_is_learned_from_the_first_call(request_for):
    """The first call goes alone; where it costs ten times its estimate, so will the others."""
    till, budget = _Till(cost=10 * CENT, seconds=0.01), Budget(35 * CENT)
    client = guarded(till, budget)
    results = await asyncio.gather(
        *(client(request_for(call=i)) for i in range(1, 31)), return_exceptions=True
    )
    assert sum(isinstance(r, Reply) for r in results) == 3
    assert budget.spent_usd <= budget.limit_usd


async def test_what_was_learned_holds_for_the_next_cell(request_for):
    """The experience is the session's: a later budget starts with it, and calls go together."""
    experience = Experience()
    await guarded(_Till(4 * CENT), Budget(1), experience=experience)(request_for())
    till = _Till(4 * CENT, seconds=0.02)
    client = guarded(till, Budget(8 * CENT), experience=experience)
    results = await asyncio.gather(
        *(client(request_for(call=i)) for i in range(1, 9)), return_exceptions=True
    )
    assert sum(isinstance(r, Reply) for r in results) == till.peak == 2


async def test_a_model_that_costs_less_than_estimated_is_asked_for_longer(request_for):
    """What is spent counts, not what was estimated: cheap replies leave room for more."""
    till = _Till(cost=CENT / 10)
    assert await ask(guarded(till, Budget(2 * CENT)), request_for(), 50) == 20


async def test_an_unknown_price_cannot_be_guarded(request_for):
    """With a budget and no known price nothing is sent, and the message says what to do."""
    till = _Till()
    client = guarded(till, Budget(1.0), estimate=None)
    with pytest.raises(BudgetError, match=r"no price is known for openai/loopback, so that --b"):
        await client(request_for())
    assert till.calls == 0


async def test_without_a_limit_an_unknown_price_is_no_matter(request_for):
    """Nobody who set no budget is held up by one; what is known to be spent is counted."""
    till, budget = _Till(), Budget()
    assert await ask(guarded(till, budget, estimate=None), request_for(), 3) == 3
    assert budget.spent_usd == pytest.approx(3 * CENT)


@pytest.mark.parametrize("limit", [0.0, 0.001])
async def test_a_free_model_is_never_refused(request_for, limit):
    """A local or simulated model costs nothing, and no budget, not even 0, stops it."""
    budget = Budget(limit)
    budget.settle(0, 5)  # passed long ago, by something dearer
    till = _Till(cost=0.0)
    assert await ask(guarded(till, budget, estimate=0.0), request_for(), 3) == 3


async def test_a_budget_of_nothing_stops_everything_that_costs(request_for):
    """`--budget 0` is a promise that nothing is paid."""
    till = _Till()
    assert await ask(guarded(till, Budget(0)), request_for(), 3) == till.calls == 0


@pytest.mark.parametrize(
    ("error", "spent"),
    [
        (ModelError("no such model"), 0.0),
        (CallError("slow down", Failure(kind=Kind.RATE)), 0.0),
        (CallError("cannot reach it", Failure(kind=Kind.CONNECTION)), 0.0),
        (CallError("it broke off", Failure(kind=Kind.CONNECTION, partial="Oh")), CENT),
        (CallError("no answer in time", Failure(kind=Kind.TIMEOUT)), CENT),
        (CallError("not a completion", Failure(kind=Kind.GARBAGE)), CENT),
    ],
    ids=str,
)
async def test_a_failed_call_counts_where_it_may_be_charged(request_for, error, spent):
    """A refused call frees what was held for it; one that the model may have answered does not."""
    budget = Budget(1.0)
    assert await ask(guarded(_Till(error), budget), request_for()) == 0
    assert budget.spent_usd == pytest.approx(spent)
    assert budget.room_for(1.0 - spent), "nothing else is held back"


async def test_a_stopped_call_counts_as_estimated(request_for):
    """An interrupt frees nothing: the provider may charge for what the model was writing."""
    budget = Budget(1.0)
    task = asyncio.create_task(guarded(_Till(seconds=60), budget)(request_for()))
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    assert budget.spent_usd == pytest.approx(CENT)


async def test_a_reply_without_a_price_counts_as_estimated(request_for):
    """An endpoint that tells no price cannot make a budget endless."""
    till = _Till(cost=None)
    assert await ask(guarded(till, Budget(3 * CENT)), request_for(), 9) == 3


async def test_a_cells_budget_and_the_sessions_both_hold(request_for):
    """The narrower limit stops the cell; across cells the session's does, and names itself."""
    session, till, experience = Budget(5 * CENT, name=PER_SESSION), _Till(), Experience()
    asked = [
        await ask(guarded(till, Budget(2 * CENT), session, experience=experience), request_for(), 9)
        for _ in range(3)
    ]
    assert asked == [2, 2, 1]
    with pytest.raises(BudgetError, match=r"the session's budget \$0.050"):
        await guarded(till, Budget(1), session, experience=experience)(request_for())


async def test_a_limit_that_is_set_later_counts_what_was_spent_before(request_for):
    """`%vs_config budget` holds for the session, not from now on."""
    session = Budget(name=PER_SESSION)
    client = guarded(_Till(), session)
    assert await ask(client, request_for(), 4) == 4
    session.limit_usd = 5 * CENT
    assert await ask(client, request_for(), 4) == 1


async def test_failing_first_calls_do_not_make_the_others_queue(request_for):
    """Only the first call goes alone: when it fails, the rest run together all the same."""
    till = _Till(ModelError("down"), seconds=0.05)
    client = guarded(till, Budget(1.0))
    await asyncio.gather(
        *(client(request_for(call=i)) for i in range(1, 9)), return_exceptions=True
    )
    assert (till.calls, till.peak) == (8, 7)


@settings(max_examples=60)
@given(
    limit=st.floats(0, 1),
    costs=st.lists(st.floats(0.001, 0.2), min_size=1, max_size=12),
    estimate=st.floats(0.001, 0.2),
)
def test_a_call_that_goes_alone_is_paid_for_before_it_goes(limit, costs, estimate):
    """Whatever calls cost: nothing is sent once the limit is reached, and one call passes it."""
    budget, before = Budget(limit), []

    async def till(request, *, on_text=None):
        before.append(budget.spent_usd)
        cost = costs[len(before) - 1]
        return Reply(text="Ohio", request=request, model="m", cost_usd=cost)

    client = guarded(till, budget, estimate=estimate)
    request = Request(model="m", messages=(), shape=Shape(method=Method.DIRECT))
    asked = asyncio.run(ask(client, request, len(costs)))
    assert asked == len(before)
    assert all(spent < limit for spent in before)
    assert budget.spent_usd <= limit + max(costs)


# --- calls at once ---------------------------------------------------------------------------


async def at_once(client, request_for, calls, concurrency):
    """Make so many calls, so many at once; return what came of them."""
    gate = asyncio.Semaphore(concurrency)

    async def one(number):
        async with gate:
            return await client(request_for(call=number))

    return await asyncio.gather(*map(one, range(1, calls + 1)), return_exceptions=True)


@pytest.mark.parametrize("concurrency", [1, 8, 32, 64])
@pytest.mark.parametrize("off", [0.3, 1, 2.7, 10])
async def test_as_many_calls_go_as_the_budget_pays_for(request_for, concurrency, off):
    """$0.50 buy fifty calls at a cent, however many are under way and however wrong the guess."""
    till, budget = _Till(seconds=0.002), Budget(50 * CENT)
    client = guarded(till, budget, estimate=off * CENT)
    results = await at_once(client, request_for, 80, concurrency)
    assert sum(isinstance(r, Reply) for r in results) == till.calls == 50
    assert sum(isinstance(r, BudgetError) for r in results) == 30
    assert budget.spent_usd == pytest.approx(budget.limit_usd)


@pytest.mark.parametrize("seed", range(4))
async def test_calls_of_unlike_prices_stay_within_the_bound(request_for, seed):
    """64 at once, prices from a third to three times the usual: passed by one call at most."""
    chance = random.Random(seed)
    till, budget = _Till(seconds=0.002), Budget(1.0)
    till.price = lambda: CENT * 3 ** chance.uniform(-1, 1)
    results = await at_once(guarded(till, budget), request_for, 400, 64)
    costs = [r.cost_usd for r in results if isinstance(r, Reply)]
    assert budget.spent_usd == pytest.approx(sum(costs))
    assert budget.limit_usd * 0.94 < budget.spent_usd < budget.limit_usd + max(costs)


async def test_a_model_that_turns_dear_passes_by_the_calls_under_way(request_for):
    """The stated bound: what the calls under way cost above what was held for them, no more."""
    till, budget = _Till(seconds=0.002), Budget(1.0)
    prices = iter([CENT] * 20 + [5 * CENT] * 400)
    till.price = lambda: next(prices)
    results = await at_once(guarded(till, budget), request_for, 400, 64)
    answered = sum(isinstance(r, Reply) for r in results)
    assert answered == till.calls
    assert budget.spent_usd <= budget.limit_usd + 64 * (5 * CENT - CENT)


async def test_an_outlier_is_forgotten(request_for):
    """One call at twenty times the price makes the next ones wait, and not all that follow."""
    till, budget = _Till(seconds=0.001), Budget(1.0)
    prices = iter([CENT] * 5 + [20 * CENT] + [CENT] * 400)
    till.price = lambda: next(prices)
    results = await at_once(guarded(till, budget), request_for, 200, 32)
    assert sum(isinstance(r, Reply) for r in results) == 81
    assert till.peak > 8


def test_twenty_threads_with_loops_of_their_own_share_a_budget(request_for):
    """Calls wait for calls on other threads and event loops; none is refused too early."""
    till, budget = _Till(seconds=0.002), Budget(50 * CENT)
    client = guarded(till, budget, estimate=2.7 * CENT)
    results = []

    def work():
        results.extend(asyncio.run(at_once(client, request_for, 5, 5)))

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == 100, "no call hangs"
    assert sum(isinstance(r, Reply) for r in results) == 50
    assert budget.spent_usd == pytest.approx(budget.limit_usd)


async def test_a_call_that_waits_is_refused_as_soon_as_it_cannot_be_paid_for(request_for):
    """It does not sit through a slow call, where that call's end cannot make room any more."""
    budget, experience = Budget(4 * CENT), Experience()
    await ask(guarded(_Till(), budget, experience=experience), request_for(), 2)
    slow = asyncio.create_task(
        guarded(_Till(seconds=60), budget, experience=experience)(request_for())
    )
    quick = guarded(_Till(cost=2 * CENT), budget, experience=experience)
    await asyncio.sleep(0)
    await quick(request_for())
    with pytest.raises(BudgetError, match=r"\$0.040 is spent, \$0.020 is under way; raise it"):
        await quick(request_for())
    assert not slow.done()
    slow.cancel()
    await asyncio.wait([slow])


async def test_a_call_that_waits_can_be_stopped(request_for):
    """Stop button and deadline reach it; what it would have held is there for the next."""
    budget, experience = Budget(2.5 * CENT), Experience()
    await ask(guarded(_Till(), budget, experience=experience), request_for())
    slow, till = _Till(seconds=0.05), _Till()
    first = asyncio.create_task(guarded(slow, budget, experience=experience)(request_for()))
    await asyncio.sleep(0)
    waiting = [
        asyncio.create_task(guarded(till, budget, experience=experience)(request_for()))
        for _ in range(3)
    ]
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting[1]), 0.001)
    waiting[0].cancel()
    await asyncio.wait(waiting[:1])
    assert waiting[0].cancelled()
    assert (till.calls, slow.calls) == (0, 1)
    await first
    results = await asyncio.gather(*waiting[1:], return_exceptions=True)
    assert [type(r) for r in results] == [BudgetError, BudgetError]
    assert budget.spent_usd == pytest.approx(2 * CENT)


async def test_a_call_that_is_stopped_as_its_turn_comes_gives_its_place_on(request_for):
    """Its turn comes and the stop with it: the next one that waits goes instead."""
    budget, experience, till = Budget(2 * CENT), Experience(), _Till()
    slow = _Till(ModelError("down"), seconds=0.01)
    await ask(guarded(till, budget, experience=experience), request_for())
    first = asyncio.create_task(guarded(slow, budget, experience=experience)(request_for()))
    await asyncio.sleep(0)
    waiting = [
        asyncio.create_task(guarded(till, budget, experience=experience)(request_for()))
        for _ in range(2)
    ]
    await asyncio.sleep(0)
    first.add_done_callback(lambda _: waiting[0].cancel())
    results = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert [type(r).__name__ for r in results] == ["ModelError", "CancelledError", "Reply"]
    assert budget.spent_usd == pytest.approx(2 * CENT)


def test_a_child_process_does_not_wait_for_calls_of_its_parent(request_for):
    """After a fork the calls under way are the parent's: in the child nothing is held for them."""
    code = """
import asyncio, os, sys, threading, warnings
warnings.simplefilter("ignore")  # forking beside threads is what is tried here
from vs_magic.llm.request import Reply, Request
from vs_magic.llm.trust.budget import Budget, Experience, budgeted
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.shape import Shape

request = Request(model="m", messages=(), shape=Shape(method=Method.DIRECT))
budget, started, forked = Budget(0.015), threading.Event(), threading.Event()

async def slow(request, *, on_text=None):
    started.set()
    await asyncio.to_thread(forked.wait)
    return Reply(text="", request=request, model="m", cost_usd=0.01)

async def quick(request, *, on_text=None):
    return Reply(text="", request=request, model="m", cost_usd=0.01)

def client(till):
    return budgeted(till, [budget], lambda _: 0.01, Experience())

thread = threading.Thread(target=lambda: asyncio.run(client(slow)(request)))
thread.start()
started.wait()
child = os.fork()
if not child:
    reply = asyncio.run(client(quick)(request))
    os._exit(0 if reply.cost_usd and round(budget.spent_usd, 9) == 0.01 else 1)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
forked.set()
thread.join()
print(code, round(budget.spent_usd, 9))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("0 0.01\n", "")


# --- what services say of a price ------------------------------------------------------------


def completion(usage):
    """Return a whole answer with the token counts and the cost that are given."""
    message = {"role": "assistant", "content": "Ohio"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "usage": usage}
    content = json.dumps({**body, "choices": [choice]}).encode()
    return lambda exchange: exchange.send(content, status=200)


@pytest.mark.parametrize("told", [math.nan, math.inf, -1.0, 0.0, True], ids=str)
async def test_a_cost_that_cannot_be_counts_as_estimated(request_for, told):
    """A model of one's own that reports such a price does not switch the budget off."""
    till, budget = _Till(cost=told), Budget(3 * CENT)
    assert await ask(guarded(till, budget), request_for(), 9) == 3
    assert budget.spent_usd == pytest.approx(3 * CENT)


@pytest.mark.parametrize(
    ("cost", "factor"),
    [(math.nan, 1), (math.inf, 1), (-5, 1), (0, 1), (1e-9, 1), (None, 1), ("0", 1), ("more", 7)],
)
def test_a_stated_cost_counts_where_it_is_more_than_the_tokens(
    client_of, request_for, cost, factor
):
    """An endpoint can say that a reply cost more than its tokens; less it cannot, nor nonsense."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    by_table = 1000 * 0.4e-6 + 500 * 1.6e-6
    usage["cost"] = factor * by_table if cost == "more" else cost
    with Endpoint([completion(usage)]) as endpoint:
        reply = loop.run(client_of(endpoint, "openai/gpt-4.1-mini")(request_for(method="direct")))
    assert reply.cost_usd == pytest.approx(factor * by_table)


@pytest.mark.parametrize(
    ("threads", "concurrency"), [(1, 1), (1, 8), (1, 32), (1, 64), (20, 8)], ids=str
)
def test_fifty_calls_of_a_tenth_of_a_cent_take_five_cents(monkeypatch, threads, concurrency):
    """Whole runs at an endpoint that states its price: fifty answers arrive, however they are made.

    The table in docs/trust.md shows these figures.
    """
    usage = {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10, "cost": 0.001}
    monkeypatch.setenv("VS_MAGIC_CACHE_MB", "0")
    experience, budget = Experience(), Budget(0.05, name=PER_SESSION)
    monkeypatch.setattr(session.current(), "budget", budget)
    monkeypatch.setattr(session.current(), "_experience", experience)
    arrived = []

    def sample(n):
        options = {"n": n, "method": "direct", "concurrency": concurrency}
        try:
            found = vs.sample("Name a state.", model="openai/gpt-4.1-mini", **options)
            arrived.extend(found.replies)
        except BudgetError:
            pass

    with Endpoint(lambda _: completion(usage)) as endpoint:
        for name, value in endpoint.env().items():
            monkeypatch.setenv(name, value)
        workers = [threading.Thread(target=sample, args=(80 // threads,)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
        sent = len(endpoint.requests)
    assert sent == len(arrived) == 50
    assert budget.spent_usd == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("cached", "price"),
    [(800, 200 * 0.4e-6 + 800 * 0.1e-6), (-800, 1000 * 0.4e-6), (10**6, 1000 * 0.4e-6)],
)
def test_cached_input_is_at_its_own_rate(client_of, request_for, cached, price):
    """Tokens that the provider had kept are cheaper; more of them than were sent cannot be."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    usage["prompt_tokens_details"] = {"cached_tokens": cached}
    with Endpoint([completion(usage)]) as endpoint:
        reply = loop.run(client_of(endpoint, "openai/gpt-4.1-mini")(request_for(method="direct")))
    assert reply.cost_usd == pytest.approx(price + 500 * 1.6e-6)


@pytest.mark.parametrize(
    ("tier", "factor"), [("standard", 1), ("priority", 2), ("flex", 0.5), ("batch", 0.5), (7, 1)]
)
def test_a_tier_that_the_endpoint_names_has_its_rates(client_of, request_for, tier, factor):
    """Some providers say with the token counts at which rate they charge; the table has them."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    with Endpoint([completion({**usage, "service_tier": tier})]) as endpoint:
        reply = loop.run(client_of(endpoint, "openai/gpt-5")(request_for(method="direct")))
    assert reply.cost_usd == pytest.approx(factor * (1000 * 1.25e-6 + 500 * 10e-6))


@pytest.mark.parametrize("usage", [(-1000, 500), (1000, -500), (10**12, 1)], ids=str)
def test_token_counts_that_cannot_be_have_no_price(client_of, request_for, usage):
    """Then the reply counts as estimated, and the budget holds."""
    told = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": 1500}
    request, name = request_for("openai/gpt-4.1-mini", method="direct"), "openai/gpt-4.1-mini"
    price = prices.estimate(request, name)
    with Endpoint(lambda _: completion(told)) as endpoint:
        budget = Budget(3.5 * price)
        till = client_of(endpoint, name)
        client = budgeted(till, [budget], lambda r: prices.estimate(r, name), Experience())
        assert loop.run(ask(client, request, 9)) == len(endpoint.requests) == 3
    assert budget.spent_usd == pytest.approx(3 * price)


def test_a_timeout_that_is_tried_again_counts_twice(client_of, request_for):
    """The provider may charge for the answer that nobody waited for, and for the second one."""
    request, name = request_for("openai/gpt-4.1-mini", method="direct"), "openai/gpt-4.1-mini"
    price = prices.estimate(request, name)
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    with Endpoint([faults.hang(2), completion(usage)]) as endpoint:
        budget = Budget(1.0)
        till = client_of(endpoint, name)
        client = budgeted(till, [budget], lambda r: prices.estimate(r, name), Experience())
        reply = loop.run(client(replace(request, timeout=0.5)))
    assert len(endpoint.requests) == 2
    assert budget.spent_usd == pytest.approx(price + reply.cost_usd)


# --- the ledger ------------------------------------------------------------------------------


def test_the_ledger_adds_up_what_endpoints_tell(client_of, request_for):
    """Calls, tokens, cost and failures are summed by model; an unknown price is counted as that."""
    ledger = Ledger()
    with Endpoint(["Ohio", "Iowa", faults.status(400, "no")]) as endpoint:
        known, unknown = "openai/gpt-4.1-mini", "openai/loopback"
        replies = [
            loop.run(counted(client_of(endpoint, name), ledger)(request_for(name, method="direct")))
            for name in (known, unknown)
        ]
        with pytest.raises(ModelError, match="refused the request"):
            loop.run(counted(client_of(endpoint, known), ledger)(request_for(known)))
    first, second = ledger.lines()
    assert (first.model, first.calls, first.failed, first.unknown) == (known, 2, 1, 0)
    assert first.cost_usd == replies[0].cost_usd > 0
    assert first.prompt_tokens == replies[0].prompt_tokens
    assert (second.model, second.calls, second.cost_usd, second.unknown) == (unknown, 1, 0.0, 1)
    assert (ledger.total.calls, ledger.total.cost_usd) == (3, first.cost_usd)


async def test_what_came_for_nothing_is_counted_apart(request_for):
    """A cached reply is a call without tokens or cost, and tells what it saved."""
    ledger, request = Ledger(), request_for("m")
    kept = Reply(text="Ohio", request=request, model="m", cost_usd=0.5, prompt_tokens=9)
    ledger.saved(kept)
    model = ScriptedModel([Reply(text="Ohio", request=request, model="m", cached=True)])
    await counted(model, ledger)(request)
    assert ledger.lines() == [Spent(model="m", calls=1, cached=1, saved_usd=0.5)]


async def test_a_refused_call_was_none_and_a_stopped_one_was(request_for):
    """What the budget kept back was not asked; what an interrupt stopped was, without a reply."""
    ledger = Ledger()
    await ask(counted(guarded(_Till(), Budget(0)), ledger), request_for("m"))
    assert ledger.lines() == []
    task = asyncio.create_task(counted(_Till(seconds=60), ledger)(request_for("m")))
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    assert ledger.lines() == [Spent(model="m", calls=1, failed=1)]

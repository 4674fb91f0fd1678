"""The budget: the call that would pass it is not sent, however many are under way at once."""

from __future__ import annotations

import asyncio
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vs_magic.errors import BudgetError, ModelError
from vs_magic.llm import loop
from vs_magic.llm.hosted import prices
from vs_magic.llm.hosted.call_error import CallError
from vs_magic.llm.hosted.failures import Failure, Kind
from vs_magic.llm.request import Reply
from vs_magic.llm.trust.budget import PER_SESSION, Budget, Experience, budgeted
from vs_magic.llm.trust.ledger import Ledger, Spent, counted
from vs_magic.testing import Endpoint, ScriptedModel, faults

CENT = 0.01


class _Till:
    """A client whose calls cost what is said, and that counts how many run at once."""

    def __init__(self, cost=CENT, seconds=0.0):
        self.cost, self.seconds = cost, seconds
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
        return Reply(text="Ohio", request=request, model="m", cost_usd=self.cost)


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
    assert "is under way" in str(refused[0])
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
    assert await ask(guarded(till, Budget(2 * CENT)), request_for(), 50) == 11


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
    budget.hold(1.0 - spent, "m")  # nothing else is held back


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
    costs=st.lists(st.floats(0, 0.2), min_size=1, max_size=12),
    estimate=st.floats(0.001, 0.2),
)
def test_no_call_is_sent_that_was_known_to_pass_the_limit(limit, costs, estimate):
    """Whatever calls cost: before each one, what was spent and its estimate fit the limit."""
    budget = Budget(limit)
    for cost in costs:
        before = budget.spent_usd
        try:
            budget.hold(estimate, "m")
        except BudgetError:
            assert before + estimate > limit
            continue
        assert before + estimate <= limit * (1 + 1e-6)
        budget.settle(estimate, cost)
    assert budget.spent_usd <= limit + max(costs)


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

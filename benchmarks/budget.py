"""How much of a budget is spent, and by how much it is passed, where calls are of unlike prices.

    python benchmarks/budget.py

Runs of up to 400 calls under a budget of $1, at some cent each, with guesses that are right, too
low and too high, 8 and 64 at once; the figures are in docs/trust.md. Nothing is sent: the model is
a wait of some milliseconds.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from vs_magic.llm.request import Reply, Request
from vs_magic.llm.trust.budget import Budget, budgeted
from vs_magic.llm.trust.estimates import Experience
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.shape import Shape

LIMIT, CENT, CALLS, SEEDS = 1.0, 0.01, 400, 25
PRICES: dict[str, Callable[[random.Random], float]] = {
    "alike": lambda _: CENT,
    "from a third to three times": lambda chance: CENT * 3 ** chance.uniform(-1, 1),
    "log-normal, 0.8": lambda chance: CENT * chance.lognormvariate(0, 0.8),
}


async def run(
    price: Callable[[random.Random], float], guess: float, at_once: int, seed: int
) -> tuple[float, float]:
    """Make the calls; return the share of the budget spent, and the excess in dearest calls."""
    chance, budget, costs = random.Random(seed), Budget(LIMIT), [0.0]

    async def model(request: Request, *, on_text: object = None) -> Reply:  # noqa: ARG001
        cost = price(chance)
        costs.append(cost)
        await asyncio.sleep(0.005 * chance.random())
        return Reply(text="", request=request, model="m", cost_usd=cost)

    client = budgeted(model, [budget], lambda _: guess, Experience())
    gate = asyncio.Semaphore(at_once)

    async def one(number: int) -> Reply:
        shape = Shape(method=Method.DIRECT)
        async with gate:
            return await client(Request(model="m", messages=(), shape=shape, call=number))

    await asyncio.gather(*map(one, range(CALLS)), return_exceptions=True)
    return budget.spent_usd / LIMIT, (budget.spent_usd - LIMIT) / max(costs)


def main() -> None:
    """Print a line for each kind of prices."""
    for name, price in PRICES.items():
        runs = [
            asyncio.run(run(price, guess * CENT, at_once, seed))
            for guess in (0.3, 1, 3)
            for at_once in (8, 64)
            for seed in range(SEEDS)
        ]
        shares, excess = zip(*runs, strict=True)
        print(
            f"{name}: {len(runs)} runs, {min(shares):.1%} to {max(shares):.1%} of the budget, "
            f"passed by at most {max(0.0, *excess):.2f} of the dearest call"
        )


if __name__ == "__main__":
    main()

"""Numbers and amounts as people read them: each kind is written in one way, everywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence


def unsent(names: Sequence[str]) -> str:
    """Return a short word on parameters that a model was not sent; "" for none.

    >>> unsent(["temperature", "seed"])
    'temperature, seed not sent'
    """
    return f"{', '.join(names)} not sent" if names else ""


def not_sent(model: str, names: Sequence[str]) -> str:
    """Say which parameters a model was not sent.

    >>> not_sent("openai/o3", ["temperature"])
    'openai/o3 has no temperature: it was not sent'
    """
    were = "it was" if len(names) == 1 else "they were"
    return f"{model} has no {' and no '.join(names)}: {were} not sent"


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    >>> count(1, "call"), count(1200, "call"), count(2, "reply", "replies")
    ('1 call', '1,200 calls', '2 replies')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def seconds(elapsed: float) -> str:
    """Return how long something took.

    >>> seconds(0.04), seconds(3.52), seconds(123.4)
    ('under 0.1 s', '3.5 s', '123 s')
    """
    if elapsed < 0.1:
        return "under 0.1 s"
    return f"{elapsed:.1f} s" if elapsed < 100 else f"{elapsed:.0f} s"


def percent(share: float, decimals: int | None = None) -> str:
    """Return a share as a percentage; "–" where it is unknown.

    `decimals` None: none, or one near 0 and 1, so that what is not 0 or 1 never looks so.

    >>> percent(0.256), percent(0.0312), percent(0.0), percent(0.00004), percent(0.99999)
    ('26 %', '3.1 %', '0 %', '< 0.1 %', '> 99.9 %')
    >>> percent(0.256, 1), percent(float("nan"))
    ('25.6 %', '–')
    """
    if math.isnan(share):
        return "–"
    if decimals is None:
        if 0 < share < 0.001:
            return "< 0.1 %"
        if 0.999 < share < 1:
            return "> 99.9 %"
        decimals = 0 if share in {0, 1} or 0.0995 <= share < 0.9895 else 1
    return f"{share:.{decimals}%}".replace("%", " %")


def usd(amount: float) -> str:
    """Return an amount with cents, or with two figures that count where it is smaller.

    >>> usd(0.5), usd(12), usd(0.00012345), usd(0)
    ('$0.50', '$12.00', '$0.00012', '$0.00')
    """
    if not 0 < amount < 0.1:
        return f"${amount:.2f}"
    return f"${amount:.{1 - math.floor(math.log10(amount))}f}"


def price(cost_usd: float | None) -> str:
    """Return what something cost.

    >>> price(0.00123), price(0.5), price(0.0), price(None), price(0.00001)
    ('$0.0012', '$0.50', 'free', 'cost unknown', 'under $0.0001')
    """
    if cost_usd is None or math.isnan(cost_usd):
        return "cost unknown"
    if 0 < cost_usd < 0.0001:
        return "under $0.0001"
    return usd(cost_usd) if cost_usd else "free"


def estimated(cost_usd: float | None) -> str:
    """Return what something will probably cost.

    >>> estimated(0.00123), estimated(0.0), estimated(None)
    ('about $0.0012', 'free', 'cost unknown')
    """
    words = price(cost_usd)
    return f"about {words}" if words.startswith("$") else words


def stated(total: float, calls: int) -> str:
    """Say what the stated probabilities sum to, where that is far from 1.

    `total` is the sum of a call's probabilities, averaged over the calls that stated some.

    >>> stated(3.5, 1)
    'The model stated 3.5 in all: weights are normalised.'
    """
    each = " a call, on average" if calls > 1 else " in all"
    return f"The model stated {total:.2g}{each}: weights are normalised."

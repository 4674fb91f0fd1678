"""What the tests of reliability share: a hosted model, and an endpoint that plays it."""

from __future__ import annotations

import functools

import pytest

from vs_magic.llm.client import connect
from vs_magic.llm.hosted import keys, prices
from vs_magic.llm.hosted.retry import Policy
from vs_magic.llm.request import Model

MODEL = "openai/gpt-4.1-mini"
QUICK = Policy(first_wait=0.02, longest_wait=2.0, tick=0.5)


@pytest.fixture
def model_at(monkeypatch):
    """Return a model at an endpoint: a name with a known price, and little patience."""

    def at(endpoint, policy=QUICK):
        for name, value in endpoint.env().items():
            monkeypatch.setenv(name, value)
        return Model(
            name=MODEL,
            complete=connect(MODEL, keys.route_to(MODEL), policy),
            estimate=functools.partial(prices.estimate, name=MODEL),
        )

    return at

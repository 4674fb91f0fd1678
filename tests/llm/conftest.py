"""What the tests of the clients share: requests as the sampler makes them, clients of a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vs_magic.llm import loop
from vs_magic.llm.client import connect
from vs_magic.llm.hosted import keys
from vs_magic.llm.hosted.retry import Policy
from vs_magic.llm.request import Complete, Reply, Request
from vs_magic.testing import Endpoint
from vs_magic.verbalized import prompt
from vs_magic.verbalized.options import Options

QUICK = Policy(first_wait=0.01, longest_wait=0.5, tick=0.05)


def make_request(
    model: str = "openai/loopback", task: str = "Name a US state.", **given: Any
) -> Request:
    """Return the first call of a run, as the sampler makes it; `call` and `turn` pass through."""
    place = {name: given.pop(name) for name in ("call", "turn") if name in given}
    options = Options(**given)
    k = options.sizes[0]
    return Request(
        model=model,
        messages=prompt.opening(task, options, k),
        shape=options.shape(k),
        parameters=options.parameters,
        timeout=options.timeout,
        **place,
    )


@pytest.fixture
def request_for() -> Callable[..., Request]:
    """Make requests."""
    return make_request


@pytest.fixture
def client_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Complete]:
    """Return an impatient client of an endpoint."""

    def connected(
        endpoint: Endpoint, name: str = "openai/loopback", policy: Policy = QUICK
    ) -> Complete:
        for variable, value in endpoint.env().items():
            monkeypatch.setenv(variable, value)
        return connect(name, keys.route_to(name), policy)

    return connected


@pytest.fixture
def ask(client_of: Callable[..., Complete]) -> Callable[..., Reply]:
    """Ask an endpoint once, as the sampler does, on the background loop."""

    def ask_once(
        endpoint: Endpoint,
        name: str = "openai/loopback",
        *,
        on_text: Callable[[str], None] | None = None,
        policy: Policy = QUICK,
        **options: Any,
    ) -> Reply:
        complete = client_of(endpoint, name, policy)
        options.setdefault("method", "direct")
        return loop.run(complete(make_request(name, **options), on_text=on_text))

    return ask_once

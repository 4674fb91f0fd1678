"""What the tests of the local model share: the light model, really loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from vs_magic.llm import local, weights
from vs_magic.llm.llama.engine import Engine
from vs_magic.llm.local import connect_local
from vs_magic.llm.request import Model, Request
from vs_magic.verbalized import prompt
from vs_magic.verbalized.options import Options

LIGHT = "local/qwen2.5-coder-0.5b"


def make_request(task: str = "Name a colour. Only the name.", **given: Any) -> Request:
    """Return the first call of a run, as the sampler makes it."""
    options = Options(**given)
    k = options.sizes[0]
    return Request(
        model=LIGHT,
        messages=prompt.opening(task, options, k),
        shape=options.shape(k),
        parameters=options.parameters,
        timeout=options.timeout,
    )


@pytest.fixture(scope="session")
def light() -> Iterator[Model]:
    """The light local model; without its weights the test is skipped, which CI does not accept."""
    if not weights.is_fetched(LIGHT):
        pytest.skip(f"the weights are not here: vs-magic fetch {LIGHT}")
    yield connect_local(LIGHT)
    local.close_all()


@pytest.fixture
def engine(light: Model) -> Iterator[Engine]:
    """The light model, loaded for one test."""
    engine = Engine(weights.path(light.name))
    yield engine
    engine.close()


@pytest.fixture
def request_for() -> Callable[..., Request]:
    """Make requests."""
    return make_request

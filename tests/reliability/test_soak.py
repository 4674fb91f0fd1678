"""A short soak: every call and every answer is accounted for, once."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest

pytestmark = pytest.mark.untraced  # other tests cover the same, and tracing takes long

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"


@pytest.fixture
def soak(monkeypatch):
    """The benchmark, which is no part of the package."""
    monkeypatch.setenv("VS_MAGIC_CACHE_MB", "0")
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.setenv(name, "")  # so that what the soak sets is taken back
    spec = importlib.util.spec_from_file_location("soak_benchmark", SOAK)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "soak_benchmark", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_soak_accounts_for_every_call(soak, stream):
    """100 calls, a fifth with faults of any kind: 100 rows, each answer in one, each paid once."""
    done = soak.soak(100, share=0.2, seed=3, parts=2, stream=stream, huge=70_000_000)
    assert done.troubles(100) == []
    assert len(done.calls) == 100
    assert sum(done.endpoint.counts.values()) > 10
    assert len(done.endpoint.counts) > 6
    assert done.memory[-1] < done.memory[0] + 150


def test_the_soak_sees_what_goes_wrong(soak):
    """A lost row, a doubled answer, a wrong price: each is named."""
    done = soak.soak(12, share=0, parts=1)
    assert done.troubles(12) == []
    [found] = done.found
    lost = replace(found, calls=found.calls[1:])
    doubled = replace(found, calls=(*found.calls[1:], found.calls[1]))
    free = replace(found.calls[0], reply=replace(found.calls[0].reply, cost_usd=0.0))
    wrong = replace(found, calls=(free, *found.calls[1:]))
    told = {}
    for name, broken in (("lost", lost), ("doubled", doubled), ("wrong", wrong)):
        done.found = [broken]
        told[name] = "; ".join(done.troubles(12))
    assert "11 rows, not 12" in told["lost"]
    assert "an answer that was delivered is in no row" in told["lost"]
    assert "a draw is there twice" in told["doubled"]
    assert "answers in two rows" in told["doubled"]
    assert "price is not its tokens'" in told["wrong"]

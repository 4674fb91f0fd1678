"""What a study says that it took, and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

import vs_magic as vs
from vs_magic.llm.session import current
from vs_magic.llm.trust import bundle
from vs_magic.testing import Endpoint

ASKED = {"model": "openai/gpt-4.1", "methods": "direct,sequence", "n": 5}


@pytest.fixture(autouse=True)
def endpoint(monkeypatch):
    """A server that is asked as OpenAI's would be."""
    with Endpoint() as served:
        for name, value in served.env().items():
            monkeypatch.setenv(name, value)
        yield served


def test_cached_calls_are_told_apart(monkeypatch, tmp_path):
    """Run again, it says how many calls the cache answered, and costs nothing."""
    monkeypatch.setenv("VS_MAGIC_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("VS_MAGIC_CACHE_MB")
    first = vs.compare("Name a US state.", **ASKED)
    again = vs.compare("Name a US state.", **ASKED)
    current().close()
    assert first.took.startswith("6 calls, $0.00")
    assert again.took.startswith("6 calls (6 cached), free")
    assert again.frame["text"].tolist() == first.frame["text"].tolist()


def test_a_study_is_as_old_as_its_calls(tmp_path):
    """Replayed later, it shows the days on which the model replied, not today."""
    found = vs.compare("Name a US state.", **ASKED)
    assert found.when == dt.datetime.now().astimezone().date().isoformat()
    replies = [reply for result in found.results for reply in result.distribution.replies]
    days = ["2025-10-01T12:00:00Z", *["2025-10-03T12:00:00Z"] * (len(replies) - 1)]
    dated = [replace(reply, when=day) for reply, day in zip(replies, days, strict=True)]
    bundle.write(tmp_path / "lesson.jsonl", dated)
    again = vs.compare("Name a US state.", replay=tmp_path / "lesson.jsonl", **ASKED)
    assert again.when == "2025-10-01 to 2025-10-03"
    assert "Run on 2025-10-01 to 2025-10-03: 6 calls (6 cached), free" in again.report()

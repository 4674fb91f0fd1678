"""What a study says that it took."""

from __future__ import annotations

import vs_magic as vs
from vs_magic.llm.session import current
from vs_magic.testing import Endpoint


def test_cached_calls_are_told_apart(monkeypatch, tmp_path):
    """Run again, it says how many calls the cache answered, and costs nothing."""
    monkeypatch.setenv("VS_MAGIC_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("VS_MAGIC_CACHE_MB")
    with Endpoint() as endpoint:
        for name, value in endpoint.env().items():
            monkeypatch.setenv(name, value)
        asked = {"model": "openai/gpt-4.1", "methods": "direct,sequence", "n": 5}
        first = vs.compare("Name a US state.", **asked)
        again = vs.compare("Name a US state.", **asked)
    current().close()
    assert first.took.startswith("6 calls, $0.00")
    assert again.took.startswith("6 calls (6 cached), free")
    assert again.frame["text"].tolist() == first.frame["text"].tolist()

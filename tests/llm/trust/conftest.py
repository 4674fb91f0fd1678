"""What the tests of trust share: caches and recordings in folders of their own, notices read."""

from __future__ import annotations

import pytest

from vs_magic.llm.trust.bundle import Recorder
from vs_magic.llm.trust.cache import Cache
from vs_magic.llm.trust.notices import Notices
from vs_magic.testing import ScriptedModel

MB = 1_000_000


@pytest.fixture
def notices():
    """What there is to say."""
    return Notices()


@pytest.fixture
def model():
    """A model that answers "reply 1", "reply 2" …: no two replies are alike."""
    numbered = ScriptedModel(lambda _: f"reply {len(numbered.requests)}")
    return numbered


@pytest.fixture
def open_cache(tmp_path, notices):
    """Open caches as kernels do; every one is closed in the end."""
    opened = []

    def open_one(folder=tmp_path / "replies", limit=64 * MB):
        opened.append(Cache(folder, limit=limit, notices=notices))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def cache(open_cache):
    """One cache in a folder of its own."""
    return open_cache()


@pytest.fixture
def path(tmp_path):
    """Where the bundle goes."""
    return tmp_path / "lesson.jsonl"


@pytest.fixture
def record(path, notices):
    """Start recordings; every one is ended."""
    recorders = []

    def start(to=path):
        recorders.append(Recorder(to, notices))
        return recorders[-1]

    yield start
    for recorder in recorders:
        if recorder.trouble != "it was ended":
            recorder.close()

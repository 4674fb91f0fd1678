"""The catalogue: complete, consistent with itself, and found by its names."""

from __future__ import annotations

import re

import pytest

from vs_magic.errors import OptionError
from vs_magic.llm.fetch.catalogue import CATALOGUE, DEFAULT, File, chat_models, find

FILES = [(w.name, f) for w in CATALOGUE.values() for f in w.files]


@pytest.mark.parametrize(("name", "file"), FILES, ids=lambda v: getattr(v, "name", v))
def test_every_file_is_pinned(name: str, file: File):
    """Each has a SHA-256, a size, and at least one source that cannot move under it."""
    assert re.fullmatch("[0-9a-f]{64}", file.sha256)
    assert file.size > 0
    assert file.hub or file.mirror
    if file.hub is not None:
        assert re.fullmatch("[0-9a-f]{40}", file.hub.revision)
    if file.mirror is not None:
        assert all(re.fullmatch(r"[a-z0-9-]+==\d+\.\d+\.\d+", p) for p in file.mirror.packages)


@pytest.mark.parametrize(("name", "file"), FILES, ids=lambda v: getattr(v, "name", v))
def test_the_parts_of_a_mirror_are_as_many_as_the_file_needs(name: str, file: File):
    """All parts but the last are full, and the last holds the rest."""
    if file.mirror is None or file.mirror.part_size is None:
        assert file.mirror is None or len(file.mirror.packages) == 1
        return
    full, rest = divmod(file.size, file.mirror.part_size)
    assert len(file.mirror.packages) == full + (rest > 0)
    assert "{part:02d}" in file.mirror.member


def test_chat_models_are_one_file_and_local():
    """A chat model's name is what `--model` takes; the default is one of them, and the first."""
    assert chat_models()[0].name == DEFAULT
    assert all(w.name.startswith("local/") and len(w.files) == 1 for w in chat_models())


def test_a_near_miss_is_named():
    """A wrong name lists the right ones; a chat model's prefix may be left out."""
    assert find("QWEN2.5-coder-1.5B").name == DEFAULT
    with pytest.raises(
        OptionError, match=r"did you mean 'minilm-onnx'\? one of local/qwen2.5-coder"
    ):
        find("minilm_onnx")

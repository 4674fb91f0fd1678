"""Embedders: names, paths, functions, the cache on disk, and what is missing."""

from __future__ import annotations

import importlib
import logging
import os
import pickle
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vs_magic import metrics
from vs_magic.errors import MissingExtraError, OptionError, WeightsError
from vs_magic.metrics import embed, get_embedder, semantic_diversity
from vs_magic.metrics._embed_cache import Cache, _key
from vs_magic.metrics.embed import NamedEmbedder

TEXTS = ["the cat sat", "a dog barked", "the cat sat"]


class Counting:
    """An embedder that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, texts):
        """Embed by letters."""
        self.asked.append(list(texts))
        return get_embedder("lexical")(texts)


def named(model: Any, identity: str = "test:1") -> NamedEmbedder:
    """An embedder with a name, as models have one."""
    return NamedEmbedder("test", identity, lambda: model)


def cache_file() -> Path:
    """Where this test's embeddings are kept."""
    return Path(os.environ["VS_MAGIC_CACHE_DIR"]) / "embeddings" / "store.db"


def test_a_function_is_an_embedder():
    """Any function from texts to rows will do; it is asked for each different text once."""
    model = Counting()
    rows = embed.embed(TEXTS, model)
    assert rows.shape == (3, 1024)
    assert (rows[0] == rows[2]).all()
    assert model.asked == [["the cat sat", "a dog barked"]]
    assert get_embedder(model) is model


def test_rows_of_any_length_become_unit():
    """What a function returns is scaled to length 1."""
    rows = embed.embed(["a", "b"], lambda texts: np.array([[3.0, 4.0]] * len(texts)))
    np.testing.assert_allclose(rows, [[0.6, 0.8]] * 2, rtol=1e-6)
    assert rows.dtype == np.float32
    assert embed.embed([], Counting()).shape == (0, 0)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (np.zeros((2, 3)), "a row of length 0.0 for 'a'"),
        (np.full((2, 3), np.nan), "a row of length nan for 'a'"),
        (np.ones((1, 3)), r"one row for each of the 2 texts, not an array of shape \(1, 3\)"),
        (np.ones(2), r"not an array of shape \(2,\)"),
    ],
)
def test_a_function_that_returns_no_proper_rows_is_refused(returned: Any, message: str):
    """One row with a direction for each text, or an OptionError."""
    with pytest.raises(OptionError, match=message):
        semantic_diversity(["a", "b"], embedder=lambda _texts: returned)


def test_what_was_embedded_is_kept_on_disk():
    """Another process of the same model asks it for new texts alone; another model for all."""
    first, second, other = Counting(), Counting(), Counting()
    expected = named(first)(TEXTS)
    found = named(second)([*TEXTS, "new"])
    assert second.asked == [["new"]]
    np.testing.assert_allclose(found[:3], expected, atol=1e-6)
    named(other, identity="test:2")(TEXTS)
    assert other.asked == [["the cat sat", "a dog barked"]]
    assert cache_file().is_file()


def test_what_was_embedded_is_held_in_memory():
    """The same embedder does not even look on disk for what it has seen."""
    model = Counting()
    embedder = named(model)
    embedder(TEXTS)
    cache_file().unlink()
    embedder(TEXTS)
    assert len(model.asked) == 1


def test_a_model_is_not_loaded_for_what_is_kept():
    """Where every text is on disk, the model is never loaded: torch takes seconds."""
    named(Counting())(TEXTS)

    def load() -> Any:
        raise AssertionError("loaded")

    assert NamedEmbedder("test", "test:1", load)(TEXTS).shape == (3, 1024)


def test_texts_are_not_kept_on_disk():
    """The cache holds hashes and vectors: no prompt or response can be read from it."""
    named(Counting())(["a very private answer"])
    data = b"".join(path.read_bytes() for path in cache_file().parent.iterdir())
    assert b"private" not in data


@pytest.mark.parametrize("harm", ["garbage", "folder", "readonly"])
def test_a_broken_cache_never_fails_a_metric(harm: str, caplog: pytest.LogCaptureFixture):
    """No database, a folder in its place, a folder that cannot be made: said once, no more."""
    folder = cache_file().parent
    folder.mkdir(parents=True)
    if harm == "garbage":
        cache_file().write_bytes(b"this is no database" * 1000)
    elif harm == "folder":
        cache_file().mkdir()
    elif os.geteuid() == 0:
        folder.rmdir()
        folder.write_text("a file where the folder should be")
    else:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with caplog.at_level(logging.WARNING, logger="vs_magic"):
        for _ in range(2):
            assert named(Counting())(TEXTS).shape == (3, 1024)
    assert len(caplog.records) == 1
    said = "is begun anew" if harm == "garbage" else "the metrics go on without"
    assert said in caplog.text
    if folder.is_dir():
        folder.chmod(stat.S_IRWXU)


def test_a_row_that_somebody_else_wrote_is_made_anew():
    """Wrong bytes, a wrong length, a pickle: none is believed, none is unpickled."""
    named(Counting())(TEXTS)

    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    wrong = [b"\0" * 8, b"odd", np.ones(4, "<f4").tobytes(), pickle.dumps(Bomb()), "text", None]
    right = np.eye(1, 1024, dtype="<f4").tobytes()
    rows = [("<f4[2]", value) for value in wrong]
    rows += [(form, right) for form in ("<f4[512]", "<f8[512]", "json", "pickle", None)]
    for form, value in rows:
        with sqlite3.connect(cache_file()) as database:
            changed = database.execute("UPDATE kept SET value = ?, form = ?", (value, form))
            assert changed.rowcount == 2
        database.close()
        model = Counting()
        rows = named(model)(TEXTS)
        assert len(model.asked) == 1
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_rows_come_back_as_they_were(tmp_path: Path):
    """What is put is got, to the last bit; of another model or text there is nothing."""
    cache = Cache(tmp_path / "kept")
    rows = dict(zip(["a", "b"], get_embedder("lexical")(["a", "b"]), strict=True))
    cache.put("m", rows)
    found = cache.get("m", ["a", "b", "c"])
    assert set(found) == {"a", "b"}
    assert all((found[text] == rows[text]).all() for text in found)
    assert all(found[text].dtype == np.float32 for text in found)
    assert cache.get("other", ["a"]) == {}
    assert _key("m", "\ud800") != _key("m", "\udfff")


def test_letters_know_wording_and_need_nothing():
    """`lexical` is there without any download: alike wordings are near, others far."""
    same = semantic_diversity(["The cat sat", "the  cat sat"], embedder="lexical")
    near = semantic_diversity(["the cat sat", "the cat sits"], embedder="lexical")
    far = semantic_diversity(["the cat sat", "quick brown fox"], embedder="lexical")
    assert same == 0
    assert 0.05 < near < 0.6 < far


@pytest.mark.parametrize(
    ("embedder", "message"),
    [
        (3, "an embedder is a name, a folder or a function, not 3"),
        ("", "not an empty text"),
        ("text-embedding-3-small", "a hosted one is named litellm:text-embedding-3-small"),
        (Path("/nowhere"), "/nowhere holds no embedder"),
    ],
)
def test_what_is_no_embedder_is_refused(embedder: Any, message: str):
    """A wrong name or path is an OptionError that says what one is."""
    with pytest.raises(OptionError, match=message):
        get_embedder(embedder)


def test_a_folder_without_a_model_is_refused(tmp_path: Path):
    """A folder has to hold one of the two kinds."""
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(OptionError, match="holds no embedder: neither modules.json"):
        get_embedder(str(tmp_path))


def test_a_file_that_is_no_network_says_so(tmp_path: Path):
    """A broken model.onnx is a WeightsError with its path."""
    pytest.importorskip("onnxruntime")
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(WeightsError, match="model.onnx could not be loaded"):
        semantic_diversity(["a", "b"], embedder=tmp_path)


def test_a_provider_serves_its_prefix():
    """`register` makes `prefix:NAME` an embedder; what it returns is cached under that name."""
    model = Counting()
    names: list[str] = []

    def factory(name: str):
        names.append(name)
        return model

    metrics.register("ours", factory)
    try:
        for _ in range(2):
            semantic_diversity(TEXTS, embedder="ours:some-model")
        assert names == ["some-model"]
        assert len(model.asked) == 1
        with pytest.raises(OptionError, match="a prefix is a word without a colon"):
            metrics.register("a:b", factory)
    finally:
        embed._PROVIDERS.pop("ours")


def test_a_provider_that_is_not_there_says_so():
    """A prefix whose place holds nothing is refused with a way out."""
    embed._PROVIDERS["gone"] = "vs_magic.nowhere:embedder"
    try:
        with pytest.raises(OptionError, match="nothing provides gone: embedders here"):
            semantic_diversity(TEXTS, embedder="gone:model")
    finally:
        embed._PROVIDERS.pop("gone")


def test_memory_of_what_was_embedded_is_bounded():
    """Beyond what it holds, an embedder forgets and asks the disk, and is still right."""
    model = Counting()
    embedder = named(model)
    first = embedder([f"text {number}" for number in range(3)])
    embedder._held.update({f"held {n}": first[0] for n in range(embed._HOLD)})
    again = embedder(["text 1", "another"])
    assert len(embedder._held) == 2
    np.testing.assert_allclose(again[0], first[1], atol=1e-6)
    assert model.asked[1:] == [["another"]]


def test_weights_are_looked_up_where_they_are_fetched(fetched: dict[str, Any]):
    """The place that this floor knows by name exists; without weights it says what to do."""
    module, _, name = embed._WEIGHTS.partition(":")
    assert callable(getattr(importlib.import_module(module), name))
    pytest.importorskip("onnxruntime")
    with pytest.raises(WeightsError, match="vs-magic fetch minilm-onnx"):
        get_embedder("light")  # this test's own cache folder is empty


def test_without_weights_the_lexical_metrics_remain():
    """`choose` leaves semantic diversity out, and says in a line what to fetch or install."""
    choice = metrics.choose()
    assert choice.embedder is None
    assert choice.metrics == ("rouge-l", "distinct-2", "distinct-answers")
    assert choice.note.startswith("semantic diversity is left out, lexical metrics remain: ")
    assert "\n" not in choice.note
    assert "fetch" in choice.note or "pip install" in choice.note


def test_without_the_packages_the_pip_command_is_named():
    """Where neither extra is installed, the error names the light one's pip command."""
    code = (
        "import sys; sys.modules.update(onnxruntime=None, sentence_transformers=None)\n"
        "import importlib.util as u; real = u.find_spec\n"
        "from vs_magic.errors import MissingExtraError\n"
        "from vs_magic import metrics\n"
        "try: metrics.semantic_diversity(['a', 'b'])\n"
        "except MissingExtraError as error: print(error)\n"
        "print(metrics.choose().note)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.count('pip install "vs_magic[light]"') == 2, done.stderr


def test_a_missing_extra_is_an_import_error():
    """Whoever catches ImportError for an optional feature catches ours."""
    assert issubclass(MissingExtraError, ImportError)

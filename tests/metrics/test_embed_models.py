"""The real embedders, on real texts: MiniLM by ONNX and by sentence-transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vs_magic.metrics import get_embedder, semantic_diversity, vendi

SETS = {
    "one joke, reworded": [
        "Why did the coffee file a police report? It got mugged.",
        "Why did the coffee file a police report? Because it got mugged!",
        "Why did the coffee go to the police? It was mugged.",
        "Why did the espresso call the cops? Somebody mugged it.",
    ],
    "jokes about coffee": [
        "Why did the coffee file a police report? It got mugged.",
        "What do you call a sad cup of coffee? A depresso.",
        "How does a programmer drink coffee? He installs Java.",
        "My coffee and I have a bond. It's a strong brew-mance.",
        "I like my coffee how I like my mornings: later.",
    ],
    "first lines": [
        "A bird sang over the quiet lake at dawn, and nobody was there to hear it.",
        "The lighthouse keeper had not spoken to anyone in forty-one days.",
        "Every night at nine, the radio in the empty flat turned itself on.",
        "She folded the letter twice, burned it, and wrote it again.",
        "Between the two wars my grandfather sold umbrellas in Trieste.",
    ],
    "states": ["California", "Texas", "Montana", "Oregon", "Arizona", "Colorado"],
    "unlike things": [
        "The eigenvalues of a symmetric matrix are real.",
        "Fold the egg whites in gently, then bake for forty minutes.",
        "The striker missed an open goal in injury time.",
        "Photosynthesis stores the energy of light in sugar.",
        "His lease ends in June and the rent goes up again.",
    ],
}


@pytest.fixture
def light(fetched: dict[str, Path | str]) -> Any:
    """The ONNX embedder from fetched weights."""
    pytest.importorskip("onnxruntime")
    return get_embedder(_there(fetched, "minilm-onnx"))


@pytest.fixture
def reference(fetched: dict[str, Path | str]) -> Any:
    """The sentence-transformers embedder from fetched weights."""
    pytest.importorskip("sentence_transformers")
    return get_embedder(_there(fetched, "minilm"))


def _there(fetched: dict[str, Path | str], name: str) -> Path:
    found = fetched[name]
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.mark.local_model
def test_meaning_is_seen_by_the_light_embedder(light: Any):
    """Rewordings of one joke are nearer than jokes, and these nearer than unlike things."""
    found = [
        semantic_diversity(SETS[name], embedder=light)
        for name in ("one joke, reworded", "jokes about coffee", "unlike things")
    ]
    assert found == sorted(found)
    assert found[0] < 0.35 < found[1] < 0.75 < found[2]
    assert 1 < vendi(SETS["one joke, reworded"], embedder=light) < 3


@pytest.mark.local_model
def test_a_vector_does_not_depend_on_its_company(light: Any):
    """Alone, in any order, beside longer texts: a text has one vector, of length 1."""
    texts = [text for texts in SETS.values() for text in texts] + ["", " ", "word " * 500, "🙂"]
    model = light.load()
    together = model(texts)
    assert together.shape == (len(texts), 384)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(model(texts[::-1])[::-1], together, atol=2e-3)
    for text, row in list(zip(texts, together, strict=True))[::5]:
        np.testing.assert_allclose(model([text])[0], row, atol=2e-3)


@pytest.mark.local_model
def test_both_embedders_agree(light: Any, reference: Any):
    """Over five sets of texts, diversity by ONNX and by torch differs by less than 0.02.

    Measured with the 8-bit stand-in: 0.010 on single words, below 0.005 on sentences.
    """
    for name, texts in SETS.items():
        apart = semantic_diversity(texts, embedder=light) - semantic_diversity(
            texts, embedder=reference
        )
        assert abs(apart) < 0.02, (name, apart)


@pytest.mark.local_model
def test_long_texts_are_cut_alike(light: Any, reference: Any):
    """Both read the first 256 tokens: of texts that differ only later, the vectors are equal."""
    start = " ".join(SETS["first lines"] * 6)
    texts = [f"{start} and then a dog", f"{start} or else the sea"]
    for embedder in (light, reference):
        assert semantic_diversity(texts, embedder=embedder) == pytest.approx(0, abs=1e-6)
    short = " ".join(SETS["first lines"][:5] * 2)  # longer than 128 tokens, shorter than 256
    assert light([f"{short} and a dog"])[0] @ reference([f"{short} and a dog"])[0] > 0.98
    assert semantic_diversity([f"{short} dog", f"{short} sea"], embedder=light) > 1e-4

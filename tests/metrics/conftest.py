"""What the metrics' tests share: published data, unlike texts, embeddings kept out of the cache."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vs_magic.errors import WeightsError
from vs_magic.llm import weights
from vs_magic.metrics import embed

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def us_states() -> dict[str, Any]:
    """US states in RedPajama, and what two models answered (source: in the file)."""
    found: dict[str, Any] = json.loads((HERE / "us_states.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def fetched() -> dict[str, Path | str]:
    """Where fetched embedder weights are, by name; else the reason why they are not there."""

    def look(name: str) -> Path | str:
        try:
            return weights.path(name)
        except WeightsError as error:
            return str(error)

    return {name: look(name) for name in ("minilm", "minilm-onnx", "minilm-onnx-int8")}


@pytest.fixture(autouse=True)
def embeddings_of_this_test(
    fetched: dict[str, Path | str],  # looked up before the folder moves
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Every test starts with an empty cache of its own, and forgets what it loaded."""
    monkeypatch.setenv("VS_MAGIC_CACHE_DIR", str(tmp_path / "cache"))
    forget()
    yield
    forget()


def forget() -> None:
    """Forget the embedders that were loaded, with what they hold."""
    embed._named.cache_clear()
    embed._at_path.cache_clear()

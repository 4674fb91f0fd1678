"""Embedders: from texts to rows of unit length, by name, path or function.

| name | what it is |
|---|---|
| `auto` | the first of `minilm`, `light` that is installed and fetched |
| `minilm` | all-MiniLM-L6-v2 by sentence-transformers (extra `semantic`) |
| `light` | the same model by ONNX, without torch (extra `light`) |
| a folder | a sentence-transformers model, or one with `model.onnx` and `tokenizer.json` |
| `litellm:NAME` | a hosted model, such as `litellm:text-embedding-3-small` (the paper's) |
| `lexical` | hashed letters, for maps and tests without any model; it knows no meaning |
| any other | a sentence-transformers model of that name |

Values of different embedders cannot be compared. What was embedded is kept on disk, by model and
text; a function of your own is asked anew each time.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from vs_magic.errors import MissingExtraError, OptionError, VSError, WeightsError

Rows: TypeAlias = NDArray[np.float32]
Embedder: TypeAlias = Callable[[Sequence[str]], Rows]
"""From n texts to an array of shape (n, d), rows of unit length."""

_MINILM_NAMES = ("minilm", "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2")
_HUB_NAME = "sentence-transformers/all-MiniLM-L6-v2"
_HOLD = 20_000

# What lives beside this floor is known by its place only, and looked up when it is asked for:
# the metrics work without it, and `register` puts something else in its stead.
_PROVIDERS: dict[str, str | Callable[[str], Embedder]] = {
    "litellm": "vs_magic.llm.embeddings:embedder",
}
_WEIGHTS = "vs_magic.llm.weights:path"


@dataclass(eq=False, slots=True)
class NamedEmbedder:
    """An embedder with a name, that remembers what it embedded, here and on disk.

    The model is loaded when a text comes that it has not embedded before.

    Parameters
    ----------
    name
        What to call it beside its numbers.
    identity
        What tells its vectors from those of any other model.
    load
        Loads the embedder itself.
    """

    name: str
    identity: str
    load: Callable[[], Embedder] = field(repr=False)
    _model: Embedder | None = field(default=None, repr=False)
    _held: dict[str, Rows] = field(default_factory=dict, repr=False)

    def __call__(self, texts: Sequence[str]) -> Rows:
        """Embed texts; equal ones once, known ones not at all."""
        from vs_magic.metrics._embed_cache import Cache

        missing = [text for text in dict.fromkeys(texts) if text not in self._held]
        if missing:
            if len(self._held) + len(missing) > _HOLD:
                self._held.clear()
                missing = list(dict.fromkeys(texts))
            cache = Cache.of_user()
            self._held.update(cache.get(self.identity, missing))
            fresh = [text for text in missing if text not in self._held]
            size = getattr(self.model(), "batch", len(fresh)) if fresh else 1
            for start in range(0, len(fresh), size):  # what a batch cost is kept with it
                part = fresh[start : start + size]
                made = dict(zip(part, _checked(self.model(), part), strict=True))
                cache.put(self.identity, made)
                self._held.update(made)
        return np.stack([self._held[text] for text in texts])

    def model(self) -> Embedder:
        """Return the embedder itself, loaded the first time."""
        self._model = self._model or self.load()
        return self._model


def embed(texts: Sequence[str], embedder: str | Path | Embedder = "auto") -> Rows:
    """Embed texts, each different one once.

    Parameters
    ----------
    texts
        The texts.
    embedder
        A name, a folder, or a function.

    Returns
    -------
    ndarray
        Shape (texts, d), rows of unit length.

    Raises
    ------
    OptionError
        The name is unknown, or a function returned no proper rows.
    MissingExtraError
        It needs a package that is not installed.
    WeightsError
        Its weights are not here.
    """
    model = get_embedder(embedder)
    if not texts:
        return np.zeros((0, 0), dtype=np.float32)
    if isinstance(model, NamedEmbedder):
        return model(texts)
    different = list(dict.fromkeys(texts))
    rows = dict(zip(different, _checked(model, different), strict=True))
    return np.stack([rows[text] for text in texts])


def _checked(model: Embedder, texts: Sequence[str]) -> Rows:
    """Return a model's rows for texts, made unit length.

    Raises
    ------
    OptionError
        They are not one finite row, other than 0, for each text.
    """
    rows = np.asarray(model(texts), dtype=np.float32)
    if rows.ndim != 2 or len(rows) != len(texts):
        raise OptionError(
            f"the embedder must return one row for each of the {len(texts)} texts, "
            f"not an array of shape {rows.shape}"
        )
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
    wrong = np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))
    if len(wrong):
        raise OptionError(
            f"the embedder returned a row of length {lengths[wrong[0]]} for {texts[wrong[0]]!r:.80}"
        )
    return np.asarray(rows / lengths[:, None], dtype=np.float32)


def get_embedder(embedder: str | Path | Embedder = "auto") -> Embedder:
    """Find an embedder by name or path; a function is returned as it is.

    Raises
    ------
    OptionError
        The name or path is none.
    MissingExtraError
        It needs a package that is not installed; names the pip command.
    WeightsError
        Its weights are not here; names the command that fetches them.
    """
    if callable(embedder):
        return embedder
    if not isinstance(embedder, (str, Path)):
        raise OptionError(f"an embedder is a name, a folder or a function, not {embedder!r}")
    name = str(embedder).strip()
    if not name:
        raise OptionError("an embedder is a name, a folder or a function, not an empty text")
    if isinstance(embedder, Path) or Path(name).expanduser().is_dir():
        return _at_path(Path(name).expanduser().resolve())
    prefix, colon, rest = name.partition(":")
    if colon and isinstance(_PROVIDERS.get(prefix), str):  # its keys and servers may have changed
        return provided(name, _provided(prefix)(rest))
    return _named(name)


def provided(name: str, model: Embedder) -> NamedEmbedder:
    """Return a function as an embedder whose rows are kept on disk, under its `identity`.

    Parameters
    ----------
    name
        What to call it beside its numbers.
    model
        The function. It may have an `identity`, where its name does not tell its rows from those of
        any other, and a `batch`, the number of texts after which rows are kept.
    """
    return NamedEmbedder(name, str(getattr(model, "identity", name)), lambda: model)


def ready(embedder: str | Path | Embedder = "auto") -> tuple[Embedder | None, str]:
    """Return the embedder, or None and the line that says what to do to have one."""
    try:
        return get_embedder(embedder), ""
    except (MissingExtraError, WeightsError) as error:
        return None, str(error)


def prepare(embedder: str | Path | Embedder = "auto") -> None:
    """Load an embedder, so that what is missing is told now; a hosted one is sent nothing.

    Raises
    ------
    OptionError, MissingExtraError, WeightsError, ModelError
        It cannot be had: an unknown name, a package, weights or a key that is missing.
    """
    model = get_embedder(embedder)
    if isinstance(model, NamedEmbedder):
        model.model()
    else:
        embed(["a word"], model)


def register(prefix: str, factory: Callable[[str], Embedder]) -> None:
    """Make `prefix:NAME` an embedder: `factory(NAME)` returns it.

    Raises
    ------
    OptionError
        The prefix is empty or has a colon.
    """
    if not prefix or ":" in prefix:
        raise OptionError(f"a prefix is a word without a colon, not {prefix!r}")
    _PROVIDERS[prefix] = factory
    _named.cache_clear()


@lru_cache(maxsize=8)
def _named(name: str) -> Embedder:
    """Load an embedder by its name, once."""
    from vs_magic.metrics import _embedders

    prefix, colon, rest = name.partition(":")
    if colon and prefix in _PROVIDERS:
        return NamedEmbedder(name, name, partial(_provided(prefix), rest))
    if name == "auto":
        return _auto()
    if name in ("light", "minilm-onnx", "onnx"):
        _need("light", "onnxruntime", "tokenizers")
        return _at_path(_weights("minilm-onnx"))
    if name == "lexical":
        return _embedders.lexical
    if name.startswith("text-embedding-"):
        raise OptionError(f"unknown embedder {name!r}: a hosted one is named litellm:{name}")
    _need("semantic", "sentence_transformers")
    if name in _MINILM_NAMES:
        try:
            return _at_path(_weights("minilm"))
        except WeightsError:
            if name == "minilm" and not _in_hub_cache():
                raise
            name = _HUB_NAME
    load = partial(_embedders.transformer, name)
    return NamedEmbedder(name, f"sentence-transformers:{name}", load)


@lru_cache(maxsize=8)
def _at_path(path: Path) -> Embedder:
    """Load an embedder from its folder, once."""
    from vs_magic.metrics import _embedders

    onnx = next((p for p in (path / "model.onnx", path / "onnx/model.onnx") if p.is_file()), None)
    if onnx is not None and (path / "tokenizer.json").is_file():
        _need("light", "onnxruntime", "tokenizers")
        return NamedEmbedder(
            path.name,
            _identity("onnx", onnx),
            partial(_embedders.onnx, onnx, path / "tokenizer.json"),
        )
    if (path / "modules.json").is_file():
        _need("semantic", "sentence_transformers")
        weights = next(iter(sorted(path.glob("*.safetensors"))), path / "modules.json")
        return NamedEmbedder(
            path.name,
            _identity("sentence-transformers", weights),
            partial(_embedders.transformer, str(path)),
        )
    raise OptionError(
        f"{path} holds no embedder: neither modules.json (sentence-transformers) "
        "nor model.onnx with tokenizer.json"
    )


def _identity(kind: str, file: Path) -> str:
    """Tell one file of weights from another: by place, size and time."""
    seen = file.stat()
    return f"{kind}:{file}:{seen.st_size}:{seen.st_mtime_ns}"


def _auto() -> Embedder:
    """Return the first embedder that is installed and fetched."""
    missing: list[VSError] = []
    for name in ("minilm", "light"):
        try:
            return _named(name)
        except (MissingExtraError, WeightsError) as error:
            missing.append(error)
    # Where a package is there and only weights are not, fetching is the shorter way.
    fetch = [error for error in missing if isinstance(error, WeightsError)]
    raise fetch[-1] if fetch else MissingExtraError("semantic diversity", "light")


def _need(extra: str, *modules: str) -> None:
    if any(importlib.util.find_spec(module) is None for module in modules):
        raise MissingExtraError(f"the embedder of the extra {extra!r}", extra)


def _weights(name: str) -> Path:
    return cast("Path", _look_up(_WEIGHTS)(name))


def _in_hub_cache() -> bool:
    """Whether sentence-transformers has fetched MiniLM for somebody before."""
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(_HUB_NAME, "modules.json"), str)


def _provided(prefix: str) -> Callable[[str], Embedder]:
    known = _PROVIDERS[prefix]
    if not isinstance(known, str):
        return known
    try:
        return cast("Callable[[str], Embedder]", _look_up(known))
    except ModuleNotFoundError as error:
        raise OptionError(
            f"nothing provides {prefix}: embedders here ({error}); pass a function instead"
        ) from None


def _look_up(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)

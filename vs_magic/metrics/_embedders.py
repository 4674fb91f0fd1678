"""The models behind the embedders' names; each loads what is heavy when it is made."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vs_magic.errors import WeightsError

Rows = NDArray[np.float32]

_LONGEST = 256  # tokens, as sentence-transformers cuts MiniLM's input
_BATCH = 32
_WIDTH = 1024


def transformer(name: str) -> Callable[[Sequence[str]], Rows]:
    """Load a sentence-transformers model, by name or folder.

    Raises
    ------
    WeightsError
        There is none, or it cannot be fetched.
    """
    from sentence_transformers import SentenceTransformer

    try:
        with _no_progress_bar():
            model = SentenceTransformer(name)
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise WeightsError(
            f"{name!r} could not be loaded by sentence-transformers: {reason[:300]} "
            "(a hosted model is named litellm:NAME)"
        ) from error

    def embed(texts: Sequence[str]) -> Rows:
        rows = model.encode(
            list(texts),
            batch_size=_BATCH,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(rows, dtype=np.float32)

    return embed


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    """Keep transformers from drawing a bar for weights that load in a second."""
    from transformers.utils import logging as their_logging

    logging: Any = their_logging
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def onnx(model: Path, tokenizer: Path) -> Callable[[Sequence[str]], Rows]:
    """Load a sentence embedder from ONNX: mean over the tokens, unit length.

    Parameters
    ----------
    model
        The network: token numbers and their mask to one vector a token (or one a text).
    tokenizer
        The `tokenizer.json` that goes with it.

    Raises
    ------
    WeightsError
        A file is not what it should be.
    """
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: the rest is about devices that are not there
    try:
        session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        encoder = Tokenizer.from_file(str(tokenizer))
    except Exception as error:  # both libraries raise bare Exception for a broken file
        raise WeightsError(f"{model} could not be loaded: {error}") from error
    # The file's own setting cuts at 128 tokens and pads all texts to that.
    encoder.enable_truncation(_LONGEST)
    encoder.no_padding()
    wanted = {given.name for given in session.get_inputs()}

    def embed(texts: Sequence[str]) -> Rows:
        encoded = [each.ids for each in encoder.encode_batch(list(texts))]
        # Texts of one length go together: nothing is padded, so that a vector depends on its text
        # alone and not on its company.
        order = sorted(range(len(texts)), key=lambda i: len(encoded[i]))
        rows: dict[int, NDArray[np.float32]] = {}
        for batch in _batches(order, encoded):
            ids = np.array([encoded[i] for i in batch], dtype=np.int64)
            vectors = _run(session, ids, wanted)
            rows.update(zip(batch, vectors, strict=True))
        return np.stack([rows[i] for i in range(len(texts))])

    return embed


def _batches(order: Sequence[int], encoded: Sequence[Sequence[int]]) -> list[list[int]]:
    """Put texts of equal length together, not more than a batch of them."""
    batches: list[list[int]] = []
    for i in order:
        last = batches[-1] if batches else None
        if last and len(last) < _BATCH and len(encoded[last[0]]) == len(encoded[i]):
            last.append(i)
        else:
            batches.append([i])
    return batches


def _run(session: Any, ids: NDArray[np.int64], wanted: set[str]) -> Rows:
    given = {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids),
        "token_type_ids": np.zeros_like(ids),
    }
    found = np.asarray(
        session.run(None, {name: array for name, array in given.items() if name in wanted})[0]
    )
    pooled = found.mean(axis=1) if found.ndim == 3 else found
    return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), dtype=np.float32)


def lexical(texts: Sequence[str]) -> Rows:
    """Embed by letters: runs of two to four, hashed; it knows wording and no meaning.

    >>> rows = lexical(["the cat sat", "The cat sat", "dogs bark"])
    >>> bool(rows[0] @ rows[1] > 0.999), bool(rows[0] @ rows[2] < 0.5)
    (True, True)
    """
    rows = np.zeros((len(texts), _WIDTH), dtype=np.float64)
    for row, text in zip(rows, texts, strict=True):
        marked = f"\x02{' '.join(text.casefold().split())}\x03"
        hashes = [
            zlib.crc32(marked[start : start + size].encode("utf-8", "surrogatepass"))
            for size in (2, 3, 4)
            for start in range(len(marked) - size + 1)
        ]
        np.add.at(row, np.array(hashes) % _WIDTH, 1.0)
    # A square root keeps a letter that is everywhere from drowning the rest.
    rooted = np.sqrt(rows)
    return np.asarray(rooted / np.linalg.norm(rooted, axis=1, keepdims=True), dtype=np.float32)

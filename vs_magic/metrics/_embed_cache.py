"""Embeddings on disk, by model and text: they cost time or money, and never change.

A row is kept as its numbers, with their type and shape beside them. A cache that is broken, full,
locked or read-only never fails a metric; it is logged once.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vs_magic.files import cache_dir
from vs_magic.store.store import Kept, Store

Rows = NDArray[np.float32]

FOLDER = "embeddings"
LIMIT = 512 * 1024 * 1024
_TYPE = "<f4"
_log = logging.getLogger("vs_magic")


class Cache:
    """Embeddings in a folder.

    Parameters
    ----------
    folder
        Where; it is made when something is first looked up.
    """

    def __init__(self, folder: Path) -> None:
        self.store = Store(
            folder,
            limit=LIMIT,
            what="embeddings",
            without="the metrics go on without",
            tell=_warn,
        )

    @staticmethod
    def of_user() -> Cache:
        """Return the cache of this user: in `VS_MAGIC_CACHE_DIR`, or the usual place."""
        return _cache(cache_dir() / FOLDER)

    def get(self, model: str, texts: Sequence[str]) -> dict[str, Rows]:
        """Return the rows that are kept, by text."""
        keys = {_key(model, text): text for text in texts}
        found: dict[str, Rows] = {}
        for key, kept in self.store.get(list(keys)).items():
            row = _row(kept)
            if row is not None:
                found[keys[key]] = row
        return found

    def put(self, model: str, rows: Mapping[str, Rows]) -> None:
        """Keep rows, by text."""
        self.store.put(model, {_key(model, text): _kept(row) for text, row in rows.items()})


@lru_cache
def _warn(line: str) -> None:  # once
    _log.warning("%s", line)


@lru_cache(maxsize=8)
def _cache(folder: Path) -> Cache:
    return Cache(folder)


def _kept(row: Rows) -> Kept:
    return f"{_TYPE}{list(row.shape)}", np.asarray(row, dtype=_TYPE).tobytes()


def _row(kept: Kept) -> Rows | None:
    """Return a row of unit length; None for one of the wrong kind, which is made anew."""
    form, value = kept
    if not isinstance(value, bytes) or len(value) % 4 or form != f"{_TYPE}[{len(value) // 4}]":
        return None
    row = np.frombuffer(value, dtype=_TYPE).astype(np.float32)
    return row if np.isfinite(row).all() and abs(row @ row - 1) < 1e-3 else None


def _key(model: str, text: str) -> str:
    """Return a key of fixed length; texts are not kept."""
    data = f"{model}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()

"""Embeddings on disk, by model and text: they cost time or money, and never change.

`diskcache` brings what two kernels at once need: SQLite, transactions, eviction. Its usual way to
keep values is pickle and files of its own; `_BytesDisk` keeps plain bytes inside the database
instead, so that a row which somebody else wrote is at worst a wrong number of bytes.

A cache that is broken, full, locked or read-only never fails a metric: it is left alone, which is
logged once.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import diskcache
import numpy as np
import platformdirs
from numpy.typing import NDArray

Rows = NDArray[np.float32]

LIMIT = 512 * 1024 * 1024
_RAW = 1  # diskcache's mark of a value that stands in the row itself
_BUSY_S = 5.0

# What SQLite, diskcache and a file that anybody may have written can raise. diskcache reads its
# settings from that file and trusts their types, hence the last four.
_TROUBLES = (
    sqlite3.Error,
    OSError,
    diskcache.Timeout,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
)
_log = logging.getLogger("vs_magic")


class _BytesDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache has no types
    """Keys are text and values bytes, in the row: nothing is unpickled, no file is touched."""

    def put(self, key: str) -> tuple[str, bool]:
        """Return a key as the database keeps it."""
        return key, True

    def get(self, key: Any, raw: Any) -> str:
        """Return a key as the database has it."""
        return key if raw and isinstance(key, str) else ""

    def store(
        self,
        value: bytes,
        read: Any,  # noqa: ARG002 - diskcache passes them
        key: Any = None,  # noqa: ARG002
    ) -> tuple[int, int, None, bytes]:
        """Return a value as the database keeps it: size of a file, mode, file, value."""
        return len(value), _RAW, None, value

    def fetch(self, mode: Any, filename: Any, value: Any, read: Any) -> bytes:  # noqa: ARG002
        """Return a value as the database has it; b"" for one that we did not write."""
        return value if mode == _RAW and filename is None and isinstance(value, bytes) else b""

    def remove(self, file_path: Any) -> None:
        """Delete no file: none was written, whatever the row says."""


class Cache:
    """Embeddings in a folder.

    Parameters
    ----------
    folder
        Where; it is made when something is first kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: Any = None
        self._broken = False

    @staticmethod
    def of_user() -> Cache:
        """Return the cache of this user: in `VS_MAGIC_CACHE_DIR`, or the usual place."""
        named = os.environ.get("VS_MAGIC_CACHE_DIR")
        base = Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("vs_magic"))
        return _cache(base / "embeddings")

    def get(self, model: str, texts: Sequence[str]) -> dict[str, Rows]:
        """Return the rows that are kept, by text."""
        found: dict[str, Rows] = {}
        try:
            cache = self._open()
            for text in texts if cache is not None else ():
                kept = cache.get(_key(model, text))
                row = np.frombuffer(kept, dtype="<f4") if kept else np.zeros(0)
                # A row of the wrong kind is made anew.
                if len(row) and np.isfinite(row).all() and abs(row @ row - 1) < 1e-3:
                    found[text] = row.astype(np.float32)
        except _TROUBLES as error:
            self._give_up(error)
        return found

    def put(self, model: str, rows: Mapping[str, Rows]) -> None:
        """Keep rows, by text."""
        try:
            cache = self._open()
            if cache is None:
                return
            with cache.transact(retry=False):
                for text, row in rows.items():
                    cache.set(_key(model, text), np.asarray(row, dtype="<f4").tobytes())
        except _TROUBLES as error:
            self._give_up(error)

    def _open(self) -> Any:
        if self._opened is None and not self._broken:
            self._opened = diskcache.Cache(
                str(self.folder), disk=_BytesDisk, size_limit=LIMIT, timeout=_BUSY_S
            )
        return self._opened

    def _give_up(self, error: Exception) -> None:
        if not self._broken:
            _log.warning(
                "embeddings are not kept: %s is unusable (%s); the metrics go on without",
                self.folder,
                error or type(error).__name__,
            )
        self._broken, self._opened = True, None


@lru_cache(maxsize=8)
def _cache(folder: Path) -> Cache:
    return Cache(folder)


def _key(model: str, text: str) -> str:
    """Return a key of fixed length; texts are not kept."""
    data = f"{model}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()

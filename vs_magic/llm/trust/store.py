"""Replies on disk, kept as JSON text: what the cache is made of. It never raises.

`diskcache` brings what two kernels at once need: SQLite in WAL mode, transactions, eviction. Its
usual way to keep values is pickle, and a row in its file may name any file to read or to delete;
`_TextDisk` puts plain text inside the database in place of all that, so that a row which somebody
else wrote can at worst be no reply.

One daemon thread does the work, in order, with one connection. So a slow or locked disk never
holds up the event loop, and an interrupt never waits for it.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import diskcache

from vs_magic.llm.files import reason
from vs_magic.llm.request import Reply
from vs_magic.llm.trust import wire
from vs_magic.llm.trust.notices import Notices
from vs_magic.llm.trust.worker import Worker

T = TypeVar("T")

BUSY_S = 1.0
"""How long another kernel may hold the database before a write is given up."""

REST_S = 10.0
"""How long nothing is written after that, so that calls do not queue up behind the disk."""

LARGEST_SHARE = 20
"""A reply that takes more than this part of the limit is not kept: it would push out the others."""

DATABASE = "cache.db"
_SIDE_FILES = ("", "-wal", "-shm", "-journal")
_RAW = 1  # diskcache's mark of a value that stands in the row itself

_SETTINGS = {
    "eviction_policy": "least-recently-stored",  # reading then writes nothing
    "cull_limit": 10,
    "statistics": 0,
    "tag_index": 0,
    "sqlite_auto_vacuum": 1,
    "sqlite_journal_mode": "wal",
    "sqlite_mmap_size": 0,  # a mapped file that another process cuts short ends this one
    "sqlite_synchronous": 1,
}

# What SQLite, diskcache and a file that anybody may have written can raise: diskcache reads its
# own settings from that file and trusts their kinds, hence the last four.
_TROUBLES = (
    sqlite3.Error,
    OSError,
    diskcache.Timeout,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
)


class _TextDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache has no types
    """Keys and values are text in the row: nothing is unpickled, no file is opened or deleted."""

    def put(self, key: str) -> tuple[str, bool]:
        """Return a key as the database keeps it."""
        return key, True

    def get(self, key: Any, raw: Any) -> str:
        """Return a key as the database has it; "" for one that we did not write."""
        return key if raw and isinstance(key, str) else ""

    def store(self, value: str, read: Any, key: Any = None) -> tuple[int, int, None, str]:  # noqa: ARG002
        """Return a value as the database keeps it: bytes in a file, mode, file, value."""
        return 0, _RAW, None, value

    def fetch(self, mode: Any, filename: Any, value: Any, read: Any) -> str:  # noqa: ARG002
        """Return a value as the database has it; "" for one that we did not write."""
        return value if mode == _RAW and filename is None and isinstance(value, str) else ""

    def remove(self, file_path: Any) -> None:
        """Delete no file: none was written, whatever the row says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What is on disk.

    `size` and `limit` are in bytes; `trouble` is what keeps the store from working, or "".
    """

    folder: Path
    entries: int = 0
    size: int = 0
    limit: int
    trouble: str = ""


class Store:
    """Replies on disk by key.

    Parameters
    ----------
    folder
        Where; made when the first reply is looked up, for its owner only.
    limit
        The most bytes that it may take; beyond them, what was stored longest ago goes first.
    notices
        Told once of each trouble; whoever asks goes on without the store.
    """

    def __init__(self, folder: Path, *, limit: int, notices: Notices) -> None:
        self.folder, self.limit = folder, limit
        self._notices = notices
        self._worker = Worker("vs_magic-cache")
        self._cache: Any = None
        self._trouble = ""
        self._rests_until = 0.0
        atexit.register(self.close)

    def get(self, key: str) -> Future[Reply | None]:
        """Look a reply up: as it was when it came, or None."""
        return self._do(functools.partial(self._get, key), None)

    def put(self, key: str, reply: Reply) -> Future[bool]:
        """Keep a reply; False where that was not possible."""
        return self._do(functools.partial(self._put, key, reply), False)

    def clear(self, model: str | None = None) -> int:
        """Forget the replies of one model, or all of them; return how many.

        Without a model, a database that cannot be read is replaced by a new one.
        """
        return self._do(functools.partial(self._clear, model), 0).result()

    def replies(self) -> list[Reply]:
        """Return every reply that is kept, oldest first."""
        found: list[Reply] = []
        return self._do(self._all, found).result()

    def info(self) -> Info:
        """Return where the replies are kept, how many, and how much they take."""
        empty = Info(folder=self.folder, limit=self.limit, size=_size(self.folder))
        if not (self.folder / DATABASE).exists() and not self._trouble:
            return empty
        count = self._do(lambda: len(self._open()), None).result()
        if count is None:
            return replace(empty, trouble=self._trouble or "another kernel keeps it busy")
        return replace(empty, entries=count)

    def close(self) -> None:
        """Finish what is under way and close the database; the next call opens it again."""
        self._worker.stop(self._close)

    def _do(self, job: Callable[[], T], otherwise: T) -> Future[T]:
        def safely() -> T:
            try:
                return job()
            except _TROUBLES as error:
                self._tell(error)
                return otherwise

        return self._worker.submit(safely)

    def _tell(self, error: Exception) -> None:
        """Say what is wrong, once; without it, a cell goes on all the same."""
        if isinstance(error, diskcache.Timeout):
            self._rests_until = time.monotonic() + REST_S
            why, advice = "another kernel keeps it busy", "this passes"
        else:
            why = self._trouble or reason(error)
            advice = "%vs_cache --clear makes a new one, if the disk allows it"
        self._notices.say(
            f"the cache of replies in {self.folder} does not work ({why}): calls go on without "
            f"it and are paid for each time; {advice}"
        )

    def _open(self) -> Any:
        """Return the database, opened; where that failed before, it is not tried again."""
        if self._trouble:
            raise OSError(self._trouble)
        if self._cache is None:
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._cache = diskcache.Cache(
                    str(self.folder),
                    timeout=BUSY_S,
                    disk=_TextDisk,
                    size_limit=self.limit,
                    **_SETTINGS,
                )
            except _TROUBLES as error:
                self._trouble = reason(error)
                raise
        return self._cache

    def _get(self, key: str) -> Reply | None:
        text = self._open().get(key)
        if not text:
            return None
        try:
            return wire.call_from_json(wire.loads(text))
        except ValueError:  # written by someone else, or by another version: ask anew
            return None

    def _put(self, key: str, reply: Reply) -> bool:
        text = wire.dumps(wire.call_as_json(reply))
        if len(text) > self.limit // LARGEST_SHARE or time.monotonic() < self._rests_until:
            return False
        return bool(self._open().set(key, text, tag=reply.request.model))

    def _all(self) -> list[Reply]:
        cache = self._open()
        found = (self._get(key) for key in cache if key)
        return [reply for reply in found if reply is not None]

    def _clear(self, model: str | None) -> int:
        if model is not None:
            return int(self._open().evict(model))
        try:
            return int(self._open().clear())
        except _TROUBLES:
            self._close()
            for ending in _SIDE_FILES:
                (self.folder / f"{DATABASE}{ending}").unlink(missing_ok=True)
            self._trouble = ""
            self._notices.forget()
            self._open()
            return 0

    def _close(self) -> None:
        cache, self._cache = self._cache, None
        if cache is not None:
            with contextlib.suppress(*_TROUBLES):
                cache.close()


def _size(folder: Path) -> int:
    """The bytes that the database and its side files take."""
    sizes = []
    for ending in _SIDE_FILES:
        with contextlib.suppress(OSError):
            sizes.append((folder / f"{DATABASE}{ending}").stat().st_size)
    return sum(sizes)

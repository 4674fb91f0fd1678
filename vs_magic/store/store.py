"""A store: values on disk by key. No disk makes it raise, and several kernels may share one.

Nothing is unpickled and no file is opened or deleted because a row says so: a row that somebody
else wrote is at worst a value that whoever asks does not accept. All stores of a process take
turns. Before a fork each file is closed, since a connection must not be used on both sides.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias, TypeVar

from vs_magic.files import reason
from vs_magic.store import opening

T = TypeVar("T")

REST_S = 10.0  # how long nothing is written after a failure: nobody queues up behind the disk
LARGEST_SHARE = 20  # a value of more than this part of the limit would push out the others
TOUCH_S = 3600  # how much later a value is read again for that to be written down

_BATCH = 500
_TROUBLES = (sqlite3.Error, OSError, ValueError)

Kept: TypeAlias = tuple[str, str | bytes]
"""A value, and before it how to read it: "json", or the type and shape of numbers."""


class Info(NamedTuple):
    """Values that are kept, bytes on disk, and what keeps the store from working, or ""."""

    entries: int
    size: int
    trouble: str


class Store:
    """Values by key, in a folder made for its owner only, when something is first looked up.

    It takes `limit` bytes at most; beyond them, what was used longest ago goes first. `what` it
    keeps and what happens where it does not work (`without`) are for messages. `tell` is told of
    each trouble; whoever asks goes on without the store.
    """

    def __init__(
        self, folder: Path, *, limit: int, what: str, without: str, tell: Callable[[str], None]
    ) -> None:
        self.folder, self.limit = folder, limit
        self._name, self._without, self._tell = f"the cache of {what} in {folder}", without, tell
        self._trouble = ""
        self._opened: sqlite3.Connection | None = None
        self._writable = False
        self._identity: tuple[int, int] | None = None
        self._rests_until = 0.0
        self._read: set[str] = set()
        _stores.append(self)

    def get(self, keys: Sequence[str]) -> dict[str, Kept]:
        """Return the values that are kept, by key."""

        def read(database: sqlite3.Connection) -> dict[str, Kept]:
            found: dict[str, Kept] = {}
            old = time.time() - TOUCH_S
            for start in range(0, len(keys), _BATCH):
                batch = keys[start : start + _BATCH]
                some = f"key IN ({','.join('?' * len(batch))})"
                query = f"SELECT key, form, value, used FROM kept WHERE {some}"  # noqa: S608
                for key, form, value, used in database.execute(query, batch):
                    found[key] = form, value
                    if used < old:
                        self._read.add(key)
            return found

        return self._do(read, {})

    def put(self, model: str, values: Mapping[str, Kept]) -> bool:
        """Keep values of a model, by key; False where that was not possible."""
        largest, now = self.limit // LARGEST_SHARE, int(time.time())
        rows = [(k, model, *v, now) for k, v in values.items() if len(v[1]) <= largest]
        if not rows or time.monotonic() < self._rests_until:
            return False

        def write(database: sqlite3.Connection) -> bool:
            with self._writing(database):
                database.executemany("REPLACE INTO kept VALUES (?, ?, ?, ?, ?)", rows)
                _make_room(database, self.limit)
            return len(rows) == len(values)

        return self._do(write, otherwise=False, failing="keeps nothing new")

    def clear(self, model: str | None = None) -> int:
        """Forget the values of one model, or all and what was set aside; return how many.

        Raises
        ------
        OSError
            That was not possible.
        """

        def forget(database: sqlite3.Connection) -> int:
            query = "DELETE FROM kept WHERE ?1 IS NULL OR model = ?1"
            with self._writing(database):
                gone = database.execute(query, (model,)).rowcount
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return gone

        count = self._do(forget, 0) if opening.identity(self.folder) else 0
        if self._trouble:
            raise OSError(self._trouble)
        if model is None:
            (self.folder / opening.SET_ASIDE).unlink(missing_ok=True)
        return count

    def values(self) -> list[Kept]:
        """Return every value, the one stored longest ago first."""
        query = "SELECT form, value FROM kept ORDER BY rowid"
        return self._do(lambda database: database.execute(query).fetchall(), [])

    def info(self) -> Info:
        """Return how much is kept; nothing is made for it."""

        def look(database: sqlite3.Connection) -> tuple[int, int]:
            count = database.execute("SELECT count(*) FROM kept").fetchone()[0]
            return count, sum(f.stat().st_size for f in self.folder.glob(f"{opening.DATABASE}*"))

        entries, size = self._do(look, (0, 0)) if opening.identity(self.folder) else (0, 0)
        aside = opening.HOW_TO_REMOVE if (self.folder / opening.SET_ASIDE).exists() else ""
        return Info(entries, size, self._trouble or aside)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with _turn:
            database, self._opened = self._opened, None
            if database is not None:
                with contextlib.suppress(*_TROUBLES):
                    if self._read:
                        with self._writing(database):
                            pass
                database.close()

    def _do(
        self, job: Callable[[sqlite3.Connection], T], otherwise: T, failing: str = "does not work"
    ) -> T:
        """Do a job with the database; where that is not possible, say so."""
        with _turn:
            try:
                if self._opened and opening.identity(self.folder) != self._identity:
                    self.close()  # another one took its place
                if self._opened is None:
                    self._writable, self._identity = True, opening.identity(self.folder)
                    self._opened, self._writable = opening.open_database(self.folder)
                    if opening.close_to_others(self.folder) and self._identity:
                        self._tell(f"{self._name} was open to other users: now it is yours alone")
                    self._identity = opening.identity(self.folder)
                done = job(self._opened)
            except _TROUBLES as error:
                self._read.clear()
                self.close()
                self._rests_until = time.monotonic() + REST_S
                busy = opening.is_busy(error)
                self._trouble = "another kernel keeps it busy" if busy else reason(error)
                if not (opening.is_damaged(error) and self._writable and self._set_aside()):
                    self._tell(f"{self._name} {failing} ({self._trouble}): {self._without}")
                return otherwise
            self._trouble = ""
            return done

    @contextlib.contextmanager
    def _writing(self, database: sqlite3.Connection) -> Iterator[None]:
        """Write all or nothing, and with it what was read: so that it is not the next to go."""
        with database:
            database.execute("BEGIN IMMEDIATE")
            rows = [(int(time.time()), key) for key in self._read]
            database.executemany("UPDATE kept SET used = ? WHERE key = ?", rows)
            yield
        self._read.clear()

    def _set_aside(self) -> bool:
        """Make way for a new file, unless another kernel has; False where that is not possible."""
        try:
            if opening.identity(self.folder) == self._identity:
                opening.set_aside(self.folder)
        except OSError:
            return False
        self._tell(f"{self._name} is begun anew ({self._trouble}); {opening.HOW_TO_REMOVE}")
        self._trouble, self._rests_until = "", 0.0
        return True


def _make_room(database: sqlite3.Connection, limit: int) -> None:
    """Forget what was used longest ago until the rest is within the limit."""
    oldest = "rowid IN (SELECT rowid FROM kept ORDER BY used, rowid LIMIT 10)"
    gone = 1
    while gone:
        pages, free, page = opening.pragmas(database, "page_count", "freelist_count", "page_size")
        if (pages - free) * page <= limit:
            break
        gone = database.execute(f"DELETE FROM kept WHERE {oldest}").rowcount  # noqa: S608


def _close_all() -> None:
    for store in _stores:
        store.close()


def _before_fork() -> None:
    _turn.acquire()
    _close_all()


_turn = threading.RLock()
_stores: list[Store] = []
atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_turn.release, after_in_child=_turn.release
    )

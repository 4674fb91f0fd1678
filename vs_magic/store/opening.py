"""The file of a store: made, opened for writing or only for reading, set aside, removed."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

DATABASE = "store.db"
SET_ASIDE = "store.db.broken"
HOW_TO_REMOVE = f"a damaged file is set aside as {SET_ASIDE}, and %vs_cache --clear removes it"
_USERS = hasattr(os, "getuid")  # Windows keeps rights otherwise
_ELSEWHERE = "set VS_MAGIC_CACHE_DIR to a folder of your own"
BUSY_S = 1.0  # how long another kernel may hold the file before one gives up
VERSION = 1  # of the table below, in the file's `user_version`
_OURS = 0x76736D67  # "vsmg", in the file's `application_id`
_TABLE = f"""
    CREATE TABLE kept (key TEXT PRIMARY KEY, model TEXT, form TEXT, value BLOB, used INTEGER);
    CREATE INDEX kept_used ON kept (used);
    PRAGMA application_id = {_OURS};
    PRAGMA user_version = {VERSION};
"""
_SETTINGS = """
    PRAGMA trusted_schema = OFF; -- a trigger that somebody else wrote calls nothing
    PRAGMA mmap_size = 0; -- a mapped file that another process cuts short ends this one
    PRAGMA secure_delete = FAST; -- what is cleared cannot be found in the file
    PRAGMA journal_size_limit = 4000000;
    PRAGMA synchronous = NORMAL;
"""
_NETWORK = ("nfs", "cifs", "smb", "ceph", "lustre", "gpfs", "beegfs", "afs", "9p", "fuse.")


def open_database(folder: Path) -> tuple[sqlite3.Connection, bool]:
    """Open the database of a folder, made where there is none; return it and whether it can write.

    Where nothing can be written (rights, a full disk) what is kept can still be read.

    Raises
    ------
    OSError
        It cannot be made, or it is a newer version's, another program's or another user's.
    sqlite3.Error
        It cannot be opened.
    """
    path = folder / DATABASE
    _check_owners(folder, path)
    if not path.exists():
        _make(path)
    if os.access(path, os.W_OK) and os.access(folder, os.W_OK):
        try:
            return _opened(path, "rw"), True
        except sqlite3.OperationalError as error:
            if is_busy(error):
                raise
    try:
        return _opened(path, "ro"), False
    except sqlite3.OperationalError:  # not even a side file can be made
        return _opened(path, "ro&immutable=1"), False


def is_busy(error: Exception) -> bool:
    """Whether another kernel is in the way."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)


def is_damaged(error: Exception) -> bool:
    """Whether the file is no database, or one with holes: other errors have their own classes."""
    return type(error) is sqlite3.DatabaseError


def identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder's database from one made later under its name; None: no file."""
    with contextlib.suppress(OSError):
        stat = os.stat(f"{folder}/{DATABASE}")  # noqa: PTH116 - for each call, so no path is made
        return stat.st_dev, stat.st_ino
    return None


def pragmas(database: sqlite3.Connection, *names: str) -> list[int]:
    """Return numbers that SQLite tells of a database."""
    return [database.execute(f"PRAGMA {name}").fetchone()[0] for name in names]


def set_aside(folder: Path) -> None:
    """Give a damaged database another name, in place of the one set aside before."""
    for side in folder.glob(f"{DATABASE}-*"):  # or a new database would take them for its own
        side.unlink(missing_ok=True)
    (folder / DATABASE).replace(folder / SET_ASIDE)


def remove_old(folder: Path) -> bool:
    """Remove what earlier versions kept with `diskcache`; return whether there was something.

    It is known by its tables. No value had a file of its own: nothing else is touched.
    """
    path = folder / "cache.db"
    with contextlib.suppress(sqlite3.Error, OSError):
        if path.is_file() and not path.is_symlink():
            with contextlib.closing(_connect(path, "ro")) as database:
                tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
            if tables >= {"Cache", "Settings"}:
                for ending in ("", "-wal", "-shm", "-journal"):
                    (folder / f"cache.db{ending}").unlink(missing_ok=True)
                return True
    return False


def close_to_others(folder: Path) -> bool:
    """Have a folder be its owner's alone; return whether it was open until now.

    Raises
    ------
    OSError
        It stays open.
    """
    stat = folder.stat()
    if not _USERS or stat.st_uid != os.getuid() or not stat.st_mode & 0o077:
        return False
    folder.chmod(stat.st_mode & 0o700)
    if folder.stat().st_mode & 0o077:
        raise OSError(f"{folder} is open to other users, and stays so: {_ELSEWHERE}")
    return True


def on_network(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Whether a folder lies on a network file system, as far as Linux's table of mounts tells."""
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return False
    mounted = (line.split()[1:3] for line in lines)
    over = [(len(at), kind) for at, kind in mounted if folder.resolve().is_relative_to(at)]
    return bool(over) and max(over)[1].startswith(_NETWORK)


def _check_owners(*paths: Path) -> None:
    """Refuse what another user can write; the system's own (root's) is as good as one's own."""
    for path in paths if _USERS else ():
        with contextlib.suppress(FileNotFoundError):
            stat = path.stat()
            if stat.st_uid != os.getuid() and (stat.st_uid or stat.st_mode & 0o022):
                raise OSError(f"{path} can be written by other users: {_ELSEWHERE}")


def _make(path: Path) -> None:
    """Make a database under another name and put it in its place, complete.

    With a write-ahead log kernels read while one writes, but it needs memory that they share. Where
    that is not to be had, or would not be shared (several hosts on a network file system), the
    file gets a rollback journal.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{DATABASE}.{os.getpid()}")
    for journal in ("DELETE",) if on_network(path.parent) else ("WAL", "DELETE"):
        new.unlink(missing_ok=True)
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with contextlib.suppress(sqlite3.OperationalError):  # opening it will tell
            with contextlib.closing(_connect(new, "rw")) as database:
                database.executescript(
                    f"PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = {journal}; {_TABLE}"
                )
            break
    try:
        with contextlib.suppress(FileExistsError):  # another kernel's, made meanwhile
            os.link(new, path)
    except OSError:  # no links here; a renaming may cost what another kernel keeps at this moment
        new.replace(path)
    new.unlink(missing_ok=True)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(
        address, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    database = _connect(path, mode)
    try:
        database.text_factory = lambda text: text.decode(errors="replace")
        database.executescript(_SETTINGS)
        _check(path, *pragmas(database, "user_version", "application_id"))
    except BaseException:
        database.close()
        raise
    return database


def _check(path: Path, version: int, owner: int) -> None:
    """Leave alone what is not ours to change."""
    if not path.stat().st_size:
        raise sqlite3.DatabaseError("it is empty")
    if owner != _OURS:
        raise OSError(f"{path.name} is another program's: it was left alone")
    if version > VERSION:
        raise OSError(
            f"{path.name} is of a newer vs_magic (version {version}; this one reads {VERSION}): "
            "it was left alone; update, or set VS_MAGIC_CACHE_DIR to another folder"
        )

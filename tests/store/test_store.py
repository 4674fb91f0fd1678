"""The store: what it keeps, for whom, how much of it, and what it leaves alone."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vs_magic.store import opening
from vs_magic.store.opening import DATABASE, SET_ASIDE, on_network, remove_old
from vs_magic.store.store import TOUCH_S, Store

ROOT = Path(__file__).parents[2]
MB = 1_000_000


@pytest.fixture
def said():
    """What stores had to say."""
    return []


@pytest.fixture
def open_store(tmp_path, said):
    """Open stores as kernels do; every one is closed in the end."""
    opened = []

    def open_one(folder=tmp_path / "kept", limit=64 * MB):
        store = Store(folder, limit=limit, what="things", without="so be it", tell=said.append)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store):
    """One store in a folder of its own."""
    return open_store()


def sql(store, query, *values):
    """Do something to a store's file, as another program would."""
    store.close()
    with sqlite3.connect(store.folder / DATABASE) as database:
        rows = database.execute(query, values).fetchall()
    database.close()
    return rows


# --- what is kept ----------------------------------------------------------------------------


def test_values_come_back_as_they_were(store):
    """Text stays text and bytes stay bytes, with the form that was put; a new value replaces."""
    values = {"a": ("json", '{"ü": "\U0001f600"}'), "b": ("<f4[2]", b"\0\1\2\3\xff\xfe\xfd\xfc")}
    assert store.get(["a", "b"]) == {}
    assert store.put("m", values)
    assert store.get(["a", "b", "c"]) == values
    assert store.put("m", {"a": ("json", "2")})
    assert store.get(["a"]) == {"a": ("json", "2")}
    assert store.values() == [values["b"], ("json", "2")]


def test_many_keys_at_once(open_store):
    """More keys than SQLite takes variables are read and written in one go."""
    values = {f"k{number}": ("json", str(number)) for number in range(40_000)}
    assert open_store().put("m", values)
    assert open_store().get([*values, "none"]) == values


def test_text_that_is_none_is_no_trouble(store, said):
    """A row whose text is not UTF-8 comes back as some text, and fails nothing."""
    store.put("m", {"a": ("json", "{}")})
    sql(store, "UPDATE kept SET value = CAST(x'ff7b' AS TEXT)")
    assert store.get(["a"]) == {"a": ("json", "\ufffd{")}
    assert said == []


def test_what_was_cleared_cannot_be_found_in_the_file(store):
    """After clearing one model's values, none of their text is in any file; the others' are."""
    for number in range(200):
        store.put("ab"[number % 2], {f"{number}": ("json", f"{'ab'[number % 2]}-text " * 50)})
    assert store.clear("a") == 100
    data = b"".join(path.read_bytes() for path in store.folder.iterdir())
    assert b"a-text" not in data
    assert b"b-text" in data
    size = store.info().size
    assert store.clear() == 100
    assert store.info().size < size / 2


# --- size ------------------------------------------------------------------------------------


def test_what_is_read_stays(open_store):
    """What was used longest ago goes first: an old value that is read outlives newer ones."""
    store = open_store(limit=MB)
    for number in range(40):
        store.put("m", {f"{number}": ("json", "x" * 10_000)})
    sql(store, "UPDATE kept SET used = used - ?", 2 * TOUCH_S)
    assert len(store.get(["0", "1"])) == 2
    for number in range(40, 120):
        store.put("m", {f"{number}": ("json", "x" * 10_000)})
    kept = store.get([str(number) for number in range(120)])
    assert {"0", "1", "119"} <= set(kept)
    assert "2" not in kept
    assert store.info().size < 1.1 * MB + 4_200_000  # with the log, until it is folded in
    store.close()
    assert (store.folder / DATABASE).stat().st_size <= MB


def test_reading_writes_nothing(store, open_store):
    """A storm of reads changes no byte of the file; what was read is written down in the end."""
    store.put("m", {f"{number}": ("json", "{}") for number in range(50)})
    old = "UPDATE kept SET used = used - ?"
    sql(store, old, 2 * TOUCH_S)
    reader = open_store()
    for _ in range(20):
        reader.get(["1", "2"])
    before = sorted((p.name, p.stat().st_size) for p in store.folder.iterdir())
    reader.get(["1", "2"])
    assert sorted((p.name, p.stat().st_size) for p in store.folder.iterdir()) == before
    newest = "SELECT key FROM kept WHERE used = (SELECT max(used) FROM kept) ORDER BY key"
    reader.close()
    assert sql(store, newest) == [("1",), ("2",)]


def test_a_limit_that_was_lowered_holds(open_store):
    """A store that is larger than its new limit shrinks to it with the next value."""
    store = open_store()
    store.put("m", {f"{number}": ("json", "x" * 1000) for number in range(3000)})
    store.close()
    smaller = open_store(limit=MB)
    smaller.put("m", {"new": ("json", "{}")})
    smaller.close()
    assert (store.folder / DATABASE).stat().st_size <= MB
    assert smaller.get(["new"]) == {"new": ("json", "{}")}


# --- whose file it is ------------------------------------------------------------------------


def test_another_programs_database_is_left_alone(store, said):
    """A file of that name that is not ours is neither read, changed nor cleared; it is told."""
    store.folder.mkdir()
    with sqlite3.connect(store.folder / DATABASE) as database:
        database.execute("CREATE TABLE kept (mine)")
    database.close()
    before = (store.folder / DATABASE).read_bytes()
    assert store.get(["a"]) == {}
    assert not store.put("m", {"a": ("json", "{}")})
    with pytest.raises(OSError, match="store.db is another program's: it was left alone"):
        store.clear()
    assert (store.folder / DATABASE).read_bytes() == before
    assert said[0].endswith(
        "kept does not work (store.db is another program's: it was left alone): so be it"
    )


def test_an_empty_file_is_made_anew(store):
    """A file that somebody emptied costs what was kept, and works again."""
    store.put("m", {"a": ("json", "{}")})
    store.close()
    (store.folder / DATABASE).write_bytes(b"")
    assert store.get(["a"]) == {}
    assert store.put("m", {"a": ("json", "{}")})
    assert store.get(["a"]) == {"a": ("json", "{}")}


def test_a_file_that_was_taken_away_is_made_anew(open_store):
    """Removed or replaced while it is in use: what is put from then on is found by others."""
    store = open_store()
    store.put("m", {"a": ("json", "1")})
    for path in store.folder.iterdir():
        path.unlink()
    assert store.put("m", {"b": ("json", "2")})
    assert open_store().get(["a", "b"]) == {"b": ("json", "2")}


def test_two_kernels_set_one_damaged_file_aside(open_store, said):
    """The second to see the damage does not set the first one's new file aside."""
    first, second = open_store(), open_store()
    first.put("m", {f"{number}": ("json", "x" * 5000) for number in range(20)})
    first.close()
    path = first.folder / DATABASE
    path.write_bytes(path.read_bytes()[:4096] + random.Random(1).randbytes(path.stat().st_size))
    assert second.info().trouble or second.get(["1"]) == {}
    assert first.put("m", {"new": ("json", "1")})
    assert second.put("m", {"newer": ("json", "2")})
    assert set(first.get(["new", "newer"])) == {"new", "newer"}
    assert (first.folder / SET_ASIDE).is_file()
    assert len(said) == 1


def test_only_what_diskcache_wrote_is_removed(tmp_path):
    """A cache.db is removed where it has diskcache's tables: no other file, no link, no folder."""
    for number, tables in enumerate((("Cache", "Settings"), ("Cache",), ("mine",))):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "notes.txt").write_text("keep")
        with sqlite3.connect(folder / "cache.db") as database:
            for table in tables:
                database.execute(f"CREATE TABLE {table} (key, filename DEFAULT 'notes.txt')")
                database.execute(f"INSERT INTO {table} (key) VALUES (1)")
        database.close()
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "cache.db").symlink_to(tmp_path / "0" / "cache.db")
    (tmp_path / "garbage").mkdir()
    (tmp_path / "garbage" / "cache.db").write_bytes(b"no database")
    (tmp_path / "folder" / "cache.db").mkdir(parents=True)
    names = ("link", "0", "1", "2", "garbage", "folder", "nowhere")
    assert [name for name in names if remove_old(tmp_path / name)] == ["0"]
    assert [p.name for p in (tmp_path / "0").iterdir()] == ["notes.txt"]
    for name in ("1", "2", "garbage", "folder"):
        assert (tmp_path / name / "cache.db").exists()


# --- where there is no write-ahead log -------------------------------------------------------


def test_without_shared_memory_there_is_a_rollback_journal(open_store, said):
    """Where the log's shared memory is not to be had, the file has a rollback journal instead."""
    store = open_store()
    (store.folder / f"{DATABASE}.{os.getpid()}-shm").mkdir(parents=True)
    assert store.put("m", {"a": ("json", "1")})
    assert open_store().put("m", {"b": ("json", "2")})
    assert set(store.get(["a", "b"])) == {"a", "b"}
    assert sql(store, "PRAGMA journal_mode") == [("delete",)]
    assert said == []


def test_a_write_ahead_log_is_usual(store):
    """On a disk of one's own the file has a write-ahead log."""
    store.put("m", {"a": ("json", "1")})
    assert sql(store, "PRAGMA journal_mode") == [("wal",)]


@pytest.mark.parametrize(
    ("mounts", "network"),
    [
        ("/dev/sda / ext4 rw 0 0\nserver:/home {} nfs4 rw 0 0\n", True),
        ("/dev/sda / ext4 rw 0 0\n//server/share {} cifs rw 0 0\n", True),
        ("server:/ / nfs rw 0 0\n/dev/sda {} ext4 rw 0 0\n", False),
        ("/dev/sda / ext4 rw 0 0\nserver:/x {}x nfs rw 0 0\n", False),
        ("", False),
        (None, False),
    ],
)
def test_a_network_file_system_is_known(tmp_path, mounts, network):
    """The nearest mount above a folder says what it lies on; without a table it is no network."""
    table = tmp_path / "mounts"
    if mounts is not None:
        table.write_text(mounts.format(tmp_path.resolve()))
    assert on_network(tmp_path / "home" / "kept", table) is network


def test_a_store_with_a_rollback_journal_survives_kill_9(tmp_path, open_store):
    """Killed in the middle of writing, it has each value that it had said to be kept."""
    folder = tmp_path / "kept"
    code = f"""
import os, sys
from pathlib import Path
from vs_magic.store.store import Store
folder = Path(sys.argv[1])
(folder / f"{DATABASE}.{{os.getpid()}}-shm").mkdir(parents=True, exist_ok=True)
store = Store(folder, limit=10**9, what="", without="", tell=print)
for number in range(10**6):
    if store.put("m", {{f"{{number}}": ("json", "x" * 2000)}}):
        print(number, flush=True)
"""
    command = [sys.executable, "-W", "error", "-c", code, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as kernel:
        lines = [kernel.stdout.readline() for _ in range(30)]
        kernel.kill()
        lines += kernel.stdout.read().splitlines()
    store = open_store(folder)
    promised = [line.strip() for line in lines if line.strip()]
    assert len(promised) >= 30
    assert set(promised) <= set(store.get(promised))
    assert sql(store, "PRAGMA integrity_check") == [("ok",)]


# --- several at once -------------------------------------------------------------------------


def test_threads_share_a_store(store, said):
    """Eight threads read and write one store at once, and nothing is lost."""

    def work(name):
        for number in range(50):
            store.put(name, {f"{name}{number}": ("json", name)})
            assert store.get([f"{name}{number}"])

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.info().entries == 400
    assert said == []


def test_a_fork_shares_no_connection(tmp_path, open_store):
    """Children that are forked off while a thread writes keep what they are given, as it does."""
    code = """
import os, signal, sys, threading, warnings
from pathlib import Path
from vs_magic.store.store import Store
warnings.simplefilter("ignore")  # forking beside threads is what is tried here
store = Store(Path(sys.argv[1]), limit=10**9, what="", without="", tell=print)
stop = threading.Event()
written = []
def write():
    while not stop.is_set():
        assert store.put("parent", {f"p{len(written)}": ("json", "1")})
        written.append(1)
thread = threading.Thread(target=write)
thread.start()
codes = set()
for child in range(20):
    pid = os.fork()
    if not pid:
        signal.alarm(20)
        done = all(store.put("child", {f"c{child}-{i}": ("json", "1")}) for i in range(5))
        os._exit(0 if done else 1)
    codes.add(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    if codes != {0}:
        break
stop.set()
thread.join()
print(codes, len(written))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path / "kept")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert (done.stdout[:3], done.stderr) == ("{0}", "")
    store = open_store()
    written = int(done.stdout.split()[-1])
    assert store.info().entries == written + 100
    assert sql(store, "PRAGMA integrity_check") == [("ok",)]


def test_kernels_make_one_file(tmp_path, open_store):
    """Six processes that begin one store at the same moment make one file, and lose nothing."""
    code = """
import sys, time
from pathlib import Path
from vs_magic.store.store import Store
store = Store(Path(sys.argv[1]), limit=10**9, what="", without="", tell=print)
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    assert store.put(sys.argv[2], {f"{sys.argv[2]}{number}": ("json", "1")})
"""
    folder = tmp_path / "kept"
    kernels = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, str(folder), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for name in "abcdef"
    ]
    for kernel in kernels:
        assert kernel.stdout.readline() == "ready\n"
    for kernel in kernels:
        kernel.stdin.write("\n")
        kernel.stdin.flush()
    assert [kernel.communicate(timeout=60)[0] for kernel in kernels] == [""] * 6
    store = open_store(folder)
    assert store.info().entries == 120
    assert sorted(p.name for p in folder.iterdir() if not p.name.startswith(f"{DATABASE}-")) == [
        opening.DATABASE
    ]

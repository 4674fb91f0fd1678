"""The cache on disk: no row is trusted, no disk fails a cell, kernels share it."""

from __future__ import annotations

import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from vs_magic.llm.trust import wire
from vs_magic.llm.trust.cache import caching
from vs_magic.store.opening import DATABASE, SET_ASIDE
from vs_magic.testing import ScriptedModel

ROOT = Path(__file__).parents[3]
MB = 1_000_000


def python(code, *args, **kwargs):
    """Start a Python process on a piece of code, as another kernel would run."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        **kwargs,
    )


# --- the file is not trusted -----------------------------------------------------------------


class _Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


async def test_a_pickle_in_the_database_is_never_loaded(cache, request_for, tmp_path, model):
    """Rows that somebody crafted, pickles or names of files, run, read and delete nothing."""
    request = request_for(method="direct")
    client = caching(model, cache)
    await client(request)
    cache.close()
    bomb, precious = tmp_path / "exploded", tmp_path / "precious.txt"
    precious.write_text("keep me")
    evil = pickle.dumps(_Bomb(bomb))
    values = (evil, "../precious.txt", b"../precious.txt", 1, None)
    forms = ("json", "pickle", "file", None, b"json")
    for number, (form, value) in enumerate((f, v) for f in forms for v in values):
        with sqlite3.connect(cache.store.folder / DATABASE) as database:
            database.execute(
                "UPDATE kept SET form = ?, value = ? WHERE key = ?",
                (form, value, wire.key(request)),
            )
            database.execute(
                "INSERT INTO kept VALUES (?, ?, ?, ?, 0)",
                (evil + bytes([number]), evil, form, value),
            )
        database.close()
        reply = await client(request)
        assert reply.text.startswith("reply")
        assert not reply.cached
        assert len(cache.replies()) == 1
    assert len(model.requests) == 1 + len(forms) * len(values)
    await client(replace(request, call=2))
    cache.store.clear()
    assert not bomb.exists()
    assert precious.read_text() == "keep me"


def test_the_pickle_of_that_test_does_go_off_when_loaded(tmp_path):
    """The test before this one can fail: its pickle runs code wherever one loads it."""
    pickle.loads(pickle.dumps(_Bomb(tmp_path / "exploded")))
    assert (tmp_path / "exploded").exists()


async def test_a_row_that_is_no_reply_is_asked_anew(cache, request_for, model):
    """Half a row, or one of another version, is a miss: the call is made and takes its place."""
    request = request_for(method="direct")
    client = caching(model, cache)
    await client(request)
    cache.close()
    for text in ("{", "{}", "[]", '{"request": {}, "reply": {"text": 1}}'):
        with sqlite3.connect(cache.store.folder / DATABASE) as database:
            database.execute("UPDATE kept SET value = ?", (text,))
        database.close()
        assert not (await client(request)).cached
        assert (await client(request)).cached


# --- no disk fails a cell --------------------------------------------------------------------


async def _works_without(cache, request_for, notices, model, saying):
    client = caching(model, cache)
    for number in (1, 2, 1):
        assert (await client(request_for(method="direct", call=number))).text.startswith("reply")
    assert len(model.requests) == 3
    said = notices.take()
    assert len(said) == 1, "it is said once"
    assert saying in said[0]
    assert "\n" not in said[0]


@pytest.mark.parametrize(
    "damage", [b"not a database at all " * 50, b"SQLite format 3\x00" + b"\xff" * 9000]
)
async def test_a_corrupted_cache_fails_no_call(cache, request_for, notices, damage, model):
    """A database that is none is set aside, which is said once; replies are kept from then on."""
    folder = cache.store.folder
    folder.mkdir(mode=0o700)
    (folder / DATABASE).write_bytes(damage)
    client = caching(model, cache)
    asked = [await client(request_for(method="direct", call=number)) for number in (1, 2, 1, 2, 2)]
    assert all(reply.text.startswith("reply") for reply in asked)
    assert [reply.cached for reply in asked] == [False, False, True, True, True]
    said = notices.take()
    assert len(said) == 1, "it is said once"
    assert (
        f"a damaged file is set aside as {SET_ASIDE}, and %vs_cache --clear removes it" in said[0]
    )
    assert "\n" not in said[0]
    assert (folder / SET_ASIDE).read_bytes() == damage
    assert "%vs_cache --clear" in cache.store.info().trouble
    assert cache.store.clear() == 2
    assert not cache.store.info().trouble
    assert [file.name for file in folder.glob("*.broken")] == []


async def test_a_database_that_breaks_under_way_fails_no_call(
    open_cache, request_for, notices, model
):
    """A file that is overwritten while it is in use costs the kept replies, and no call."""
    cache = open_cache()
    client = caching(model, cache)
    for number in range(1, 40):
        await client(request_for(method="direct", call=number))
    cache.close()
    path = cache.store.folder / DATABASE
    path.write_bytes(path.read_bytes()[:8192] + os.urandom(path.stat().st_size - 8192))
    for number in range(1, 40):
        assert (await client(request_for(method="direct", call=number))).text.startswith("reply")
    assert notices.take()


async def test_a_folder_that_cannot_be_made_fails_no_call(
    open_cache, tmp_path, request_for, notices, model
):
    """A cache folder under a file cannot exist: calls work, and it is said once."""
    (tmp_path / "file").write_text("")
    cache = open_cache(tmp_path / "file" / "replies")
    await _works_without(cache, request_for, notices, model, "Not a directory")


PUT = """
import asyncio, os, sys
from pathlib import Path
from vs_magic.llm.trust.cache import Cache, caching
from vs_magic.llm.trust.notices import Notices
from vs_magic.llm.request import Request
from vs_magic.testing import ScriptedModel
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.shape import Shape

notices = Notices()
cache = Cache(Path(sys.argv[1]), limit=10**9, notices=notices)
model = ScriptedModel(lambda r: f"{r.model} {r.call} " + "x" * 2000)
client = caching(model, cache)

async def ask(name, number):
    return await client(Request(
        model=name, messages=(), shape=Shape(method=Method.DIRECT), call=number))
"""


def test_a_read_only_folder_fails_no_call(tmp_path):
    """Where nothing may be written, calls work, and it is said once."""
    folder = tmp_path / "replies"
    folder.mkdir(mode=0o555)
    code = (
        PUT
        + """
if os.geteuid() == 0:
    os.setuid(65534)  # root may write anywhere
print([asyncio.run(ask("a", number)).cached for number in (1, 2, 1)], len(notices.take()))
"""
    )
    for parent in [tmp_path, *tmp_path.parents][:4]:
        parent.chmod(parent.stat().st_mode | 0o055)
    out, err = python(code, folder).communicate(timeout=60)
    assert (out, err) == ("[False, False, False] 1\n", "")


def test_a_read_only_store_answers(tmp_path, open_cache):
    """What is kept answers where nothing may be written; that nothing new is kept is said once."""
    folder = tmp_path / "replies"
    filled = PUT + "asyncio.run(ask('a', 1))"
    assert python(filled, folder).communicate(timeout=60) == ("", "")
    (folder / DATABASE).chmod(0o444)
    folder.chmod(0o555)
    code = (
        PUT
        + """
if os.geteuid() == 0:
    os.setuid(65534)  # root may write anywhere
print([asyncio.run(ask("a", number)).cached for number in (1, 2, 1, 2)], *notices.take())
"""
    )
    for parent in [tmp_path, *tmp_path.parents][:4]:
        parent.chmod(parent.stat().st_mode | 0o055)
    before = sorted(folder.iterdir())
    out, err = python(code, folder).communicate(timeout=60)
    assert err == ""
    assert out.startswith("[True, False, True, False] the cache of replies in ")
    assert out.count("keeps nothing new (attempt to write a readonly database)") == 1
    assert sorted(folder.iterdir()) == before
    folder.chmod(0o755)


def test_a_full_disk_fails_no_call(tmp_path):
    """Where no byte more can be written, calls work, it is said once, and what is kept is read."""
    code = (
        PUT
        + """
import resource, signal
async def main():
    first = await ask("a", 1)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = sum(p.stat().st_size for p in Path(sys.argv[1]).iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, size + 20_000))
    later = [(await ask("a", number)).cached for number in range(1, 40)]
    print(later[0], sum(later[1:]), len(model.requests), len(notices.take()))
asyncio.run(main())
"""
    )
    out, err = python(code, tmp_path / "replies").communicate(timeout=60)
    assert (out, err) == ("True 0 39 1\n", "")


async def test_a_kernel_that_sits_on_the_database_holds_no_call_up(
    cache, request_for, notices, model
):
    """While another process holds the write lock, calls wait a second or two in all, not each."""
    client = caching(model, cache)
    await client(request_for(method="direct"))
    with sqlite3.connect(cache.store.folder / DATABASE, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        ends = [time.monotonic()]
        for number in range(2, 12):
            await client(request_for(method="direct", call=number))
            ends.append(time.monotonic())
        assert ends[-1] - ends[1] < ends[1] - ends[0], "the first one waited for all"
        assert (await client(request_for(method="direct"))).cached
        other.execute("ROLLBACK")
    other.close()
    assert any("busy" in line for line in notices.take())


# --- several kernels -------------------------------------------------------------------------


def test_two_kernels_at_once_lose_and_break_nothing(tmp_path, open_cache, request_for):
    """Two processes that write 200 replies each, half of them the same calls, keep them all."""
    code = (
        PUT
        + """
async def main():
    for i in range(1, 101):
        await ask("shared", i)
        await ask(sys.argv[2], i)
asyncio.run(main())
cache.close()
print(notices.take())
"""
    )
    folder = tmp_path / "replies"
    kernels = [python(code, folder, name) for name in ("left", "right")]
    for kernel in kernels:
        out, err = kernel.communicate(timeout=120)
        assert (out, err) == ("[]\n", "")
    kept = open_cache(folder).replies()
    counts = {
        name: sum(r.request.model == name for r in kept) for name in ("left", "right", "shared")
    }
    assert counts == {"left": 100, "right": 100, "shared": 100}
    assert all(r.text.startswith(f"{r.request.model} {r.request.call} ") for r in kept)


def test_a_killed_kernel_leaves_every_reply_that_it_had(tmp_path, open_cache):
    """After kill -9 in the middle of writing, each reply that had been returned is kept."""
    code = (
        PUT
        + """
async def main():
    for i in range(1, 100_000):
        await ask("a", i)
        print(i, flush=True)
asyncio.run(main())
"""
    )
    folder = tmp_path / "replies"
    for seen in (1, 7, 40):
        kernel = python(code, folder)
        lines = [kernel.stdout.readline() for _ in range(seen)]
        kernel.send_signal(signal.SIGKILL)
        lines += kernel.communicate(timeout=30)[0].splitlines()
        returned = {int(line) for line in lines if line.strip().isdigit()}
        cache = open_cache(folder)
        kept = {reply.request.call for reply in cache.replies()}
        assert returned <= kept
        assert not cache.store.info().trouble


def test_a_forked_child_uses_the_cache_too(tmp_path):
    """A process that was forked off a kernel reads and writes the same replies."""
    code = (
        PUT
        + """
import warnings
warnings.simplefilter("ignore")  # forking beside threads is what is tried here
asyncio.run(ask("a", 1))
child = os.fork()
if not child:
    hits = [asyncio.run(ask("a", number)).cached for number in (1, 2)]
    os._exit(0 if hits == [True, False] else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), asyncio.run(ask("a", 2)).cached)
"""
    )
    out, err = python(code, tmp_path / "replies").communicate(timeout=60)
    assert (out, err) == ("0 True\n", "")


# --- size ------------------------------------------------------------------------------------


async def test_the_oldest_replies_go_when_the_limit_is_reached(open_cache, request_for):
    """Beyond the limit what was used longest ago goes, and the newest replies stay."""
    limit = 2 * MB
    cache = open_cache(limit=limit)
    model = ScriptedModel(lambda r: f"{r.call} " + "x" * 20_000)
    client = caching(model, cache)
    for number in range(1, 301):
        await client(request_for(method="direct", call=number))
    info = cache.store.info()
    assert info.size < limit + 5 * MB  # the write-ahead log comes on top until it is folded in
    kept = [reply.request.call for reply in cache.replies()]
    assert kept == list(range(301 - len(kept), 301))
    assert 50 < len(kept) < 120
    cache.close()
    assert cache.store.info().size <= limit


async def test_a_giant_reply_does_not_push_out_the_others(open_cache, request_for):
    """A reply of a twentieth of the limit or more is not kept, and what was kept stays."""
    cache = open_cache(limit=MB)
    client = caching(ScriptedModel(["small", "x" * 100_000]), cache)
    await client(request_for(method="direct", call=1))
    await client(request_for(method="direct", call=2))
    assert [reply.text for reply in cache.replies()] == ["small"]


async def test_clear_forgets_one_model_or_all(cache, request_for, model):
    """Clearing one model's replies leaves the others'; clearing without a name leaves none."""
    client = caching(model, cache)
    for name in ("a", "a", "b"):
        await client(request_for(model=name, method="direct", call=cache.store.info().entries + 1))
    assert cache.store.clear("a") == 2
    assert [reply.request.model for reply in cache.replies()] == ["b"]
    assert cache.store.clear() == 1
    assert cache.store.info().entries == 0


def test_looking_at_a_cache_that_is_not_there_makes_none(cache):
    """Where nothing was kept, there is nothing to show, and no folder is made for it."""
    info = cache.store.info()
    assert (info.entries, info.size, info.trouble) == (0, 0, "")
    assert not cache.store.folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights otherwise")
async def test_the_folder_is_for_its_owner_only(cache, request_for, model):
    """Prompts and replies are nobody else's: others may not even list the folder."""
    await caching(model, cache)(request_for(method="direct"))
    files = sorted(cache.store.folder.iterdir())
    assert [file.name for file in files] == ["store.db", "store.db-shm", "store.db-wal"]
    for path in (cache.store.folder, *files):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights otherwise")
async def test_a_folder_that_is_open_to_others_is_closed_and_told(
    open_cache, request_for, model, notices
):
    """What lies in it is kept; the folder is its owner's alone again, and it is said once."""
    cache = open_cache()
    await caching(model, cache)(request_for(method="direct"))
    cache.close()
    folder = cache.store.folder
    folder.chmod(0o777)
    client = caching(model, cache)
    assert [(await client(request_for(method="direct"))).cached for _ in range(2)] == [True, True]
    assert notices.take() == [
        f"the cache of replies in {folder} was open to other users: now it is yours alone"
    ]
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid(), reason="gives files to others")
@pytest.mark.parametrize("whose", ["folder", "file"])
async def test_a_folder_of_another_user_is_refused(open_cache, request_for, model, notices, whose):
    """Who owns it can put words into a model's mouth: nothing is read from it, and it is said."""
    cache = open_cache()
    await caching(model, cache)(request_for(method="direct"))
    cache.close()
    folder = cache.store.folder
    os.chown(folder if whose == "folder" else folder / DATABASE, 65534, 65534)
    client = caching(model, cache)
    assert [(await client(request_for(method="direct"))).cached for _ in range(2)] == [False, False]
    (said,) = notices.take()
    assert "can be written by other users: set VS_MAGIC_CACHE_DIR to a folder of your own" in said

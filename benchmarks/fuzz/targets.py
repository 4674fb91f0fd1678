"""What is fuzzed: each target takes bytes and raises unless its promise holds."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from vs_magic.errors import OptionError, ReplyError
from vs_magic.llm.request import Reply, Request
from vs_magic.llm.trust import bundle, wire
from vs_magic.magics import reader, vs
from vs_magic.testing import scripted
from vs_magic.verbalized import parse, prompt
from vs_magic.verbalized.method import Method, Wording
from vs_magic.verbalized.options import Options

SLOW_S = 1.0
"""CPU time in which 16 kB are read; the usual is a hundredth of it."""


class BrokenPromise(Exception):  # noqa: N818  (the fuzzer prints the name)
    """What a target found."""


def parser(data: bytes) -> None:
    """A reply is read, or it is a `ReplyError`; in no time; and what was read is in its bounds."""
    methods, wordings = tuple(Method), tuple(Wording)
    first, second = (*data[:2], 0, 0)[:2]
    text = data[2:].decode("utf-8", "replace")
    method, wording = methods[first % len(methods)], wordings[second % len(wordings)]
    began = time.process_time()
    try:
        reading = parse.read(text, method, wording)
    except ReplyError:
        reading = None
    _in_time(began, len(data))
    for candidate in reading.candidates if reading else ():
        stated = candidate.probability
        if not candidate.text.strip() or not (stated is None or 0 <= stated <= 1):
            raise BrokenPromise(repr(candidate))


def line(data: bytes) -> None:
    """A magic's line is understood, or it is an `OptionError` of one line."""
    text = data.decode("utf-8", "replace").replace("\n", " ")
    began = time.process_time()
    try:
        found = reader.read(vs.COMMAND, text)
        Options().with_(**found.options)
    except OptionError as error:
        if "\n" in str(error) and "\n" not in text:
            raise BrokenPromise(f"more than one line: {error}") from error
        found = None
    _in_time(began, len(data))
    if found is not None and found.task not in text:
        raise BrokenPromise(f"the task was changed: {found.task!r}")


def replay(data: bytes) -> None:
    """A bundle is read, or it is an `OptionError` of one line that is not longer than a screen."""
    path = _scratch() / "bundle.jsonl"
    path.write_bytes(_HEADER + data if data[:1] != b"!" else data[1:])
    began = time.process_time()
    try:
        found = bundle.read(path)
    except OptionError as error:
        if "\n" in str(error) or len(str(error)) > 1000:
            raise BrokenPromise(f"not one short line: {error}") from error
    else:
        for key, reply in found.calls.items():
            again = wire.call_from_json(wire.loads(wire.dumps(wire.call_as_json(reply))))
            if again != reply or wire.key(again.request) != key:
                raise BrokenPromise(f"not the same after writing it: {reply!r}")
    _in_time(began, len(data))


TARGETS: dict[str, Callable[[bytes], None]] = {"parser": parser, "line": line, "replay": replay}


def seeds(target: str) -> Iterator[bytes]:
    """Yield inputs to begin with."""
    if target == "line":
        for text in _LINES:
            yield text.encode()
    for number, method in enumerate(Method):
        options = Options(method=method, k=3)
        messages = prompt.opening("Name a colour.", options, 3)
        text = scripted(["red", "dark blue", "x" * 40])({"messages": list(messages)})
        if target == "parser":
            yield bytes([number, 0]) + text.encode()
            yield bytes([number, 1]) + f"Sure!\n```json\n{text}\n```\n1. red (0.5)\n".encode()
        elif target == "replay":
            request = Request(model="openai/x", messages=messages, shape=options.shape(3))
            reply = Reply(text=text, request=request, model="x", cost_usd=0.1, prompt_tokens=3)
            yield wire.dumps(wire.call_as_json(reply)).encode() + b"\n"


def words(target: str) -> list[str]:
    """Return what the fuzzer may put in."""
    if target == "line":
        return [f"--{name.replace('_', '-')}" for name in _OPTIONS] + [
            "<<",
            "{{x}}",
            "--",
            '"',
            "-k5",
        ]
    common = ['{"', '":', "[", "]", "\\u00", "null", "0.5", "1e999", "NaN", "true"]
    if target == "replay":
        return [*common, '"messages"', '"role"', '"shape"', '"draw"', '"turn"', '"usage"']
    return [
        *common, "probability", "responses", "text", "<response>", "</response>", "<text>", "| ",
        "```json", "1. ", "- **", "50%", "$\\\\frac{1}{2}$", "<think>", "</think>", "sorry",
    ]  # fmt: skip


_OPTIONS = tuple(Options().as_json())
_LINES = (
    "-k5 --temperature 0.7 Tell me a joke",
    "jokes << --method vs-cot --n 20 -- --a task with dashes",
    '--system "be \\"brief\\"" --threshold=0.1 x',
    "--probability nll --format lines --seed 1 --words 10",
    "--out x --replay a.jsonl --budget 0.5 --fresh",
)
_HEADER = wire.dumps({"bundle": bundle.KIND, "format": bundle.FORMAT}).encode() + b"\n"
_folder: list[Path] = []


def _scratch() -> Path:
    if not _folder:
        _folder.append(Path(tempfile.mkdtemp(prefix="vs_magic-fuzz-")))
    return _folder[0]


def _in_time(began: float, length: int) -> None:
    took = time.process_time() - began
    if took > SLOW_S * max(1.0, length / 16_384):
        raise BrokenPromise(f"{took:.2f} s for {length} bytes")


if __name__ == "__main__":  # one input, as the fuzzer names it when it finds something
    import sys

    TARGETS[sys.argv[1]](Path(sys.argv[2]).read_bytes())
    print(json.dumps("the promise holds"))

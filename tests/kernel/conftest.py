"""A real kernel, spoken to as a front end does."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from vs_magic.testing import Endpoint

WAIT_S = 90
KEPT = ("VS_MAGIC_CACHE_DIR", "VS_MAGIC_CACHE_MB")
"""Our variables that a kernel gets: the weights are where they are, and the cache is off."""


@dataclass
class Cell:
    """What a cell answered: its outputs in order, and the kernel's reply."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    reply: dict[str, Any] = field(default_factory=dict)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The outputs of one kind."""
        return [output for output in self.outputs if output["kind"] == kind]

    def printed(self, name: str = "stdout") -> str:
        """What was printed."""
        return "".join(o["text"] for o in self.of("stream") if o["name"] == name)

    def data(self, mime: str) -> list[str]:
        """What was displayed, of one kind."""
        return [o["data"][mime] for o in self.outputs if mime in o.get("data", {})]


class Kernel:
    """A kernel with the extension loaded, that asks the simulated model."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client = manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=WAIT_S)

    def send(self, code: str, *, person: bool = True) -> str:
        """Start a cell, as a person's notebook does or as nbconvert does; return its id."""
        return self.client.execute(code, allow_stdin=person)

    def finish(self, message_id: str) -> Cell:
        """Take in a cell's outputs to its end, and the reply."""
        cell = Cell()
        while True:
            message = self.client.get_iopub_msg(timeout=WAIT_S)
            if message["parent_header"].get("msg_id") != message_id:
                continue
            output = {"kind": message["msg_type"], **message["content"]}
            if output.get("execution_state") == "idle":
                cell.reply = self.answer(message_id)
                return cell
            if output["kind"] not in ("status", "execute_input"):
                cell.outputs.append(output)

    def run(self, code: str, *, person: bool = True) -> Cell:
        """Run a cell to its end."""
        return self.finish(self.send(code, person=person))

    def answer(self, message_id: str) -> dict[str, Any]:
        """The reply to a request."""
        while True:
            message = self.client.get_shell_msg(timeout=WAIT_S)
            if message["parent_header"].get("msg_id") == message_id:
                return message["content"]

    def complete(self, code: str) -> tuple[str, list[str]]:
        """What Tab at the end of a cell would replace, and by what."""
        found = self.answer(self.client.complete(code))
        return code[found["cursor_start"] : found["cursor_end"]], found["matches"]

    def value(self, expression: str) -> str:
        """The repr of an expression in the kernel."""
        cell = self.run(f"print(repr(({expression})))")
        return cell.printed().strip()

    def interrupt_after(self, seconds: float) -> float:
        """Press stop after a while; return when, on the monotonic clock."""
        time.sleep(seconds)
        self.manager.interrupt_kernel()
        return time.monotonic()

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def start(folder: Path, **variables: str) -> Kernel:
    """Start a kernel in a folder, with a home of its own and without outside settings."""
    kept = {n: v for n, v in os.environ.items() if not n.endswith(("_API_KEY", "_BASE_URL"))}
    kept = {n: v for n, v in kept.items() if not n.startswith("VS_MAGIC_") or n in KEPT}
    manager = KernelManager()
    home = {"IPYTHONDIR": str(folder / "ipython"), "PYTHONWARNINGS": "default"}
    manager.start_kernel(cwd=str(folder), env={**kept, **home, **variables})
    kernel = Kernel(manager)
    kernel.run("%load_ext vs_magic")
    return kernel


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for a module, on the simulated model."""
    started = start(tmp_path_factory.mktemp("kernel"), VS_MAGIC_MODEL="simulated/aligned")
    yield started
    started.close()


class Script:
    """What the endpoint answers: a function of the request's body, which a test can change."""

    def __init__(self) -> None:
        self.answer: Any = lambda _: "No script."

    def __call__(self, body: Any) -> Any:
        """Answer a request."""
        return self.answer(body)


@pytest.fixture(scope="module")
def script() -> Script:
    """What the module's endpoint answers."""
    return Script()


@pytest.fixture(scope="module")
def endpoint(script: Script) -> Iterator[Endpoint]:
    """One endpoint for a module."""
    with Endpoint(script) as served:
        yield served


@pytest.fixture
def answer_with(endpoint: Endpoint, script: Script) -> Any:
    """Set what the endpoint answers from now on, and forget the requests so far."""

    def set_script(function: Any) -> Endpoint:
        endpoint.requests.clear()
        script.answer = function
        return endpoint

    return set_script


@pytest.fixture(scope="module")
def hosted(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for a module, whose `openai/loopback` is the endpoint."""
    variables = {**endpoint.env(), "VS_MAGIC_MODEL": "openai/loopback"}
    started = start(tmp_path_factory.mktemp("hosted"), **variables)
    yield started
    started.close()

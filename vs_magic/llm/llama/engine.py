"""llama.cpp in this process: one model loaded, one generation at a time, stopped on demand.

The runtime always listens for HTTP. Here that is on a Unix socket in a private folder, and it is
unlinked as soon as the model is loaded: no port, and no path left to connect to. Where the system
has no such sockets it is a port on loopback, behind a random key.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import secrets
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from vs_magic.errors import MissingExtraError, ModelError

CONTEXT = 8192
"""Tokens that prompt and reply may have together."""

BATCH = 64
"""Prompt tokens read at once: what a stop waits for while a long prompt is being read."""

PROMPT_CACHE_MIB = 256
"""Memory for the states of earlier prompts, so that alternating methods read none twice."""

MOST_THREADS = 16

SPINS = 2000
"""How long a thread waits for the others before it lets another process have its core.

The runtime's own choice (about 100 times longer) makes it several times slower wherever anything
else runs on the same cores; on idle ones the two are alike (docs/design/local-model.md).
"""

QUIET = -1
LONGEST_SOCKET_PATH = 90

Listen = Callable[[Mapping[str, Any]], object]

_log = logging.getLogger("vs_magic")


class Engine:
    """A model in memory.

    Parameters
    ----------
    path
        A GGUF file.
    unix_socket
        Whether the runtime listens on a Unix socket; by default wherever there are such sockets.

    Raises
    ------
    MissingExtraError
        The runtime is not installed.
    ModelError
        The file is no model that the runtime can load.
    """

    def __init__(self, path: Path, *, unix_socket: bool = hasattr(socket, "AF_UNIX")) -> None:
        self.path = path
        self.key = secrets.token_urlsafe(32)
        self._prompt: str | None = None
        with _host(unix_socket) as host:
            self._server: Any = _start(path, host, self.key)
            self.address: str = self._server.listening_address
        _log.debug("loaded %s", path)

    def stream(self, payload: Mapping[str, Any], listen: Listen, *, exact: bool = False) -> None:
        """Run one chat completion, blocking.

        Parameters
        ----------
        payload
            The request, as llama.cpp's server takes it.
        listen
            Gets each event as it comes; it stops the run by returning True.
        exact
            Whether the numbers must not depend on what ran before. The states of a prompt that
            begins like an earlier one are taken over from it, and arithmetic in other batches
            differs in the last digits, which is enough to draw another token. An exact run reads
            its prompt afresh, unless the run before had the very same one.
        """
        prompt = json.dumps(payload["messages"])
        if exact and self._prompt != prompt:
            self._prompt = None
            reading = {"messages": payload["messages"], **_READING}
            if self._run(reading, lambda event: _no_answer(event) and listen(event)):
                return
        self._prompt = prompt if exact else None
        self._run(payload, listen)

    def _run(self, payload: Mapping[str, Any], listen: Listen) -> bool:
        """Run one completion; return whether it was stopped."""
        failed: list[BaseException] = []
        stopped = False

        def heard(event: Mapping[str, Any]) -> bool:
            # The end of the main thread stops a run too, so that none holds up the exit. What a
            # callback raises the runtime would swallow: it is carried past it by hand.
            nonlocal stopped
            try:
                stopped = bool(listen(event)) or not threading.main_thread().is_alive()
            except BaseException as error:  # noqa: BLE001
                failed.append(error)
                stopped = True
            return stopped

        try:
            self._server.handle_chat_completions(dict(payload), heard)
        except ValueError as error:
            raise ModelError(f"{self.path.name} refused the call: {error}") from None
        if failed:
            raise failed[0]
        return stopped

    def close(self) -> None:
        """Free the memory; a run under way ends first."""
        self._server = None

    def abandon(self) -> None:
        """Never free the memory: in a forked child the runtime would wait for threads long gone."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._server))


_READING = {"max_tokens": 0, "cache_prompt": False, "stream": True, "return_progress": True}


def _no_answer(event: Mapping[str, Any]) -> bool:
    """Whether an event tells of progress or of an error, and not of an answer."""
    return "error" in event or "prompt_progress" in event


def runtime() -> Any:
    """Import llama.cpp's bindings.

    Raises
    ------
    MissingExtraError
        They are not installed.
    ModelError
        They are, and the system lacks a library that they need.
    """
    with _patience():
        try:
            import xllamacpp
        except ModuleNotFoundError:
            raise MissingExtraError("a local model", "local") from None
        except ImportError as error:
            raise ModelError(
                f"llama.cpp cannot be loaded: {error}; on Debian and Ubuntu: apt-get install "
                "libgomp1"
            ) from None
    return xllamacpp


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    """Set OpenMP's spinning for the library being loaded, which reads it once, and for no other."""
    mine = not os.environ.keys() & {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}
    if mine:
        os.environ["GOMP_SPINCOUNT"] = str(SPINS)
    try:
        yield
    finally:
        if mine:
            del os.environ["GOMP_SPINCOUNT"]


def _start(path: Path, host: str, key: str) -> Any:
    """Load the model; the runtime prints nothing, whatever happens."""
    xllamacpp = runtime()
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.verbosity = QUIET
    params.hostnames = [host]
    params.port = 0
    params.api_keys = [key]
    params.cors_origins = "null"
    params.ui = params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
    params.n_threads_http = 1
    params.n_parallel = 1
    params.n_ctx = CONTEXT
    params.n_batch = params.n_ubatch = BATCH
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = _threads()
    try:
        return xllamacpp.Server(params)
    except RuntimeError:
        raise ModelError(
            f"{path} cannot be loaded: it is damaged, or of a kind that the installed llama.cpp "
            'does not know; fetch it again, or try a newer one: pip install -U "vs_magic[local]"'
        ) from None


def _threads() -> int:
    """The cores that this process may use, not all that the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), MOST_THREADS)
    return min(os.cpu_count() or 1, MOST_THREADS)


@contextlib.contextmanager
def _host(unix_socket: bool) -> Iterator[str]:  # noqa: FBT001
    """Yield the host that the runtime listens on; a socket is gone from the disk afterwards."""
    if not unix_socket:
        yield "127.0.0.1"
        return
    folder = Path(tempfile.mkdtemp(prefix="vs_magic-"))
    if len(str(folder)) > LONGEST_SOCKET_PATH:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="vs_magic-", dir="/tmp"))
    try:
        yield str(folder / "http.sock")
    finally:
        shutil.rmtree(folder, ignore_errors=True)

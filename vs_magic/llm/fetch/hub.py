"""Files from the official hub, over HTTPS: a pinned revision, resumed where it broke off."""

from __future__ import annotations

import contextlib
import http.client
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import Future
from typing import Any

from vs_magic._version import __version__
from vs_magic.files import reason
from vs_magic.llm.fetch.catalogue import Hub
from vs_magic.llm.fetch.part import BLOCK, OutOfReachError, PartialFile, SourceError
from vs_magic.llm.trust.scrub import scrub

ENDPOINT = "https://huggingface.co"
ENDPOINT_VARIABLE = "HF_ENDPOINT"
OFFLINE_VARIABLE = "HF_HUB_OFFLINE"

REACH_S = 5.0
"""Longest wait for the first answer, name look-up included: then the hub is out of reach."""

STALL_S = 20.0
"""Longest silence in the middle of a file."""

TRIES = 4
"""Broken connections in a row, without a byte between them, before it is given up."""

BACKOFF_S = 0.5

_BROKEN = (OSError, http.client.HTTPException)


def download(hub: Hub, part: PartialFile) -> None:
    """Fetch what is missing of a file.

    Raises
    ------
    SourceError
        The hub cannot be reached, has no such file, or broke off too often.
    WeightsError
        The file cannot be written.
    """
    if os.environ.get(OFFLINE_VARIABLE, "").lower() in ("1", "true", "yes", "on"):
        raise OutOfReachError(f"{OFFLINE_VARIABLE} is set")
    url = address(hub)
    broken = 0
    while not part.is_whole:
        before = part.size
        try:
            with contextlib.closing(_open(url, part.size)) as answer:
                _take(answer, part)
        except urllib.error.HTTPError as error:
            if not _may_pass(error, part):
                raise SourceError(f"it answered {error.code} {error.reason}") from None
        except _BROKEN as error:
            if not part.size:
                raise OutOfReachError(
                    f"it cannot be reached ({scrub(reason(getattr(error, 'reason', error)))})"
                ) from None
        broken = 0 if part.size > before else broken + 1
        if broken >= TRIES:
            raise SourceError(f"the connection broke {TRIES} times in a row")
        if not part.is_whole:
            time.sleep(BACKOFF_S * 2**broken)


def address(hub: Hub) -> str:
    """Return the address of a file; `HF_ENDPOINT` names another hub, as for the hub's own tools."""
    base = os.environ.get(ENDPOINT_VARIABLE, ENDPOINT).rstrip("/")
    return f"{base}/{hub.repository}/resolve/{hub.revision}/{urllib.parse.quote(hub.path)}"


def _take(answer: Any, part: PartialFile) -> None:
    """Write an answer's body; one that begins elsewhere than asked starts the file anew."""
    start = 0
    if answer.status == http.HTTPStatus.PARTIAL_CONTENT:
        start = int(answer.headers["Content-Range"].split()[-1].split("-")[0])
    length = answer.headers.get("Content-Length")
    if length is not None and start + int(length) != part.file.size:
        raise SourceError(
            f"it offers {start + int(length):,} bytes where {part.file.size:,} were expected"
        )
    if start != part.size:
        part.restart()
    while block := answer.read(BLOCK):
        part.write(block)


def _may_pass(error: urllib.error.HTTPError, part: PartialFile) -> bool:
    """Whether an error status is worth another try."""
    with error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and part.size:
            part.restart()
            return True
        return error.code >= 500 or error.code in (408, 429)


def _open(url: str, start: int) -> Any:
    """Open an address from a byte on, in bounded time.

    A name look-up knows no time limit of its own, so the wait for it is bounded from outside.
    """
    headers = {"User-Agent": f"vs_magic/{__version__}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the hash decides
    answer: Future[Any] = Future()

    def ask() -> None:
        try:
            answer.set_result(urllib.request.urlopen(request, timeout=STALL_S))  # noqa: S310
        except _BROKEN as error:
            answer.set_exception(error)

    threading.Thread(target=ask, name="vs_magic-hub", daemon=True).start()
    try:
        return answer.result(REACH_S)
    except TimeoutError:
        raise TimeoutError(f"no answer within {REACH_S:g} s") from None

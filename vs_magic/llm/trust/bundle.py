"""A bundle: recorded calls as JSON lines, to be replayed where there is no key.

The first line says what it is; each other line is one call, as `wire` writes it. A line is written
whole or not at all, a killed process leaves at most a last line that is cut off, and two processes
may write to one file. Where a call stands twice, the later line counts.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vs_magic import files
from vs_magic._version import __version__
from vs_magic.errors import OptionError
from vs_magic.files import expanded, reason
from vs_magic.llm.request import Reply, now
from vs_magic.llm.trust import wire
from vs_magic.llm.trust.notices import Notices
from vs_magic.llm.trust.secrets import holds_secret

KIND = "vs_magic bundle"
FORMAT = 1

_BOM = b"\xef\xbb\xbf"
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a bundle holds: the replies as they came, by the keys of their calls, as in the file.

    The models are those that were asked, in that order. `cut_off` is whether the last line is
    incomplete, and was left out; `created` is empty where the file does not say.
    """

    path: str
    calls: Mapping[str, Reply]
    models: tuple[str, ...]
    cut_off: bool = False
    created: str = ""


def read(path: str | os.PathLike[str]) -> Bundle:
    """Read a bundle.

    Raises
    ------
    OptionError
        The file cannot be read or is no bundle; one line, with the number of the line at fault.
    """
    shown = os.fspath(path)
    try:
        raw = expanded(path).read_bytes()
    except (OSError, ValueError) as error:
        raise OptionError(f"cannot read the bundle {shown!r}: {reason(error)}") from None
    lines = raw.removeprefix(_BOM).split(b"\n")
    calls: dict[str, Reply] = {}
    cut_off = headed = False
    created = ""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = wire.loads(line.decode())
        except ValueError:
            if headed and number == len(lines):
                cut_off = True
                break
            raise _at_fault(shown, number, "it is no JSON", headed=headed) from None
        if _is_header(value):
            headed = _known_format(value, shown)
            with contextlib.suppress(ValueError):
                created = created or wire.moment(value, "created")
            continue
        try:
            reply = wire.call_from_json(value if headed else None)
        except ValueError as error:
            raise _at_fault(shown, number, str(error), headed=headed) from None
        calls[wire.key(reply.request)] = reply
    if not headed:
        raise OptionError(f"{shown!r} is empty, and no bundle")
    models = tuple(dict.fromkeys(reply.request.model for reply in calls.values()))
    return Bundle(path=shown, calls=calls, models=models, cut_off=cut_off, created=created)


def write(path: str | os.PathLike[str], replies: Iterable[Reply]) -> int:
    """Write a bundle in one go, for its owner only: a new file, whole or not at all.

    A call that holds a secret is left out; returned is how many are in.

    Raises
    ------
    OptionError
        The file is there already, or cannot be written.
    """
    kept = [reply for reply in replies if not holds_secret(reply)]
    models = list(dict.fromkeys(reply.request.model for reply in kept))
    lines = [_header(models), *(wire.dumps(wire.call_as_json(reply)) for reply in kept)]
    try:
        files.write(path, "".join(f"{line}\n" for line in lines).encode())
    except (OSError, ValueError) as error:
        raise OptionError(f"cannot write the bundle {os.fspath(path)!r}: {reason(error)}") from None
    return len(kept)


class Recorder:
    """Adds calls to a bundle as they are made; one that is there is continued.

    `notices` is told when a call cannot be recorded.

    Raises
    ------
    OptionError
        The file cannot be written, or is there and is no bundle: nothing is overwritten.
    """

    def __init__(self, path: str | os.PathLike[str], notices: Notices) -> None:
        self.path = os.fspath(path)
        self.trouble = ""
        self._notices = notices
        self._lock = threading.Lock()
        self._known: set[bytes] = set()
        try:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY
            self._file = os.open(expanded(path), flags, 0o600)
        except (OSError, ValueError) as error:
            raise OptionError(f"cannot record to {self.path!r}: {reason(error)}") from None
        try:
            self._continue()
        except BaseException:
            os.close(self._file)
            raise

    @property
    def calls(self) -> int:
        """How many lines of calls are in the file."""
        return len(self._known)

    def record(self, reply: Reply) -> None:
        """Add one call, unless it stands there already; what goes wrong is said, not raised."""
        if holds_secret(reply):
            self._notices.say(
                f"a call that holds a secret was not recorded to {self.path}; a replay will miss it"
            )
            return
        line = wire.dumps(wire.call_as_json(reply)).encode()
        mark = hashlib.sha256(line).digest()
        with self._lock:
            if mark in self._known or self.trouble:
                return
            try:
                if os.fstat(self._file).st_size == 0:
                    self._append(_header([reply.request.model]).encode())
                self._append(line)
            except OSError as error:
                self.trouble = reason(error)
                self._notices.say(
                    f"recording to {self.path} has ended ({self.trouble}); "
                    f"it holds {len(self._known)} calls"
                )
                return
            self._known.add(mark)

    def close(self) -> None:
        """End the recording."""
        with self._lock:
            self.trouble = self.trouble or "it was ended"
            os.close(self._file)

    def _continue(self) -> None:
        """Take in what is there; a last line that a killed process left unfinished goes."""
        if os.fstat(self._file).st_size == 0:
            return
        found = read(self.path)
        raw = expanded(self.path).read_bytes()
        if found.cut_off:
            os.ftruncate(self._file, raw.rfind(b"\n") + 1)
        elif not raw.endswith(b"\n"):
            self._append(b"")
        lines = (wire.dumps(wire.call_as_json(reply)) for reply in found.calls.values())
        self._known = {hashlib.sha256(line.encode()).digest() for line in lines}

    def _append(self, line: bytes) -> None:
        """Write a line in one piece; a piece that did not fit is taken back."""
        before = os.fstat(self._file).st_size
        whole = line + b"\n"
        if os.write(self._file, whole) < len(whole):
            os.ftruncate(self._file, before)
            raise OSError("no space is left on the disk")


_BINARY: int = getattr(os, "O_BINARY", 0)  # Windows would write \\r\\n


def _header(models: Iterable[str]) -> str:
    return wire.dumps(
        {
            "bundle": KIND,
            "format": FORMAT,
            "version": __version__,
            "created": now(),
            "models": list(models),
        }
    )


def _is_header(value: Any) -> bool:
    return isinstance(value, dict) and value.get("bundle") == KIND


def _known_format(header: Mapping[str, Any], shown: str) -> bool:
    if header.get("format") == FORMAT:
        return True
    raise OptionError(
        f"{shown!r} is a bundle of format {str(header.get('format'))[:20]!r}, and this version "
        f"reads format {FORMAT}: it was written by another version of vs_magic"
    )


def _at_fault(shown: str, number: int, what: str, *, headed: bool) -> OptionError:
    if not headed:
        return OptionError(f"{shown!r} is no bundle: line {number} is not the first line of one")
    what = what if len(what) <= _LONGEST_REASON else what[:_LONGEST_REASON] + "…"
    return OptionError(f"{shown!r}, line {number} is no recorded call: {what}")

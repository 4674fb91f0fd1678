"""A file that is arriving: written block by block, hashed on the way, resumable, never half there.

The bytes go to `<name>.part`. Whatever the source, they are the beginning of the same file, so that
one source can go on where another stopped.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from vs_magic.errors import WeightsError
from vs_magic.llm.fetch.catalogue import File

BLOCK = 1 << 20
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class SourceError(Exception):
    """One source could not deliver; another may. The message is a clause for people."""


class OutOfReachError(SourceError):
    """A source could not be reached at all: it need not be tried for the next file."""


class WrongBytesError(SourceError):
    """A source delivered, and not the bytes of the file."""


class PartialFile:
    """The bytes that have arrived of the file that will be `at` once it is whole and checked.

    They go to `<name>.part`: `stream`, open for appending. `report` is called after each block with
    the number of bytes that are there.
    """

    def __init__(
        self, at: Path, file: File, stream: BinaryIO, report: Callable[[int], None]
    ) -> None:
        self.at = at
        self.file = file
        self.size = 0
        self._stream = stream
        self._report = report
        self._digest = hashlib.sha256()

    @property
    def is_whole(self) -> bool:
        """Whether all bytes are there."""
        return self.size == self.file.size

    def take_in(self, earlier: Path) -> None:
        """Count and hash what arrived in an earlier run."""
        with earlier.open("rb") as stream:
            hashlib.file_digest(stream, lambda: self._digest)
            self.size = stream.tell()
        self._report(self.size)

    def write(self, block: bytes) -> None:
        """Add what comes next.

        Raises
        ------
        SourceError
            The source sends more than the file has.
        WeightsError
            It cannot be written.
        """
        if self.size + len(block) > self.file.size:
            raise SourceError(f"it sends more than the {self.file.size:,} bytes of the file")
        try:
            self._stream.write(block)
        except OSError as error:
            raise explained(error, self) from None
        self._digest.update(block)
        self.size += len(block)
        self._report(self.size)

    def restart(self) -> None:
        """Throw away what has arrived."""
        self._stream.truncate(0)
        self._digest = hashlib.sha256()
        self.size = 0
        self._report(0)

    def finish(self) -> None:
        """Check the hash and give the file its name, in one step.

        Raises
        ------
        WrongBytesError
            The bytes are not those of the file; they are thrown away.
        WeightsError
            It cannot be written.
        """
        found = self._digest.hexdigest()
        if found != self.file.sha256:
            self.restart()
            raise WrongBytesError(
                f"it sent other bytes (SHA-256 {found}, expected {self.file.sha256}), which were "
                "thrown away"
            )
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
            _part_of(self.at).replace(self.at)
        except OSError as error:
            raise explained(error, self) from None


@contextlib.contextmanager
def receiving(at: Path, file: File, report: Callable[[int], None]) -> Iterator[PartialFile]:
    """Open the part of a file, with what arrived earlier; what arrives in the block stays.

    Raises
    ------
    WeightsError
        The disk is full, or the folder cannot be written.
    """
    arriving = _part_of(at)
    part = None
    try:
        at.parent.mkdir(parents=True, exist_ok=True)
        if arrived(at) > file.size:
            arriving.unlink()
        with arriving.open("ab", buffering=0) as stream:
            part = PartialFile(at, file, stream, report)
            if arriving.is_file():
                part.take_in(arriving)
            _check_space(part)
            yield part
    except OSError as error:
        raise explained(error, part or PartialFile(at, file, io.BytesIO(), report)) from None
    finally:
        if arriving.is_file() and not arrived(at):
            arriving.unlink()


def _check_space(part: PartialFile) -> None:
    if shutil.disk_usage(part.at.parent).free < part.file.size - part.size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def arrived(at: Path) -> int:
    """Return how many bytes of a file have arrived without making it whole."""
    try:
        return _part_of(at).stat().st_size
    except OSError:
        return 0


def explained(error: OSError, part: PartialFile) -> WeightsError:
    """Say what a failure to write means for the user."""
    if error.errno in FULL:
        return WeightsError(
            f"the disk is full: {part.file.name} needs {part.file.size - part.size:,} more bytes "
            f"in {part.at.parent}; free some space, or set VS_MAGIC_CACHE_DIR to a folder "
            f"elsewhere, and run it again (the {part.size:,} bytes that have arrived are kept)"
        )
    return WeightsError(
        f"{part.at.parent} cannot be written ({error.strerror}): set VS_MAGIC_CACHE_DIR to a "
        "folder of yours"
    )


def _part_of(at: Path) -> Path:
    return at.with_name(at.name + ".part")

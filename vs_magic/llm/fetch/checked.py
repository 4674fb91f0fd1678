"""Whether a file is the one that the catalogue pins; checked once, and again when it changed."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from vs_magic.errors import WeightsError
from vs_magic.llm.fetch.catalogue import File


def check(at: Path, file: File) -> None:
    """Refuse a file that is not what the catalogue says.

    Hashing a gigabyte takes a second or two, so a check is remembered beside the file, by the
    file's size and time.

    Raises
    ------
    WeightsError
        Its SHA-256 differs, or it cannot be read.
    """
    try:
        stamp = _stamp(at, file)
        if _remembered(at) == stamp:
            return
        with at.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{at} cannot be read: {error.strerror}") from None
    if found != file.sha256:
        raise WeightsError(
            f"{at} is not the file that it should be: its SHA-256 is {found}, expected "
            f"{file.sha256}; delete it and run `vs-magic fetch` again"
        )
    remember(at, file)


def remember(at: Path, file: File) -> None:
    """Note that a file was checked; in a read-only folder it is simply checked again next time."""
    with contextlib.suppress(OSError):
        _note(at).write_text(json.dumps(_stamp(at, file)), encoding="utf-8")


def _stamp(at: Path, file: File) -> dict[str, object]:
    seen = at.stat()
    return {"sha256": file.sha256, "size": seen.st_size, "time": seen.st_mtime_ns}


def _remembered(at: Path) -> object:
    try:
        return json.loads(_note(at).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _note(at: Path) -> Path:
    return at.with_name(at.name + ".checked")

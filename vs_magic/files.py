"""Paths as people write them, the user's folders, files written whole, and why one could not be."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

ALREADY_THERE = "it is there already, and was left alone: name another file, or remove it first"


def expanded(path: str | os.PathLike[str]) -> Path:
    """Return a path with its `~` replaced; an unknown user's stays as it is."""
    return Path(os.path.expanduser(os.fspath(path)))  # noqa: PTH111 - Path.expanduser may raise


def cache_dir() -> Path:
    """Return the folder for what is fetched or cached: `VS_MAGIC_CACHE_DIR`, or the user's."""
    import platformdirs

    named = os.environ.get("VS_MAGIC_CACHE_DIR")
    return Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("vs_magic"))


def config_dir() -> Path:
    """Return the user's folder for what they decided; nothing in it comes from elsewhere."""
    import platformdirs

    return Path(platformdirs.user_config_dir("vs_magic"))


def write(
    path: str | os.PathLike[str],
    content: bytes,
    *,
    mode: int = 0o600,
    over: Callable[[bytes], bool] | None = None,
) -> Path:
    """Write a file whole: when this ends, it is there with all of its content, or as it was.

    A new file has `mode`, less the umask; one that is written over keeps its own.

    Parameters
    ----------
    over
        Whether the content that is there may be written over; None: no file ever.

    Raises
    ------
    FileExistsError
        A file is there and may not be written over.
    OSError
        It cannot be written.
    ValueError
        The path has a NUL in it.
    """
    target = expanded(path)
    target = target.parent.resolve() / target.name if over is None else target.resolve()
    there = os.path.lexists(target)
    if there and not (over and target.is_file() and over(target.read_bytes())):
        raise FileExistsError(None, ALREADY_THERE)
    new = target.with_name(f".{target.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
            file.write(content)
        if there:
            new.chmod(target.stat().st_mode & 0o777)
            new.replace(target)
        else:
            _put(new, target)
    finally:
        new.unlink(missing_ok=True)
    return target


def _put(new: Path, target: Path) -> None:
    """Give a file its name, unless another program has made a file of that name meanwhile."""
    try:
        os.link(new, target)
    except FileExistsError:
        raise FileExistsError(None, ALREADY_THERE) from None
    except OSError:  # no links here
        new.replace(target)


def reason(error: Exception) -> str:
    """Return why a file could not be used, as one line.

    Examples
    --------
    >>> reason(FileNotFoundError(2, "No such file or directory")), reason(ValueError())
    ('No such file or directory', 'ValueError')
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__

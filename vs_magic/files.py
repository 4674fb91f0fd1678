"""Paths as people write them, the user's cache folder, and why a file could not be used."""

from __future__ import annotations

import os
from pathlib import Path


def expanded(path: str | os.PathLike[str]) -> Path:
    """Return a path with its `~` replaced; an unknown user's stays as it is."""
    return Path(os.path.expanduser(os.fspath(path)))  # noqa: PTH111 - Path.expanduser may raise


def cache_dir() -> Path:
    """Return the folder for what is fetched or cached: `VS_MAGIC_CACHE_DIR`, or the user's."""
    import platformdirs

    named = os.environ.get("VS_MAGIC_CACHE_DIR")
    return Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("vs_magic"))


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

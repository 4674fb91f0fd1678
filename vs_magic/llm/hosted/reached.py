"""Which servers have answered in this process: one that has and refuses now may be restarting."""

from __future__ import annotations

from urllib.parse import urlsplit

_answered: set[tuple[str | None, int | None]] = set()


def note(host: str | None, port: int | None) -> None:
    """Note that a server has answered."""
    _answered.add((host, port))


def has_answered(host: str | None, port: int | None) -> bool:
    """Return whether a server has ever answered, whatever it said."""
    return (host, port) in _answered


def is_loopback(host: str) -> bool:
    """Return whether a host, perhaps with a port, is this machine."""
    try:
        name = urlsplit(f"//{host}").hostname or host
    except ValueError:
        return False
    return name in ("localhost", "::1", "0.0.0.0") or name.startswith("127.")  # noqa: S104

"""The fault that a server states, in whatever form its service has for one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_SAYS = ("message", "detail", "msg", "raw", "error")
_NAMES = ("code", "type", "status", "reason", "quotaId")
_HOLDS = ("errors", "details", "metadata", "violations", "param", "retryDelay")
_DEEPEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault in a server's own words."""

    said: str = ""
    codes: tuple[str, ...] = ()  # every code, type, status and name of a quota that it gives
    param: str = ""
    delay: str = ""  # how long to wait, as Google states it: "37.5s"


def read(error: object) -> Fault:
    """Read an error body, whichever service's: the reasons that it holds, the deepest last."""
    found = list(_strings(error))
    said = dict.fromkeys(text for name, text in found if name in _SAYS)
    first = dict(reversed(found))
    return Fault(
        said=": ".join(said),
        codes=tuple(dict.fromkeys(text for name, text in found if name in _NAMES)),
        param=first.get("param", ""),
        delay=first.get("retryDelay", ""),
    )


def _strings(value: object, name: str = "error", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield what an error body says, by the name under which it stands.

    Names that hold something else are passed over: some services repeat the request there.
    """
    if isinstance(value, str):
        value = found if (found := parsed(value)) is not None else value.strip()
    if depth > _DEEPEST or not value or isinstance(value, bool):
        return
    if isinstance(value, (str, int, float)):
        yield name, str(value)
    elif isinstance(value, list):
        for each in value[:20]:
            yield from _strings(each, name, depth + 1)
    elif isinstance(value, dict):
        if isinstance(place := value.get("loc"), list):  # FastAPI names the parameter here
            value = {**value, "msg": f"{'.'.join(map(str, place))}: {value.get('msg')}"}
        for key in (*_SAYS, *_NAMES, *_HOLDS):
            yield from _strings(value.get(key), key, depth + 1)


def parsed(text: str) -> Any:
    """Return the value of a JSON object or list; None where the text is none."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

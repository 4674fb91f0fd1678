"""What the view can ask for, by name; the widget adds what needs threads.

A message's details come from a browser and are believed no further than their kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from vs_magic.errors import OptionError
from vs_magic.view.widget.state import State
from vs_magic.view.widget.values import Ask

Details: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = dict[str, Any]
Handler: TypeAlias = Callable[[State, Details], Answer]

PAGE = ("about", "rows", "kept", "pins", "past", "draws")
"""The parts of the state that turn with the page on display."""


def _draw(state: State, details: Details) -> Answer:
    return {"drawn": state.take(_whole(details.get("times"), 1))}


def _reseed(state: State, details: Details) -> Answer:
    typed = str(details.get("seed", "")).strip()
    state.draws.restart(int(typed) if typed.lstrip("-").isdecimal() else None)
    return {}


def _step(state: State, details: Details) -> Answer:
    state.step(_whole(details.get("to"), 0))
    return {}


def _pool(state: State, details: Details) -> Answer:
    state.pool(on=details.get("on") is True)
    return {}


def _pin(state: State, details: Details) -> Answer:
    state.pin(str(details.get("id")), on=details.get("on") is True)
    return {}


def _text(state: State, details: Details) -> Answer:
    return {"text": state.reading(str(details.get("id")))}


def _why(state: State, details: Details) -> Answer:
    return {"text": state.reasoning(str(details.get("id")))}


def _find(state: State, details: Details) -> Answer:
    return {"ids": state.find(str(details.get("query", "")))}


def _copy(state: State, details: Details) -> Answer:
    ids = details.get("ids")
    return {"text": state.copy([str(id_) for id_ in ids] if isinstance(ids, list) else [])}


def _export(state: State, details: Details) -> Answer:
    return state.export(str(details.get("form")), pinned=details.get("pinned") is True)._asdict()


def _call(state: State, details: Details) -> Answer:
    return state.call(_whole(details.get("number"), 1))


HANDLERS: dict[str, tuple[Handler, tuple[str, ...]]] = {
    "draw": (_draw, ("draws",)),
    "reseed": (_reseed, ("draws",)),
    "step": (_step, PAGE),
    "pool": (_pool, PAGE),
    "pin": (_pin, ("pins", "kept")),
    "text": (_text, ()),
    "why": (_why, ()),
    "find": (_find, ()),
    "copy": (_copy, ()),
    "export": (_export, ()),
    "call": (_call, ()),
}
"""Each handler, and the parts of the state that it touches."""


def read_ask(details: Details) -> Ask:
    """Read what the controls say; an empty number means none, what is no number is refused."""
    k = _number("k", details.get("k"))
    if k is None or k != int(k):
        raise OptionError(f"k takes a whole number, not {str(details.get('k') or '')[:40]!r}")
    return Ask(
        method=str(details.get("method", "")),
        k=int(k),
        threshold=_number("below", details.get("threshold")),
        temperature=_number("T", details.get("temperature")),
    )


def _number(name: str, typed: Any) -> float | None:
    text = "" if typed is None else str(typed).strip().replace(",", ".")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise OptionError(f"{name} takes a number, not {text[:40]!r}")
    return value


def _whole(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default

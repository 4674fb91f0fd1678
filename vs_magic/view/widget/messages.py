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

PAGE = ("about", "rows", "kept", "pins", "past", "draws")
"""The parts of the state that turn with the page on display."""


def _id(details: Details) -> str:
    return str(details.get("id"))


def _is_on(details: Details, name: str = "on") -> bool:
    return details.get(name) is True


def _reseed(state: State, details: Details) -> None:
    typed = str(details.get("seed", "")).strip()
    state.draws.restart(int(typed) if typed.lstrip("-").isdecimal() else None)


def _copy(state: State, details: Details) -> Answer:
    ids = details.get("ids")
    return {"text": state.copy([str(id_) for id_ in ids] if isinstance(ids, list) else [])}


HANDLERS: dict[str, tuple[Callable[[State, Details], Answer | None], tuple[str, ...]]] = {
    "draw": (lambda state, d: {"drawn": state.take(_whole(d.get("times"), 1))}, ("draws",)),
    "reseed": (_reseed, ("draws",)),
    "step": (lambda state, d: state.step(_whole(d.get("to"), 0)), PAGE),
    "pool": (lambda state, d: state.pool(on=_is_on(d)), PAGE),
    "pin": (lambda state, d: state.pin(_id(d), on=_is_on(d)), ("pins", "kept")),
    "text": (lambda state, d: {"text": state.reading(_id(d))}, ()),
    "why": (lambda state, d: {"text": state.reasoning(_id(d))}, ()),
    "find": (lambda state, d: {"ids": state.find(str(d.get("query", "")))}, ()),
    "copy": (_copy, ()),
    "export": (
        lambda state, d: state.export(str(d.get("form")), pinned=_is_on(d, "pinned"))._asdict(),
        (),
    ),
    "call": (lambda state, d: state.call(_whole(d.get("number"), 1)), ()),
}
"""What gives the answer, if there is one, and the parts of the state that it touches."""


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

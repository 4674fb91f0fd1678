"""What the view can ask of a desk, by name; the widget adds what needs threads.

An order takes the desk and the message's details, which come from a browser and are believed no
further than their kind. It returns its answer; `ORDERS` says which parts of the state it touched.
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
Order: TypeAlias = Callable[[State, Details], Answer]

PAGE = ("about", "rows", "kept", "pins", "past", "draws")
"""The parts of the state that turn with the page on display."""


def _draw(desk: State, details: Details) -> Answer:
    return {"drawn": desk.take(_whole(details.get("times"), 1))}


def _reseed(desk: State, details: Details) -> Answer:
    typed = str(details.get("seed", "")).strip()
    desk.draws.restart(int(typed) if typed.lstrip("-").isdecimal() else None)
    return {}


def _step(desk: State, details: Details) -> Answer:
    desk.step(_whole(details.get("to"), 0))
    return {}


def _pool(desk: State, details: Details) -> Answer:
    desk.pool(on=details.get("on") is True)
    return {}


def _pin(desk: State, details: Details) -> Answer:
    desk.pin(str(details.get("id")), on=details.get("on") is True)
    return {}


def _text(desk: State, details: Details) -> Answer:
    return {"text": desk.reading(str(details.get("id")))}


def _why(desk: State, details: Details) -> Answer:
    return {"text": desk.reasoning(str(details.get("id")))}


def _find(desk: State, details: Details) -> Answer:
    return {"ids": desk.find(str(details.get("query", "")))}


def _copy(desk: State, details: Details) -> Answer:
    ids = details.get("ids")
    return {"text": desk.copy([str(id_) for id_ in ids] if isinstance(ids, list) else [])}


def _export(desk: State, details: Details) -> Answer:
    return desk.export(str(details.get("form")), pinned=details.get("pinned") is True)._asdict()


def _call(desk: State, details: Details) -> Answer:
    return desk.call(_whole(details.get("number"), 1))


ORDERS: dict[str, tuple[Order, tuple[str, ...]]] = {
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
"""Each order, and the parts of the state that it touches."""


def read_ask(details: Details) -> Ask:
    """Read what the controls say; an empty number means none.

    Raises
    ------
    OptionError
        A control holds no number.
    """
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

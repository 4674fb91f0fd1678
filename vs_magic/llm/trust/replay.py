"""Record calls to a bundle, and answer calls from one: a lesson that needs no key.

Under a replay nothing is ever sent. A call that is not in the bundle is an error that names the
nearest one which is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from vs_magic.errors import ModelError
from vs_magic.llm.request import Complete, OnText, Reply, Request
from vs_magic.llm.trust import wire
from vs_magic.llm.trust.bundle import Bundle, Recorder
from vs_magic.llm.trust.cache import OnHit, for_nothing
from vs_magic.verbalized.parameters import Parameters

_MOST_DIFFERENCES = 3
_LONGEST_TASK = 60


def recording(complete: Complete, recorder: Recorder) -> Complete:
    """Return a client that records each reply to a bundle; failures are not recorded."""

    async def call(request: Request, *, on_text: OnText | None = None) -> Reply:
        reply = await complete(request, on_text=on_text)
        recorder.record(reply)
        return reply

    return call


def replaying(bundle: Bundle, *, on_hit: OnHit | None = None) -> Complete:
    """Return a client that answers from a bundle and never asks a model.

    `on_hit` is told of each reply, as it was when it was recorded.

    Raises
    ------
    ModelError
        From the client: the call is not in the bundle; the nearest recorded one is named.
    """

    async def call(request: Request, *, on_text: OnText | None = None) -> Reply:
        began = time.monotonic()
        reply = bundle.calls.get(wire.key(request))
        if reply is None:
            raise ModelError(missing(request, bundle))
        if on_hit is not None:
            on_hit(reply)
        dated = reply if reply.when else replace(reply, when=bundle.created)
        return for_nothing(dated, request, began, on_text)

    return call


def missing(request: Request, bundle: Bundle) -> str:
    """Say that a call is not in a bundle, and what sets it apart from the nearest one that is."""
    count = len(bundle.calls)
    if not count:
        return f"{bundle.path} holds no calls: nothing is sent under a replay"
    recorded = [reply.request for reply in bundle.calls.values()]
    nearest = min(recorded, key=lambda other: _distance(request, other))
    differences = list(_differences(request, nearest))
    if not differences:
        differences = ["its messages (other wording, or other replies before it)"]
    more = len(differences) - _MOST_DIFFERENCES
    shown = ", ".join(differences[:_MOST_DIFFERENCES]) + (f" and {more} more" if more > 0 else "")
    calls = "the one call" if count == 1 else f"the {count} calls"
    return (
        f"this call is not among {calls} in {bundle.path}, and nothing is sent under a replay: "
        f"the nearest recorded one differs in {shown}"
    )


def _distance(request: Request, other: Request) -> tuple[Any, ...]:
    same = [get(request) == get(other) for get in _ASPECTS.values()]
    return (*(not s for s in same[:2]), same.count(False), abs(request.call - other.call))


def _differences(request: Request, other: Request) -> Iterator[str]:
    for name, get in _ASPECTS.items():
        here, there = get(request), get(other)
        if here == there:
            continue
        if name == "task":
            yield f"the task (recorded: {there!r})"
        else:
            yield f"{name} (recorded: {_said(there)}; asked: {_said(here)})"


def _task_of(request: Request) -> str:
    """The first thing that the user says: what was typed in the cell."""
    said = (m["content"] for m in request.messages if m["role"] == "user")
    task = next(said, "")
    return task if len(task) <= _LONGEST_TASK else task[:_LONGEST_TASK] + "…"


def _said(value: Any) -> str:
    return "none" if value is None else str(value)


_ASPECTS: dict[str, Callable[[Request], Any]] = {
    "model": lambda r: r.model,
    "task": _task_of,
    "method": lambda r: str(r.shape.method),
    "k": lambda r: r.shape.k,
    **{f.name: attrgetter(f"parameters.{f.name}") for f in fields(Parameters)},
    "probability": lambda r: str(r.shape.probability),
    "format": lambda r: str(r.shape.format),
    "call": lambda r: r.call,
    "turn": lambda r: r.turn,
}
"""What people can tell calls apart by, the weightiest first."""

"""What a task will take, decided before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.llm import session
from vs_magic.llm.request import Model, Request
from vs_magic.llm.trust.budget import Budget
from vs_magic.verbalized import prompt
from vs_magic.verbalized.method import Format
from vs_magic.verbalized.options import Options
from vs_magic.verbalized.prompt import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A task, its options and its model, ready to run."""

    task: str
    options: Options  # with the model and the wire format filled in
    model: Model  # connected: its key or weights were found
    reason: str  # why this model, in plain words
    start: int = 0  # calls for the same task that went before: numbers and seeds go on from there

    @property
    def calls(self) -> int:
        """How many calls it takes (a repair call may come on top)."""
        return len(self.options.sizes)

    @property
    def conversations(self) -> tuple[tuple[Message, ...], ...]:
        """What will be sent, each different conversation once.

        Later turns are shown with a placeholder where the model's own reply will stand.
        """
        options, sizes = self.options, self.options.sizes
        if not options.method.converses:
            first = dict.fromkeys(sizes)
            return tuple(prompt.opening(self.task, options, k) for k in first)
        messages = [*prompt.opening(self.task, options, sizes[0])]
        for turn, k in enumerate(sizes[1:], start=1):
            messages.append(Message(role="assistant", content=f"<reply of turn {turn}>"))
            messages.append(prompt.again(options, k))
        return (tuple(messages),)

    @property
    def cost_usd(self) -> float | None:
        """Estimated price in US dollars; None where the model's price is unknown."""
        sizes = self.options.sizes
        each = {
            k: self.model.estimate(self.request(prompt.opening(self.task, self.options, k), k))
            for k in set(sizes)
        }
        known = [each[k] for k in sizes]
        return None if any(c is None for c in known) else sum(c for c in known if c is not None)

    def request(
        self, messages: tuple[Message, ...], k: int, *, call: int = 1, turn: int = 1
    ) -> Request:
        """Return the request of one call; call i of the run is seeded with seed + i."""
        options = self.options
        call += self.start
        parameters = options.parameters
        if parameters.seed is not None:
            parameters = replace(parameters, seed=parameters.seed + (call - 1) + (turn - 1))
        return Request(
            model=self.model.name,
            messages=messages,
            shape=options.shape(k),
            parameters=parameters,
            call=call,
            turn=turn,
            timeout=options.timeout,
        )


def plan(
    task: str,
    options: Options | Mapping[str, Any],
    *,
    budget: Budget | None = None,
    start: int = 0,
) -> Plan:
    """Decide what a task will take: the model, the calls, the messages. Nothing is sent.

    The model may be named, or be a `Model` of the caller's own: a test double, say. `budget` is a
    limit that several plans share; None: the options' own, if there is one. `start` calls for the
    same task went before.

    Raises
    ------
    OptionError
        The task is empty, an option is out of its range, or a bundle cannot be read.
    ModelError
        The model is unknown, or its key or weights are missing.
    """
    given = None
    if not isinstance(options, Options):
        given = options.get("model") if isinstance(options.get("model"), Model) else None
        options = Options().with_(**{**options, **({"model": given.name} if given else {})})
    if not isinstance(task, str) or not task.strip():
        raise OptionError("there is no task: say what to ask, for example 'Name a colour.'")
    model, reason = _model(options, given, budget or shared_budget(options))
    suits = model.format if options.method.lists and not options.method.reasons else Format.JSON
    options = options.with_(model=model.name, format=options.format or suits)
    return Plan(task=task, options=options, model=model, reason=reason, start=start)


def shared_budget(options: Options) -> Budget | None:
    """Return a budget for one or several plans, if the options limit what they may cost."""
    return None if options.budget is None else Budget(options.budget)


def _model(options: Options, given: Model | None, budget: Budget | None) -> tuple[Model, str]:
    """The model that was handed in, or the one that goes by the name, within this session."""
    around = session.current()
    if given is None:
        return around.open(options.model, fresh=options.fresh, replay=options.replay, budget=budget)
    if options.replay:
        raise OptionError("--replay takes the place of a model, and one was handed in")
    return around.wrap(given, cached=False, budget=budget), "it was handed in"

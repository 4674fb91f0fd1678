"""Models for studies: scripted ones, with a price, a pace, and faults on demand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from vs_magic.errors import ModelError
from vs_magic.llm.request import Model, Reply, Request
from vs_magic.verbalized.method import Method

ANSWERS = ("red", "green", "blue", "teal", "pink")


class Scripted:
    """A model that answers every method, and remembers how it was asked.

    Parameters
    ----------
    one
        The answer of call i (from 0) to a method that asks for one.
    many
        The answers to a method that asks for several.
    fails
        Methods whose calls fail.
    pause
        Seconds that a call takes.
    """

    def __init__(
        self,
        one: Callable[[int], str] = lambda _: "red",
        many: tuple[str, ...] = ANSWERS,
        fails: tuple[str, ...] = (),
        pause: float = 0.0,
    ) -> None:
        self.one, self.many, self.fails, self.pause = one, many, fails, pause
        self.requests: list[Request] = []
        self.active = self.peak = 0

    async def __call__(self, request: Request, *, on_text=None) -> Reply:  # noqa: ARG002
        """Answer in the shape that was asked for."""
        self.requests.append(request)
        self.active += 1
        self.peak = max(self.peak, self.active)
        try:
            await asyncio.sleep(self.pause)
        finally:
            self.active -= 1
        if str(request.shape.method) in self.fails:
            raise ModelError("the endpoint is down")
        text = self._text(request)
        return Reply(
            text=text,
            request=request,
            model=request.model,
            finish_reason="stop",
            prompt_tokens=10,
            completion_tokens=5,
            cost_usd=0.001,
        )

    def _text(self, request: Request) -> str:
        method, k = request.shape.method, request.shape.k
        if method in (Method.DIRECT, Method.MULTI_TURN):
            return self.one(request.call + request.turn - 2)
        if method is Method.COT:
            return json.dumps({"reasoning": "because", "response": self.one(request.call - 1)})
        answers = [self.many[i % len(self.many)] for i in range(k)]
        if method is Method.SEQUENCE:
            return json.dumps({"responses": answers})
        field = request.shape.probability.field
        return json.dumps(
            {"responses": [{"text": a, field: 0.5 ** (i + 1)} for i, a in enumerate(answers)]}
        )

    def as_model(self, name: str = "scripted", concurrency: int | None = None) -> Model:
        """Return it as a model that can be handed in; each call is said to cost 0.002."""
        return Model(name=name, complete=self, estimate=lambda _: 0.002, concurrency=concurrency)


@pytest.fixture
def scripted() -> type[Scripted]:
    """The class of scripted models."""
    return Scripted

"""A model that plays back replies, for tests of code built on vs_magic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from vs_magic.errors import ModelError
from vs_magic.llm.request import OnText, Reply, Request

Line: TypeAlias = "str | Reply | Exception | Callable[[Request], str]"
"""A text, a whole reply, an error to raise, or a function of the request that returns a text."""


class ScriptedModel:
    """A `Complete` that plays back `script`, one line a call, and records the requests.

    Parameters
    ----------
    script
        The lines, in order; a call past the end raises a `ModelError`. One function in place of
        the lines answers every call.
    name
        The name under which it answers.

    Attributes
    ----------
    requests
        Every request so far, oldest first.

    Examples
    --------
    >>> import asyncio
    >>> from vs_magic.verbalized.shape import Shape
    >>> from vs_magic.verbalized.method import Method
    >>> model = ScriptedModel(["Heads."])
    >>> request = Request(model="scripted", messages=(), shape=Shape(method=Method.DIRECT))
    >>> asyncio.run(model(request)).text
    'Heads.'
    """

    def __init__(
        self, script: Sequence[Line] | Callable[[Request], str], *, name: str = "scripted"
    ) -> None:
        self.name = name
        self.requests: list[Request] = []
        self._script = script

    async def __call__(self, request: Request, *, on_text: OnText | None = None) -> Reply:
        """Play back the next line.

        Raises
        ------
        ModelError
            The script is at its end.
        Exception
            Whatever the script holds for this call.
        """
        self.requests.append(request)
        line = self._line(len(self.requests))
        if isinstance(line, Exception):
            raise line
        if isinstance(line, Reply):
            reply = replace(line, request=request)
        else:
            text = line if isinstance(line, str) else line(request)
            reply = Reply(
                text=text,
                request=request,
                model=self.name,
                finish_reason="stop",
                prompt_tokens=sum(len(m["content"].split()) for m in request.messages),
                completion_tokens=len(text.split()),
                cost_usd=0.0,
            )
        if on_text is not None:
            on_text(reply.text)
        return reply

    def _line(self, call: int) -> Line:
        if callable(self._script):
            return self._script
        if call > len(self._script):
            raise ModelError(f"{self.name}: its script ended after {len(self._script)} replies")
        return self._script[call - 1]

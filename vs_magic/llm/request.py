"""A model, what goes to it and what comes back: plain values, and the function type between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from vs_magic.llm import values
from vs_magic.verbalized.candidate import encodable
from vs_magic.verbalized.method import Format
from vs_magic.verbalized.parameters import Parameters
from vs_magic.verbalized.prompt import Message
from vs_magic.verbalized.shape import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call to a model.

    Parameters
    ----------
    model
        The model's full name, as `%vs_models` lists it.
    messages
        The conversation so far, oldest first.
    shape
        What the reply has to look like; the client turns it into a JSON schema or a grammar.
    parameters
        How to sample; what is at its default is left to the model's endpoint.
    call
        The number of this call (or conversation) among the repeated ones of a task, from 1. It is
        part of the request's identity: the same prompt asked twice is two calls.
    turn
        The number of this call within its conversation, from 1.
    timeout
        Longest wait, in seconds.
    """

    model: str
    messages: tuple[Message, ...]
    shape: Shape
    parameters: Parameters = field(default_factory=Parameters)
    call: int = 1
    turn: int = 1
    timeout: float = 120.0


def now() -> str:
    """Return the time as a reply has it: in UTC, to the second, `2026-01-31T12:00:00Z`."""
    moment = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return moment.replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply, verbatim, with what it cost.

    Whatever a client was sent is put in order here, once: a text that is a list of parts becomes
    their text, a count that is none becomes None, and every text can be written out.

    Parameters
    ----------
    text
        What the model wrote, verbatim.
    request
        The call that it answers.
    model
        The model that answered, as the endpoint names it; where it does not, as it was asked.
    mode
        How the form was held: `json_schema`, `json_object`, `grammar`, `simulated` or `plain`.
    taken_from
        The part of the message that `text` is: `content`, the arguments of its `tool_calls`, or
        the words of its `refusal`.
    finish_reason
        `stop`, `length`, `content_filter` … as the endpoint says; None where it does not.
    reasoning
        Reasoning that the endpoint returned beside the text, if any.
    prompt_tokens, completion_tokens
        Token counts; None where unknown.
    cost_usd
        Price in US dollars; None where unknown, 0.0 only where it is known to be free.
    latency_s
        Seconds from request to last byte, retries included.
    cached
        Whether it came from the cache, for nothing.
    parameters
        The parameters that were sent beside the messages, as plain JSON (no keys).
    not_sent
        The names of the parameters that were asked for and that the model does not have.
    when
        When the model gave it, as `now` says it, also where the cache or a bundle gives it again;
        empty where a record does not say.
    """

    text: str
    request: Request
    model: str
    mode: str = "plain"
    taken_from: str = "content"
    finish_reason: str | None = None
    reasoning: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    latency_s: float = 0.0
    cached: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    not_sent: tuple[str, ...] = ()
    when: str = field(default_factory=now, compare=False)

    def __post_init__(self) -> None:
        said = values.content(self.text)
        reasoning = values.text(self.reasoning) or said.reasoning
        ordered = {
            "text": encodable(said.text),
            "model": encodable(values.text(self.model)) or self.request.model,
            "finish_reason": values.finish_reason(self.finish_reason),
            "reasoning": encodable(reasoning) or None,
            "prompt_tokens": values.count(self.prompt_tokens),
            "completion_tokens": values.count(self.completion_tokens),
        }
        for name, value in ordered.items():
            object.__setattr__(self, name, value)


OnText = Callable[[str], None]
"""Called with the whole text so far, as a reply streams in."""


class Complete(Protocol):
    """A client of a model: a request in, a reply out.

    With `on_text`, the reply is streamed where the endpoint can; without, it comes whole.

    Raises
    ------
    ModelError
        No reply: unreachable, refused, timed out. The message is one line and holds no key.
    """

    async def __call__(self, request: Request, *, on_text: OnText | None = None) -> Reply:
        """Send `request` and return its reply."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that can be asked.

    Parameters
    ----------
    name
        Its full name.
    complete
        Asks it.
    estimate
        The probable price of a call in US dollars, before it is sent: None where it is unknown,
        0.0 only where it is known to be free.
    format
        The form of a list that suits it best.
    concurrency
        The most calls at once that make sense; None: it sets no limit of its own.
    note
        One line on what it is; "" for hosted models.
    """

    name: str
    complete: Complete
    estimate: Callable[[Request], float | None]
    format: Format = Format.JSON
    concurrency: int | None = None
    note: str = ""

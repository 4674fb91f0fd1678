"""Hear a reply out, streamed or whole, and keep what had arrived when it breaks off."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from vs_magic.llm import values
from vs_magic.llm.hosted.failures import EMPTY_STREAM, causes
from vs_magic.llm.hosted.noted import Noted
from vs_magic.llm.request import OnText


@dataclass(slots=True, kw_only=True)
class Received:
    """What has been received of one reply; it grows while the reply streams in."""

    text: str = ""
    reasoning: str = ""
    model: str = ""
    finish_reason: str | None = None
    usage: Any = (
        None  # the endpoint's own; None where it sent none (litellm then guesses or says 0)
    )
    stated_cost: float | None = None  # what the endpoint itself states, in US dollars
    again: str = ""  # after the end, repeats the reply from its beginning: no part of it
    tool_calls: dict[int, str] = field(default_factory=dict)  # their arguments, by their number
    noted: Noted = field(default_factory=Noted)  # what the answer itself says, as it came
    ignored_stream: bool = False  # a stream was asked for, and a plain body came
    failed: BaseException | None = None  # what ended it, where it did not end well

    @property
    def prompt_tokens(self) -> int | None:
        """Tokens sent; None where unknown."""
        return self._count("prompt_tokens")

    @property
    def completion_tokens(self) -> int | None:
        """Tokens written; None where unknown."""
        return self._count("completion_tokens")

    @property
    def ended(self) -> str | None:
        """Why it ended, as the endpoint says; None where it does not, and litellm makes one up."""
        if self.noted.finish_reason is not None or self.noted.knows_end:
            return self.noted.finish_reason
        return self.finish_reason

    def taken(self) -> tuple[str, str]:
        """Return what the model wrote, and from which part of its message that is taken."""
        called = "\n".join(filter(None, self.tool_calls.values()))
        if self.text.strip() or not (called or self.noted.refusal):
            return self.text, "content"
        return (called, "tool_calls") if called else (self.noted.refusal, "refusal")

    def count(self, usage: Any) -> None:
        """Take in token counts; all zeros are litellm's way to say that there were none."""
        if usage is None or not getattr(usage, "total_tokens", 0):
            return
        self.usage = usage
        cost = getattr(usage, "cost", None)
        if isinstance(cost, (int, float)) and not isinstance(cost, bool):
            self.stated_cost = float(cost)

    def call(self, tool_calls: Any) -> None:
        """Take in tool calls, or pieces of them."""
        for place, called in enumerate(tool_calls or ()):
            number = getattr(called, "index", None) or place
            given = values.text(getattr(getattr(called, "function", None), "arguments", None))
            self.tool_calls[number] = self.tool_calls.get(number, "") + given

    def _count(self, name: str) -> int | None:
        count = values.count(getattr(self.usage, name, None))
        return None if self.noted.knows_end and name not in self.noted.counts else count


class EmptyStreamError(Exception):
    """A stream was asked for, and what came held no event: ask once more, without one."""

    body = MappingProxyType({"code": EMPTY_STREAM, "message": "the stream held no event"})


async def receive(
    received: Received, send: Callable[[], Awaitable[Any]], on_text: OnText | None
) -> None:
    """Send a request and hear its reply out, into `received`; what a client raises goes there too.

    What arrives is there at once, even when this is cancelled. `send` gives litellm's whole
    response or its stream; `on_text` is called with the text so far whenever some arrives.
    """
    response = await _caught(received, send())
    if response is None:
        return
    if not hasattr(response, "__anext__"):
        _read_whole(received, response)
    elif (body := await _caught(received, _plain_body(response))) is not None:
        received.ignored_stream = True
        _read_body(received, body)
    elif received.failed is None:
        await _read_stream(received, response, on_text)
        return
    if on_text is not None and received.text:
        on_text(received.text)


async def _caught(received: Received, work: Awaitable[Any]) -> Any:
    """Await one step of a client; None where it failed or came to its end."""
    try:
        return await work
    except StopAsyncIteration:
        return None
    except Exception as error:  # noqa: BLE001  (litellm raises anything, bare Exception included)
        from vs_magic.llm.hosted.response_limits import ended_here

        received.failed = ended_here(error) or error
        return None


async def _read_stream(received: Received, stream: Any, on_text: OnText | None) -> None:
    try:
        while (chunk := await _caught(received, stream.__anext__())) is not None:
            if _take(received, chunk) and on_text is not None:
                on_text(received.text)
    finally:
        await _release(stream)
    if received.failed is not None and not _lacks_its_reason(received.failed):
        return
    received.failed = None
    # litellm makes up an end and token counts where the endpoint sent none; these are its own.
    if hasattr(stream, "received_finish_reason"):
        received.finish_reason = stream.received_finish_reason
        for chunk in stream.chunks:
            received.count(getattr(chunk, "usage", None))
    if not received.taken()[0] and not received.reasoning and received.ended is None:
        received.failed = EmptyStreamError("empty or invalid response")


def _lacks_its_reason(error: BaseException) -> bool:
    """Whether litellm only minds that a stream told no finish_reason; one cut off is another."""
    return any("before a finish_reason was received" in str(link) for link in causes(error))


def _take(received: Received, chunk: Any) -> bool:
    """Take in one piece; whether it brought text."""
    received.model = values.text(getattr(chunk, "model", None)) or received.model
    if not chunk.choices:
        return False
    choice, ended = chunk.choices[0], received.finish_reason is not None
    received.finish_reason = choice.finish_reason or received.finish_reason
    said = values.content(choice.delta.content)
    if ended and received.text.startswith(received.again + said.text):
        received.again += said.text  # a gateway sends once more what it has sent
        return False
    received.reasoning += _reasoning(choice.delta) or said.reasoning
    received.call(getattr(choice.delta, "tool_calls", None))
    received.text += received.again + said.text
    received.again = ""
    return bool(said.text)


def _read_whole(received: Received, response: Any) -> None:
    received.model = values.text(response.model)
    received.count(getattr(response, "usage", None))
    if not response.choices:
        received.failed = ValueError("empty or invalid response: the completion holds no choices")
        return
    received.finish_reason = response.choices[0].finish_reason
    for choice in response.choices:  # one was asked for: these are its parts
        said = values.content(choice.message.content)
        received.text += said.text
        received.reasoning += _reasoning(choice.message) or said.reasoning
        received.call(getattr(choice.message, "tool_calls", None))


def _reasoning(message: Any) -> str:
    return values.text(getattr(message, "reasoning_content", None))


async def _plain_body(stream: Any) -> bytes | None:
    """The body of a response that is no event stream, though one was asked for; else None.

    A plain answer may be labelled as text, and then only its first bytes tell: asking again
    without a stream would pay for it twice. Events that are labelled so stay a stream.
    """
    response = getattr(getattr(stream, "completion_stream", None), "response", None)
    kind = getattr(response, "headers", {}).get("content-type", "")
    if response is None or not kind.startswith(("application/json", "text/plain", "text/html")):
        return None
    if not kind.startswith("application/json"):
        from vs_magic.llm.hosted.response_limits import Peeked

        pieces = Peeked(response.stream)
        response.stream = pieces
        if (await pieces.first()).lstrip()[:1] not in (b"{", b"<"):
            return None
    content: bytes = await response.aread()
    return content


def _read_body(received: Received, body: bytes) -> None:
    """Read a plain chat completion."""
    from litellm import ModelResponse

    try:
        _read_whole(received, ModelResponse(**json.loads(body)))
    except (ValueError, TypeError, AttributeError) as error:
        received.failed = ValueError(f"empty or invalid response: {error}")


async def _release(stream: Any) -> None:
    """Close a stream that was not read to its end, so that its connection is not kept."""
    close = getattr(getattr(stream, "completion_stream", None), "close", None)
    if close is not None:
        closing = close()
        if hasattr(closing, "__await__"):
            await _caught(Received(), closing)

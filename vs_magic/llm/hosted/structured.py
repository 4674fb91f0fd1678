"""What an endpoint takes: found out by asking, stepped down on refusal, remembered meanwhile.

A reply's form is asked for as a JSON schema, else in JSON mode, else in words alone. What litellm
knows of a model is the first guess; an endpoint that refuses the form gets the next one. So it is
with a system message (its words go into the user's turn) and with parameters (they are left out);
the reply says both. A refusal costs no money, since nothing was generated.

What a refusal names is tried first. Where it names nothing that we know, each step is tried all the
same, one request a step: no list has all the words that services find. Only a refusal with another
known cause (a prompt that is too long, a policy, a key …) is told at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any

from vs_magic.llm.hosted.failures import EMPTY_STREAM, Failure, Kind
from vs_magic.llm.request import Request
from vs_magic.verbalized.parameters import Parameters
from vs_magic.verbalized.prompt import Message
from vs_magic.verbalized.shape import json_schema

MOST_STEPS = 4
SYSTEM = "system message"
IN_THE_USERS_TURN = "in the user's turn"
PARAMETERS = frozenset(declared.name for declared in fields(Parameters))


class Form(IntEnum):
    """How a form is asked for, the surest first."""

    JSON_SCHEMA = 0
    JSON_OBJECT = 1
    PLAIN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an endpoint is known, or guessed, to take from one model's requests."""

    form: Form = Form.JSON_SCHEMA  # the surest that it takes
    without: frozenset[str] = frozenset()  # parameters that it does not take
    long_name: bool = False  # whether it wants `max_tokens` under its newer name
    streams: bool = True
    system: bool = True  # whether it takes a system message, and roles that do not alternate
    settled: frozenset[str] = frozenset()  # what was answered with, or is in vain left out

    def and_(self, other: Capabilities) -> Capabilities:
        """Join what two calls learned at the same time."""
        return Capabilities(
            form=max(self.form, other.form),
            without=self.without | other.without,
            long_name=self.long_name or other.long_name,
            streams=self.streams and other.streams,
            system=self.system and other.system,
            settled=self.settled | other.settled,
        )


def guess(supported: Collection[str] | None, *, schema: bool, listed: bool) -> Capabilities:
    """Return the first guess, from what litellm knows: parameters (None: nothing), and a schema.

    `listed` is whether it knows the model itself, or only the kind of endpoint: of an unlisted one,
    a schema is worth a try.
    """
    if supported is None:
        return Capabilities()
    names = {"max_tokens" if name == "max_completion_tokens" else name for name in supported}
    without = (PARAMETERS | {"stream_options"}) - names
    form = Form.JSON_SCHEMA if schema or not listed else Form.JSON_OBJECT
    if "response_format" not in names:
        form = Form.PLAIN
    return Capabilities(form=form, without=without, streams="stream" in names)


def parameters(request: Request, capabilities: Capabilities, *, stream: bool) -> dict[str, Any]:
    """Return what is sent beside the messages, on these capabilities."""
    given = request.parameters.given()
    sent = {name: value for name, value in given.items() if name not in capabilities.without}
    if capabilities.long_name and "max_tokens" in sent:
        sent["max_completion_tokens"] = sent.pop("max_tokens")
    if (form := _response_format(request, capabilities.form)) is not None:
        sent["response_format"] = form
    if stream and capabilities.streams:
        sent["stream"] = True
        if "stream_options" not in capabilities.without:
            sent["stream_options"] = {"include_usage": True}
    return sent


def messages(request: Request, capabilities: Capabilities) -> list[Message]:
    """Return the conversation as the endpoint takes it: with a system message, or of two roles.

    Without one, its words begin the user's first turn, and turns of one role in a row are one turn.
    """
    given = [Message(role=m["role"], content=m["content"]) for m in request.messages]
    if capabilities.system:
        return given
    merged: list[Message] = []
    for message in given:
        role = "user" if message["role"] == "system" else message["role"]
        if merged and merged[-1]["role"] == role:
            merged[-1]["content"] += f"\n\n{message['content']}"
        else:
            merged.append(Message(role=role, content=message["content"]))
    return merged


def mode(sent: Mapping[str, Any]) -> str:
    """Return the name of the form that was asked for, for `Reply.mode`."""
    form = sent.get("response_format")
    return "plain" if form is None else str(form["type"])


def told(request: Request, sent: Mapping[str, Any], messages: Sequence[Message]) -> dict[str, Any]:
    """Return what a `Reply` says of the parameters: those sent, and those that were not."""
    plain = {name: value for name, value in sent.items() if name != "stream_options"}
    if list(messages) != list(request.messages):
        plain["system_message"] = IN_THE_USERS_TURN
    if "response_format" in plain:
        plain["response_format"] = mode(sent)
    names = {"max_tokens" if name == "max_completion_tokens" else name for name in sent}
    not_sent = tuple(name for name in request.parameters.given() if name not in names)
    return {"parameters": plain, "not_sent": not_sent}


@dataclass(slots=True, kw_only=True)
class Negotiation:
    """How far one call has stepped down; each of its attempts goes on from there."""

    request: Request
    stream: bool
    capabilities: Capabilities
    lasting: bool = True  # whether what it learned holds for later calls too
    steps: int = 0
    guessed_at: Failure | None = None  # the refusal from which on no word asked for the steps

    @property
    def sent(self) -> dict[str, Any]:
        """What is sent beside the messages."""
        return parameters(self.request, self.capabilities, stream=self.stream)

    @property
    def messages(self) -> list[Message]:
        """The conversation as it is sent."""
        return messages(self.request, self.capabilities)

    def settle(self) -> Capabilities:
        """Return what it knows by now: nothing that was sent is to be guessed at again."""
        used = _used(self.sent, self.messages)
        return replace(self.capabilities, settled=self.capabilities.settled | used)

    def step_down(self, failed: Failure, *, known: bool = False) -> bool:
        """Take less after a refusal; False: it has another cause, or every step was taken.

        `known` is whether the endpoint has answered before: an empty stream is chance then.
        """
        by_name = list(_named(self.capabilities, failed, self.sent))
        lesser = by_name or list(self._guesses(failed))
        changing = (less for less in lesser if self._differs(less))
        if self.steps == MOST_STEPS or (less := next(changing, None)) is None:
            return False
        if not by_name and self.guessed_at is None:
            self.guessed_at = failed
        chance = failed.code == EMPTY_STREAM and known
        self.lasting = self.lasting and not (chance or _CAME_OUT_INVALID.search(failed.code))
        self.capabilities, self.steps = less, self.steps + 1
        return True

    def _differs(self, less: Capabilities) -> bool:
        after = replace(self, capabilities=less)
        return (after.sent, after.messages) != (self.sent, self.messages)

    def _guesses(self, failed: Failure) -> Iterator[Capabilities]:
        """Yield what to do without where a refusal names nothing: what was never answered with.

        The likeliest cause comes first; a limit on the length is kept.
        """
        said, sent, now = _said(failed), self.sent, self.capabilities
        of_a_value = any(_names(name, said) for name in sent) and _RANGE.search(said)
        if failed.kind is not Kind.REQUEST or of_a_value:
            return
        new = _used(sent, self.messages) - now.settled
        if "response_format" in sent and mode(sent) in new:
            yield replace(now, form=Form(Form[mode(sent).upper()] + 1))
        if SYSTEM in new:
            yield replace(now, system=False)
        without = new & (PARAMETERS | {"stream_options"}) - {"max_tokens"}
        yield replace(now, without=now.without | without)


def _used(sent: Mapping[str, Any], messages: Sequence[Message]) -> frozenset[str]:
    """What a request makes use of, by name: its form, parameters, a system message."""
    system = {SYSTEM} if any(message["role"] == "system" for message in messages) else set()
    return frozenset({*sent, mode(sent), *system})


def _named(
    capabilities: Capabilities, failed: Failure, sent: Mapping[str, Any]
) -> Iterator[Capabilities]:
    """Yield the steps that a refusal's words ask for."""
    if failed.code == EMPTY_STREAM:
        yield _less(capabilities, "stream")
    if failed.kind not in (Kind.REQUEST, Kind.SERVER, Kind.MODEL):
        return
    said, refused = _said(failed), failed.kind is Kind.REQUEST
    if refused and "max_completion_tokens" in said and "max_tokens" in sent:
        yield replace(capabilities, long_name=True)
    if "response_format" in sent and (_FORM.search(said) or _TOOLS.search(said)):
        lesser = Form.PLAIN if _TOOLS.search(said) else Form[mode(sent).upper()] + 1
        yield replace(capabilities, form=Form(max(capabilities.form, lesser)))
    if refused:
        yield from _without_named(capabilities, failed, sent)
    if _ROLES.search(said) or (refused and re.search(r"\bsystem\b|\broles?\b", said)):
        yield replace(capabilities, system=False)


def _without_named(
    capabilities: Capabilities, failed: Failure, sent: Mapping[str, Any]
) -> Iterator[Capabilities]:
    """Yield the step without the parameter that a refusal names, unless it minds the value."""
    said = _said(failed)
    named = [name for name in sent if name not in _COMMON_WORDS and _names(name, said)]
    named.sort(key=lambda name: name != failed.param)
    if not _REFUSED.search(said):
        if named and not _RANGE.search(said):
            yield _less(capabilities, named[0])
        return
    named += [name for name in _COMMON_WORDS if name in sent and _names(name, said)]
    yield from (_less(capabilities, name) for name in named)


def _said(failed: Failure) -> str:
    return f"{failed.code} {failed.param} {failed.said}".lower()


def _names(name: str, said: str) -> bool:
    """Whether a refusal names a parameter, in its own or in another service's spelling."""
    spelt = (name, name.replace("_", ""), *_SPELT.get(name, ()))
    return any(re.search(rf"\b{each}\b", said) for each in spelt)


def _less(capabilities: Capabilities, name: str) -> Capabilities:
    """The capabilities without a parameter."""
    if name == "stream":
        return replace(capabilities, streams=False)
    name = "max_tokens" if name == "max_completion_tokens" else name
    return replace(capabilities, without=capabilities.without | {name})


def _response_format(request: Request, form: Form) -> dict[str, Any] | None:
    schema = json_schema(request.shape)
    if schema is None or form is Form.PLAIN:
        return None
    if form is Form.JSON_OBJECT:
        return {"type": "json_object"}
    named = {"name": "responses", "schema": schema, "strict": True}
    return {"type": "json_schema", "json_schema": named}


# How endpoints and their gateways speak of the form that they do not take.
_FORM = re.compile(
    r"response[_ ]?(format|schema|mime)|json[_ ]?(schema|object|mode)|structured[_ ]output"
    r"|guided[_ ](json|decoding|grammar)|\bgrammar\b|output_(format|config)"
    r"|json_validate_failed|failed to (generate|validate) json"
)
# litellm asks some providers for a form as for a call of a tool.
_TOOLS = re.compile(
    r"\btool_?(s|use|choice|call|config)?\b|tool_use_failed|call a function|function.call"
)
_CAME_OUT_INVALID = re.compile(r"json_validate_failed|tool_use_failed")
_ROLES = re.compile(
    r"system.(role|message|prompt|instruction)|developer.instruction|roles?\b.{0,40}\balternat"
    r"|chat.template|jinja"
)
_COMMON_WORDS = ("stream_options", "stream", "stop")
_SPELT = {
    "max_tokens": ("max_output_tokens", "maxoutputtokens", "num_predict", "max_new_tokens"),
    "stop": ("stop_?sequences?",),
    "reasoning_effort": ("thinking", "thinkingconfig", "reasoning"),
}
# A value that is out of range is the user's to correct.
_RANGE = re.compile(
    r"\b(between|(less|greater|more) than|at (most|least)|below|above|range|maximum|minimum"
    r"|too (large|high|low|small|big)|exceeds?)\b|[<>]"
    r"|must be (an? )?(positive|non-negative|int|num)"
)
_REFUSED = re.compile(
    r"(un|not )support|does(n't| not) (support|take|accept)|unknown|unrecogni[sz]ed|unexpected"
    r"|not (permitted|allowed|accepted|available)|extra (inputs|fields)|only the default|deprecated"
    r"|unsupported_(parameter|value)|use '?max_completion_tokens"
)

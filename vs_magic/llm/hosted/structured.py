"""What an endpoint takes: found out by asking, stepped down on refusal, remembered meanwhile.

A reply's form is asked for as a JSON schema, else in JSON mode, else in words alone. What litellm
knows of a model is the first guess; an endpoint that refuses the form gets the next one. So it is
with a parameter that an endpoint does not take: it is left out, and the reply says so. A refusal
costs no money, since nothing was generated, and nobody needs to see it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any

from vs_magic.llm.hosted.failures import EMPTY_STREAM, Failure, Kind
from vs_magic.llm.request import Request
from vs_magic.verbalized.parameters import Parameters
from vs_magic.verbalized.shape import json_schema

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

    def and_(self, other: Capabilities) -> Capabilities:
        """Join what two calls learned at the same time."""
        return Capabilities(
            form=max(self.form, other.form),
            without=self.without | other.without,
            long_name=self.long_name or other.long_name,
            streams=self.streams and other.streams,
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


def mode(sent: Mapping[str, Any]) -> str:
    """Return the name of the form that was asked for, for `Reply.mode`."""
    form = sent.get("response_format")
    return "plain" if form is None else str(form["type"])


def told(request: Request, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a `Reply` says of the parameters: those sent, and those that were not."""
    plain = {name: value for name, value in sent.items() if name != "stream_options"}
    if "response_format" in plain:
        plain["response_format"] = mode(sent)
    names = {"max_tokens" if name == "max_completion_tokens" else name for name in sent}
    not_sent = tuple(name for name in request.parameters.given() if name not in names)
    return {"parameters": plain, "not_sent": not_sent}


def step_down(
    capabilities: Capabilities, failed: Failure, sent: Mapping[str, Any]
) -> Capabilities | None:
    """Return the capabilities on which to ask again; None: the failure has another cause."""
    if failed.code == EMPTY_STREAM:
        return _less(capabilities, "stream")
    if failed.kind not in (Kind.REQUEST, Kind.SERVER, Kind.MODEL):
        return None
    said = f"{failed.code} {failed.param} {failed.said}".lower()
    if "response_format" in sent and _FORM.search(said):
        asked = Form[str(sent["response_format"]["type"]).upper()]
        return replace(capabilities, form=Form(max(capabilities.form, asked + 1)))
    if failed.kind is not Kind.REQUEST or not _REFUSED.search(said):
        return None
    if "max_completion_tokens" in said and "max_tokens" in sent:
        return replace(capabilities, long_name=True)
    named = (name for name in sent if re.search(rf"\b{name}\b", said))
    return _less(capabilities, next(named, None))


def is_lasting(failed: Failure) -> bool:
    """Whether a refusal holds for later calls too; a reply that came out invalid does not."""
    return failed.code != "json_validate_failed"


def _less(capabilities: Capabilities, name: str | None) -> Capabilities | None:
    """The capabilities without a parameter; None for none."""
    if name is None:
        return None
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
_REFUSED = re.compile(
    r"(un|not )support|does(n't| not) (support|take|accept)|unknown|unrecogni[sz]ed|unexpected"
    r"|not (permitted|allowed|accepted|available)|extra (inputs|fields)|only the default"
    r"|unsupported_(parameter|value)|use '?max_completion_tokens"
)

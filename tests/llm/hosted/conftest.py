"""The wire forms of services, as their documentation shows them, for the tests of what comes in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from vs_magic.errors import VSError
from vs_magic.llm import loop
from vs_magic.llm.client import connect
from vs_magic.llm.hosted.keys import Route
from vs_magic.llm.hosted.retry import Policy
from vs_magic.llm.request import Model
from vs_magic.sampling.distribution import Distribution
from vs_magic.sampling.plan import plan
from vs_magic.sampling.sampler import collect
from vs_magic.testing import Endpoint
from vs_magic.testing.exchange import Exchange

LIST = (
    '{"responses": [{"text": "red", "probability": 0.5}, {"text": "blue", "probability": 0.3}, '
    '{"text": "teal", "probability": 0.2}]}'
)
ONCE = Policy(tries={})


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service's wire form: its whole answer, and the same as events."""

    model: str
    paths: tuple[str, ...]
    whole: Callable[..., dict[str, Any]]
    events: Callable[..., list[dict[str, Any]]]
    kind: str = "text/event-stream"


def openai_whole(text: str = LIST, end: Any = "stop", **message: Any) -> dict[str, Any]:
    """A chat completion."""
    said = {"role": "assistant", "content": text, **message}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": said, "finish_reason": end, "logprobs": None}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 30, "total_tokens": 50},
    }


def openai_events(text: str = LIST, end: Any = "stop", **delta: Any) -> list[dict[str, Any]]:
    """The same, streamed: text, end, usage."""
    frame = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    deltas = [{"role": "assistant", **delta}, *({"content": p} for p in (text[:50], text[50:]))]
    choices = [{"index": 0, "delta": d, "finish_reason": None} for d in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": end})
    usage = {"prompt_tokens": 20, "completion_tokens": 30, "total_tokens": 50}
    last = {**frame, "choices": [], "usage": usage}
    return [*({**frame, "choices": [choice]} for choice in choices), last]


def gemini_whole(text: str = LIST, end: Any = "STOP") -> dict[str, Any]:
    """Google's generateContent."""
    content = {"role": "model", "parts": [{"text": text}] if text else []}
    return {
        "candidates": [{"content": content, "finishReason": end, "index": 0}],
        "usageMetadata": {
            "promptTokenCount": 20,
            "candidatesTokenCount": 30,
            "totalTokenCount": 50,
        },
        "modelVersion": "gemini-2.5-flash",
    }


def gemini_events(text: str = LIST, end: Any = "STOP") -> list[dict[str, Any]]:
    """Google's streamGenerateContent: the last piece of text comes with the end."""
    first = gemini_whole(text[:50])
    del first["candidates"][0]["finishReason"]
    return [first, gemini_whole(text[50:], end)]


def anthropic_whole(text: str = LIST, end: Any = "end_turn") -> dict[str, Any]:
    """Anthropic's messages."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": text}] if text else [],
        "stop_reason": end,
        "usage": {"input_tokens": 20, "output_tokens": 30},
    }


def anthropic_events(text: str = LIST, end: Any = "end_turn") -> list[dict[str, Any]]:
    """The same, streamed."""
    begun = {**anthropic_whole("", None), "usage": {"input_tokens": 20, "output_tokens": 1}}
    block = {"type": "text", "text": ""}
    piece = {"type": "content_block_delta", "index": 0}
    return [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {**piece, "delta": {"type": "text_delta", "text": text[:50]}},
        {**piece, "delta": {"type": "text_delta", "text": text[50:]}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": end, "stop_sequence": None},
            "usage": {"output_tokens": 30},
        },
        {"type": "message_stop"},
    ]


def ollama_whole(text: str = LIST, end: Any = "stop") -> dict[str, Any]:
    """Ollama's chat."""
    return {
        "model": "m",
        "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": text},
        "done": True,
        "done_reason": end,
        "prompt_eval_count": 20,
        "eval_count": 30,
    }


def ollama_events(text: str = LIST, end: Any = "stop") -> list[dict[str, Any]]:
    """The same, streamed, a JSON a line."""
    first = {name: ollama_whole(text[:50])[name] for name in ("model", "created_at", "message")}
    return [{**first, "done": False}, ollama_whole(text[50:], end)]


def bedrock_whole(text: str = LIST, end: Any = "end_turn") -> dict[str, Any]:
    """Amazon's converse."""
    content = [{"text": text}] if text else []
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": end,
        "usage": {"inputTokens": 20, "outputTokens": 30, "totalTokens": 50},
        "metrics": {"latencyMs": 5},
    }


def _openai(model: str, path: str = "/v1/chat/completions") -> Service:
    return Service(model=model, paths=(path,), whole=openai_whole, events=openai_events)


SERVICES = {
    "openai": _openai("openai/m"),
    "azure": _openai("azure/m", "/v1/openai/deployments/m/chat/completions"),
    "openrouter": _openai("openrouter/some/model"),
    "mistral": _openai("mistral/some-model"),
    "deepseek": _openai("deepseek/deepseek-chat"),
    "vllm": _openai("hosted_vllm/some-model"),
    "gemini": Service(
        model="gemini/gemini-2.5-flash",
        paths=tuple(
            f"/v1/models/gemini-2.5-flash:{verb}"
            for verb in ("generateContent", "streamGenerateContent")
        ),
        whole=gemini_whole,
        events=gemini_events,
    ),
    "anthropic": Service(
        model="anthropic/claude-haiku-4-5",
        paths=("/v1/v1/messages",),
        whole=anthropic_whole,
        events=anthropic_events,
    ),
    "ollama": Service(
        model="ollama_chat/m",
        paths=("/v1/api/chat",),
        whole=ollama_whole,
        events=ollama_events,
        kind="application/x-ndjson",
    ),
    "bedrock": Service(
        model="bedrock/converse/amazon.nova-micro-v1:0",
        paths=("/v1/model/amazon.nova-micro-v1%3A0/converse",),
        whole=bedrock_whole,
        events=lambda *_: [],  # a binary form, which no test endpoint writes
    ),
}


def sent(answer: Mapping[str, Any] | Sequence[Mapping[str, Any]], kind: str) -> Any:
    """Return what an endpoint sends: a body, or events."""
    if isinstance(answer, Mapping):
        return answer
    named = [f"event: {e['type']}\n" if isinstance(e.get("type"), str) else "" for e in answer]
    lines = [json.dumps(event) for event in answer]
    if "ndjson" in kind:
        content = "".join(f"{line}\n" for line in lines)
    else:
        content = "".join(f"{n}data: {line}\n\n" for n, line in zip(named, lines, strict=True))

    def react(exchange: Exchange) -> None:
        exchange.send(content.encode(), content_type=kind)

    return react


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Distribution]:
    """Ask a service for three colours, and return what came of it, also where that is an error."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "not-a-key")
    monkeypatch.setenv("AWS_REGION_NAME", "us-east-1")

    def ask(
        endpoint: Endpoint, service: Service, *, stream: bool = False, **options: Any
    ) -> Distribution:
        route = Route(model=service.model, base=endpoint.base_url, key="not-a-key")
        model = Model(
            name=service.model,
            complete=connect(service.model, route, ONCE),
            estimate=lambda _: 0.0,
        )
        made = plan("Name a colour.", {"model": model, "k": 3, "timeout": 20, **options})
        try:
            return loop.run(collect(made, stream=stream))
        except VSError as error:
            return error.partial  # type: ignore[no-any-return]

    return ask

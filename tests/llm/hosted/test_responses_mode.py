"""Models that OpenAI serves by its Responses API alone (gpt-5-pro, o3-pro …)."""

from __future__ import annotations

import json

import pytest

from vs_magic.llm import loop, models
from vs_magic.llm.hosted import names
from vs_magic.testing import Endpoint
from vs_magic.testing.exchange import Exchange

LIST = '{"responses": [{"text": "Ohio", "probability": 0.5}]}'


def response(body):
    """A finished response with one message."""
    content = [{"type": "output_text", "text": LIST, "annotations": []}]
    message = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant"}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": body["model"],
        "output": [{**message, "content": content}],
        "usage": {"input_tokens": 10, "output_tokens": 20, "total_tokens": 30},
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


def served(body):
    """The Responses API: one body, or its events where a stream was asked for."""
    whole = response(body)
    if not body.get("stream"):
        return whole

    def stream(exchange: Exchange) -> None:
        [message] = whole["output"]
        begun = {**whole, "status": "in_progress", "output": []}
        place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        pieces = [{"delta": LIST[i : i + 9], **place} for i in range(0, len(LIST), 9)]
        events = [
            {"type": "response.created", "response": begun},
            *({"type": "response.output_text.delta", **piece} for piece in pieces),
            {"type": "response.output_text.done", "text": LIST, **place},
            {"type": "response.output_item.done", "output_index": 0, "item": message},
            {"type": "response.completed", "response": whole},
        ]
        with exchange.stream() as out:
            for number, event in enumerate(events):
                out.event({**event, "sequence_number": number})

    return stream


@pytest.fixture
def endpoint(monkeypatch):
    """A server that has this API and no chat completions."""
    with Endpoint(served, paths=["/v1/responses"]) as endpoint:
        for variable, value in endpoint.env().items():
            monkeypatch.setenv(variable, value)
        yield endpoint


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", ["openai/gpt-5-pro", "o3-pro"])
def test_they_answer_as_chat_models_do(endpoint, request_for, name, stream):
    """The list under its schema, tokens, price and end; no further package is needed."""
    heard: list[str] = []
    complete = models.connect(name).complete
    asked = request_for(name, method="vs-standard", k=1)
    reply = loop.run(complete(asked, on_text=heard.append if stream else None))
    assert reply.text == LIST
    assert (reply.prompt_tokens, reply.completion_tokens, reply.finish_reason) == (10, 20, "stop")
    row = names.entry(name)
    price = 10 * row["input_cost_per_token"] + 20 * row["output_cost_per_token"]
    assert reply.cost_usd == pytest.approx(price)
    assert heard[-1:] == ([LIST] if stream else [])
    [request] = endpoint.requests
    assert request.path == "/v1/responses"
    assert json.dumps(request.body).count('"json_schema"') == 1


def test_what_they_do_not_take_is_told(endpoint, request_for):
    """No temperature: it is left out, and the reply names it."""
    asked = request_for("o3-pro", method="direct", temperature=0.7, max_tokens=50)
    reply = loop.run(models.connect("o3-pro").complete(asked))
    assert reply.not_sent == ("temperature",)
    assert endpoint.bodies[0]["max_output_tokens"] == 50


def test_they_are_offered(monkeypatch):
    """Completion knows their names, as it knows those of chat models."""
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
    assert {"gpt-5-pro", "o3-pro"} <= {
        *models.complete_name("gpt-5-p"),
        *models.complete_name("o3-"),
    }

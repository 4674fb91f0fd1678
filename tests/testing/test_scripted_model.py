"""ScriptedModel: plays back lines, records requests, ends clearly."""

from __future__ import annotations

import pytest

from vs_magic.errors import ModelError
from vs_magic.llm.request import Reply, Request
from vs_magic.testing import ScriptedModel
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.prompt import Message
from vs_magic.verbalized.shape import Shape

REQUEST = Request(
    model="scripted",
    messages=(Message(role="user", content="two words"),),
    shape=Shape(method=Method.DIRECT),
)


async def test_lines_are_played_in_order_and_requests_recorded():
    """Each call takes the next line; the requests are kept as they came."""
    model = ScriptedModel(["one", "and two"])
    replies = [await model(REQUEST), await model(REQUEST)]
    assert [reply.text for reply in replies] == ["one", "and two"]
    assert (replies[1].prompt_tokens, replies[1].completion_tokens) == (2, 2)
    assert model.requests == [REQUEST, REQUEST]


async def test_past_its_end_it_raises():
    """A call too many is a clear error."""
    model = ScriptedModel(["one"], name="me")
    await model(REQUEST)
    with pytest.raises(ModelError, match="me: its script ended after 1 replies"):
        await model(REQUEST)


async def test_errors_replies_and_functions_are_lines_too():
    """An error is raised, a reply keeps its trimmings, a function sees the request."""
    cut = Reply(text="half", request=REQUEST, model="other", finish_reason="length")
    model = ScriptedModel([ModelError("down"), cut, lambda request: request.model.upper()])
    with pytest.raises(ModelError, match="^down$"):
        await model(REQUEST)
    assert (await model(REQUEST)).finish_reason == "length"
    assert (await model(REQUEST)).text == "SCRIPTED"


async def test_one_function_answers_every_call_and_listeners_hear_it():
    """In place of the lines."""
    model, heard = ScriptedModel(lambda request: f"turn {request.turn}"), []
    for _ in range(3):
        await model(REQUEST, on_text=heard.append)
    assert heard == ["turn 1"] * 3

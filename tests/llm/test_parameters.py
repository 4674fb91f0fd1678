"""A sampling parameter is declared once: whichever it is, it reaches a model or the reader is told.

Each test goes over the fields, so that it holds for a parameter that is added later.
"""

from __future__ import annotations

import json
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any

import pytest

from vs_magic.errors import ModelError
from vs_magic.llm import local, loop
from vs_magic.llm.client import connect
from vs_magic.llm.hosted import keys
from vs_magic.llm.request import Reply, Request
from vs_magic.llm.session import Session
from vs_magic.llm.simulated.model import simulated
from vs_magic.llm.trust import bundle, wire
from vs_magic.llm.trust.replay import recording, replaying
from vs_magic.testing import Endpoint, ScriptedModel, faults
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.options import Options
from vs_magic.verbalized.parameters import Parameters
from vs_magic.verbalized.prompt import Message
from vs_magic.verbalized.shape import Shape

NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "replay"
DECLARED = [pytest.param(declared, id=declared.name) for declared in fields(Parameters)]
EXAMPLES = {int: 7, float: 0.5, str: "low", tuple: ("END", "\n\n")}
PLAIN = Request(
    model="gpt-4.1",
    messages=(Message(role="user", content="Name a colour."),),
    shape=Shape(method=Method.DIRECT),
)


def example(declared: Field[Any]) -> Any:
    """Return a value of a parameter that is not its default."""
    return EXAMPLES[declared.metadata["kind"]]


def asking(declared: Field[Any]) -> Request:
    """Return a request with that one parameter."""
    return replace(PLAIN, parameters=Parameters(**{declared.name: example(declared)}))


def as_json(declared: Field[Any]) -> Any:
    """Return the value as JSON has it."""
    return json.loads(json.dumps(example(declared)))


@pytest.mark.parametrize("declared", DECLARED)
def test_a_parameter_at_its_default_is_absent(declared):
    """Neither the wire form nor what is sent knows of it: old keys and bundles go on."""
    assert Parameters().given() == {}
    assert declared.name not in wire.request_as_json(PLAIN)
    same = replace(PLAIN, parameters=Parameters(**{declared.name: declared.default}))
    assert wire.key(same) == wire.key(PLAIN)


@pytest.mark.parametrize("declared", DECLARED)
def test_every_parameter_makes_another_call(declared):
    """It is in the key, and a call with it comes back from JSON as it was."""
    request = asking(declared)
    assert wire.key(request) != wire.key(PLAIN)
    recorded = wire.call_as_json(Reply(text="Blue", request=request, model="m"))
    assert recorded["request"][declared.name] == as_json(declared)
    back = wire.call_from_json(json.loads(json.dumps(recorded)))
    assert back.request == request
    assert wire.key(back.request) == wire.key(request)


@pytest.mark.parametrize("declared", DECLARED)
def test_a_bundle_tells_calls_apart_by_every_parameter(declared, workdir):
    """What was recorded answers; the same call without the parameter is told what is different."""
    recorder = bundle.Recorder("calls.jsonl", Session().notices)
    loop.run(recording(ScriptedModel(["Blue"]), recorder)(asking(declared)))
    recorder.close()
    client = replaying(bundle.read("calls.jsonl"))
    assert loop.run(client(asking(declared))).text == "Blue"
    with pytest.raises(
        ModelError, match=rf"differs in {declared.name} \(recorded: .*; asked: none"
    ):
        loop.run(client(PLAIN))


@pytest.mark.parametrize(
    ("name", "declared"),
    [(name, f) for name in ("openai/loopback", "gpt-4.1") for f in fields(Parameters)],
    ids=lambda value: getattr(value, "name", value),
)
def test_every_parameter_reaches_the_body_or_is_told(ask, name, declared):
    """A server of one's own gets it in the JSON body under its name, or the reply names it."""
    with Endpoint(["Ohio"]) as endpoint:
        reply = ask(endpoint, name, **{declared.name: example(declared)})
    (body,) = endpoint.bodies
    if reply.not_sent:
        assert reply.not_sent == (declared.name,)
        assert (set(body), reply.parameters) == ({"model", "messages"}, {})
    else:
        assert {**body, "model": "", "messages": ""} == {
            "model": "",
            "messages": "",
            declared.name: as_json(declared),
        }
        assert reply.parameters == {declared.name: as_json(declared)}


def test_an_unknown_server_is_sent_every_parameter(ask):
    """Nothing is left out on a guess, where nobody knows what the server takes."""
    given = {declared.name: example(declared) for declared in fields(Parameters)}
    with Endpoint(["Ohio"]) as endpoint:
        reply = ask(endpoint, **given)
    assert reply.not_sent == ()
    sent = {name: value for name, value in endpoint.bodies[0].items() if name in given}
    assert sent == json.loads(json.dumps(given))


@pytest.mark.parametrize("name", ["top_k", "reasoning_effort", "stop"])
def test_a_parameter_that_a_server_refuses_is_told(ask, name):
    """One request too many, free, unseen: the second goes without it, and the reply says so."""

    def reply(body):
        if name in body:
            return faults.status(400, f"Unrecognized request argument supplied: {name}")
        return "Ohio"

    (declared,) = (f for f in fields(Parameters) if f.name == name)
    with Endpoint(reply) as endpoint:
        answer = ask(endpoint, temperature=0.5, **{name: example(declared)})
    assert (answer.text, answer.not_sent) == ("Ohio", (name,))
    assert answer.parameters == {"temperature": 0.5}
    assert len(endpoint.bodies) == 2


def test_a_listed_models_own_api_is_not_tried_for_what_it_is_known_not_to_have(
    monkeypatch, request_for
):
    """Anthropic has top_k and no min_p; texts to stop at go under its own name."""
    answer = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": "Ohio"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 10, "output_tokens": 4},
    }
    name = "anthropic/claude-haiku-4-5"
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-0123456789")
    asked = request_for(name, method="direct", top_k=7, min_p=0.1, stop="END", presence_penalty=1)
    with Endpoint([answer], paths=["/v1/messages"]) as endpoint:
        monkeypatch.setenv("ANTHROPIC_API_BASE", endpoint.base_url.removesuffix("/v1"))
        reply = loop.run(connect(name, keys.route_to(name))(asked))
    (body,) = endpoint.bodies
    assert (body["top_k"], body["stop_sequences"]) == (7, ["END"])
    assert "min_p" not in body
    assert reply.not_sent == ("min_p", "presence_penalty")


def test_ollama_is_sent_its_options(monkeypatch, request_for):
    """Its own API has top_k and min_p among its options."""
    answer = {
        "model": "llama3",
        "message": {"role": "assistant", "content": "Ohio"},
        "done": True,
        "prompt_eval_count": 1,
        "eval_count": 1,
    }
    with Endpoint([answer], paths=["/api/chat"]) as endpoint:
        monkeypatch.setenv("OLLAMA_API_BASE", endpoint.base_url.removesuffix("/v1"))
        complete = connect("ollama/llama3", keys.route_to("ollama/llama3"))
        asked = request_for("ollama/llama3", method="direct", top_k=7, min_p=0.1, stop="END")
        assert loop.run(complete(asked)).not_sent == ()
    options = endpoint.bodies[0]["options"]
    assert (options["top_k"], options["min_p"], options["stop"]) == (7, 0.1, ["END"])


@pytest.mark.parametrize("declared", DECLARED)
def test_every_parameter_reaches_llama_cpp_or_is_told(declared):
    """Under its own name, with the step of sampling that applies it; what it lacks is not sent."""
    request = asking(declared)
    sent = local.parameters(request)
    plain = local.parameters(PLAIN)
    assert plain["samplers"] == ["temperature", "top_p"]
    if declared.name not in sent:
        assert sent == plain
    else:
        assert sent[declared.name] == as_json(declared) != plain.get(declared.name)


@pytest.mark.parametrize("declared", DECLARED)
def test_every_parameter_reaches_the_simulated_models_or_is_told(declared):
    """They have what a table can be sampled with."""
    request = replace(asking(declared), model="simulated/aligned")
    reply = loop.run(simulated(2.0, "simulated/aligned")(request))
    assert (declared.name in reply.parameters) != (declared.name in reply.not_sent)


@pytest.mark.parametrize("declared", DECLARED)
def test_options_hold_every_parameter_flat(declared):
    """Users write `Options(temperature=…)`, and the parameters are among the options."""
    options = Options(method="direct", **{declared.name: example(declared)})
    assert getattr(options, declared.name) == example(declared)
    assert options.parameters == asking(declared).parameters
    assert options.as_json()[declared.name] == as_json(declared)


OLD_KEYS = {
    "1e9ab7b6a5f87e5be382ab178e2516b3a1eb6ef9a239cc34e16a5a6766b74b02": PLAIN,
    "729e0686046121a8e34b7db43b714ad876628fe2486ad62d2af04c6cac2c0b4f": replace(
        PLAIN, shape=Shape(method=Method.VS_STANDARD, k=5), call=2, turn=3
    ),
    "5b60c5d87301bf81c035398fa3aed56a1cccad801dfe14fb8ec15c112a11d783": replace(
        PLAIN,
        shape=Shape(method=Method.VS_STANDARD, k=5),
        parameters=Parameters(temperature=1, top_p=0.5, max_tokens=9, seed=7),
    ),
}
"""Keys as they were when there were four parameters, and a call's number was called draw."""


@pytest.mark.parametrize("key", OLD_KEYS)
def test_replies_that_were_kept_before_still_answer(key):
    """A key is what it was when there were fewer parameters."""
    assert wire.key(OLD_KEYS[key]) == key


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.jsonl")), ids=lambda path: path.stem)
def test_bundles_that_were_recorded_before_are_written_as_they_were(path):
    """Reading a recorded call and writing it again changes neither its request nor its key."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    for line in lines:
        recorded = json.loads(line)
        call = wire.call_from_json(recorded)
        assert wire.call_as_json(call)["request"] == recorded["request"]
    assert len(bundle.read(path).calls) == len(lines) > 0


def test_the_older_form_of_what_was_not_sent_is_read():
    """It stood among what was sent, as a mapping; now it is a list beside it."""
    recorded = wire.call_as_json(Reply(text="Ohio", request=PLAIN, model="m"))
    recorded["reply"]["parameters"] = {"seed": 1, "not_sent": {"temperature": 0.5}}
    reply = wire.call_from_json(recorded)
    assert (reply.parameters, reply.not_sent) == ({"seed": 1}, ("temperature",))
    again = wire.call_as_json(reply)["reply"]
    assert (again["parameters"], again["not_sent"]) == ({"seed": 1}, ["temperature"])

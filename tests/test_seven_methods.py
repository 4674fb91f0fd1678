"""All seven methods over HTTP: a real endpoint, real LiteLLM, the exact conversations sent."""

import json
import os
import subprocess
import sys

import pytest

import vs_magic as vs
from vs_magic.testing import Endpoint, scripted
from vs_magic.verbalized import prompt
from vs_magic.verbalized.options import Options

TASK = "Write a couplet\nabout {rain} and \\frac{1}{2}.\n"
TEXTS = ["one\ntwo", 'he said "three"', "{four}", "fünf 🌧"]


@pytest.fixture
def endpoint(monkeypatch):
    """An endpoint that answers every method, round the four texts."""
    with Endpoint(scripted(TEXTS)) as server:
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        yield server


def ask(method, **options):
    """Ask the endpoint."""
    return vs.sample(TASK, model="openai/loopback", method=method, **options)


def opening(method, k, **options):
    """The two messages with which a method opens, as JSON holds them."""
    messages = prompt.opening(TASK, Options(method=method, **options), k)
    return [dict(message) for message in messages]


@pytest.mark.parametrize("method", ["direct", "cot"])
def test_single_answers_are_independent_calls(endpoint, method):
    """N responses are n calls with the same two messages and nothing else."""
    found = ask(method, n=4)
    assert sorted(c.text for c in found) == sorted(TEXTS)
    assert [body["messages"] for body in endpoint.bodies] == [opening(method, 1)] * 4


@pytest.mark.parametrize("method", ["sequence", "vs-standard", "vs-cot"])
def test_lists_are_asked_k_at_a_time(endpoint, method):
    """N = 4 and k = 3 are two calls, of three and of one, in their own conversations."""
    found = ask(method, k=3, n=4)
    assert sorted(c.text for c in found) == sorted(TEXTS)
    sent = sorted((body["messages"] for body in endpoint.bodies), key=json.dumps)
    assert sent == sorted([opening(method, 3), opening(method, 1)], key=json.dumps)


def test_multi_turn_is_one_conversation(endpoint):
    """Every later turn asks for an alternative, after all that was said before, verbatim."""
    found = ask("multi-turn", n=3)
    assert [c.text for c in found] == TEXTS[:3]
    again = {"role": "user", "content": prompt.AGAIN_ONE}
    expected = opening("multi-turn", 1)
    for body, text in zip(endpoint.bodies, TEXTS, strict=False):
        assert body["messages"] == expected
        expected = [*expected, {"role": "assistant", "content": text}, again]


def test_vs_multi_asks_some_per_turn_of_one_conversation(endpoint):
    """k in all, two a turn; the model's own replies stand verbatim, and every user turn is kept."""
    found = ask("vs-multi", k=4)
    assert [c.text for c in found] == TEXTS
    first, second = (body["messages"] for body in endpoint.bodies)
    assert first == opening("vs-multi", 2)
    assert second[:2] == first
    assert second[2] == {"role": "assistant", "content": found.replies[0].text}
    assert second[3] == prompt.again(Options(method="vs-multi"), 2)
    assert len(second) == 4


def test_what_was_asked_for_is_sent(endpoint):
    """Temperature, top-p, token limit and seed reach the endpoint; what was not asked does not."""
    ask("vs-standard", k=2, temperature=0.7, top_p=0.9, max_tokens=300, seed=42)
    ask("vs-standard", k=2)
    body, plain = endpoint.bodies
    assert (body["temperature"], body["top_p"], body["seed"]) == (0.7, 0.9, 42)
    assert 300 in (body.get("max_tokens"), body.get("max_completion_tokens"))
    assert not {"temperature", "top_p", "seed", "max_tokens", "max_completion_tokens"} & set(plain)


def test_repeated_calls_get_seeds_of_their_own(endpoint):
    """One seed for every call would make all draws one draw: mode collapse of our own making."""
    ask("direct", n=3, seed=5)
    assert sorted(body["seed"] for body in endpoint.bodies) == [5, 6, 7]


def test_structured_output_is_asked_for_where_there_is_structure(endpoint):
    """Lists and reasoning come as a JSON schema; raw text is asked for as raw text."""
    ask("vs-standard", k=2)
    ask("direct", n=1)
    listed, raw = endpoint.bodies
    assert listed["response_format"]["type"] == "json_schema"
    assert "response_format" not in raw


async def test_asample_is_the_same_awaited(endpoint):
    """In a running loop `await vs.asample` gives what `vs.sample` gives."""
    found = await vs.asample(TASK, model="openai/loopback", k=4)
    assert [c.text for c in found] == TEXTS
    assert [c.probability for c in found] == [0.5, 0.25, 0.125, 0.0625]


def test_plain_python_needs_no_ipython(endpoint):
    """`vs.sample` in a script imports neither IPython nor anything that draws."""
    code = (
        "import sys, vs_magic as vs; d = vs.sample('Name a colour.', k=2, model='openai/loopback');"
        "assert len(d) == 2, d;"
        "heavy = {'IPython', 'anywidget', 'altair', 'torch'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    env = {**os.environ, **endpoint.env()}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""


def test_importing_vs_magic_is_light():
    """`import vs_magic` brings nothing heavy, and no name is imported before it is used."""
    heavy = "litellm torch sentence_transformers altair anywidget pandas numpy IPython scipy"
    code = (
        "import sys, vs_magic, vs_magic.verbalized.parse;"
        f"found = set('{heavy}'.split()) & set(sys.modules); assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_public_names_are_there():
    """Everything in __all__ can be had, and an unknown name is an AttributeError."""
    for name in vs.__all__:
        assert getattr(vs, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = vs.nope

"""The loopback endpoint: a plain HTTP client sees what an OpenAI client would."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from vs_magic.testing import Answer, Endpoint, faults, scripted
from vs_magic.verbalized.options import Options
from vs_magic.verbalized.parse import read
from vs_magic.verbalized.prompt import again, opening

BODY = {"model": "m", "messages": [{"role": "user", "content": "two words"}]}


def post(endpoint, body=BODY, path="/v1/chat/completions", timeout=5.0):
    """Send one request with the standard library's client."""
    connection = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=timeout)
    try:
        connection.request("POST", path, json.dumps(body), {"X-Mark": "yes"})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def events(content):
    """The events of a stream; the last is its end mark."""
    lines = [line for line in content.decode().split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def test_a_completion_has_openais_form():
    """Choices, message, finish_reason, usage, the model that was asked for."""
    with Endpoint([Answer(text="one two three", reasoning="hm")]) as endpoint:
        response, content = post(endpoint)
    body = json.loads(content)
    assert (response.status, response.headers["Content-Type"]) == (200, "application/json")
    assert body["choices"] == [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "one two three",
                "reasoning_content": "hm",
            },
            "finish_reason": "stop",
        }
    ]
    assert body["usage"] == {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
    assert (body["model"], body["object"]) == ("m", "chat.completion")


def test_a_stream_has_openais_form():
    """Role, pieces, finish_reason, usage on request, the end mark."""
    asked = {**BODY, "stream": True, "stream_options": {"include_usage": True}}
    with Endpoint([Answer(text="abcdef", pieces=3)]) as endpoint:
        response, content = post(endpoint, asked)
    chunks = events(content)
    assert response.headers["Content-Type"] == "text/event-stream"
    assert [c["choices"][0]["delta"].get("content") for c in chunks[:-1]] == [
        *["", "ab", "cd", "ef"],
        None,
    ]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert (chunks[-1]["choices"], chunks[-1]["usage"]["completion_tokens"]) == ([], 1)


def test_usage_is_streamed_only_on_request():
    """As OpenAI does."""
    with Endpoint(["abc"]) as endpoint:
        _, content = post(endpoint, {**BODY, "stream": True})
    assert all("usage" not in chunk for chunk in events(content))


def test_requests_are_recorded_as_they_came():
    """Body, headers, path and time, in order."""
    with Endpoint(["a", "b"]) as endpoint:
        post(endpoint)
        post(endpoint, {**BODY, "seed": 1})
    assert endpoint.bodies == [BODY, {**BODY, "seed": 1}]
    assert endpoint.requests[0].headers["x-mark"] == "yes"
    assert endpoint.requests[0].path == "/v1/chat/completions"
    assert endpoint.requests[0].at < endpoint.requests[1].at


def test_a_script_that_is_over_says_so():
    """A 400, which no client tries again, with the number of answers."""
    with Endpoint(["a"]) as endpoint:
        post(endpoint)
        response, content = post(endpoint)
    assert response.status == 400
    assert b"ended after 1 answers" in content


def test_a_function_answers_by_the_body():
    """With a text, a whole body, or a fault."""

    def reply(body):
        return {
            1: "text",
            2: {"anything": "goes"},
            3: faults.status(418, "teapot"),
        }[body["seed"]]

    with Endpoint(reply) as endpoint:
        answers = [post(endpoint, {**BODY, "seed": seed}) for seed in (1, 2, 3)]
    assert json.loads(answers[0][1])["choices"][0]["message"]["content"] == "text"
    assert json.loads(answers[1][1]) == {"anything": "goes"}
    assert answers[2][0].status == 418


def test_models_are_listed_and_other_paths_are_not_found():
    """/v1/models as OpenAI has it; a slip in the API base is seen."""
    with Endpoint(models=["one", "two"]) as endpoint:
        connection = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=5)
        connection.request("GET", "/v1/models")
        listed = json.loads(connection.getresponse().read())
        connection.close()
        response, _ = post(endpoint, path="/chat/completions")
    assert [model["id"] for model in listed["data"]] == ["one", "two"]
    assert response.status == 404
    assert endpoint.requests == []


def test_requests_are_served_side_by_side():
    """`peak` is how many were under way at once."""
    with (
        Endpoint(lambda _: Answer(text="x", delay=0.2)) as endpoint,
        ThreadPoolExecutor(6) as pool,
    ):
        list(pool.map(lambda _: post(endpoint), range(6)))
    assert endpoint.peak == 6


def test_env_leads_a_client_here_and_sets_nothing(monkeypatch):
    """The variables are handed out, not set."""
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with Endpoint() as endpoint:
        env = endpoint.env()
    assert env["OPENAI_BASE_URL"] == env["OPENAI_API_BASE"] == endpoint.base_url
    assert env["OPENAI_API_KEY"].startswith("sk-")
    assert "OPENAI_BASE_URL" not in os.environ


def test_down_refuses_and_comes_back_on_the_same_port():
    """A server that dies and is started again."""
    with Endpoint(lambda _: "x") as endpoint:
        before = endpoint.base_url
        with endpoint.down(), pytest.raises(ConnectionRefusedError, match="refused"):
            post(endpoint)
        response, _ = post(endpoint)
    assert (response.status, endpoint.base_url) == (200, before)


# Faults


def test_a_status_carries_its_words_and_its_wait():
    """An error body in OpenAI's form; Retry-After where asked."""
    fault = faults.status(429, "slow down", retry_after=2.5, error_code="rate_limit_exceeded")
    with Endpoint([fault]) as endpoint:
        response, content = post(endpoint)
    assert (response.status, response.headers["Retry-After"]) == (429, "2.5")
    assert json.loads(content)["error"] == {
        "message": "slow down",
        "type": "invalid_request_error",
        "param": None,
        "code": "rate_limit_exceeded",
    }


def test_a_reset_breaks_the_connection():
    """The client sees a reset, not an end."""
    with (
        Endpoint([faults.reset()]) as endpoint,
        pytest.raises((ConnectionResetError, http.client.RemoteDisconnected), match="."),
    ):
        post(endpoint)


def test_a_hang_says_nothing_for_so_long():
    """A client without patience gives up."""
    with Endpoint([faults.hang(1.0)]) as endpoint, pytest.raises(socket.timeout, match="timed out"):
        post(endpoint, timeout=0.2)


def test_a_drip_takes_its_time_and_is_whole():
    """Slow, in many pieces, and complete in the end."""
    began = time.monotonic()
    with Endpoint([faults.drip("abcdefghij", pause=0.02, pieces=10)]) as endpoint:
        _, content = post(endpoint, {**BODY, "stream": True})
    text = "".join(c["choices"][0]["delta"].get("content", "") for c in events(content))
    assert text == "abcdefghij"
    assert time.monotonic() - began > 0.2


@pytest.mark.parametrize("stream", [False, True])
def test_a_cut_reply_breaks_off_in_its_middle(stream):
    """Half a body, or a stream that is reset after so many characters."""
    with (
        Endpoint([faults.cut("hello world", after=5)]) as endpoint,
        pytest.raises((http.client.IncompleteRead, ConnectionResetError), match="."),
    ):
        post(endpoint, {**BODY, "stream": stream})


@pytest.mark.parametrize(
    ("fault", "content_type", "content"),
    [
        (faults.body(b"{nope"), "application/json", b"{nope"),
        (faults.body(b"<p>", content_type="text/html"), "text/html", b"<p>"),
    ],
)
def test_any_body_can_be_sent(fault, content_type, content):
    """Invalid JSON, a web page, whatever."""
    with Endpoint([fault]) as endpoint:
        response, got = post(endpoint)
    assert (response.headers["Content-Type"], got) == (content_type, content)


def test_a_form_is_refused_and_others_are_not():
    """As an endpoint that knows JSON mode but no schema."""
    with Endpoint(lambda _: faults.refuse_forms(["json_schema"], "yes")) as endpoint:
        refused, content = post(endpoint, {**BODY, "response_format": {"type": "json_schema"}})
        taken, _ = post(endpoint, {**BODY, "response_format": {"type": "json_object"}})
    assert (refused.status, taken.status) == (400, 200)
    assert json.loads(content)["error"]["param"] == "response_format"


@pytest.mark.parametrize(
    ("fault", "reason", "choices"),
    [(faults.content_filter("ab"), "content_filter", 1), (faults.empty_choices(), None, 0)],
)
def test_filtered_and_empty_completions_are_well_formed(fault, reason, choices):
    """A 200 that holds less than hoped for."""
    with Endpoint([fault]) as endpoint:
        _, content = post(endpoint)
    got = json.loads(content)["choices"]
    assert len(got) == choices
    assert [c["finish_reason"] for c in got] == ([reason] if choices else [])


# Sensible replies


@pytest.mark.parametrize(
    "options",
    [
        Options(method="direct"),
        Options(method="cot"),
        Options(method="sequence", k=3),
        Options(method="sequence", k=3, format="lines"),
        Options(method="multi-turn"),
        Options(method="vs-standard", k=3),
        Options(method="vs-standard", k=3, format="lines"),
        Options(method="vs-standard", k=3, probability="nll"),
        Options(method="vs-cot", k=3),
        Options(method="vs-multi", k=3),
    ],
    ids=lambda o: f"{o.method}-{o.format}-{o.wording}",
)
def test_scripted_replies_fit_every_prompt(options):
    """A prompt of ours gets the known texts in the very shape that it asks for."""
    reply = scripted(["red", "green", "blue"], [0.5, 0.3, 0.2])
    messages = list(opening("Name a colour.", options, options.k))
    reading = read(reply({"messages": messages}), options.method, options.wording)
    wanted = ["red", "green", "blue"] if options.method.lists else ["red"]
    assert [c.text for c in reading.candidates] == wanted
    assert (reading.reasoning is not None) == options.method.reasons


def test_a_later_turn_may_ask_for_another_number():
    """The last message that names a number counts."""
    reply = scripted([str(i) for i in range(10)])
    options = Options(method="vs-multi", k=4, n=6)
    messages = [*opening("t", options, 4), {"role": "assistant", "content": "…"}, again(options, 2)]
    reading = read(reply({"messages": messages}), options.method, options.wording)
    assert [c.text for c in reading.candidates] == ["0", "1"]

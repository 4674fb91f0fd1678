"""What people read when a call fails: one line, true, useful, and without a key."""

from __future__ import annotations

import json
import pickle
import re
import traceback

import pytest

from vs_magic.errors import ModelError
from vs_magic.llm import loop
from vs_magic.llm.client import connect
from vs_magic.llm.hosted.call_error import as_error
from vs_magic.llm.hosted.failures import Failure, Kind, failure
from vs_magic.llm.hosted.keys import Route, route_to
from vs_magic.testing import Endpoint, faults

SECRET = "vErYsEcReTvAlUe0123456789"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (faults.status(401, "no"), r"refused the key \(401: no\): check OPENAI_API_KEY$"),
        (faults.status(403, "no"), r"refused the key \(403: no\): check OPENAI_API_KEY$"),
        (faults.status(402, "pay"), r"says that no credit is left \(402: pay\): see your account"),
        (faults.status(404, "no such"), r"does not know this model \(404: no such\): is it served"),
        (faults.status(400, "odd"), r"refused the request \(400: odd\): see what it says"),
        (faults.status(413, "big"), r"too long for it \(413: big\): shorten the task, or lower -k"),
        (
            faults.body(b"<html><b>Hi</b></html>", content_type="text/html"),
            r"no usable answer from http://127.*Hi.*: is it the right server, and its path",
        ),
    ],
)
def test_each_failure_says_what_happened_and_what_to_do(ask, fault, message):
    """The model, the endpoint's own words, the next step: in one line."""
    with Endpoint([fault]) as endpoint, pytest.raises(ModelError, match=message) as caught:
        ask(endpoint, "openai/some-model")
    assert str(caught.value).startswith("openai/some-model: ")
    assert "\n" not in str(caught.value)


def test_a_key_in_the_endpoints_message_is_hidden(ask, monkeypatch):
    """Whatever the endpoint quotes, no secret of the environment and nothing key-like is shown."""
    monkeypatch.setenv("SOME_PRIVATE_TOKEN", SECRET)
    said = (
        f"bad key sk-proj-abc123def456 and {SECRET} in 'Authorization: Bearer abcdef.123' "
        "at https://api.example/v1?key=AbCdEf123456&x=1"
    )
    with (
        Endpoint([faults.status(401, said)]) as endpoint,
        pytest.raises(ModelError, match=r"bad key \[hidden\] and \[hidden\]") as caught,
    ):
        ask(endpoint)
    whole = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    for part in (SECRET, "sk-proj", "abc123def456", "abcdef.123", "AbCdEf123456"):
        assert part not in whole


def test_the_clients_exception_is_not_chained(ask):
    """It holds the request with its headers, and a traceback would show it."""
    with (
        Endpoint([faults.status(401, "no")]) as endpoint,
        pytest.raises(ModelError, match="401") as caught,
    ):
        ask(endpoint)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_base_with_a_password_is_shown_without_it():
    """An API base may carry credentials; the message names the host only."""
    route = Route(model="openai/x", base="http://ann:hunter22@gate.example/v1")
    message = str(as_error(Failure(kind=Kind.CONNECTION), "openai/x", route))
    assert "hunter22" not in message
    assert "gate.example" in message


def test_a_long_message_is_cut():
    """An endpoint that answers with a page does not fill the notebook."""
    error = ValueError("x" * 5000)
    assert len(failure(error).said) == 300


def anthropic_error(kind, message, code, headers=None):
    """A fault in Anthropic's own form."""
    content = json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode()
    return lambda exchange: exchange.send(content, status=code, headers=headers)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            anthropic_error("authentication_error", "invalid x-api-key", 401),
            r"Anthropic refused the key \(401: invalid x-api-key\): check ANTHROPIC_API_KEY or ANT",
        ),
        (
            anthropic_error("not_found_error", "model: claude-x", 404),
            r"Anthropic does not know this model \(404: model: claude-x\)",
        ),
        (
            anthropic_error("invalid_request_error", "Your credit balance is too low", 400),
            r"Anthropic says that no credit is left \(400: Your credit balance is too low\)",
        ),
    ],
    ids=["key", "model", "credit"],
)
def test_other_providers_errors_are_read_too(fault, message, monkeypatch, request_for):
    """A provider with another client and another error body gives the same kind of line."""
    name = "anthropic/claude-haiku-4-5"
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    with Endpoint([fault], paths=["/v1/messages"]) as endpoint:
        monkeypatch.setenv("ANTHROPIC_API_BASE", endpoint.base_url.removesuffix("/v1"))
        with pytest.raises(ModelError, match=message):
            loop.run(connect(name, route_to(name))(request_for(name)))


def test_a_login_in_the_address_works_and_is_never_shown(ask, monkeypatch):
    """The server gets it as a browser would send it; an error names the host alone."""
    with Endpoint(["Ohio", faults.status(400, "user ann, password hunter22, is odd")]) as endpoint:
        base = endpoint.base_url.replace("://", "://ann:hunter22@")
        monkeypatch.setattr(endpoint, "env", lambda: {"OPENAI_BASE_URL": base})
        assert ask(endpoint).text == "Ohio"
        with pytest.raises(ModelError, match=r"http://127.*is odd") as caught:
            ask(endpoint)
    sent = {request.headers["authorization"] for request in endpoint.requests}
    assert sent == {"Basic YW5uOmh1bnRlcjIy"}
    assert "hunter22" not in str(caught.value)


def test_a_login_in_a_providers_address_works_beside_its_key(monkeypatch, request_for):
    """A gateway in front of Anthropic's API: its login in one header, the key in another."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    name, no = "anthropic/claude-haiku-4-5", anthropic_error("permission_error", "odd", 403)
    with Endpoint([no], paths=["/v1/messages"]) as endpoint:
        base = endpoint.base_url.removesuffix("/v1").replace("://", "://ann:hunter22@")
        monkeypatch.setenv("ANTHROPIC_API_BASE", base)
        complete = connect(name, route_to(name))
        with pytest.raises(ModelError, match="odd"):
            loop.run(complete(request_for(name)))
    [request] = endpoint.requests
    assert request.headers["authorization"] == "Basic YW5uOmh1bnRlcjIy"
    assert request.headers["x-api-key"] == SECRET


@pytest.mark.parametrize(
    ("code", "message", "error_code", "told"),
    [
        (403, "Country, region, or territory not supported",
         "unsupported_country_region_territory", "the key is right, and this place is not served"),
        (400, "User location is not supported for the API use.", "FAILED_PRECONDITION",
         "the key is right, and this place is not served"),
        (404, "No endpoints found matching your data policy (Free model training).", None,
         "the key is right: see the settings on privacy of your account"),
        (403, "Your account's data policy does not allow this model", None,
         "the key is right: see the settings on privacy of your account"),
        (403, 'x/y requires moderation on Z. Your input was flagged for "violence"', None,
         "word the task differently"),
        (403, "Project `p` does not have access to model `gpt-4`", "model_not_found",
         "see in your account there which models it opens"),
        (400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT",
         "check OPENAI_API_KEY"),
        (400, "API key expired. Please renew the API key.", None, "check OPENAI_API_KEY"),
        (401, "Incorrect API key provided", "invalid_api_key", "check OPENAI_API_KEY"),
    ],
)  # fmt: skip
def test_a_refusal_is_laid_to_the_key_where_it_is_the_key(ask, code, message, error_code, told):
    """A place, a setting or a filter is told as what it is."""
    fault = faults.status(code, message, error_code=error_code)
    with Endpoint([fault]) as endpoint, pytest.raises(ModelError, match=told) as caught:
        ask(endpoint)
    assert ("check OPENAI_API_KEY" in str(caught.value)) == (told == "check OPENAI_API_KEY")


def test_geminis_400_for_a_bad_key(monkeypatch, request_for):
    """In Google's own form, where the reason stands in the details."""
    reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
    error = {
        "code": 400,
        "message": "API key not valid. Please pass a valid API key.",
        "status": "INVALID_ARGUMENT",
        "details": [reason],
    }
    fault = faults.body(json.dumps({"error": error}).encode(), code=400)
    name = "gemini/gemini-2.5-flash"
    paths = ["/v1/models/gemini-2.5-flash:generateContent"]
    with Endpoint([fault], paths=paths) as endpoint:
        complete = connect(name, Route(model=name, base=endpoint.base_url, key=SECRET))
        with pytest.raises(ModelError, match=r"127.*refused the key .*: check GEMINI_API_KEY"):
            loop.run(complete(request_for(name)))


def test_a_near_miss_of_a_hosted_name_is_offered():
    """A provider that does not know the model: perhaps it was a slip of the finger."""
    error = as_error(Failure(kind=Kind.MODEL, status=404), "gpt-4.1-minni", Route(model="x"))
    assert re.search(r"\(404\): did you mean 'gpt-4\.1-mini'", str(error))


def test_an_error_survives_pickling():
    """A worker in another process may have made the call."""
    error = as_error(Failure(kind=Kind.RATE, partial="half"), "openai/x", Route(model="openai/x"))
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.kind, copy.partial_text) == (str(error), Kind.RATE, "half")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError("no"), Kind.CONNECTION),
        (TimeoutError("late"), Kind.TIMEOUT),
        (AttributeError("a fault of litellm's own"), Kind.GARBAGE),
    ],
)
def test_a_failure_without_an_answer_is_sorted_by_its_cause(error, kind):
    """Only a lost connection is taken for one: another call may have been paid for."""
    assert failure(error).kind is kind

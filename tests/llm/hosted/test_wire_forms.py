"""Refusals and faults as real services send them: classified, asked again or stepped down, told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_magic.llm import loop
from vs_magic.llm.client import connect
from vs_magic.llm.hosted import keys
from vs_magic.llm.hosted.call_error import CallError
from vs_magic.llm.hosted.failures import Kind, failure
from vs_magic.llm.hosted.noted import Noted
from vs_magic.llm.hosted.retry import Policy
from vs_magic.testing import Endpoint, faults

QUICK = Policy(first_wait=0.01, longest_wait=0.5, tick=0.05)
EVENTS = "text/event-stream"
KEY = "test-0123456789"
MODELS = {
    "openai": "openai/loopback",
    "azure": "azure/gpt-4o",
    "groq": "groq/llama-3.3-70b-versatile",
    "openrouter": "openrouter/some/model",
    "vllm": "hosted_vllm/google/gemma-2-9b-it",
    "anthropic": "anthropic/claude-haiku-4-5",
    "gemini": "gemini/gemini-2.5-flash",
    "ollama": "ollama/llama3",
    "bedrock": "bedrock/anthropic.claude-3-haiku-20240307-v1:0",
}
PATHS = (
    "/openai/deployments/gpt-4o/chat/completions",
    "/v1/messages",
    "/models/gemini-2.5-flash:generateContent",
    "/models/gemini-2.5-flash:streamGenerateContent",
    "/api/chat",
    "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse",
    "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse-stream",
)
CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
LIKE_OPENAI = ("openai", "azure", "groq", "openrouter", "vllm")
BOTH = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def events(*documents, named=False):
    """Answer with a stream of these events."""
    lines = (
        (f"event: {d['type']}\n" if named else "") + f"data: {json.dumps(d)}\n\n" for d in documents
    )
    return faults.body("".join(lines).encode(), content_type=EVENTS)


def error(code, body, **headers):
    """Answer with an error body of any form."""
    return faults.body(json.dumps(body).encode(), code=code, headers=headers)


def of_anthropic(stream, text):
    """Return a reply in Anthropic's form."""
    usage = {"input_tokens": 5, "output_tokens": 2}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "claude"}
    if not stream:
        content = [{"type": "text", "text": text}]
        return {**message, "content": content, "stop_reason": "end_turn", "usage": usage}
    block, piece = {"type": "text", "text": ""}, {"type": "text_delta", "text": text}
    return events(
        {"type": "message_start", "message": {**message, "content": [], "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": piece},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage},
        {"type": "message_stop"},
        named=True,
    )


def of_gemini(stream, text):
    """Return a reply in Google's form."""
    content = {"parts": [{"text": text}], "role": "model"}
    counts = {"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7}
    candidate = {"content": content, "finishReason": "STOP", "index": 0}
    whole = {"candidates": [candidate], "usageMetadata": counts}
    return events(whole) if stream else whole


def of_ollama(_stream, text):
    """Return a reply in Ollama's form."""
    whole = {"model": "llama3", "message": {"role": "assistant", "content": text}, "done": True}
    return faults.body(json.dumps({**whole, "prompt_eval_count": 5, "eval_count": 2}).encode())


def of_bedrock(_stream, text):
    """Return a whole reply in Bedrock's form."""
    message = {"role": "assistant", "content": [{"text": text}]}
    counts = {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}
    return {"output": {"message": message}, "stopReason": "end_turn", "usage": counts}


def of_groq(stream, text):
    """Return a reply in Groq's form."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    whole = {**CHUNK, "object": "chat.completion", "service_tier": "on_demand"}
    return text if stream else {**whole, "choices": [{**choice, "finish_reason": "stop"}]}


FORMS = {
    "anthropic": of_anthropic,
    "gemini": of_gemini,
    "ollama": of_ollama,
    "bedrock": of_bedrock,
    "groq": of_groq,
}


def good(service, stream):
    """Return the reply of a service, in its own form."""
    return FORMS[service](stream, "Ohio") if service in FORMS else "Ohio"


@pytest.fixture
def reach(monkeypatch, request_for):
    """Ask a service that answers on loopback, as its own client would."""

    def ask(endpoint, service, *, stream=False, **options):
        root = endpoint.base_url.removesuffix("/v1")
        bases = {
            "OPENAI": "/v1", "GROQ": "/v1", "OPENROUTER": "/v1", "HOSTED_VLLM": "/v1",
            "AZURE": "", "ANTHROPIC": "", "GEMINI": "", "OLLAMA": "",
        }  # fmt: skip
        for name, path in bases.items():
            monkeypatch.setenv(f"{name}_API_KEY", KEY)
            monkeypatch.setenv(f"{name}_API_BASE", root + path)
        monkeypatch.setenv("OPENAI_BASE_URL", root + "/v1")
        monkeypatch.setenv("AWS_BEDROCK_RUNTIME_ENDPOINT", root)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION_NAME"):
            monkeypatch.setenv(name, "us-east-1")
        name = MODELS[service]
        request = request_for(name, **{"method": "direct", **options})
        complete = connect(name, keys.route_to(name), QUICK)
        return loop.run(complete(request, on_text=(lambda _: None) if stream else None))

    return ask


def served(*reactions):
    """Return an endpoint with every service's paths."""
    return Endpoint(list(reactions), paths=PATHS)


BILLING = "Need more? See https://console.example/settings/billing."
QUOTA = "You exceeded your current quota, please check your plan and billing details."


def google(quota, *, delay="0.1s"):
    """Google's error body for a quota that is used up."""
    violations = [{"quotaId": quota}]
    details = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": violations},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay},
    ]
    body = {"code": 429, "message": QUOTA, "status": "RESOURCE_EXHAUSTED", "details": details}
    return error(429, {"error": body})


PER_MINUTE = google("GenerateRequestsPerMinutePerProjectPerModel-FreeTier")
LIMITS = {
    "groq": error(
        429,
        {
            "error": {
                "message": f"Limit 8000 on tokens per minute (TPM). {BILLING}",
                "type": "tokens",
            }
        },
        **{"Retry-After": "0.1"},
    ),
    "openai": error(
        429,
        {"error": {"message": f"Try again in 100ms. {BILLING}", "code": "rate_limit_exceeded"}},
    ),
    "azure": error(429, {"error": {"code": "429", "message": "Please retry after 0.1 seconds."}}),
    "openrouter": error(429, {"error": {"code": 429, "message": "Provider returned error"}}),
    "anthropic": error(
        429, {"type": "error", "error": {"type": "rate_limit_error", "message": "billing tier"}}
    ),
    "gemini": PER_MINUTE,
    "bedrock": error(
        429,
        {"message": "Too many requests, please wait before trying again."},
        **{"x-amzn-ErrorType": "ThrottlingException"},
    ),
    "ollama": error(429, {"error": "too many requests"}),
}


@BOTH
@pytest.mark.parametrize("service", LIMITS)
def test_a_rate_limit_is_waited_for_whatever_else_it_speaks_of(reach, service, stream):
    """A link to the billing page, a tier, a quota per minute: the call comes back, answered."""
    stream = stream and service != "bedrock"  # whose streams are not events of text
    with served(LIMITS[service], LIMITS[service], good(service, stream)) as endpoint:
        assert reach(endpoint, service, stream=stream).text == "Ohio"
    assert len(endpoint.requests) == 3


@BOTH
def test_a_delay_in_the_body_is_waited_for(reach, stream):
    """Google's RetryInfo is what others send as Retry-After."""
    with served(PER_MINUTE, good("gemini", stream)) as endpoint:
        reach(endpoint, "gemini", stream=stream)
    assert endpoint.requests[1].at - endpoint.requests[0].at >= 0.1


@pytest.mark.parametrize(
    ("service", "fault", "kind", "message"),
    [
        (
            "openai",
            error(429, {"error": {"message": QUOTA, "code": "insufficient_quota"}}),
            Kind.CREDIT,
            "no credit is left",
        ),
        (
            "gemini",
            google("GenerateRequestsPerDayPerProjectPerModel-FreeTier"),
            Kind.DAY,
            "limit for a day is used up",
        ),
        (
            "groq",
            error(429, {"error": {"message": "Limit 100000 on tokens per day (TPD)"}}),
            Kind.DAY,
            "limit for a day is used up",
        ),
        (
            "openrouter",
            error(429, {"error": {"code": 429, "message": "Rate limit: free-models-per-day"}}),
            Kind.DAY,
            "limit for a day is used up",
        ),
        (
            "groq",
            error(413, {"error": {"message": f"Request too large (TPM). {BILLING}"}}),
            Kind.CONTEXT,
            "too long for it",
        ),
        (
            "openai",
            error(429, {"error": {"message": f"Request too large for gpt-4 (TPM). {BILLING}"}}),
            Kind.CONTEXT,
            "too long for it",
        ),
    ],
    ids=["quota", "Gemini's day", "Groq's day", "OpenRouter's day", "413", "a 429 of size"],
)
def test_a_limit_that_does_not_pass_is_told_at_once(reach, service, fault, kind, message):
    """No credit, a day's quota, one request too big: asking again would be refused again."""
    with (
        served(fault, good(service, False)) as endpoint,
        pytest.raises(CallError, match=message) as caught,
    ):
        reach(endpoint, service)
    assert caught.value.kind is kind
    assert len(endpoint.requests) == 1


OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
UPSTREAM = {"error": {"code": 502, "message": "Upstream busy"}}
FAILED_CHOICE = {"index": 0, "finish_reason": "error", **UPSTREAM}
EMPTY = {"delta": {"content": ""}, "message": {"role": "assistant", "content": ""}}
INSIDE = {
    "a body": (*LIKE_OPENAI, lambda _: UPSTREAM),
    "the first event": (*LIKE_OPENAI, lambda _: events(UPSTREAM)),
    "a choice": (
        *LIKE_OPENAI,
        lambda stream: (
            events({**CHUNK, "choices": [{**EMPTY, **FAILED_CHOICE}]})
            if stream
            else {**CHUNK, "object": "chat.completion", "choices": [{**EMPTY, **FAILED_CHOICE}]}
        ),
    ),
    "an error by name": (
        *LIKE_OPENAI,
        lambda _: events(
            {**CHUNK, "choices": [], "error": {"code": "server_error", "message": "x"}}
        ),
    ),
    "Anthropic's": ("anthropic", lambda on: events(OVERLOADED, named=True) if on else OVERLOADED),
    "Anthropic's, begun": (
        "anthropic",
        lambda _: events(
            {
                "type": "message_start",
                "message": {"usage": {"input_tokens": 9, "output_tokens": 1}},
            },
            OVERLOADED,
            named=True,
        ),
    ),
    "Google's": (
        "gemini",
        lambda on: (events if on else dict)(
            {"error": {"code": 503, "status": "UNAVAILABLE", "message": "overloaded"}}
        ),
    ),
    "Ollama's": ("ollama", lambda _: faults.body(b'{"error":"llama runner has terminated"}\n')),
    "Bedrock's": ("bedrock", lambda _: {"message": "busy", "error": {"code": 503}}),
}
ONLY_STREAMED = ("the first event", "an error by name", "Anthropic's, begun")
CASES = [
    pytest.param(service, stream, made, id=f"{name} {service} {'stream' if stream else 'whole'}")
    for name, (*services, made) in INSIDE.items()
    for service in services
    for stream in (False, True)
    if (stream or name not in ONLY_STREAMED) and not (stream and service == "bedrock")
]


@pytest.mark.parametrize(("service", "stream", "made"), CASES)
def test_a_fault_inside_a_200_is_asked_for_again(reach, service, stream, made):
    """Nothing was generated: the call comes back, as it would with the fault's own status."""
    with served(made(stream), good(service, stream)) as endpoint:
        assert reach(endpoint, service, stream=stream).text == "Ohio"
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("code", [429, 503], ids=["rate", "server"])
@BOTH
def test_a_fault_inside_a_200_is_met_four_times_at_most(reach, code, stream):
    """Then it is told in the service's own words, with its status."""
    fault = {"error": {"code": code, "message": "busy here"}}
    with (
        served(*[fault] * 9) as endpoint,
        pytest.raises(CallError, match=rf"\({code}: busy here\), after 4 tries"),
    ):
        reach(endpoint, "openrouter", stream=stream)
    assert len(endpoint.requests) == 4


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({**UPSTREAM, "usage": {"prompt_tokens": 9, "completion_tokens": 5}}, "502: Upstream busy"),
        ({**CHUNK, "choices": [], "usage": {"total_tokens": 5, "prompt_tokens": 5}}, "no usable"),
    ],
    ids=["a fault", "no choices"],
)
def test_what_tells_usage_is_paid_for_and_not_asked_for_again(reach, body, message):
    """Tokens were used, whatever became of them."""
    with served(body, "Ohio") as endpoint, pytest.raises(CallError, match=message):
        reach(endpoint, "openai")
    assert len(endpoint.requests) == 1


def test_a_stream_that_states_a_fault_after_text_keeps_the_text(reach):
    """What had arrived is paid for: it is kept, and nothing is asked for again."""
    begun = {**CHUNK, "choices": [{"index": 0, "delta": {"content": "Oh"}}]}
    with (
        served(events(begun, UPSTREAM), "Ohio") as endpoint,
        pytest.raises(CallError, match="502: Upstream busy") as caught,
    ):
        reach(endpoint, "openrouter", stream=True)
    assert caught.value.partial_text == "Oh"
    assert len(endpoint.requests) == 1


PAGE = faults.body(b"<!doctype html><p>Back in a minute", content_type="text/html")
NOTHING = faults.body(b"")


@BOTH
@pytest.mark.parametrize("service", ["openai", "openrouter", "anthropic", "gemini", "ollama"])
@pytest.mark.parametrize("fault", [PAGE, NOTHING], ids=["a page", "nothing"])
def test_a_page_from_a_gateway_that_has_answered_passes(reach, service, stream, fault):
    """HTML or nothing at all in the place of a reply: it answered before, and does so again."""
    answer = good(service, stream)
    again = answer if fault is PAGE else good(service, False)  # without a stream, if it was one
    with served(answer, fault, again, answer) as endpoint:
        assert reach(endpoint, service, stream=stream).text == "Ohio"
        assert reach(endpoint, service, stream=stream).text == "Ohio"
        assert len(endpoint.requests) == 3
        assert reach(endpoint, service, stream=stream).text == "Ohio"


def test_an_empty_stream_by_chance_does_not_end_streaming(reach):
    """An endpoint that has streamed before is asked for a stream again by the next call."""
    with served("Ohio", NOTHING, "Ohio", "Ohio") as endpoint:
        for _ in range(3):
            reach(endpoint, "openai", stream=True)
    assert [bool(body.get("stream")) for body in endpoint.bodies][-1] is True


def test_a_stream_of_remarks_alone_is_asked_for_whole(reach):
    """Some gateways say that they are at work, and then nothing: no event was in it."""
    with served(faults.body(b": at work\n\n", content_type=EVENTS), "Ohio") as endpoint:
        assert reach(endpoint, "openrouter", stream=True).text == "Ohio"
    assert [bool(body.get("stream")) for body in endpoint.bodies] == [True, False]


def test_a_page_from_a_server_that_never_answered_is_told_at_once(reach):
    """It is the wrong server, or the wrong path, far more often than a passing fault."""
    with (
        served(PAGE, "Ohio") as endpoint,
        pytest.raises(CallError, match=r"\(a web page: Back in a minute\): is it the right"),
    ):
        reach(endpoint, "vllm")
    assert len(endpoint.requests) == 1


def test_the_reason_is_read_wherever_it_stands(reach):
    """OpenRouter's metadata, FastAPI's places, a body in a body: the words are shown."""
    deep = {"error": {"message": "flagged: no. This is about moderation."}}
    bodies = [
        {"error": {"message": "Provider error", "metadata": {"raw": json.dumps(deep)}}},
        {"detail": [{"loc": ["body", "input"], "msg": "moderation", "input": "the whole prompt"}]},
        {"object": "error", "message": "moderation", "code": 400},
        {"error": "moderation"},
        {"message": json.dumps(deep)},
    ]
    for body in bodies:
        with (
            served(error(400, body)) as endpoint,
            pytest.raises(CallError, match=r"content policy \(400: .*moderation") as caught,
        ):
            reach(endpoint, "openrouter")
        assert "the whole prompt" not in str(caught.value)
        assert len(endpoint.requests) == 1


@BOTH
def test_a_reply_that_speaks_of_errors_is_a_reply(reach, stream):
    """What a model writes is no fault, whatever it looks like; nor is an empty field."""
    said = json.dumps({"type": "error", "error": {"code": 502, "message": "a poem on errors"}})
    whole = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
    plain = {**CHUNK, "object": "chat.completion", "choices": [whole], "error": None}
    with served(said if stream else plain) as endpoint:
        assert reach(endpoint, "openai", stream=stream).text == said
    assert len(endpoint.requests) == 1


def test_amazons_binary_events_are_read_too():
    """An exception in the middle of Bedrock's stream has a name and a message."""
    noted = Noted()
    noted.begin(200, {})
    noted.take(b"\x00\x00\x00\x9f:exception-type\x07\x00\x13throttlingException\x0d")
    noted.take(b':content-type\x07\x00\x10application/json{"message":"Too many requests"}\x8e')
    failed = failure(ValueError("an event that its client cannot read"), noted=noted)
    assert (failed.kind, failed.status, failed.inside) == (Kind.RATE, 429, True)
    assert failed.said == "Too many requests"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["error", "message", "code", "choices", "metadata", "raw", "detail"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
    st.sampled_from([200, 400, 429, 500]),
)
def test_whatever_a_body_holds_it_is_one_failure_or_none(body, status):
    """Services send what they like: nothing that is JSON makes the reading of it fail."""
    noted = Noted()
    noted.begin(status, {})
    noted.take(json.dumps(body).encode())
    failed = failure(ValueError("no reply"), noted=noted)
    assert failed.status in (None, status) or status == 200
    assert "\n" not in failed.said
    assert len(failed.said) <= 300

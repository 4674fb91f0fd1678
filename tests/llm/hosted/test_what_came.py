"""What a service says of its reply reaches the row: its end, its parts, what came in its place."""

from __future__ import annotations

import codecs
import json

import pytest

from tests.llm.hosted.conftest import (
    LIST,
    SERVICES,
    anthropic_whole,
    gemini_whole,
    ollama_whole,
    openai_events,
    openai_whole,
    sent,
)
from vs_magic.errors import RefusalError
from vs_magic.testing import Endpoint

WHOLE_OR_STREAM = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
FORMS = [(n, s) for n in SERVICES for s in (False, True) if (n, s) != ("bedrock", True)]
"""The wire forms; Amazon's stream is a binary one, which no test endpoint writes."""
FILTERED = [f for f in FORMS if f[0] != "ollama" and f != ("gemini", False)]
"""Those that send text beside the word of a filter, and whose text litellm passes on."""
OPENAI = SERVICES["openai"]
COLOURS = [("red", 0.5), ("blue", 0.3), ("teal", 0.2)]
LIMITS = {
    "gemini": "MAX_TOKENS", "anthropic": "max_tokens", "bedrock": "max_tokens",
    "mistral": "model_length",
}  # fmt: skip
FILTERS = {"gemini": "SAFETY", "anthropic": "refusal", "bedrock": "guardrail_intervened"}


def pairs(found):
    """The candidates and what was stated for them."""
    return [(c.text, c.probability) for c in found]


def answered(service, stream, *given, **named):
    """The service's answer, whole or as events."""
    made = service.events(*given, **named) if stream else service.whole(*given, **named)
    return sent(made, service.kind)


@pytest.mark.parametrize(("name", "stream"), FORMS)
def test_a_reply_cut_off_at_the_token_limit_says_so(sampled, name, stream):
    """The end is `length` in every wire form, and the last candidate is marked."""
    service = SERVICES[name]
    answer = answered(service, stream, LIST[:85], LIMITS.get(name, "length"))
    with Endpoint(lambda _: answer, paths=service.paths) as endpoint:
        found = sampled(endpoint, service, stream=stream)
    assert found.frame["finish_reason"].tolist() == ["length", "length"]
    assert "cut off at the token limit" in found.candidates[-1].repairs
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (20, 30)


@pytest.mark.parametrize(("name", "stream"), FORMS)
def test_an_empty_reply_at_the_token_limit_names_the_flag(sampled, name, stream):
    """Reasoning ate the tokens: one request, an error that names --max-tokens, what was spent."""
    service = SERVICES[name]
    answer = answered(service, stream, "", LIMITS.get(name, "length"))
    with Endpoint(lambda _: answer, paths=service.paths) as endpoint:
        found = sampled(endpoint, service, stream=stream, max_tokens=64)
    [error] = found.frame["error"]
    assert "the token limit was reached (30 tokens) before an answer began" in error
    assert "raise --max-tokens (now 64)" in error
    assert [r.path for r in endpoint.requests if "show" not in r.path][1:] == []
    assert found.usage.completion_tokens == 30


@pytest.mark.parametrize(("name", "stream"), FILTERED)
def test_a_reply_that_a_filter_stopped_is_marked(sampled, name, stream):
    """`content_filter` in every wire form: the mark where candidates came, else a refusal."""
    service = SERVICES[name]
    answer = answered(service, stream, LIST[:85], FILTERS.get(name, "content_filter"))
    with Endpoint(lambda _: answer, paths=service.paths) as endpoint:
        found = sampled(endpoint, service, stream=stream)
    assert found.frame["finish_reason"].tolist() == ["content_filter", "content_filter"]
    assert "cut off by the content filter" in found.candidates[-1].repairs


@WHOLE_OR_STREAM
def test_a_blocked_prompt_is_a_refusal_and_asked_once(sampled, stream):
    """Gemini has no candidates then, and a stream of it no text; neither is asked for again."""
    service = SERVICES["gemini"]
    blocked = {**gemini_whole(), "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
    del blocked["candidates"]
    answer = sent([blocked] if stream else blocked, service.kind)
    with Endpoint(lambda _: answer, paths=service.paths) as endpoint:
        found = sampled(endpoint, service, stream=stream)
    assert isinstance(found.failures[0], RefusalError)
    assert len(endpoint.requests) == 1


@WHOLE_OR_STREAM
def test_the_words_of_a_refusal_are_its_reply(sampled, stream):
    """A RefusalError whose reply is what the model said, for every method, and no candidate."""
    words = "I will not list these."
    answer = openai_events("", refusal=words) if stream else openai_whole("", refusal=words)
    for method in ("vs-standard", "direct"):
        with Endpoint([sent(answer, OPENAI.kind)]) as endpoint:
            found = sampled(endpoint, OPENAI, stream=stream, method=method, k=1)
        [error] = found.failures
        assert isinstance(error, RefusalError)
        assert error.reply == words
        assert not found.candidates


def called(*arguments):
    """A message's tool calls."""
    functions = [{"name": "responses", "arguments": a} for a in arguments]
    return [
        {"index": i, "id": f"call_{i}", "type": "function", "function": f}
        for i, f in enumerate(functions)
    ]


@WHOLE_OR_STREAM
@pytest.mark.parametrize(
    "message",
    [
        {"tool_calls": called(LIST)},
        {"tool_calls": called(json.loads(LIST))},
        {"tool_calls": called(*(json.dumps(i) for i in json.loads(LIST)["responses"]))},
        {"function_call": {"name": "responses", "arguments": LIST}},
    ],
    ids=["text", "object", "one each", "older form"],
)
def test_tool_calls_in_place_of_a_text_are_read(sampled, message, stream):
    """Their arguments are the candidates, and each says where it was taken from."""
    made = openai_events if stream else openai_whole
    answer = sent(made("", "tool_calls", **message), OPENAI.kind)
    with Endpoint([answer]) as endpoint:
        found = sampled(endpoint, OPENAI, stream=stream)
    assert pairs(found) == COLOURS
    assert all("taken from a tool call" in c.repairs for c in found)
    assert found.replies[0].taken_from == "tool_calls"


@pytest.mark.parametrize("name", ["anthropic", "gemini", "ollama"])
def test_tool_calls_of_other_services_are_read(sampled, name):
    """The same in the wire forms of others."""
    service, given = SERVICES[name], json.loads(LIST)
    if name == "anthropic":
        use = {"type": "tool_use", "id": "t", "name": "r", "input": given}
        answer = {**anthropic_whole("", "tool_use"), "content": [use]}
    elif name == "gemini":
        answer = gemini_whole("")
        parts = [{"functionCall": {"name": "r", "args": given}}]
        answer["candidates"][0]["content"]["parts"] = parts
    else:
        answer = ollama_whole("")
        answer["message"]["tool_calls"] = [{"function": {"name": "r", "arguments": given}}]
    with Endpoint(lambda _: answer, paths=service.paths) as endpoint:
        found = sampled(endpoint, service, method="vs-cot")
    assert pairs(found) == COLOURS
    assert all("taken from a tool call" in c.repairs for c in found)


@WHOLE_OR_STREAM
@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
@pytest.mark.parametrize("name", ["openai", "openrouter", "vllm"])
def test_a_reply_that_is_all_reasoning_says_so(sampled, name, field, stream):
    """Where everything stands in the reasoning, that is named, and its text is kept."""
    service = SERVICES[name]
    answer = answered(service, stream, "", **{field: "Perhaps beige."})
    with Endpoint([answer]) as endpoint:
        found = sampled(endpoint, service, stream=stream)
    assert "all that came (30 tokens) is in its reasoning" in found.frame["error"][0]
    assert found.calls[0].reasoning == found.failures[0].reply == "Perhaps beige."


THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Perhaps beige."}]}
PARTS = [{"type": "text", "text": LIST[:60]}, {"type": "text", "text": LIST[60:]}]


@WHOLE_OR_STREAM
@pytest.mark.parametrize("name", [n for n in SERVICES if SERVICES[n].whole is openai_whole])
def test_content_may_be_a_list_of_parts(sampled, name, stream):
    """Texts are the reply, thinking is its reasoning; no service needs a word about it."""
    service = SERVICES[name]
    answer = openai_events("") if stream else openai_whole("")
    if stream:
        for event, content in zip(answer[1:3], ([THOUGHT, PARTS[0]], PARTS[1:]), strict=True):
            event["choices"][0]["delta"]["content"] = content
    else:
        answer["choices"][0]["message"]["content"] = [THOUGHT, *PARTS]
    with Endpoint([sent(answer, service.kind)], paths=service.paths) as endpoint:
        found = sampled(endpoint, service, stream=stream)
    assert pairs(found) == COLOURS
    assert found.calls[0].reasoning == "Perhaps beige."
    assert all(c.repairs == () for c in found)


@pytest.mark.parametrize(
    "content",
    [json.loads(LIST), json.loads(LIST)["responses"], {"type": "text", "text": LIST}, [LIST]],
    ids=["object", "list", "one part", "texts"],
)
def test_content_may_be_parsed_already(sampled, content):
    """A service that parses its model's JSON sends data where a text belongs: it is read."""
    answer = openai_whole()
    answer["choices"][0]["message"]["content"] = content
    with Endpoint([answer]) as endpoint:
        assert pairs(sampled(endpoint, OPENAI)) == COLOURS


def test_a_stream_answered_by_a_body_of_parts_is_read(sampled):
    """A gateway that ignores `stream` and sends parts: read at no second call."""
    answer = openai_whole()
    answer["choices"][0]["message"]["content"] = [THOUGHT, *PARTS]
    with Endpoint([answer]) as endpoint:
        assert pairs(sampled(endpoint, OPENAI, stream=True)) == COLOURS
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("ending", [b"\n\n", b"\r\n\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("name", ["openai", "mistral", "anthropic", "gemini"])
def test_a_byte_order_mark_before_a_stream_loses_nothing(sampled, name, ending):
    """Some gateways write one; the first event is read all the same."""
    service = SERVICES[name]
    lines = (b"data: " + json.dumps(event).encode() + ending for event in service.events())
    content = codecs.BOM_UTF8 + b"".join(lines)

    def react(exchange):
        exchange.send(content, content_type="text/event-stream; charset=utf-8")

    with Endpoint(lambda _: react, paths=service.paths) as endpoint:
        found = sampled(endpoint, service, stream=True)
    assert pairs(found) == COLOURS
    assert found.usage.prompt_tokens == 20


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_a_body_in_another_encoding_is_read(sampled, encoding):
    """A byte that is no letter costs one letter, not the reply."""
    whole = openai_whole(LIST.replace("teal", "bleu foncé"))
    content = json.dumps(whole, ensure_ascii=False).encode(encoding)
    with Endpoint([lambda exchange: exchange.send(content)]) as endpoint:
        found = sampled(endpoint, OPENAI)
    last = "bleu fonc\N{REPLACEMENT CHARACTER}" if encoding == "latin-1" else "bleu foncé"
    assert [c.text for c in found] == ["red", "blue", last]


@WHOLE_OR_STREAM
def test_what_a_body_does_not_tell_is_unknown(sampled, stream):
    """No reason to end and no counts: None and <NA>, where a library makes up `stop` and 0."""
    answer = openai_events(LIST, None)[:-1] if stream else openai_whole(LIST, None)
    if not stream:
        del answer["usage"]
    with Endpoint([sent(answer, OPENAI.kind)]) as endpoint:
        found = sampled(endpoint, OPENAI, stream=stream)
    assert found.frame["finish_reason"].tolist() == [None] * 3
    assert found.frame[["prompt_tokens", "completion_tokens"]].isna().all(axis=None)
    assert pairs(found) == COLOURS


@WHOLE_OR_STREAM
def test_halves_of_a_letter_are_joined_and_a_lone_half_is_replaced(sampled, stream):
    """A pair cut by two events is one letter again; what is left alone can be written out."""
    text = LIST.replace("red", "\ud83d\ude00").replace("teal", "cut \ud83d")
    answer = openai_events() if stream else openai_whole(text)
    if stream:
        at = text.index("\ude00")
        for event, piece in zip(answer[1:3], (text[:at], text[at:]), strict=True):
            event["choices"][0]["delta"]["content"] = piece
    with Endpoint([sent(answer, OPENAI.kind)]) as endpoint:
        found = sampled(endpoint, OPENAI, stream=stream)
    assert [c.text for c in found] == ["\U0001f600", "blue", "cut \N{REPLACEMENT CHARACTER}"]
    assert found.frame.to_csv().encode()
    assert found.replies[0].text.encode()

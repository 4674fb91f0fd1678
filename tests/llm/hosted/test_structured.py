"""Terms with an endpoint: guessed, refused, stepped down, remembered."""

from __future__ import annotations

import pytest

from vs_magic.llm.hosted import structured
from vs_magic.llm.hosted.call_error import CallError
from vs_magic.llm.hosted.failures import Failure, Kind
from vs_magic.llm.hosted.structured import Capabilities, Form
from vs_magic.testing import Endpoint, faults

REPLY = '{"responses": []}'


def forms(endpoint):
    """The forms that were asked for, in order."""
    return [(body.get("response_format") or {}).get("type") for body in endpoint.bodies]


@pytest.mark.parametrize(
    ("refused", "asked"),
    [
        ([], ["json_schema"]),
        (["json_schema"], ["json_schema", "json_object"]),
        (["json_schema", "json_object"], ["json_schema", "json_object", None]),
    ],
    ids=["takes a schema", "takes JSON mode", "takes neither"],
)
@pytest.mark.parametrize("code", [400, 422, 500])
def test_an_unknown_endpoint_is_asked_for_less_until_it_takes_it(ask, refused, asked, code):
    """Schema, JSON mode, plain: each refusal steps down one, unseen, and `mode` says where."""
    with Endpoint(lambda _: faults.refuse_forms(refused, REPLY, code)) as endpoint:
        reply = ask(endpoint, method="vs-standard")
    assert forms(endpoint) == asked
    assert (reply.text, reply.mode) == (REPLY, asked[-1] or "plain")


def test_what_an_endpoint_takes_is_remembered(ask):
    """The second call of a session begins where the first one ended."""
    with Endpoint(lambda _: faults.refuse_forms(["json_schema"], REPLY)) as endpoint:
        ask(endpoint, method="vs-standard")
        ask(endpoint, method="cot")
    assert forms(endpoint) == ["json_schema", "json_object", "json_object"]


def test_a_reply_that_came_out_invalid_is_no_refusal_for_ever(ask):
    """Some endpoints answer 400 when the model's JSON failed: one call goes on, no rule is made."""
    invalid = faults.status(
        400,
        "Failed to generate JSON. Please adjust your prompt.",
        error_code="json_validate_failed",
    )
    with Endpoint([invalid, REPLY, REPLY]) as endpoint:
        ask(endpoint, method="cot")
        ask(endpoint, method="cot")
    assert forms(endpoint) == ["json_schema", "json_object", "json_schema"]


def test_two_servers_do_not_share_what_they_take(ask):
    """The memory is of a model at a server."""
    with Endpoint(lambda _: faults.refuse_forms(["json_schema"], REPLY)) as strict:
        ask(strict, method="cot")
    with Endpoint([REPLY]) as lenient:
        assert ask(lenient, method="cot").mode == "json_schema"


def test_a_refusal_of_anything_else_is_an_error_at_once(ask):
    """A 400 that is not about the form is told, after one request."""
    fault = faults.status(400, "messages: roles must alternate")
    with Endpoint([fault, REPLY]) as endpoint, pytest.raises(CallError, match="roles must alter"):
        ask(endpoint, method="vs-standard")
    assert len(endpoint.requests) == 1


def test_raw_text_and_lines_ask_for_no_form(ask):
    """direct and multi-turn, and lists as lines, are no JSON."""
    with Endpoint() as endpoint:
        modes = [
            ask(endpoint, method="direct").mode,
            ask(endpoint, method="multi-turn").mode,
            ask(endpoint, method="vs-standard", format="lines").mode,
        ]
    assert modes == ["plain"] * 3
    assert forms(endpoint) == [None] * 3


def test_a_parameter_that_the_endpoint_refuses_is_left_out_and_told(ask):
    """The reply says what was not sent; nothing is dropped silently."""

    def reply(body):
        if "temperature" in body:
            return faults.status(
                400,
                "Unsupported value: 'temperature' does not support 0.5 with this model.",
                error_code="unsupported_value",
                param="temperature",
            )
        return "Ohio"

    with Endpoint(reply) as endpoint:
        answer = ask(endpoint, temperature=0.5, seed=1)
    assert (answer.parameters, answer.not_sent) == ({"seed": 1}, ("temperature",))
    assert [sorted(set(b) - {"model", "messages"}) for b in endpoint.bodies] == [
        ["seed", "temperature"],
        ["seed"],
    ]


def test_a_value_out_of_range_is_an_error_and_not_dropped(ask):
    """The endpoint takes the parameter, not this value: that is the user's to decide."""
    fault = faults.status(400, "temperature must be between 0 and 2", param="temperature")
    with Endpoint([fault, "Ohio"]) as endpoint, pytest.raises(CallError, match="between 0 and 2"):
        ask(endpoint, temperature=5)
    assert len(endpoint.requests) == 1


def test_a_parameter_that_litellm_knows_to_be_refused_costs_no_request(ask):
    """o3 takes no temperature: known beforehand, left out, told."""
    with Endpoint(["Ohio"]) as endpoint:
        answer = ask(endpoint, "openai/o3", temperature=0.5)
    assert answer.not_sent == ("temperature",)
    assert len(endpoint.requests) == 1


def test_max_tokens_is_sent_under_the_name_that_the_endpoint_wants(ask):
    """Newer models want max_completion_tokens; the limit is not lost."""

    def reply(body):
        if "max_tokens" in body:
            message = (
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                "'max_completion_tokens' instead."
            )
            return faults.status(400, message, error_code="unsupported_parameter")
        return "Ohio"

    with Endpoint(reply) as endpoint:
        answer = ask(endpoint, max_tokens=77)
    assert endpoint.bodies[-1]["max_completion_tokens"] == 77
    assert answer.not_sent == ()


@pytest.mark.parametrize(
    ("supported", "schema", "listed", "form"),
    [
        (None, False, False, Form.JSON_SCHEMA),
        (["response_format"], True, True, Form.JSON_SCHEMA),
        (["response_format"], False, True, Form.JSON_OBJECT),
        (["response_format"], False, False, Form.JSON_SCHEMA),
        (["temperature"], False, False, Form.PLAIN),
        (["temperature"], True, True, Form.PLAIN),
    ],
)
def test_the_first_guess_follows_what_litellm_knows(supported, schema, listed, form):
    """A schema where it is known or worth a try, JSON mode where only that is known, else words."""
    assert structured.guess(supported, schema=schema, listed=listed).form is form


def test_a_guess_leaves_out_what_litellm_says_is_not_taken():
    """max_completion_tokens counts as max_tokens: litellm sends either name."""
    capabilities = structured.guess(["max_completion_tokens", "stream"], schema=False, listed=True)
    assert capabilities.without == structured.PARAMETERS - {"max_tokens"} | {"stream_options"}
    assert capabilities.streams


@pytest.mark.parametrize(
    "said",
    [
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported",
        "'response_format.type' must be 'json_schema' or 'text'",
        "This model does not support response format json_object",
        "Structured outputs are not available",
        "guided_json is not supported by this engine",
        "failed to parse grammar",
        "Failed to generate JSON. Please adjust your prompt. code json_validate_failed",
        "output_config.format: Extra inputs are not permitted",
    ],
)
def test_refusals_of_a_form_are_recognised_in_many_words(said):
    """Endpoints say it differently; each of these steps down from the schema."""
    sent = {"response_format": {"type": "json_schema"}}
    lesser = structured.step_down(Capabilities(), Failure(kind=Kind.REQUEST, said=said), sent)
    assert lesser == Capabilities(form=Form.JSON_OBJECT)


@pytest.mark.parametrize(
    "failed",
    [
        Failure(kind=Kind.KEY, said="response_format needs a paid key"),
        Failure(kind=Kind.RATE, said="too many json_schema requests"),
        Failure(kind=Kind.REQUEST, said="the schema of your message is odd"),
        Failure(kind=Kind.REQUEST, said="temperature must be below 2"),
        Failure(kind=Kind.SERVER, said="temperature sensor not supported"),
    ],
    ids=lambda failed: failed.said,
)
def test_other_failures_do_not_touch_the_terms(failed):
    """A word that sounds alike is no refusal of the form or of a parameter."""
    sent = {"response_format": {"type": "json_schema"}, "temperature": 3}
    assert structured.step_down(Capabilities(), failed, sent) is None


def test_what_two_calls_learned_at_once_is_joined():
    """Neither of two concurrent calls undoes what the other found out."""
    one = Capabilities(form=Form.PLAIN, without=frozenset({"seed"}))
    other = Capabilities(form=Form.JSON_OBJECT, without=frozenset({"top_p"}), streams=False)
    assert one.and_(other) == other.and_(one)
    assert one.and_(other) == Capabilities(
        form=Form.PLAIN, without=frozenset({"seed", "top_p"}), streams=False
    )

"""Terms with an endpoint: guessed, refused, stepped down, remembered."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from vs_magic.llm.hosted import structured
from vs_magic.llm.hosted.call_error import CallError
from vs_magic.llm.hosted.failures import Failure, Kind
from vs_magic.llm.hosted.structured import Capabilities, Form, Negotiation
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


KNOWN = {
    "length": "This model's maximum context length is 8192 tokens",
    "policy": "flagged by our moderation",
    "key": "API key not valid. Please pass a valid API key.",
    "model": "The model `x` does not exist",
    "credit": "Your credit balance is too low",
    "a value": "temperature must be between 0 and 2",
}


@pytest.mark.parametrize("said", KNOWN.values(), ids=list(KNOWN))
@pytest.mark.parametrize("code", [400, 422])
def test_a_refusal_with_another_known_cause_is_an_error_at_once(ask, said, code):
    """No other form of the request would change it: one request, and the endpoint's words."""
    fault = faults.status(code, said)
    with Endpoint([fault, REPLY]) as endpoint, pytest.raises(CallError, match=re.escape(said)):
        ask(endpoint, method="vs-standard", temperature=1.5)
    assert len(endpoint.requests) == 1


def taking(*, form=(), system=True, parameters=(), words="computer says no", code=400):
    """Answer requests that ask for no more than this; refuse all others in the same few words."""

    def reply(body):
        kind = (body.get("response_format") or {}).get("type")
        roles = [message["role"] for message in body["messages"]]
        plain = set(body) - {"model", "messages", "response_format", "max_tokens"}
        taken = kind in (None, *form) and (system or "system" not in roles)
        return REPLY if taken and plain <= set(parameters) else faults.status(code, words)

    return reply


@pytest.mark.parametrize(
    ("takes", "asked"),
    [
        ({"form": ("json_object",), "parameters": ("temperature",)}, 2),
        ({"parameters": ("temperature",)}, 3),
        ({"system": False, "parameters": ("temperature",)}, 4),
        ({"system": False}, 5),
    ],
    ids=["JSON mode", "words", "no system message", "nothing at all"],
)
@pytest.mark.parametrize("code", [400, 422])
def test_a_refusal_in_words_that_nobody_knows_is_stepped_down_all_the_same(ask, takes, asked, code):
    """One request a step, four steps at most; what was found out is remembered."""
    with Endpoint(taking(**takes, code=code)) as endpoint:
        first = ask(endpoint, method="vs-standard", temperature=0.5, max_tokens=99)
        assert len(endpoint.requests) == asked
        again = ask(endpoint, method="vs-standard", temperature=0.5, max_tokens=99)
        assert len(endpoint.requests) == asked + 1
    assert first.text == again.text == REPLY
    assert endpoint.bodies[-1]["max_tokens"] == 99
    assert first.not_sent == (
        () if "temperature" in takes.get("parameters", ()) else ("temperature",)
    )
    told = first.parameters.get("system_message")
    assert told == (None if takes.get("system", True) else "in the user's turn")


def test_a_refusal_that_no_step_changes_is_told_in_its_own_words(ask):
    """Four more requests at most, once an endpoint and model; the next one is told at once."""
    with Endpoint(lambda _: faults.status(400, "computer says no")) as endpoint:
        for requests in (5, 6):
            with pytest.raises(CallError, match=r"\(400: computer says no\): see what it says"):
                ask(endpoint, method="vs-standard", temperature=0.5)
            assert len(endpoint.requests) == requests


def test_a_cause_that_comes_to_light_on_the_way_is_what_is_told(ask):
    """A step that leads to words that are known: those are the ones to read."""
    long = faults.status(400, "This model's maximum context length is 8192 tokens")
    with (
        Endpoint([faults.status(400, "computer says no"), long]) as endpoint,
        pytest.raises(CallError, match=r"too long for it \(400: This model's maximum"),
    ):
        ask(endpoint, method="vs-standard")
    assert len(endpoint.requests) == 2


def test_what_was_answered_before_is_not_guessed_at(ask):
    """A refusal of one task among others says nothing about the form, the roles, the rest."""
    with Endpoint([REPLY, faults.status(400, "computer says no"), REPLY]) as endpoint:
        ask(endpoint, method="vs-standard")
        with pytest.raises(CallError, match="computer says no"):
            ask(endpoint, method="vs-standard")
    assert len(endpoint.requests) == 2


def test_only_what_is_new_is_guessed_at(ask):
    """A parameter that the endpoint was never sent before is left out first."""
    takes = taking(form=("json_schema",))
    with Endpoint(takes) as endpoint:
        ask(endpoint, method="vs-standard")
        reply = ask(endpoint, method="vs-standard", seed=1)
    assert (reply.not_sent, reply.mode) == (("seed",), "json_schema")
    assert len(endpoint.requests) == 3


def test_steps_are_counted_over_the_attempts_of_a_call(ask):
    """A rate limit in between does not have a call step down from the top again."""
    refuse, answers = taking(), []

    def reply(body):
        answers.append(body)
        return faults.status(429, "slow down") if len(answers) == 3 else refuse(body)

    with Endpoint(reply) as endpoint:
        ask(endpoint, method="vs-standard")
    assert forms(endpoint) == ["json_schema", "json_object", None, None]


ROLES = [
    (400, "System role not supported"),
    (400, "Developer instruction is not enabled for models/gemma-3-27b-it"),
    (422, "Template error: Conversation roles must alternate user/assistant/user/assistant/..."),
    (500, "Jinja Exception: Conversation roles must alternate user/assistant/user/assistant/..."),
]


@pytest.mark.parametrize(("code", "words"), ROLES, ids=[words[:24] for _, words in ROLES])
def test_a_model_without_a_system_role_gets_the_instruction_in_the_users_turn(ask, code, words):
    """Its words come first, then the task; the form is kept; the reply says so."""
    takes = taking(form=("json_schema",), system=False, words=words, code=code)
    with Endpoint(takes) as endpoint:
        reply = ask(endpoint, method="vs-standard")
    before, after = (body["messages"] for body in endpoint.bodies)
    assert [message["role"] for message in after] == ["user"]
    assert after[0]["content"] == "\n\n".join(message["content"] for message in before)
    assert reply.parameters["system_message"] == "in the user's turn"
    assert (reply.mode, reply.not_sent) == ("json_schema", ())


def test_a_conversation_has_strictly_alternating_roles(request_for):
    """Turns of one role in a row are one turn; no word is lost, and the order is kept."""
    said = [("system", "s"), ("user", "a"), ("user", "b"), ("assistant", "c"), ("user", "d")]
    asked = replace(
        request_for(), messages=tuple({"role": role, "content": text} for role, text in said)
    )
    assert structured.messages(asked, Capabilities(system=False)) == [
        {"role": "user", "content": "s\n\na\n\nb"},
        {"role": "assistant", "content": "c"},
        {"role": "user", "content": "d"},
    ]
    assert structured.messages(asked, Capabilities()) == list(asked.messages)


TOOLS = [
    (400, "Failed to call a function.", "tool_use_failed", False),
    (400, "This model doesn't support tool use in streaming mode.", None, True),
    (404, "No endpoints found that support tool use.", None, True),
    (400, "`tools` is not supported with this model", None, True),
]


@pytest.mark.parametrize(("code", "words", "name", "lasts"), TOOLS, ids=[t[1][:20] for t in TOOLS])
def test_a_model_without_tools_is_asked_in_words(ask, code, words, name, lasts):
    """A form is a call of a tool behind some services; a call that failed by chance is no rule."""
    refusing = faults.status(code, words, error_code=name)
    with Endpoint([refusing, REPLY, REPLY]) as endpoint:
        ask(endpoint, method="vs-standard")
        ask(endpoint, method="vs-standard")
    assert forms(endpoint) == ["json_schema", None, None if lasts else "json_schema"]


REFUSED = [
    ("temperature", "`temperature` is deprecated for this model."),
    ("temperature", "invalid temperature: only 1 is allowed for this model"),
    ("top_p", "Malformed input request: extraneous key [top_p] is not permitted"),
    ("top_k", "Unknown name topK at generation_config: Cannot find field."),
    ("max_tokens", "Unsupported field maxOutputTokens"),
    ("seed", 'error: {"message": "seed is not implemented here"}'),
]


@pytest.mark.parametrize(("name", "words"), REFUSED, ids=[words[:24] for _, words in REFUSED])
def test_a_parameter_is_left_out_however_its_refusal_is_worded(ask, name, words):
    """It is named, in whichever spelling: that one goes first, in one more request."""
    given = {"temperature": 0.5, "top_p": 0.9, "top_k": 5, "max_tokens": 50, "seed": 1}

    def reply(body):
        return faults.status(400, words) if name in body else REPLY

    with Endpoint(reply) as endpoint:
        answer = ask(endpoint, method="vs-standard", **given)
    assert answer.not_sent == (name,)
    assert len(endpoint.requests) == 2


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


FORMS = [
    "Invalid parameter: 'response_format' of type 'json_schema' is not supported",
    "'response_format.type' must be 'json_schema' or 'text'",
    "This model does not support response format json_object",
    "Structured outputs are not available",
    "guided_json is not supported by this engine",
    "failed to parse grammar",
    "Failed to generate JSON. Please adjust your prompt. code json_validate_failed",
    "output_config.format: Extra inputs are not permitted",
]


@pytest.fixture
def negotiation(request_for):
    """A call with a form and a temperature, that has not stepped down yet."""
    asked = request_for(method="vs-standard", temperature=3)
    return Negotiation(request=asked, stream=False, capabilities=Capabilities())


@pytest.mark.parametrize("said", FORMS)
def test_refusals_of_a_form_are_recognised_in_many_words(negotiation, said):
    """Endpoints say it differently; each of these steps down from the schema."""
    assert negotiation.step_down(Failure(kind=Kind.REQUEST, said=said))
    assert negotiation.capabilities == Capabilities(form=Form.JSON_OBJECT)


@pytest.mark.parametrize(
    "failed",
    [
        Failure(kind=Kind.KEY, said="response_format needs a paid key"),
        Failure(kind=Kind.RATE, said="too many json_schema requests"),
        Failure(kind=Kind.REQUEST, said="temperature must be below 2"),
        Failure(kind=Kind.SERVER, said="temperature sensor not supported"),
    ],
    ids=lambda failed: failed.said,
)
def test_other_failures_do_not_touch_the_terms(negotiation, failed):
    """A word that sounds alike is no refusal of the form or of a parameter."""
    assert not negotiation.step_down(failed)
    assert negotiation.capabilities == Capabilities()


def test_what_two_calls_learned_at_once_is_joined():
    """Neither of two concurrent calls undoes what the other found out."""
    one = Capabilities(form=Form.PLAIN, without=frozenset({"seed"}), system=False)
    other = Capabilities(form=Form.JSON_OBJECT, without=frozenset({"top_p"}), streams=False)
    assert one.and_(other) == other.and_(one)
    assert one.and_(other) == Capabilities(
        form=Form.PLAIN, without=frozenset({"seed", "top_p"}), streams=False, system=False
    )

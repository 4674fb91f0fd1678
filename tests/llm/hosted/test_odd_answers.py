"""Whatever a service sends in whatever field: candidates, or one error row; never more."""

from __future__ import annotations

import copy
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.llm.hosted.conftest import LIST, SERVICES, openai_events, openai_whole, sent
from vs_magic.testing import Endpoint

ODD = st.sampled_from(
    [
        None, True, 0, 7, -1, 10**30, 1e30, 2.5, float("nan"), float("inf"), "", "x", "\ud83d",
        [], [None], [[]], ["x"], [{}], {}, {"x": 1}, {"text": None}, [{"type": "text", "text": 7}],
        [{"type": 7}], LIST,
    ]
)  # fmt: skip
GONE = object()


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON: what holds it, and its key."""
    if isinstance(value, dict):
        keys = list(value.items())
    else:
        keys = list(enumerate(value)) if isinstance(value, list) else []
    return [(value, k) for k, _ in keys] + [p for _, v in keys for p in places(v)]


@st.composite
def odd(draw: st.DrawFn, answer: Any) -> Any:
    """An answer with one to three of its fields odd, or gone."""
    answer = copy.deepcopy(answer)
    for _ in range(draw(st.integers(1, 3))):
        found = [
            (holder, key)
            for holder, key in places(answer)
            if holder is not answer or not isinstance(answer, list)
        ]
        if not found:
            return answer
        holder, key = found[draw(st.integers(0, len(found) - 1))]
        value = draw(st.one_of(ODD, st.just(GONE)))
        if value is not GONE:
            holder[key] = copy.deepcopy(value)
        elif isinstance(holder, dict):
            del holder[key]
    return answer


CASES = [
    (name, stream)
    for name in ("openai", "openrouter", "gemini", "anthropic", "ollama", "bedrock")
    for stream in (False, True)
    if (name, stream) != ("bedrock", True)
]


@pytest.mark.parametrize(("name", "stream"), CASES)
def test_any_field_may_be_odd(sampled, name, stream):
    """At worst one error row, in one line without a traceback; all of it can be written out."""
    service = SERVICES[name]
    answer = service.events() if stream else service.whole()
    said: list[Any] = []

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(odd(answer))
    def holds(mutated: Any) -> None:
        said[:] = [mutated]
        found = sampled(endpoint, service, stream=stream)
        frame = found.frame
        assert len(found.calls) == 1
        assert len(frame) >= 1
        if found.failures:
            assert len(frame) == 1
            assert "Traceback" not in frame["error"][0]
            assert "\n" not in frame["error"][0]
        for column in ("prompt_tokens", "completion_tokens"):
            assert not (frame[column] < 0).any()
            assert not (frame[column] > 10**9).any()
        assert isinstance(frame["model"][0], str)
        frame.to_csv(io.BytesIO())
        repr(found).encode()

    with Endpoint(lambda _: sent(said[0], service.kind), paths=service.paths) as endpoint:
        holds()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", 7), ("id", None), ("object", None), ("created", "yesterday"), ("model", 7),
        ("model", None), ("usage", None), ("usage", []), ("usage", "none"), ("usage", 7),
        ("system_fingerprint", 7), ("service_tier", 7),
    ],
)  # fmt: skip
def test_an_odd_field_beside_the_text_loses_no_candidate(sampled, field, value, stream):
    """What is not the answer cannot cost the answer."""
    whole = {**openai_whole(), field: value}
    events = [{**event, field: value} for event in openai_events()]
    answer = sent(events if stream else whole, "text/event-stream")
    with Endpoint([answer]) as endpoint:
        found = sampled(endpoint, SERVICES["openai"], stream=stream)
    assert [c.text for c in found] == ["red", "blue", "teal"]
    assert found.replies[0].model in (
        ("7",) if (field, value) == ("model", 7) else ("m", "openai/m")
    )


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("count", "means"),
    [(20, 20), (20.0, 20), ("20", 20), (0, 0), (None, None), (-1, None), (2.5, None),
     (1e30, None), (10**30, None), (float("nan"), None), ("many", None), (True, None),
     ([20], None), ({}, None)],
)  # fmt: skip
def test_a_count_of_tokens_is_a_count_or_unknown(sampled, count, means, stream):
    """Unknown is <NA>, not 0; the other count is as it was told."""
    usage = {"prompt_tokens": count, "completion_tokens": 30, "total_tokens": 50}
    whole = {**openai_whole(), "usage": usage}
    events = [{**e, **({"usage": usage} if "usage" in e else {})} for e in openai_events()]
    with Endpoint([sent(events if stream else whole, "text/event-stream")]) as endpoint:
        found = sampled(endpoint, SERVICES["openai"], stream=stream)
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (means, 30)
    assert found.frame["prompt_tokens"].isna().all() == (means is None)


@pytest.mark.parametrize("choices", [None, [], {}, "none", 7, [None], [[]]])
def test_choices_that_are_none_are_one_error_row(sampled, choices):
    """An answer without an answer: one line, and it is not asked for again."""
    with Endpoint([{**openai_whole(), "choices": choices}]) as endpoint:
        found = sampled(endpoint, SERVICES["openai"])
    [error] = found.frame["error"]
    assert "the completion holds no choices" in error
    assert len(endpoint.requests) == 1

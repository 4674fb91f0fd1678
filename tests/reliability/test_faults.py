"""Every kind of fault, through the real client: answered in the end, or one line that says why."""

from __future__ import annotations

import resource
import sys
import time

import pytest

import vs_magic as vs
from vs_magic.errors import ModelError
from vs_magic.llm import loop
from vs_magic.llm.hosted.response_limits import LONGEST
from vs_magic.sampling.plan import plan
from vs_magic.sampling.sampler import collect
from vs_magic.testing import KINDS, Endpoint, FaultyEndpoint, faults, scripted

SHORT = {"retry_after": 0.1, "refuse_s": 0.05, "hang_s": 0.3, "drip_s": 0.2, "huge": 70_000_000}
TRIED_AGAIN = ("429", "429-wait", "500", "502", "503", "refused", "reset", "hang")
HARMLESS = ("drip", "wrong-type", "duplicate")
GARBAGE = ("web-page", "invalid-json", "empty-choices", "huge")


def ask(endpoint, model_at, *, stream, **options):
    """Ask for three responses, as `%%vs` (streamed) or `sample` (whole) does."""
    made = plan("Name a colour.", {"model": model_at(endpoint), "k": 3, "timeout": 5, **options})
    return loop.run(collect(made, stream=stream))


def texts(distribution):
    """The candidates' texts."""
    return [candidate.text for candidate in distribution]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("kind", TRIED_AGAIN)
def test_what_passes_is_tried_again(model_at, kind, stream):
    """The user sees the answer; one more request was made, and nothing was lost."""
    with FaultyEndpoint(share=0, **SHORT) as endpoint:
        endpoint.fail_next(kind)
        found = ask(endpoint, model_at, stream=stream)
    assert texts(found) == ["the first answer", "the second answer", "the third answer"]
    assert [t.fault for t in endpoint.treated] == [kind, None]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("kind", HARMLESS)
def test_an_odd_delivery_is_read_once_and_paid_once(model_at, kind, stream):
    """Slow, mislabelled or delivered twice: one request, three candidates, one reply's cost."""
    with FaultyEndpoint(share=0, **SHORT) as endpoint:
        endpoint.fail_next(kind)
        odd = ask(endpoint, model_at, stream=stream)
    with FaultyEndpoint(share=0) as endpoint_without:
        usual = ask(endpoint_without, model_at, stream=stream)
    assert len(endpoint.requests) == 1
    assert texts(odd) == texts(usual)
    assert len(odd) == 3
    assert odd.usage.cost_usd == usual.usage.cost_usd is not None


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_one_line_and_not_asked_for_again(model_at, kind, stream):
    """It may have been paid for; the line names the server and what was wrong."""
    with FaultyEndpoint(share=0, **SHORT) as endpoint:
        endpoint.fail_next(kind)
        with pytest.raises(
            ModelError, match=r"^openai/gpt-4.1-mini: no usable answer from ht"
        ) as caught:
            ask(endpoint, model_at, stream=stream)
    assert len(endpoint.requests) == 1
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_filtered_reply_is_an_error_row(model_at, stream):
    """Beside calls that were answered, it stands as a row that says so."""
    with FaultyEndpoint(share=0) as endpoint:
        endpoint.fail_next("content-filter")
        found = ask(endpoint, model_at, stream=stream, n=6, concurrency=1)
    assert len(found) == 3
    [row] = found.frame[found.frame["error"].notna()].to_dict("records")
    assert row["finish_reason"] == "content_filter"
    assert row["error"].startswith("the provider's content filter stopped the reply before")


def test_a_stream_that_breaks_off_keeps_what_was_complete(model_at):
    """Its first candidate is there, marked; nothing is asked again, for it was paid."""
    with FaultyEndpoint(share=0) as endpoint:
        endpoint.fail_next("truncated")
        found = ask(endpoint, model_at, stream=True)
    assert texts(found) == ["the first answer"]
    assert "broken off" in found[0].repairs[-1]
    assert len(endpoint.requests) == 1


def test_half_a_body_is_asked_for_again(model_at):
    """Without a stream nothing of it can be read; the second answer is the one that counts."""
    with FaultyEndpoint(share=0) as endpoint:
        endpoint.fail_next("truncated")
        found = ask(endpoint, model_at, stream=False)
    assert texts(found) == ["the fourth answer", "the fifth answer", "the sixth answer"]
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_no_answer_is_taken_for_another_calls(model_at, stream):
    """An answer that is delivered twice is not read again as the answer to the next call."""
    with FaultyEndpoint(share=0) as endpoint:
        endpoint.fail_next(*["duplicate"] * 6)
        found = ask(endpoint, model_at, stream=stream, n=18, concurrency=1)
    assert len(endpoint.requests) == 6
    calls = [tuple(c.text for c in call.candidates) for call in found.calls]
    assert calls[:3] == [
        ("the first answer", "the second answer", "the third answer"),
        ("the fourth answer", "the fifth answer", "the sixth answer"),
        ("the seventh answer", "the eighth answer", "the ninth answer"),
    ]
    assert calls[3:] == calls[:3]


@pytest.mark.skipif(sys.platform == "win32", reason="the peak of memory is read as Unix tells it")
def test_an_answer_without_end_does_not_fill_the_memory(model_at):
    """A body of half a gigabyte is given up at 64 MB, whole or streamed."""
    with FaultyEndpoint(share=0, huge=500_000_000) as endpoint:
        ask(endpoint, model_at, stream=False)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for stream in (False, True):
            endpoint.fail_next("huge")
            with pytest.raises(ModelError, match="the answer was longer than 64 MB"):
                ask(endpoint, model_at, stream=stream)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    unit = 1 if sys.platform == "darwin" else 1024
    assert grown * unit < 3 * LONGEST


def test_every_kind_is_tested_here():
    """A kind that is added gets its test."""
    here = {*TRIED_AGAIN, *HARMLESS, *GARBAGE, "content-filter", "truncated"}
    assert here == set(KINDS)


def test_the_public_door_meets_the_same_faults(monkeypatch):
    """`vs.sample` by name, as users call it: two faults, then the answer."""
    with FaultyEndpoint(share=0, **SHORT) as endpoint:
        for name, value in endpoint.env().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("VS_MAGIC_CACHE_MB", "0")
        endpoint.fail_next("429-wait", "reset")
        found = vs.sample("Name a colour.", k=3, model="openai/gpt-4.1-mini")
    assert len(found) == 3
    assert len(endpoint.requests) == 3


def test_a_late_second_delivery_is_no_answer_either(model_at):
    """It comes when its connection is kept for the next call, and lies there until that begins."""
    answers = scripted()
    with Endpoint(lambda body: faults.twice(answers(body), pause=0.05)) as endpoint:
        seen = []
        for _ in range(3):
            seen += texts(ask(endpoint, model_at, stream=False))
            time.sleep(0.3)
    assert len(endpoint.requests) == 3
    assert len(set(seen)) == 9

"""The conductor: which conversations it holds, and what it makes of what comes back."""

import asyncio
import json
from dataclasses import replace

import pytest

import vs_magic
from vs_magic.errors import ModelError, ReplyError
from vs_magic.llm.request import Model, Reply, Request
from vs_magic.llm.trust.ledger import Ledger, counted
from vs_magic.sampling.sampler import Run, collect
from vs_magic.testing import ScriptedModel
from vs_magic.verbalized import prompt
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.shape import Shape

TASK = "Name a colour.\nOnly the name."


def vs(*pairs):
    """A clean VS reply."""
    return json.dumps({"responses": [{"text": t, "probability": p} for t, p in pairs]})


def roles(request):
    """Who speaks, in order."""
    return [m["role"] for m in request.messages]


async def test_independent_methods_make_equal_calls_with_their_own_draw(scripted):
    """Direct asks n times the same; only number and seed tell the calls apart."""
    plan, model = scripted(lambda _: "Blue", method="direct", n=3, seed=7)
    distribution = await collect(plan)
    assert [c.text for c in distribution] == ["Blue"] * 3
    assert sorted((r.call, r.turn, r.parameters.seed) for r in model.requests) == [
        (1, 1, 7),
        (2, 1, 8),
        (3, 1, 9),
    ]
    assert len({json.dumps(r.messages) for r in model.requests}) == 1


async def test_vs_multi_is_one_true_conversation(scripted):
    """Some a turn; each reply stands verbatim as the assistant's turn, every user turn is kept."""
    first, second = vs(("Red", 0.5), ("Blue", 0.3)), "```json\n" + vs(("Teal", 0.1)) + "\n```"
    plan, model = scripted([first, second], method="vs-multi", k=3)
    distribution = await collect(plan)
    assert [c.text for c in distribution] == ["Red", "Blue", "Teal"]
    last = model.requests[-1]
    assert roles(last) == ["system", "user", "assistant", "user"]
    assert last.messages[1]["content"] == TASK
    assert last.messages[2]["content"] == first
    assert last.messages[3] == prompt.again(plan.options, 1)
    assert [(r.call, r.turn) for r in model.requests] == [(1, 1), (1, 2)]


@pytest.mark.parametrize(("method", "turns"), [("multi-turn", 3), ("vs-multi", 2)])
async def test_conversations_are_separate(scripted, method, turns):
    """⌈n/k⌉ of them, each begun anew; no seed twice, and no turn knows another conversation."""
    script = [vs((f"a{i}", 0.5), (f"b{i}", 0.3)) for i in range(2 * turns)]
    plan, model = scripted(script, method=method, k=3, n=6, seed=7)
    assert plan.calls == 2 * turns
    await collect(plan)
    assert {(r.call, r.turn) for r in model.requests} == {
        (call, turn) for call in (1, 2) for turn in range(1, turns + 1)
    }
    assert sorted(r.parameters.seed for r in model.requests) == list(range(7, 7 + 2 * turns))
    for request in model.requests:
        assert len(request.messages) == 2 * request.turn


async def test_a_conversation_that_breaks_off_leaves_the_others(scripted):
    """One ends at its lost turn; the other brings all that was asked."""
    script = ["Red", ModelError("the endpoint is gone"), "Teal", "Blue"]
    plan, _ = scripted(script, method="multi-turn", k=2, n=4)
    distribution = await collect(plan)
    assert len(distribution.candidates) == 3
    assert len(distribution.failures) == 1


async def test_a_turn_that_cannot_be_read_stays_in_the_conversation(scripted):
    """An unreadable turn is an error row; the conversation goes on with the reply in it."""
    script = [vs(("Red", 0.5)), "I would rather not list more.", "No.", vs(("Teal", 0.1))]
    plan, model = scripted(script, method="vs-multi", k=3, per_turn=1)
    distribution = await collect(plan)
    assert [c.text for c in distribution] == ["Red", "Teal"]
    assert len(distribution.failures) == 1
    assert model.requests[-1].messages[-2]["content"] == "I would rather not list more."


async def test_a_conversation_ends_where_no_reply_comes(scripted):
    """What came before a lost turn is kept; later turns would have nothing to stand on."""
    script = ["Red", ModelError("the endpoint is gone"), "Blue"]
    plan, model = scripted(script, method="multi-turn", n=3)
    distribution = await collect(plan)
    assert [c.text for c in distribution] == ["Red"]
    assert [str(e) for e in distribution.failures] == ["the endpoint is gone"]
    assert len(model.requests) == 2


async def test_a_reply_in_no_form_is_asked_for_once_more(scripted):
    """One repair call, in the same conversation; its candidates say that they were repaired."""
    plan, model = scripted(["Well, colours are lovely.", vs(("Red", 0.5))], k=1)
    distribution = await collect(plan)
    assert [c.text for c in distribution] == ["Red"]
    assert distribution.calls[0].mode == "repaired"
    assert roles(model.requests[1]) == ["system", "user", "assistant", "user"]
    assert distribution.usage.completion_tokens == sum(
        len(text.split()) for text in ("Well, colours are lovely.", vs(("Red", 0.5)))
    )


async def test_a_failed_repair_shows_the_first_reply(scripted):
    """Two unreadable replies are one error that carries the first, and no third call."""
    plan, model = scripted(["Well, colours are lovely.", "They are!"], k=1)
    with pytest.raises(ReplyError) as caught:
        await collect(plan)
    assert caught.value.reply == "Well, colours are lovely."
    assert len(model.requests) == 2
    assert list(caught.value.partial.frame["error"]) == [str(caught.value)]


async def test_a_failed_repair_is_in_the_sums(scripted):
    """The row has what both calls took, as the ledger has; the text is the first one's."""
    ledger = Ledger()
    plan, model = scripted(["Well, colours are lovely.", "They are!"], k=1)
    counting = replace(plan.model, complete=counted(model, ledger))
    with pytest.raises(ReplyError, match="no list of candidates") as caught:
        await collect(replace(plan, model=counting))
    frame = caught.value.partial.frame
    assert frame["completion_tokens"].sum() == ledger.total.completion_tokens == 6
    assert frame["prompt_tokens"].sum() == ledger.total.prompt_tokens
    assert caught.value.partial.replies[0].text == "Well, colours are lovely."


async def test_a_repair_of_unknown_length_makes_the_sum_unknown(scripted):
    """What a call took is told where all of it is known: <NA>, and not the part that is."""
    request = Request(model="scripted", messages=(), shape=Shape(method=Method.DIRECT))
    second = Reply(text="They are!", request=request, model="scripted", prompt_tokens=9)
    plan, _ = scripted(["Well, colours are lovely.", second], k=1)
    with pytest.raises(ReplyError, match="no list of candidates") as caught:
        await collect(plan)
    frame = caught.value.partial.frame
    assert frame["prompt_tokens"].notna().all()
    assert frame["completion_tokens"].isna().all()


@pytest.mark.parametrize("reply", ["", "I'm sorry, but I can't help with that."])
async def test_a_refusal_or_an_empty_reply_is_not_asked_again(scripted, reply):
    """Money is not spent on asking a refusal for another form."""
    plan, model = scripted([reply], k=2)
    with pytest.raises(ReplyError):
        await collect(plan)
    assert len(model.requests) == 1


async def test_some_failures_are_rows_and_all_failures_an_error(scripted):
    """One of three calls fails: two candidates and an error row. All fail: the first error."""
    script = ["Red", ModelError("no such host"), "Blue"]
    plan, _ = scripted(script, method="direct", n=3)
    frame = (await collect(plan)).frame
    assert frame["text"].notna().sum() == 2
    assert frame.loc[frame["text"].isna(), "error"].tolist() == ["no such host"]
    plan, _ = scripted([ModelError("no such host")] * 2, method="direct", n=2)
    with pytest.raises(ModelError, match="no such host") as caught:
        await collect(plan)
    assert len(caught.value.partial.frame) == 2


async def test_a_token_limit_is_marked(scripted):
    """A reply cut off at the limit keeps its complete candidates, marked."""
    cut = Reply(
        text=vs(("Red", 0.5), ("Blue", 0.3))[:-20],
        request=_any_request(),
        model="scripted",
        finish_reason="length",
    )
    plan, model = scripted([cut], k=2)
    distribution = await collect(plan)
    assert distribution[0].text == "Red"
    assert "cut off at the token limit" in distribution[len(distribution) - 1].repairs
    assert len(model.requests) == 1


async def test_a_broken_stream_yields_its_complete_candidates(scripted):
    """A connection that dies half-way keeps what was complete, and says why the rest is missing."""
    error = ModelError("the connection was lost")
    error.partial_text = vs(("Red", 0.5), ("Blue", 0.3))[:60]
    plan, _ = scripted([error], k=2)
    distribution = await collect(plan)
    assert [(c.text, c.probability) for c in distribution] == [("Red", 0.5)]
    assert any("the connection was lost" in r for r in distribution[0].repairs)


async def test_streamed_candidates_arrive_one_by_one(scripted):
    """While a reply is under way, its complete candidates can be seen already."""
    seen = []
    plan, _ = scripted([], k=2)

    async def slowly(request, *, on_text=None):
        whole = vs(("Red", 0.5), ("Blue", 0.3))
        for end in (20, 60, len(whole)):
            on_text(whole[:end])
        return Reply(text=whole, request=request, model="scripted")

    plan = replace(plan, model=replace(plan.model, complete=slowly))
    await collect(plan, observe=lambda p: seen.append(len(p.partial())), stream=True)
    assert seen == [0, 1, 2, 2]


@pytest.mark.parametrize(
    ("part", "texts"),
    [
        ("whole", ["Tea: A hot drink.", "Coffee"]),
        ("title", ["Tea", "Coffee"]),
        ("body", ["A hot drink.", "Coffee"]),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_the_part_that_was_asked_for_is_the_text(scripted, part, texts, stream):
    """`--text` takes title or body of what has both; the request stays the same."""
    reply = "1. **Tea** (30%): A hot drink.\n2. **Coffee** (70%)\n"
    plan, model = scripted([reply], k=2, text=part)
    distribution = await collect(plan, stream=stream)
    assert [c.text for c in distribution] == texts
    assert [c.title for c in distribution] == ["Tea", None]
    assert distribution.frame.attrs["options"]["text"] == part
    whole, other = scripted([reply], k=2)
    await collect(whole)
    assert model.requests[0] == other.requests[0]


async def test_min_probability_leaves_out_and_counts(scripted):
    """Candidates below the bound are left out, counted, and the weights renormalised."""
    plan, _ = scripted([vs(("Red", 0.6), ("Blue", 0.02), ("Teal", 0.2))], k=3, min_probability=0.1)
    distribution = await collect(plan)
    assert [c.text for c in distribution] == ["Red", "Teal"]
    assert distribution.weights == pytest.approx([0.75, 0.25])
    assert distribution.frame.attrs["left_out"] == 1
    plan, _ = scripted([vs(("Red", 0.06))], k=1, min_probability=0.1)
    with pytest.raises(ReplyError, match="left out all 1 candidates; the likeliest is stated"):
        await collect(plan)


async def test_concurrency_is_bounded_by_options_and_model(scripted):
    """Never more calls at once than the smaller of the two limits."""
    now = peak = 0

    async def counting(request, *, on_text=None):
        nonlocal now, peak
        now += 1
        peak = max(peak, now)
        await asyncio.sleep(0.005)
        now -= 1
        return Reply(text="Red", request=request, model="scripted")

    for options, model, expected in ((4, None, 4), (8, 2, 2)):
        plan, _ = scripted([], method="direct", n=12, concurrency=options)
        plan = replace(plan, model=replace(plan.model, complete=counting, concurrency=model))
        peak = 0
        await collect(plan)
        assert peak == expected


async def test_what_has_arrived_survives_a_cancelled_run(scripted):
    """Cancelling cancels the calls under way; the run still gives what had come."""
    ended = []

    async def second_hangs(request, *, on_text=None):
        if request.call == 2:
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(request.call)
        return Reply(text="Red", request=request, model="scripted")

    plan, _ = scripted([], method="direct", n=3)
    run = Run(replace(plan, model=replace(plan.model, complete=second_hangs)))
    task = asyncio.ensure_future(collect(run.plan, into=run))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [2]
    assert [c.text for c in run.distribution()] == ["Red", "Red"]


def _any_request():
    return Request(model="scripted", messages=(), shape=Shape(method=prompt.Method.VS_STANDARD))


def test_a_model_of_ones_own_can_be_asked():
    """`model=` takes a `Model` too: a scripted one needs no server and no key."""
    answering = ScriptedModel(lambda _: "Red")
    model = Model(name="mine", complete=answering, estimate=lambda _: 0.0)
    distribution = vs_magic.sample(TASK, model=model, method="direct", n=2)
    assert [c.text for c in distribution] == ["Red", "Red"]
    assert distribution.frame["model"].unique().tolist() == ["mine"]

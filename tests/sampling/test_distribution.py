"""Distribution and frame: the columns, the weights, draws, the tail, and what is shown."""

import json
import math

import pandas as pd
import pytest

import vs_magic
from vs_magic.errors import ModelError, OptionError
from vs_magic.llm.request import Reply, Request
from vs_magic.sampling.sampler import collect
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.shape import Shape
from vs_magic.view.frame import DTYPES

COLUMNS = [
    "text",
    "probability",
    "weight",
    "method",
    "model",
    "call",
    "turn",
    "rank",
    "in_tail",
    "finish_reason",
    "parse_mode",
    "repairs",
    "cached",
    "prompt_tokens",
    "completion_tokens",
    "cost_usd",
    "latency_s",
    "error",
    "not_sent",
]


def vs(*pairs):
    """A clean VS reply."""
    return json.dumps({"responses": [{"text": t, "probability": p} for t, p in pairs]})


@pytest.fixture
async def two_calls(scripted):
    """Two calls: one stated 1.5 in all, the other 0.4 and a missing one."""
    replies = [vs(("Red", 0.9), ("Blue", 0.6)), vs(("Teal", 0.4), ("Pink", None))]
    plan, _ = scripted(replies, k=2, n=4, threshold=0.7)
    return await collect(plan)


async def test_the_frame_has_the_promised_columns(two_calls):
    """Names and order are a contract; so are one row a candidate and a pandas DataFrame."""
    frame = two_calls.frame
    assert list(frame.columns) == COLUMNS == list(DTYPES)
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) == 4
    assert frame["call"].tolist() == [1, 1, 2, 2]
    assert frame["turn"].tolist() == [1] * 4


async def test_no_call_outweighs_another(two_calls):
    """Each call's weights sum to a half, however much it stated."""
    weights = two_calls.frame.groupby("call")["weight"].sum()
    assert weights.tolist() == pytest.approx([0.5, 0.5])
    assert two_calls.weights == pytest.approx([0.3, 0.2, 0.25, 0.25])


async def test_what_was_stated_stays_beside_what_was_normalised(two_calls):
    """Probabilities are as stated, a missing one is NaN; Σ stated is the calls' average."""
    stated = two_calls.frame["probability"].tolist()
    assert stated[:3] == [0.9, 0.6, 0.4]
    assert math.isnan(stated[3])
    assert two_calls.stated == pytest.approx((1.5 + 0.4) / 2)


async def test_the_tail_is_checked(two_calls):
    """Below the threshold, not below it, and unknown are three different things."""
    assert two_calls.frame["in_tail"].tolist()[:3] == [False, True, True]
    assert two_calls.frame["in_tail"].isna().tolist() == [False, False, False, True]
    assert [c.text for c in two_calls.tail(0.7)] == ["Blue", "Teal"]
    assert math.fsum(two_calls.tail(0.7).weights) == pytest.approx(1)
    with pytest.raises(OptionError, match=r"in \(0, 1\], not 2"):
        two_calls.tail(2)


async def test_tokens_and_cost_sum_to_the_runs(two_calls):
    """A column's sum is the run's total: no candidate carries the whole call's price."""
    frame, usage = two_calls.frame, two_calls.usage
    assert frame["prompt_tokens"].sum() == usage.prompt_tokens
    assert frame["completion_tokens"].sum() == usage.completion_tokens
    assert frame["cost_usd"].sum() == usage.cost_usd == 0.0


async def test_ranks_follow_the_weights(two_calls):
    """The heaviest is 1; ties keep the order stated."""
    assert two_calls.frame["rank"].tolist() == [1, 4, 2, 3]


async def test_a_draw_is_seeded_and_by_weight(two_calls):
    """The same seed draws the same candidate; every drawn one is a candidate."""
    assert two_calls.draw(seed=5) == two_calls.draw(seed=5)
    assert {two_calls.draw(seed=s).text for s in range(60)} == {"Red", "Blue", "Teal", "Pink"}


async def test_nothing_to_draw_is_said(two_calls):
    """An empty tail cannot be drawn from."""
    with pytest.raises(OptionError, match="nothing to draw from"):
        two_calls.tail(0.01).draw()


async def test_attrs_are_plain_json(two_calls):
    """Task, options and version travel with the frame, as JSON."""
    attrs = two_calls.frame.attrs
    assert json.loads(json.dumps(attrs)) == attrs
    assert attrs["task"].startswith("Name a colour.\n")
    assert attrs["options"]["threshold"] == 0.7
    assert attrs["version"] == vs_magic.__version__


async def test_operations_give_plain_frames(two_calls):
    """The subclass has no behaviour to leak into the user's own work."""
    frame = two_calls.frame
    assert type(frame[frame["weight"] > 0.2]) is pd.DataFrame
    assert type(frame.sort_values("weight")) is pd.DataFrame
    assert type(frame[["text"]]) is pd.DataFrame


async def test_an_unknown_price_is_nan_and_never_zero(scripted):
    """What is not known is not shown as free."""
    shape = Shape(method=Method.DIRECT)
    reply = Reply(text="Red", request=Request(model="m", messages=(), shape=shape), model="m")
    plan, _ = scripted([reply], method="direct", n=1)
    distribution = await collect(plan)
    assert distribution.frame["cost_usd"].isna().all()
    assert distribution.frame["prompt_tokens"].isna().all()
    assert distribution.usage.cost_usd is None
    assert "cost unknown" in repr(distribution.frame)


HOSTILE = "<img src=x onerror=alert(1)> & \x1b[31mred\x1b[0m \u202eabc\x00"


async def test_model_text_is_shown_as_text(scripted):
    """Markup is escaped, control sequences are made visible, the data is untouched."""
    plan, _ = scripted([HOSTILE, ModelError(f"it said {HOSTILE}")], method="direct", n=2)
    frame = (await collect(plan)).frame
    page, text = frame._repr_html_(), repr(frame)
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; ␛[31mred" in page
    for shown in (page, text):
        assert not {"\x1b", "\x00", "\u202e"} & set(shown)
        assert "⟦U+202E⟧" in shown
    assert frame["text"][0] == HOSTILE


async def test_the_static_view_says_what_one_must_know(two_calls):
    """Full text, the stated numbers, Σ stated, repairs and tail marks are all there."""
    page = two_calls.frame._repr_html_()
    for part in ("Red", "Pink", "0.90", "30.0 %", "Σ stated 0.95", "not in the tail asked for"):
        assert part in page
    assert "<script" not in page
    assert "http" not in page


async def test_long_text_is_wrapped_and_whole(scripted):
    """Nothing is cut off in the terminal or in HTML; newlines survive."""
    poem = "\n".join(f"line {i} " + "word " * 30 for i in range(12)).strip()
    plan, _ = scripted([poem], method="direct", n=1)
    frame = (await collect(plan)).frame
    assert poem in frame._repr_html_()
    shown = repr(frame)
    assert all(f"line {i} " in shown for i in range(12))
    assert max(map(len, shown.splitlines())) <= 121

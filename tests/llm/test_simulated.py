"""The simulated models: the paper's formula over declared tables, in every method's own shape."""

from __future__ import annotations

import asyncio
import json
import math
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vs_magic.errors import ModelError
from vs_magic.llm.models import connect
from vs_magic.llm.simulated.answering import choose, sharpen, temper
from vs_magic.llm.simulated.model import ALPHA, BETA, GAMMAS
from vs_magic.llm.simulated.tables import TABLES, recognise
from vs_magic.verbalized.method import Method, Wording
from vs_magic.verbalized.options import Options
from vs_magic.verbalized.parse import read
from vs_magic.verbalized.prompt import Message, again

STATES = TABLES["state"].reference()


def read_reply(text, shape):
    """Read a reply as the sampler does."""
    return read(text, shape.method, shape.probability)


@pytest.fixture
def reply(request_for):
    """Ask a simulated model once."""

    def ask(name="simulated/aligned", **given):
        return asyncio.run(connect(name).complete(request_for(name, **given)))

    return ask


@pytest.fixture
def stated(reply):
    """Ask, and read the pairs out of a JSON reply."""

    def ask(field="probability", **given):
        items = json.loads(reply(**given).text)["responses"]
        return {item["text"]: item[field] for item in items}

    return ask


def test_gamma_is_the_papers():
    """γ = 1 + α/β for the aligned one, 1 for the base one."""
    assert GAMMAS["simulated/aligned"] == pytest.approx(1 + ALPHA / BETA) == pytest.approx(6.7)
    assert GAMMAS["simulated/base"] == 1.0


@pytest.mark.parametrize("key", TABLES)
def test_each_table_is_a_distribution_with_one_mode_and_a_prompt(key):
    """Every table sums to 1, has a single favourite, and is found by its own example."""
    table = TABLES[key]
    reference = table.reference()
    assert math.fsum(reference.values()) == pytest.approx(1.0)
    top, second, *_ = [*sorted(reference.values(), reverse=True), 0.0]
    assert top > second > 0
    assert recognise(table.ask) is table
    assert recognise(table.ask.upper()) is table


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        ("Throw a die. Answer with the number only.", "die"),
        ("Pick a random number between 1 and 10", "number"),
        ("Name one of the fifty states of the USA.", "state"),
        ("Name a US state.\nOnly the name.", "state"),
        ("Say a color", "colour"),
        ("Give me a joke about my morning coffee", "coffee-joke"),
        ("Heads or tails?", "coin"),
        ("Describe the state of the economy", None),
        ("Tell me a joke about tea", None),
        ("Pick a number between 1 and 100", None),
        ("Was soll ich lesen?", None),
    ],
)
def test_a_task_is_known_by_its_words(prompt, key):
    """Free wording is understood as far as the words go, and no further."""
    assert recognise(prompt) is (TABLES[key] if key else None)


def test_an_unknown_task_says_what_is_known(reply):
    """It never poses as a real model."""
    with pytest.raises(
        ModelError, match=r"is a toy that knows a roll of a six-sided die, .*--model"
    ):
        reply(task="Write a poem about rain.")


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("name", GAMMAS)
def test_every_method_is_answered_in_its_own_shape(name, method, reply, request_for):
    """The reply goes through the same parser as any model's, without a single repair."""
    answer = reply(name, method=method, k=4, seed=1)
    reading = read_reply(answer.text, request_for(method=method, k=4).shape)
    wanted = 4 if method.lists else 1
    assert len({c.text for c in reading.candidates}) == wanted
    assert all(c.text in STATES for c in reading.candidates)
    assert all(c.repairs == () for c in reading.candidates)
    assert all((c.probability is not None) == method.verbalizes for c in reading.candidates)
    assert (reading.reasoning is not None) == method.reasons
    assert (answer.model, answer.mode, answer.cost_usd) == (name, "simulated", 0.0)


def test_stated_probabilities_are_the_references(stated):
    """What vs-standard states is π_ref, in two decimals, however sharp the model is."""
    pairs = stated(k=50, seed=1)
    assert set(pairs) == set(STATES)
    assert pairs["California"] == 0.12
    assert all(abs(p - STATES[text]) <= 0.005 for text, p in pairs.items())
    assert all(p > 0 for p in pairs.values())


@pytest.mark.parametrize(
    ("wording", "value"),
    [
        (Wording.IMPLICIT, 0.12),
        (Wording.PERCENTAGE, 11.93),
        (Wording.CONFIDENCE, 1.0),
        (Wording.PERPLEXITY, 8.38),
        (Wording.NLL, 2.13),
        (Wording.RELATIVE, 0.12),
    ],
)
def test_each_wording_is_answered_in_its_own_unit(wording, value, stated):
    """California's value: likeliest, 120 of 1006."""
    assert stated(wording.field, k=50, probability=wording, seed=1)["California"] == value


def test_direct_answers_collapse_and_verbalized_ones_do_not(reply, stated):
    """The paper's story on the die: the mode takes half the direct answers, VS gives all six."""
    direct = Counter(reply(task="Roll a die.", method="direct", seed=i).text for i in range(200))
    base = Counter(
        reply("simulated/base", task="Roll a die.", method="direct", seed=i).text
        for i in range(200)
    )
    assert direct.most_common(1)[0][0] == "4"
    assert direct["4"] > 85
    assert base["4"] < 65
    assert set(stated(task="Roll a die.", k=6, seed=1)) == set("123456")


def test_direct_answers_follow_the_sharpened_distribution(reply):
    """2,000 draws lie within five standard errors of π* everywhere."""
    target = sharpen(TABLES["coin"].reference(), GAMMAS["simulated/aligned"])
    n = 2000
    seen = Counter(reply(task="Flip a coin.", method="direct", seed=i).text for i in range(n))
    for answer, p in target.items():
        assert abs(seen[answer] / n - p) < 5 * math.sqrt(p * (1 - p) / n)


def test_the_tail_holds_only_what_lies_below_the_bound(stated):
    """With a threshold, every stated probability is below it, also after rounding."""
    for bound in (0.1, 0.05, 0.03, 0.01, 0.005):
        pairs = stated(k=50, threshold=bound, seed=1)
        assert set(pairs) == {text for text, p in STATES.items() if p < bound}
        assert all(0 < p < bound for p in pairs.values())


def test_the_tail_of_other_wordings_is_in_their_own_unit(stated):
    """Percent for percentage, typicality for confidence, the probability for nll."""
    percent = stated(k=50, threshold=0.01, probability="percentage", seed=1)
    typical = stated("confidence", k=50, threshold=0.2, probability="confidence", seed=1)
    surprise = stated("nll", k=50, threshold=0.01, probability="nll", seed=1)
    rare = {text for text, p in STATES.items() if p < 0.01}
    assert set(percent) == set(surprise) == rare
    assert all(p < 1 for p in percent.values())
    assert set(typical) == {text for text, p in STATES.items() if p / STATES["California"] < 0.2}


def test_a_tail_without_answers_is_empty(stated):
    """No face of the die lies below 0.1: nothing is made up to please."""
    assert stated(task="Roll a die.", threshold=0.1) == {}


def test_more_than_it_knows_begins_anew(stated, reply):
    """k is honoured: the list starts over after its last answer."""
    items = json.loads(reply(task="Roll a die.", k=8, seed=1).text)["responses"]
    texts = [item["text"] for item in items]
    assert len(texts) == 8
    assert sorted(texts[:6]) == list("123456")


def test_the_same_seed_and_draw_give_the_same_reply(reply):
    """A seed is reproducible; another draw, turn or seed is another reply."""
    first = reply(seed=1, call=1).text
    assert first == reply(seed=1, call=1).text
    others = [reply(seed=1, call=2).text, reply(seed=1, turn=2).text, reply(seed=2, call=1).text]
    assert first not in others


def test_without_a_seed_replies_differ():
    """Ten unseeded lists of ten states are not all alike."""
    texts = {tuple(choose(STATES, 10, random.Random(), temperature=1, top_p=None))
             for _ in range(10)}  # fmt: skip
    assert len(texts) > 1


def test_at_temperature_zero_the_likeliest_comes_first(reply, stated):
    """T = 0 leaves nothing to chance."""
    assert {reply(method="direct", temperature=0.0).text for _ in range(5)} == {"California"}
    assert list(stated(k=3, temperature=0.0)) == ["California", "Texas", "New York"]


def test_a_high_temperature_undoes_the_sharpening(reply):
    """With common random numbers, the aligned model at T = γ answers as the base one at T = 1."""
    gamma = GAMMAS["simulated/aligned"]
    for seed in range(20):
        warm = reply("simulated/aligned", method="direct", temperature=gamma, seed=seed).text
        assert warm == reply("simulated/base", method="direct", temperature=1.0, seed=seed).text


@given(
    st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0.01, 1.0), min_size=1, max_size=8),
    st.floats(0.2, 3.0),
    st.floats(0.1, 1.0),
)
def test_tempering_keeps_a_nucleus_and_the_order(weights, temperature, top_p):
    """What is kept is the likeliest, enough to hold top_p, and the mode stays the mode."""
    total = sum(weights.values())
    distribution = {text: weight / total for text, weight in weights.items()}
    kept = temper(distribution, temperature, top_p)
    warm = temper(distribution, temperature, None)
    assert math.fsum(warm.values()) == pytest.approx(1.0)
    assert math.fsum(kept.values()) >= min(top_p, 1.0) - 1e-9
    assert min(kept.values()) >= max((warm[t] for t in warm if t not in kept), default=0.0)


@settings(max_examples=50)
@given(st.integers(1, 120), st.integers(0, 10_000))
def test_a_list_repeats_nothing_before_it_is_through(k, seed):
    """Each round of the table comes once before the next begins."""
    chosen = choose(STATES, k, random.Random(seed), temperature=1.0, top_p=None)
    assert len(chosen) == k
    for start in range(0, k, len(STATES)):
        part = chosen[start : start + len(STATES)]
        assert len(set(part)) == len(part)


@pytest.mark.parametrize("method", ["multi-turn", "vs-multi"])
@pytest.mark.parametrize("format", ["json", "lines"])
def test_later_turns_give_what_was_not_said(method, format, request_for):
    """Twelve turns of one conversation repeat nothing while there is anything new."""
    options = Options(method=method, k=4, n=48 if method == "vs-multi" else 12, format=format)
    first = request_for("simulated/aligned", method=method, k=4, format=format, seed=3)
    model, messages, said = connect("simulated/aligned"), first.messages, []
    for turn in range(1, 13):
        if turn > 1:
            messages = (*messages, again(options, 4))
        request = replace(first, messages=messages, turn=turn)
        text = asyncio.run(model.complete(request)).text
        said += [c.text for c in read_reply(text, first.shape).candidates]
        messages = (*messages, Message(role="assistant", content=text))
    assert len(said) == len(set(said)) == (48 if method == "vs-multi" else 12)


def test_a_reply_that_is_too_long_is_cut_and_says_so(reply):
    """--max-tokens ends it in the middle, with finish_reason length."""
    whole, cut = reply(k=5, seed=1), reply(k=5, seed=1, max_tokens=20)
    assert whole.finish_reason == "stop"
    assert (cut.finish_reason, cut.completion_tokens) == ("length", 20)
    assert whole.text.startswith(cut.text)


def test_the_reply_tells_its_gamma_and_its_task(reply):
    """The parameters say that this was a table, and which."""
    assert reply(seed=1, temperature=0.5).parameters == {
        "gamma": GAMMAS["simulated/aligned"],
        "task": "a US state",
        "temperature": 0.5,
        "seed": 1,
    }


def test_its_text_is_told_to_who_listens(request_for):
    """on_text hears the whole at once."""
    heard: list[str] = []
    request = request_for("simulated/base", method="direct", seed=1)
    answer = asyncio.run(connect("simulated/base").complete(request, on_text=heard.append))
    assert heard == [answer.text]

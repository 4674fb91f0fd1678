"""The local model's own probabilities, against exact small cases."""

from __future__ import annotations

import math

import pytest

from vs_magic.errors import ModelError, OptionError
from vs_magic.llm import loop
from vs_magic.llm.logprobs import first_tokens, token_logprobs
from vs_magic.llm.request import Model

pytestmark = pytest.mark.local_model

STATE = [
    {"role": "system", "content": "Answer in one word."},
    {"role": "user", "content": "Name a US state."},
]


def test_the_whole_vocabulary_sums_to_one(light: Model):
    """All first tokens together are certain, up to single precision."""
    tokens = first_tokens(light.name, STATE, top=None)
    assert len(tokens) > 100_000
    assert math.fsum(t.probability for t in tokens) == pytest.approx(1.0, abs=2e-3)
    assert list(tokens) == sorted(tokens, key=lambda t: -t.logprob)


def test_the_likeliest_token_is_the_one_that_the_model_writes(light: Model, request_for):
    """At temperature 0 the reply begins with the first of them."""
    request = request_for("Name a US state.", method="direct", n=1, temperature=0, seed=1)
    reply = loop.run(light.complete(request))
    likeliest = first_tokens(light.name, request.messages, top=3)
    assert len(likeliest) == 3
    assert reply.text.startswith(likeliest[0].text)


def test_a_one_token_answer_has_its_tokens_probability(light: Model):
    """The score of a text of one token is that token's entry, times that of ending there."""
    scored = token_logprobs(light.name, STATE, "California")
    table = {t.text: t.logprob for t in first_tokens(light.name, STATE, top=50)}
    assert [t.text for t in scored.tokens] == ["California"]
    # llama.cpp sums 150,000 probabilities in single precision, in an order that depends on `top`.
    assert scored.logprob == pytest.approx(table["California"], abs=1e-3)
    assert scored.end < 0
    assert scored.probability == pytest.approx(math.exp(scored.logprob + scored.end))


def test_a_score_is_the_first_tokens_own_figure(light: Model):
    """Asked for in the same way, one token has one log-probability to the last digit."""
    (likeliest,) = first_tokens(light.name, STATE, top=1)
    (scored,) = token_logprobs(light.name, STATE, likeliest.text).tokens
    assert scored.text == likeliest.text
    assert scored.logprob == pytest.approx(likeliest.logprob, abs=1e-6)


def test_a_longer_answer_is_the_product_of_its_steps(light: Model):
    """log p(New York) = log p(New) + log p(York after New), each as the model itself gives it."""
    scored = token_logprobs(light.name, STATE, "New York")
    assert "".join(t.text for t in scored.tokens) == "New York"
    begun = [*STATE, {"role": "assistant", "content": "New"}]
    after = {t.text: t.logprob for t in first_tokens(light.name, begun, top=50)}
    first = {t.text: t.logprob for t in first_tokens(light.name, STATE, top=50)}
    # The second step reads "New" as a prompt, in another batch: equal up to that arithmetic.
    assert scored.logprob == pytest.approx(first["New"] + after[" York"], abs=0.05)


def test_scores_do_not_depend_on_what_ran_before(light: Model):
    """The same question has the same answer to the last digit."""
    before = token_logprobs(light.name, STATE, "Utah")
    first_tokens(light.name, [{"role": "user", "content": "Name a US city."}], top=1)
    assert token_logprobs(light.name, STATE, "Utah") == before


def test_any_text_can_be_scored(light: Model):
    """Quotes, line breaks, other scripts and nothing at all are texts too."""
    odd = 'Zü "x"\n\\ 🙂'
    scored = token_logprobs(light.name, STATE, odd)
    assert "".join(t.text for t in scored.tokens).replace("\ufffd", "") in (odd, odd[:-1])
    nothing = token_logprobs(light.name, STATE, "")
    assert (nothing.tokens, nothing.logprob) == ((), 0.0)
    assert nothing.end < -1


def test_what_cannot_be_asked_is_told(light: Model):
    """No first token at all, a text too long, a prompt too long."""
    with pytest.raises(OptionError, match="top takes a whole number of at least 1"):
        first_tokens(light.name, STATE, top=0)
    with pytest.raises(ModelError, match="refused the call: .*exceeds the available context"):
        first_tokens(light.name, [{"role": "user", "content": "rain " * 9000}])

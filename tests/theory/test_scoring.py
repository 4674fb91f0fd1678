"""Plain text pairs, scored by the real local model."""

from __future__ import annotations

import pandas as pd
import pytest

from vs_magic import theory
from vs_magic.errors import OptionError
from vs_magic.llm import local, weights
from vs_magic.llm.logprobs import token_logprobs

LIGHT = "local/qwen2.5-coder-0.5b"
TEXTS = pd.DataFrame(
    {
        "prompt": ["Name a US state. Only the name."] * 2,
        "chosen": ["California", "Texas"],
        "rejected": ["Zxqvite", "California"],
    }
)


@pytest.fixture(scope="module")
def light():
    """The light local model; without its weights the test is skipped, which CI does not accept."""
    if not weights.is_fetched(LIGHT):
        pytest.skip(f"the weights are not here: vs-magic fetch {LIGHT}")
    yield LIGHT
    local.close_all()


@pytest.mark.local_model
def test_texts_are_scored(light):
    """A state is likelier than a word that is none; the sum and the mean agree with the tokens."""
    seen = []
    found = theory.score_pairs(TEXTS, light, on_progress=lambda *at: seen.append(at))
    assert found["logp_preferred"][0] > found["logp_rejected"][0]
    assert found["logp_preferred"][0] == found["logp_rejected"][1]
    assert seen[-1] == (3, 3)
    assert found.attrs["scored_by"] == {"model": light, "per": "token"}
    whole = theory.score_pairs(TEXTS, light, per="text")
    asked = [{"role": "user", "content": TEXTS["prompt"][0]}]
    scored = token_logprobs(light, asked, "Zxqvite")
    total = scored.logprob + scored.end
    assert whole["logp_rejected"][0] == pytest.approx(total, abs=0.01)
    mean = total / (len(scored.tokens) + 1)
    assert found["logp_rejected"][0] == pytest.approx(mean, abs=0.01)
    assert list(theory.read_pairs(found)["logp_preferred"]) == list(found["logp_preferred"])


@pytest.mark.parametrize(
    ("pairs", "given", "problem"),
    [
        (TEXTS.drop(columns="chosen"), {}, "no column preferred .there are 'prompt', 'rejected'."),
        (TEXTS.assign(chosen=["x", " "]), {}, "preferred is empty in row 2"),
        (TEXTS.assign(prompt=["x", None]), {}, "prompt is empty in row 2"),
        (TEXTS.iloc[:0], {}, "the table is empty"),
        (TEXTS, {"per": "word"}, "per takes token or text"),
        (TEXTS, {"model": "local/none"}, "unknown local model 'local/none'"),
    ],
)
def test_what_is_missing_is_named(pairs, given, problem):
    """Before any model is loaded."""
    with pytest.raises(OptionError, match=problem):
        theory.score_pairs(pairs, **given)

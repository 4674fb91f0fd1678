"""The register: names, what is said of each metric, and the promises every one of them keeps."""

from __future__ import annotations

import inspect
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vs_magic import metrics
from vs_magic.errors import OptionError
from vs_magic.metrics import Metric

DOCS = Path(__file__).parents[2] / "docs"
FIVE_UNLIKE_TEXTS = [
    "A locksmith opened her third shop on Tuesday.",
    "Why do penguins never carry umbrellas?",
    "Rain, then silence; then the kettle.",
    "Prime numbers thin out slowly as they grow.",
    "Grandfather's bicycle leaned, rusting, against the quince tree.",
]
DIVERSITY = {known.name: known for known in metrics.diversity()}
ALL = list(metrics.registered().values())


def needed(known: Metric) -> dict[str, Any]:
    """What a metric has to be given beside the texts."""
    return {"embedder": "lexical"} if "embedder" in known.needs else {}


def diversity_of(known: Metric, texts: list[str]) -> float:
    """The value, turned so that higher is more diverse."""
    return known.diversity_sign * known(texts, **needed(known))


@pytest.mark.parametrize("known", DIVERSITY.values(), ids=list(DIVERSITY))
def test_collapse_never_scores_as_variety(known: Metric):
    """Five copies of a text look less diverse than five unlike texts, whatever the metric."""
    collapsed = diversity_of(known, ["the cat sat on the mat"] * 5)
    assert collapsed < diversity_of(known, FIVE_UNLIKE_TEXTS)


@pytest.mark.parametrize("known", DIVERSITY.values(), ids=list(DIVERSITY))
@pytest.mark.parametrize("text", ["", "  ", "!", "🙂", "好", "blue"])
def test_a_collapse_onto_a_tiny_text_is_no_variety_either(known: Metric, text: str):
    """Five empty, one-character or one-word texts score the worst there is, or not at all."""
    collapsed = diversity_of(known, [text] * 5)
    unlike = diversity_of(known, FIVE_UNLIKE_TEXTS)
    assert math.isnan(collapsed) or collapsed < unlike


@pytest.mark.parametrize("known", DIVERSITY.values(), ids=list(DIVERSITY))
@pytest.mark.parametrize("texts", [[], ["only one"]])
def test_fewer_than_two_texts_have_no_diversity(known: Metric, texts: list[str]):
    """One text or none is NaN: never 0, never the best value; and no embedder is asked for."""
    assert math.isnan(known(texts))


@pytest.mark.parametrize("known", DIVERSITY.values(), ids=list(DIVERSITY))
@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("one string", "a list of strings, not one string"),
        (["a", None], r"\[1\] is missing \(a failed call has no text\)"),
        (["a", float("nan")], r"\[1\] is missing"),
        (["a", 3], r"\[1\] is int, not a string: 3"),
        (7, "a list of strings, not int"),
    ],
)
def test_texts_that_are_none_are_refused_with_the_reason(known: Metric, texts: Any, message: str):
    """What is no list of strings is an OptionError that names the place and the fix."""
    with pytest.raises(OptionError, match=message):
        known(texts, **needed(known))


@pytest.mark.parametrize("known", DIVERSITY.values(), ids=list(DIVERSITY))
def test_texts_are_compared_within_a_prompt(known: Metric):
    """With prompts, the value is the mean over the prompts of the values of each."""
    jokes, poems = FIVE_UNLIKE_TEXTS, ["roses are red"] * 3 + ["violets are blue"]
    mixed = [jokes[0], poems[0], *poems[1:], *jokes[1:]]
    prompts = ["joke", "poem", *["poem"] * 3, *["joke"] * 4]
    options = needed(known)
    expected = (known(jokes, **options) + known(poems, **options)) / 2
    assert known(mixed, prompts=prompts, **options) == pytest.approx(expected)


@pytest.mark.parametrize("known", DIVERSITY.values(), ids=list(DIVERSITY))
def test_a_prompt_without_a_value_does_not_count(known: Metric):
    """A prompt with one response has no diversity: it neither helps nor harms the mean."""
    options = needed(known)
    value = known([*FIVE_UNLIKE_TEXTS, "alone"], prompts=["p"] * 5 + ["q"], **options)
    assert value == pytest.approx(known(FIVE_UNLIKE_TEXTS, **options))


@pytest.mark.parametrize("known", DIVERSITY.values(), ids=list(DIVERSITY))
@pytest.mark.parametrize(
    ("prompts", "message"),
    [(["p"], "each of the 2 texts, not 1"), ("pq", "not one for all")],
)
def test_prompts_that_do_not_fit_are_refused(known: Metric, prompts: Any, message: str):
    """One prompt for each text, or an OptionError."""
    with pytest.raises(OptionError, match=message):
        known(["a b c", "a b d"], prompts=prompts, **needed(known))


@pytest.mark.parametrize("known", ALL, ids=[known.name for known in ALL])
def test_every_metric_says_what_its_number_means(known: Metric):
    """Range, direction, unit, what is undefined, a source and an example: in each docstring."""
    text = inspect.getdoc(known.function) or ""
    if known.name in ("distinct-1", "distinct-2", "distinct-3"):
        assert "distinct_n" in text
        text += inspect.getdoc(metrics.distinct_n) or ""
    flat = " ".join(text.split())
    for part in ("Range", "Unit", "Undefined (NaN)", "References ---", ">>> ", "Returns ---"):
        assert part in flat, part
    assert "higher is" in flat or "lower is" in flat
    assert known.summary.endswith((".", "`)."))
    assert known.low < known.high
    assert getattr(metrics, known.name.replace("-", "_")) is known.function


@pytest.mark.parametrize("name", ["rouge-l", "ROUGE_L", " Rouge L ", metrics.rouge_l])
def test_a_metric_is_found_by_any_spelling_of_its_name(name: Any):
    """Dashes, underscores, case, or the function itself."""
    assert metrics.get(name).name == "rouge-l"


def test_an_unknown_metric_gets_the_nearest_name():
    """A near miss is told what was meant, and all names."""
    with pytest.raises(OptionError, match=r"did you mean 'semantic-diversity'\? one of .*rouge-l"):
        metrics.get("semantic-diversty")


@pytest.mark.parametrize("known", ALL, ids=[known.name for known in ALL])
def test_every_metric_can_be_found(known: Metric):
    """It is a name of `vs.metrics`, and stands in the how-to and in the reference."""
    function = known.function
    name = f"{function.__module__}.{function.__name__}"
    assert function.__name__ in metrics.__all__, "vs_magic/metrics/__init__.py"
    told = re.sub(r"^distinct-\d$", "distinct-n", known.name)
    assert f"`{told}`" in (DOCS / "metrics.md").read_text(encoding="utf-8"), "docs/metrics.md"
    page = (DOCS / "reference" / "metrics.md").read_text(encoding="utf-8")
    assert f"::: {name}\n" in page, "docs/reference/metrics.md"


def test_a_function_that_is_no_metric_is_told_how_to_become_one():
    """An unregistered function is refused with the decorator to use."""
    with pytest.raises(OptionError, match=r"'len' is no registered metric: decorate it"):
        metrics.get(len)


def test_a_taken_name_is_refused():
    """Two functions cannot share a name."""
    with pytest.raises(OptionError, match="the metric 'kl' exists"):
        metrics.metric("kl", higher_is="more diverse", unit="share")(lambda _texts: 0.0)


def test_nothing_heavy_is_imported():
    """Importing the package brings numpy and nothing heavier; `import vs_magic` not even that."""
    code = (
        "import sys, vs_magic; before = set(sys.modules); assert 'numpy' not in before;"
        "assert 'vs_magic.metrics' not in before; import vs_magic.metrics as m;"
        "heavy = {'torch','onnxruntime','tokenizers','sentence_transformers','litellm','scipy',"
        "'pandas','rapidfuzz','sacrebleu','sqlite3','platformdirs','sklearn'};"
        "print(sorted(heavy & set(sys.modules)));"
        "m.rouge_l(['a b', 'a c']); print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split("\n")[:2] == ["[]", "['rapidfuzz']"]

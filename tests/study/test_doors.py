"""What may come in: tasks, arms, options, metrics. A refusal names the fix; nothing is sent."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from vs_magic.errors import MissingExtraError, ModelError, OptionError
from vs_magic.study.arms import read_methods, read_models
from vs_magic.study.compare import compare
from vs_magic.study.metric_plan import kind_of
from vs_magic.study.sweep import sweep
from vs_magic.study.tasks import read_tasks


@pytest.mark.parametrize(
    "tasks",
    [
        ["Roll a die.", "Flip a coin."],
        ("Roll a die.", "Flip a coin."),
        pd.Series(["Roll a die.", "Flip a coin."], index=[7, 9]),
        pd.Series(["Roll a die.", "Flip a coin.", "Flip a coin."]).unique(),
        (task for task in ("Roll a die.", "Flip a coin.")),
    ],
)
def test_tasks_come_in_many_forms(tasks):
    """A list, a tuple, a column of a DataFrame, an array, anything that can be gone through."""
    assert read_tasks(tasks) == ("Roll a die.", "Flip a coin.")


@pytest.mark.parametrize(
    ("tasks", "says"),
    [
        ([], "there is no task"),
        ("  ", r"tasks\[0\] is empty"),
        (["a", ""], r"tasks\[1\] is empty"),
        (["a", None], r"tasks\[1\] is missing: leave empty rows out first \(\.dropna\(\)\)"),
        (["a", np.nan], r"tasks\[1\] is missing"),
        (["a", 3], r"tasks\[1\] is int, not a text: '3'"),
        (["a", "b", "a"], r"tasks\[2\] is tasks\[0\] again \('a'\): each task once"),
        (pd.DataFrame({"task": ["a"]}), r"pass one column, as in frame\['task'\]"),
        ({"a": 1}, "tasks must be a text or a list of texts, not dict"),
        (5, "tasks must be a text or a list of texts, not int"),
    ],
)
def test_what_is_no_task_is_refused(tasks, says):
    """The message says which one it is."""
    with pytest.raises(OptionError, match=says):
        read_tasks(tasks)


def test_methods_are_read_as_people_write_them():
    """Commas, underscores, any case, in a text or a list."""
    assert [str(m) for m in read_methods("Direct, vs_standard,VS-CoT")] == [
        "direct",
        "vs-standard",
        "vs-cot",
    ]
    assert [str(m) for m in read_methods(["multi"])] == ["vs-multi"]


@pytest.mark.parametrize(
    ("methods", "says"),
    [
        ("direct,squence", "unknown method 'squence': did you mean 'sequence'"),
        ("direct,direct", "method 'direct' is named twice"),
        ("vs,vs-standard", "method 'vs-standard' is named twice"),
        ("", "no method is named"),
        (3, "methods must be a list of names, not 3"),
    ],
)
def test_what_is_no_method_is_refused(methods, says):
    """Near misses are named."""
    with pytest.raises(OptionError, match=says):
        read_methods(methods)


def test_a_model_named_twice_is_refused():
    """It would be compared with itself."""
    with pytest.raises(OptionError, match="model 'a' is named twice"):
        read_models("a, a")


ROLL = {"tasks": "Roll a die.", "model": "simulated/base"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"methods": "direct"}, "a comparison needs two methods or two models"),
        ({"n": 1}, "n = 1 is too few: variety is between responses, so take 2 or more"),
        ({"n": 0}, "--n takes a whole number in"),
        ({"k": 0}, "--k takes a whole number in"),
        ({"metrics": "entropi"}, "unknown metric 'entropi': did you mean 'entropy'"),
        ({"metrics": []}, "no metric is named"),
        ({"metrics": "coverage"}, "coverage compares the answers .* give a reference"),
        ({"metrics": "wasserstein"}, "wasserstein compares the answers .* give a reference"),
        ({"metrics": "kl", "reference": []}, "reference holds no answer"),
        ({"reference": "Ohio"}, "reference must be the correct answers"),
        (
            {"metrics": "brier", "methods": "direct,sequence"},
            "brier sets stated probabilities .* compare direct with a method that states some",
        ),
        ({"min_probability": 0.1}, "--min-probability leaves out candidates"),
        ({"method": "direct"}, "a comparison takes methods=…, not method=…"),
        ({"temprature": 1}, "unknown option 'temprature'"),
        ({"level": 1.0}, "level must be above 0 and below 1"),
        ({"rubric": "joke"}, "a rubric is for a judge"),
        ({"judge": "simulated/base"}, "cannot judge: name a real model"),
        ({"judge": "gpt-4.1", "rubric": "jok"}, "unknown rubric 'jok': did you mean 'joke'"),
        ({"model": "simulated/bse"}, "unknown model 'simulated/bse'"),
        ({"embedder": "text-embedding-3-small", "metrics": "vendi"}, "named litellm:text-emb"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_sent(options, says, scripted):
    """One line that names the option and what to do; the model was never asked."""
    model = scripted()
    given = {**ROLL, "model": model.as_model("one"), **options}
    with pytest.raises((OptionError, MissingExtraError, ModelError), match=says):
        compare(**given)
    assert not model.requests


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"vary": "top_p"}, "'top_p' cannot be swept: one of threshold, k, temperature, n"),
        (
            {"vary": "threshold", "methods": "direct,sequence"},
            "direct, sequence have no threshold: add a method that has one",
        ),
        ({"vary": "k", "methods": "direct,cot"}, "have no k: add a method that has one"),
        ({"vary": "k", "values": [5]}, "needs two values of k or more, not 1"),
        ({"vary": "k", "values": [5, 5]}, "k 5 is named twice"),
        ({"vary": "k", "values": [1, 2.5]}, "k takes whole numbers, not 2.5"),
        ({"vary": "k", "values": [5, 50]}, "k = 50 is more than the n = 30 responses wanted"),
        ({"vary": "n", "values": [1, 5]}, "n = 1 is too few"),
        ({"vary": "threshold", "values": "1,2"}, "--threshold takes a number in"),
        ({"vary": "temperature", "values": "a,b"}, "temperature takes numbers, not 'a'"),
        ({"vary": "temperature", "temperature": 1.0}, "temperature is swept"),
        ({"vary": "k", "model": ["a", "b"]}, "a sweep asks one model"),
    ],
)
def test_what_cannot_be_swept_is_refused(options, says):
    """The same, for sweeps."""
    with pytest.raises(OptionError, match=re.escape(says) if "(" not in says else says):
        sweep(**{**ROLL, **options})


def test_answers_are_told_from_texts_by_their_length():
    """A few long ones among many words do not make texts of them; wide characters count as two."""
    assert kind_of(["Blue"] * 19 + ["I would choose blue, which is a lovely colour indeed"]) == (
        "answers"
    )
    assert kind_of(["蓝" * 25] * 3) == "texts"
    assert kind_of([]) == "texts"

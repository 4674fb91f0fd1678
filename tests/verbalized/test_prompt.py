"""Prompts: what each method sends, to the letter where it matters."""

import json
from pathlib import Path

import pytest

from vs_magic.verbalized import prompt
from vs_magic.verbalized.method import Method, Wording
from vs_magic.verbalized.options import Options
from vs_magic.verbalized.shape import json_schema

BUNDLE = Path(__file__).parents[2] / "notebooks" / "replay" / "03_verbalized_sampling.jsonl"
TASK = "Write a poem.\n\n\tTwo stanzas; keep {braces}, {{these}} and \\frac{1}{2}."


@pytest.mark.parametrize("method", list(Method))
def test_the_task_is_sent_verbatim(method):
    """Newlines, tabs, braces and backslashes of the task reach the model as typed."""
    system, user = prompt.opening(TASK, Options(method=method), 5)
    assert user == {"role": "user", "content": TASK}
    assert system["role"] == "system"
    assert TASK not in system["content"]


@pytest.mark.parametrize("method", list(Method))
def test_no_length_is_imposed_unless_asked(method):
    """Without --words no prompt speaks of length; with it every one does."""
    plain = prompt.opening("Name a colour.", Options(method=method), 5)[0]["content"]
    asked = prompt.opening("A story.", Options(method=method, words=200), 5)[0]["content"]
    assert "words" not in plain
    assert "about 200 words" in asked


@pytest.mark.parametrize("method", [Method.SEQUENCE, Method.VS_STANDARD, Method.VS_COT])
def test_lists_ask_for_exactly_k(method):
    """k stands in the prompt, once."""
    text = prompt.opening("Name a colour.", Options(method=method, k=7), 7)[0]["content"]
    assert text.count("exactly 7 responses") == 1
    one = prompt.opening("Name a colour.", Options(method=method), 1)[0]["content"]
    assert one.count("exactly 1 response to") == 1


@pytest.mark.parametrize("method", [m for m in Method if m.verbalizes])
def test_the_threshold_asks_for_the_tail(method):
    """`--threshold 0.1` asks that each probability be below 0.1; without it no bound is named."""
    bounded = prompt.opening("A joke.", Options(method=method, threshold=0.1), 5)[0]["content"]
    free = prompt.opening("A joke.", Options(method=method), 5)[0]["content"]
    assert "of each response must be below 0.1." in bounded
    assert "tail" not in free
    assert "below" not in free


def test_a_percentage_threshold_is_in_percent():
    """A bound of 0.1 on a 0-100 scale is 10 percent."""
    options = Options(threshold=0.1, probability="percentage")
    assert "below 10 percent" in prompt.opening("A joke.", options, 5)[0]["content"]


@pytest.mark.parametrize("wording", list(Wording))
def test_each_wording_names_its_own_field(wording):
    """The prompt's form, the schema and the wording agree on the key."""
    options = Options(probability=wording)
    text = prompt.opening("A joke.", options, 5)[0]["content"]
    assert prompt.FIELD[wording] in text
    assert f'"{wording.field}": <{wording.field}>' in text
    item = json_schema(options.shape(5))["properties"]["responses"]["items"]
    assert list(item["properties"]) == ["text", wording.field]


def test_a_system_prompt_goes_before_ours():
    """The user's system prompt is kept whole and comes first."""
    text = prompt.opening("A joke.", Options(system="You are terse."), 5)[0]["content"]
    assert text.startswith("You are terse.\n\n")
    assert "exactly 5 responses" in text


def test_direct_asks_for_one_answer_and_nothing_else():
    """The baseline neither lists nor reasons nor states a probability."""
    text = prompt.opening("A joke.", Options(method="direct"), 1)[0]["content"]
    assert "one response" in text
    for word in ("probability", "JSON", "reason", "list"):
        assert word not in text


def test_later_turns_ask_for_alternatives():
    """Multi-turn asks for one more, vs-multi for k more in the same form."""
    assert "alternative response" in prompt.again(Options(method="multi-turn"), 1)["content"]
    later = prompt.again(Options(method="vs-multi"), 4)
    assert later["role"] == "user"
    assert "exactly 4 alternative responses" in later["content"]


def test_reasoning_comes_first_and_once():
    """cot and vs-cot have one reasoning field, before the answer."""
    for method in (Method.COT, Method.VS_COT):
        schema = json_schema(Options(method=method).shape(5))
        assert next(iter(schema["properties"])) == "reasoning"


def test_the_lessons_were_recorded_with_these_prompts():
    """A lesson answers from its bundle by the prompt's words: another sentence, another recording.

    Lesson 03 asks by the seven methods of the paper, without further options.
    """
    lines = BUNDLE.read_text(encoding="utf-8").splitlines()
    calls = [call["request"] for line in lines if "request" in (call := json.loads(line))]
    firsts = [call for call in calls if call["turn"] == 1]
    methods = set()
    for call in firsts:
        shape = call["shape"]
        options = Options(method=shape["method"], probability=shape["probability"])
        system, _ = prompt.opening("Any task.", options, shape["k"])
        assert system == call["messages"][0], "record anew: notebooks/run.py --record --keep"
        methods.add(options.method)
    assert len(methods) >= 7


def test_each_sentence_stands_in_one_place():
    """No six words in a row are written twice among the prompts' sentences."""
    sentences = [
        text
        for name, value in vars(prompt).items()
        if name.isupper()
        for text in (value.values() if isinstance(value, dict) else [value])
        if isinstance(text, str) and value is not prompt.FIELD
    ]
    runs = [
        " ".join(words[i : i + 6])
        for words in (text.split() for text in sentences)
        for i in range(len(words) - 5)
    ]
    assert len(sentences) > 8
    assert sorted(set(runs)) == sorted(runs)


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("form", [None, "lines"])
def test_nothing_asks_for_titles_or_explanations(method, form):
    """A response is asked for, and neither a title nor an explanation beside it."""
    if form and method.reasons:
        return
    messages = prompt.opening("Name a colour.", Options(method=method, format=form), 5)
    ours = messages[0]["content"].lower().replace("no explanation", "")
    assert "title" not in ours
    assert "expla" not in ours

"""The grammars: what they let through is what the parser reads, and nothing else passes."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_magic.llm.llama.grammar import grammar
from vs_magic.verbalized.method import Format, Method, Wording
from vs_magic.verbalized.parse import read
from vs_magic.verbalized.shape import Shape

LISTS = (Method.SEQUENCE, Method.VS_STANDARD, Method.VS_COT, Method.VS_MULTI)

# GBNF's own tokens; the grammars use no other.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[a-z]+|\{\d+(?:,\d+)?\}|[()|*+?]')


def as_regex(form: str) -> re.Pattern[str]:
    """Translate a grammar without recursion, as all of ours are, into a regular expression."""
    rules = dict(line.split(" ::= ", 1) for line in form.splitlines() if line.strip())

    def expand(expression: str) -> str:
        out = []
        for token in _TOKEN.findall(expression):
            if token.startswith('"'):
                out.append(f"(?:{re.escape(json.loads(token))})")
            elif token in rules:
                out.append(f"(?:{expand(rules[token])})")
            else:
                out.append("(?:" if token == "(" else token)
        return "".join(out)

    return re.compile(expand(rules["root"]))


def passes(shape: Shape, reply: str) -> bool:
    """Whether a shape's grammar lets a whole reply through."""
    form = grammar(shape)
    assert form is not None
    return as_regex(form).fullmatch(reply) is not None


def vs_reply(texts: list[str], number: str = "0.25", name: str = "probability") -> str:
    """A reply in the form that the prompt of vs-standard asks for."""
    items = (f'{{"text": {json.dumps(t, ensure_ascii=False)}, "{name}": {number}}}' for t in texts)
    return f'{{"responses": [{", ".join(items)}]}}'


VS = Shape(method=Method.VS_STANDARD, k=2)
LINES = Shape(method=Method.VS_STANDARD, k=2, format=Format.LINES)


@pytest.mark.parametrize("method", [Method.DIRECT, Method.MULTI_TURN])
def test_a_method_that_replies_in_raw_text_has_no_grammar(method: Method):
    """Direct prompting is not held to any form."""
    assert grammar(Shape(method=method)) is None


@pytest.mark.parametrize("k", [1, 2, 5])
def test_exactly_k_candidates_pass(k: int):
    """One fewer or one more does not."""
    shape = Shape(method=Method.VS_STANDARD, k=k)
    assert [n for n in range(8) if passes(shape, vs_reply(["a"] * n))] == [k]


@pytest.mark.parametrize("shape", [Shape(method=m, k=2) for m in LISTS], ids=str)
def test_what_passes_is_read_whole_by_the_parser(shape: Shape):
    """A reply in a grammar's form gives the parser every text as written, with nothing to mend."""
    texts = ["Roses are red,\nviolets are blue.\n\n  — a poem", 'Say "hi" \\ {x: [1]} | 🙂']
    name = shape.probability.field
    reply = vs_reply(texts, name=name)
    if shape.method is Method.SEQUENCE:
        reply = json.dumps({"responses": texts}, ensure_ascii=False)
    if shape.method is Method.VS_COT:
        reply = reply.replace("{", '{"reasoning": "Two come to mind. That is all.", ', 1)
    assert passes(shape, reply)
    found = read(reply, shape.method, shape.probability).candidates
    assert [c.text for c in found] == texts
    assert {c.repairs for c in found} == {()}


@given(
    st.lists(
        st.text(
            st.characters(blacklist_categories=("Cc", "Cs", "Zs", "Zl", "Zp")),
            min_size=1,
            max_size=9,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_words_pass(words: list[str]):
    """The grammar leaves the content free: quotes, braces, backslashes, any script."""
    text = " ".join(words)
    assert passes(VS, vs_reply([text, text]))


@pytest.mark.parametrize(
    "text",
    ["", " ", " begins blank", "ends blank ", "three   blanks", "a\n\n\n\nb", "\n", "a\u0000b"],
)
def test_endless_white_space_has_no_place(text: str):
    """Empty texts and runs of blanks, where small models get stuck, do not pass."""
    assert not passes(VS, vs_reply([text, "b"]))


@pytest.mark.parametrize(
    ("wording", "fit", "unfit"),
    [
        (
            Wording.EXPLICIT,
            ["0.5", "0.05", "0.1667", "1.0"],
            ["1", "1.5", "50", "-0.1", ".5", "1.00"],
        ),
        (Wording.CONFIDENCE, ["0.0", "0.875", "1.0"], ["0.", "2.0", "high", "0.12345"]),
        (Wording.PERCENTAGE, ["0", "7", "16.67", "100"], ["101", "1000", "100.5", "07", "12%"]),
        (Wording.PERPLEXITY, ["1", "1.0", "12.5", "3000"], ["0.5", "0", "1.234", "99999"]),
        (Wording.NLL, ["0", "0.69", "12.5", "120"], ["-1", "1e3", "01", "1000"]),
    ],
)
def test_numbers_are_of_their_wordings_kind(wording: Wording, fit: list[str], unfit: list[str]):
    """A probability is 0.x to 0.xxxx or 1.0, a percentage 0 to 100, and so on."""
    shape = Shape(method=Method.VS_STANDARD, k=1, probability=wording)
    assert [n for n in fit + unfit if passes(shape, vs_reply(["a"], n, wording.field))] == fit


def test_a_line_holds_neither_its_separator_nor_a_break():
    """In the lines format a text ends at its bar, so what is read is what was written."""
    assert passes(LINES, "Dark blue | 0.3\nred | 0.25")
    assert not passes(LINES, "a | b | 0.3\nred | 0.25")
    assert not passes(LINES, "a | 0.3\n\nred | 0.25")
    assert not passes(LINES, "a | 0.3\nred | 0.25\n")
    found = read("Dark blue | 0.3\nred | 0.25", LINES.method, LINES.probability).candidates
    assert [(c.text, c.probability) for c in found] == [("Dark blue", 0.3), ("red", 0.25)]


def test_reasoning_comes_to_an_end():
    """At most eight sentences: small models would reason in circles before the first candidate."""
    shape = Shape(method=Method.COT)

    def reply(reasoning: str) -> str:
        return json.dumps({"reasoning": reasoning, "response": "Blue."})

    eight = " ".join(["It is 0.5 or so, e.g. blue."] * 4)
    assert passes(shape, reply(eight))
    assert passes(shape, reply("no full stop"))
    assert not passes(shape, reply(" ".join(["One more."] * 9)))
    assert not passes(shape, reply(" ".join(["word"] * 70)))

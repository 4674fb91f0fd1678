"""What holds for every reply, checked with generated ones."""

from __future__ import annotations

import json
import re
from xml.sax.saxutils import escape

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from vs_magic.errors import ReplyError
from vs_magic.verbalized.candidate import Candidate
from vs_magic.verbalized.method import Method, Wording
from vs_magic.verbalized.parse import Stream, parse, read, strings

pytestmark = pytest.mark.untraced  # the corpora cover the same, and tracing takes long

# Surrogates alone are no text; a control character that spells a LaTeX command is a known gap.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda text: text.strip() and text.strip().strip(".…")
)
LINE = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"], include_characters=" "),
    min_size=1,
    max_size=60,
).map(str.strip)
PROBABILITY = st.integers(0, 1000).map(lambda n: n / 1000)
WORDS = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", '"', "'", "\\", ",", ":", "text", "probability", "0.2", "12%",
         "<text>", "</text>", "<response>", "```", "\n", "|", "(0.3)", "1. ", "- ", "null", "a",
         " ", "\\n"]
    ),
    min_size=1, max_size=14,
).map("".join).filter(lambda text: bool(text.strip()))  # fmt: skip
ANY_TEXT = st.one_of(TEXT, WORDS).filter(lambda text: not _is_placeholder(text))


def _is_placeholder(text: str) -> bool:
    """Whether a text alone could be the placeholder of an echoed prompt."""
    bare = text.strip().lower().strip("<>[](){}. …")
    return (
        re.fullmatch(r"(?:(?:text|responses?|probability|reasoning)[\W_]*\d{0,2}\W*)?", bare)
        is not None
    )


def _pairs(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, float]]]:
    return st.lists(st.tuples(texts, PROBABILITY), min_size=1, max_size=5)


def _found(reply: str, method: str = "vs-standard") -> list[tuple[str, float | None]]:
    return [(one.text, one.probability) for one in parse(reply, method)]


def _json(pairs: list[tuple[str, float]], *, ascii_only: bool = True) -> str:
    items = [{"text": text, "probability": p} for text, p in pairs]
    return json.dumps({"responses": items}, ensure_ascii=ascii_only)


@given(_pairs(ANY_TEXT), st.booleans(), st.sampled_from([None, 2]))
def test_valid_json_comes_back_as_it_was(pairs, ascii_only, indent):
    """Texts with anything in them and their probabilities survive JSON, in order."""
    items = [{"text": text, "probability": p} for text, p in pairs]
    reply = json.dumps({"responses": items}, ensure_ascii=ascii_only, indent=indent)
    assume(not strings.suspected(reply))
    assert _found(reply) == pairs
    assert _found(reply, "vs-multi") == pairs
    assert _found(json.dumps(items)) == pairs


@given(_pairs(ANY_TEXT), ANY_TEXT)
def test_reasoning_comes_back_too(pairs, thought):
    """The reasoning of vs-cot is read beside its candidates, whatever it quotes."""
    items = [{"text": text, "probability": p} for text, p in pairs]
    reply = json.dumps({"reasoning": thought, "responses": items})
    assume(not strings.suspected(reply))
    reading = read(reply, "vs-cot")
    assert [(one.text, one.probability) for one in reading.candidates] == pairs
    assert reading.reasoning == thought


@given(_pairs(ANY_TEXT))
def test_a_fence_and_prose_change_nothing(pairs):
    """The same JSON in a code fence, with sentences around, holds the same candidates."""
    reply = _json(pairs)
    assume(not strings.suspected(reply))
    fenced = f"Sure, here they are:\n\n```json\n{reply}\n```\n\nLet me know!"
    assert _found(fenced) == pairs
    assert _found(f"<think>\nHm.\n</think>\n{reply}") == pairs


@given(st.lists(ANY_TEXT, min_size=1, max_size=5))
def test_a_sequence_comes_back_as_it_was(texts):
    """A list of strings is a list of candidates, none with a probability."""
    reply = json.dumps({"responses": texts})
    assume(not strings.suspected(reply))
    assert _found(reply, "sequence") == [(text, None) for text in texts]
    assert _found(json.dumps(texts), "sequence") == [(text, None) for text in texts]


@given(ANY_TEXT, ANY_TEXT)
def test_a_chain_of_thought_comes_back_as_it_was(thought, response):
    """The response of cot is the one candidate; its reasoning is none."""
    reply = json.dumps({"reasoning": thought, "response": response})
    assume(not strings.suspected(reply))
    assert _found(reply, "cot") == [(response, None)]


@given(ANY_TEXT)
def test_a_direct_reply_is_its_own_candidate(text):
    """Direct and multi-turn replies come back without outer white space, and unread."""
    assume("<" not in text and "[" not in text)
    assert _found(f"{text}\n", "direct") == [(text.strip(), None)]
    assert _found(text, "multi-turn") == [(text.strip(), None)]


@given(_pairs(LINE.filter(bool)))
@example([("a | b", 0.5), ("| c |", 0.25)])
def test_lines_come_back_as_they_were(pairs):
    """`text | probability` a line each, the format that a grammar holds small models to."""
    assume(not any(text[:1] in '-*•0123456789({[<`|"~' for text, _ in pairs))
    assume(not any("\\" in text for text, _ in pairs))
    reply = "\n".join(f"{text} | {p}" for text, p in pairs)
    assert _found(reply) == pairs


@given(_pairs(ANY_TEXT), st.sampled_from(["", "\n", "\n  "]))
def test_escaped_tags_come_back_as_they_were(pairs, space):
    """Texts that are escaped as XML asks for come back unescaped, without outer white space."""
    pairs = [(text.strip(), p) for text, p in pairs]
    assume(not any("\r" in text for text, _ in pairs))
    reply = "\n".join(
        f"<response>{space}<text>{escape(text)}</text>{space}<probability>{p}</probability></response>"
        for text, p in pairs
    )
    assert _found(reply) == pairs


@settings(max_examples=30)
@given(_pairs(ANY_TEXT), st.booleans())
@example([("0'", 0.0)], False)
def test_a_prefix_of_json_yields_only_complete_texts(pairs, ascii_only):
    """Cut anywhere, a reply yields its first candidates whole, and invents none."""
    reply = _json(pairs, ascii_only=ascii_only)
    assume(not strings.suspected(reply))
    _check_prefixes(reply, pairs)


@settings(max_examples=30)
@given(_pairs(LINE.filter(bool)))
def test_a_prefix_of_tags_yields_only_complete_texts(pairs):
    """Cut anywhere, a reply in tags yields its first candidates whole, and invents none."""
    assume(not any(_is_placeholder(text) for text, _ in pairs))
    reply = "\n".join(
        f"<response>\n<text>{escape(text)}</text>\n<probability>{p}</probability>\n</response>"
        for text, p in pairs
    )
    _check_prefixes(reply, pairs)


@settings(max_examples=30)
@given(st.lists(ANY_TEXT, min_size=1, max_size=4))
def test_a_prefix_of_a_sequence_yields_only_complete_texts(texts):
    """Cut anywhere, a list of strings yields the strings whose end was seen."""
    reply = json.dumps({"responses": texts}, indent=1)
    assume(not strings.suspected(reply))
    _check_prefixes(reply, [(text, None) for text in texts], "sequence")


def _check_prefixes(
    reply: str, pairs: list[tuple[str, float]] | list[tuple[str, None]], method: str = "vs-standard"
) -> None:
    most = 0
    for end in range(len(reply)):
        try:
            found = _found(reply[:end], method)
        except ReplyError:
            continue
        texts = [text for text, _ in found]
        assert texts == [text for text, _ in pairs[: len(texts)]], reply[:end]
        for (_, value), (_, stated) in zip(found[:-1], pairs, strict=False):
            assert value == stated, reply[:end]
        assert found[-1][1] in (None, pairs[len(found) - 1][1]), reply[:end]
        assert len(found) >= most, "a longer prefix lost a candidate"
        most = len(found)


NAME = (
    st.text("abcdefghij XYZ", min_size=1, max_size=20)
    .map(str.strip)
    .filter(lambda text: len(text) > 2 and not _is_placeholder(text))
)
PROSE = [
    ("numbered", "{i}. {text} ({p}%)"),
    ("bullets", "- {text}: {p}%"),
    ("label below", "{i}. {text}\n   Probability: 0.{p}\n"),
    ("guesses", "G{i}: {text}\nP{i}: 0.{p}"),
    ("fields", "Text: {text}\nProbability: 0.{p}\n"),
    ("headings", "### {text} ({p}%)\n"),
    ("table", "| {text} | 0.{p} |"),
]


@settings(max_examples=25)
@given(st.lists(st.tuples(NAME, st.integers(10, 99)), min_size=2, max_size=4), st.data())
def test_a_prefix_of_prose_yields_only_complete_texts(pairs, data):
    """Cut anywhere, a list in prose whose texts stand before their numbers yields whole texts."""
    assume(len({text for text, _ in pairs}) == len(pairs))
    _, form = data.draw(st.sampled_from(PROSE))
    lines = [form.format(i=i, text=text, p=p) for i, (text, p) in enumerate(pairs, 1)]
    reply = "\n".join(lines)
    texts = [text for text, _ in pairs]
    for end in range(len(lines[0]) + len(lines[1]), len(reply) + 1):
        found = [one.text for one in _candidates(reply[:end], Method.VS_STANDARD)]
        assert found == texts[: len(found)], reply[:end]
    assert found == texts


@settings(max_examples=25)
@given(st.lists(st.tuples(NAME, st.integers(1, 99)), min_size=2, max_size=4))
def test_titles_and_descriptions_come_back(pairs):
    """`**Title** (30%): what describes it` is a title, a body, and both as the text."""
    reply = "\n".join(f"{i}. **{t}** ({p}%): It is {t}." for i, (t, p) in enumerate(pairs, 1))
    found = parse(reply)
    assert [(one.title, one.body) for one in found] == [(t, f"It is {t}.") for t, _ in pairs]
    assert [one.text for one in found] == [f"{t}: It is {t}." for t, _ in pairs]
    assert [one.probability for one in found] == pytest.approx([p / 100 for _, p in pairs])


PROSE_PIECES = st.lists(
    st.one_of(
        NAME,
        st.sampled_from(
            ["\n", "\n\n", "1. ", "2. ", "- ", "### ", "**", "*", ": ", " (0.3)", " — 30%", "|",
             "| - |", "Probability: 0.3", "Response 1: ", "Answer: ", "G1: ", "P1: ", "Text: ",
             "Total: 1", "Final answer:\n", "Title: ", "> ", "---\n", "```\n", "Explanation: ", '"',
             "“", "”"]
        ),
    ),
    min_size=1, max_size=25,
).map("".join)  # fmt: skip


@settings(max_examples=300)
@given(PROSE_PIECES, st.sampled_from(list(Method)))
def test_no_word_is_read_that_is_not_in_the_reply(reply, method):
    """Each word of a candidate stands in the reply, as it was written."""
    for one in _candidates(reply, method):
        for text in (one.text, one.title or "", one.body or ""):
            assert all(word in reply for word in text.split()), (text, reply)


@settings(max_examples=60)
@given(_pairs(ANY_TEXT), st.integers(1, 9), st.booleans())
def test_a_stream_tells_what_a_reading_tells(pairs, size, fenced):
    """Read in pieces, a reply yields its candidates in order, each once, and in the end all."""
    reply = f"```json\n{_json(pairs)}\n```" if fenced else _json(pairs)
    assume(not strings.suspected(reply))
    stream, told = Stream(Method.VS_STANDARD, Wording.EXPLICIT), []
    for end in [*range(size, len(reply), size), len(reply)]:
        if reading := stream.feed(reply[:end]):
            found = [(one.text, one.probability) for one in reading.candidates]
            assert found[: len(told)] == told
            told = found
    assert told == _found(reply)


def _candidates(reply: str, method: Method, wording: Wording = Wording.EXPLICIT) -> list[Candidate]:
    """Return what was read; nothing for a reply that is refused as it should be."""
    try:
        found = parse(reply, method, wording)
    except ReplyError as error:
        if error.reply != reply:
            raise
        return []
    assert found, "a reply without candidates has to raise"
    return found


PIECES = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            ['{"responses": [', '{"text": "', '", "probability": ', "}", "]", '"', "'", "\\", "\\u",
             "<response>", "</response>", "<text>", "</text>", "<probability>", "<think>",
             "</think>",
             "```json\n", "```", "\n", "1. ", "2. ", "- ", "(0.5)", "0.5", "|", "| - |", "|---|\n",
             "Final answer:", "text: ", "probability: ", "text,probability\n", "/*", "//", "NaN",
             "None", "9" * 400, "1e999", "<![CDATA[", "]]>", "&amp;", "“", "”", "\x00", "\ud83d",
             "[" * 50, "{" * 50, '"""', "\\frac", "$", "%", "<|channel|>final<|message|>"]
        ),
    ),
    max_size=25,
).map("".join)  # fmt: skip


@settings(max_examples=200)
@given(
    PIECES,
    st.sampled_from(list(Method)),
    st.sampled_from(list(Wording)),
)
def test_no_input_raises_anything_but_reply_error(reply, method, wording):
    """Whatever comes, there are candidates with sane probabilities, or a ReplyError."""
    found = _candidates(reply, method, wording)
    for one in found:
        assert one.text.strip()
        assert one.probability is None or 0 <= one.probability <= 1


@pytest.mark.parametrize(
    "reply",
    ["[" * 10_000, "{" * 10_000, '{"a":' * 10_000, "[" * 10_000 + "]" * 10_000, "\ud83d" * 10,
     "\x00" * 10, "9" * 100_000, '{"text": ' + "9" * 10_000 + "}", "<text>" * 10_000],
    ids=["lists", "objects", "keys", "closed lists", "surrogates", "null bytes", "digits",
         "huge integer", "tags"],
)  # fmt: skip
@pytest.mark.parametrize("method", list(Method), ids=str)
def test_depth_and_size_are_no_crash(reply, method):
    """Ten thousand brackets, a huge integer, lone surrogates: a ReplyError or candidates."""
    for one in _candidates(reply, method):
        assert one.text.strip()


def test_a_reply_that_is_no_text_is_named():
    """None, as some endpoints give for an empty message, is a ReplyError too."""
    with pytest.raises(ReplyError, match="not text but NoneType"):
        parse(None)  # type: ignore[arg-type]

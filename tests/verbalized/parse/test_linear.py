"""Time grows with the length of a reply, never with its square.

Ratios are asserted, since seconds depend on the machine: a family of junk six times as long may
take fifteen times as long at most (a quadratic reader takes thirty-six), at the best of a few
attempts. Below a floor a measured time says nothing; and a megabyte has to end at all.
"""

from __future__ import annotations

import contextlib
import time

import pytest

from vs_magic.errors import ReplyError
from vs_magic.verbalized.parse import parse

pytestmark = pytest.mark.untraced  # tracing takes three times as long as reading

SMALL, LARGE, MEGABYTE = 8_000, 48_000, 1_000_000
FLOOR_S, NOISE_S = 0.1, 0.02
MOST = 15
ATTEMPTS = 4

# What is repeated: brackets, marks, markup, and beginnings of things that never end.
JUNK = [
    "{", "[", "(", "}", "]", '"', "'", "\\", "|", "0", "<", ">", "`", "#", "&", "$", "~", "=", ":",
    ",", ".", " ", "\n", "\t", "a", "-", "*", "_", "\x00", "\ud83d", "“", "①", "：",
    "[[1,2],", "[null,", '["a",', '["a": 0.5, ', '"a",', '{"a":', '{"a": 0.5, ', '{"text":',
    '{"text": "a"', '{"text": "a", ', '{"text": "a" "b" ', '{"text": """', '{"1":"a",', "{a: b, ",
    '{"text":"a","probability":0.5}\n', '{"responses":[{"text":"a","probability":0.5}]}\n', '{"}',
    '"probability":', '"}', '"]', '\\"', '{\\"', "{'", "{“", "[a(", "[R(a=", 'r"', "{/*",
    "{ // a\n",
    "<response>", "<response><text>", "<text>a</text>", "<text>a</text> x ", "</text>", "<a b=c ",
    '<a b="', "<response ", "<![CDATA[", "<probability>", "<reasoning>", "<think>", "</think>\n",
    "<think></think>", "<|channel|>", "<|channel|>final<|message|>", "&amp;", "[THINK]",
    "1.\n", "1. a\n", "1. a (0.5)\n", "- a\n", "- a: 0.5\n", "- text: a\n", "- text: |\n", "a)\n",
    "a: 0.5\n", "a | 0.5\n", "| a | 0.5 |\n", "|---|\n", "a,0.5\n", 'a,"', '"a",0.5\n', "a\n\n",
    "a (0.5)\n\n", "## a\n", "## Response 1\n", "Response 1 (0.5): a\n", "*a*\n", "---\n", "> a\n",
    "```\n", "```json\n{", "Final answer:\n", "1. a\n\nFinal answer:\n", "Answer: a\n", "\\boxed{",
    'text: "a\n', "text: a\nprobability: 0.5\n", "text,probability\n", "I am sorry, ", "As an AI ",
    "**a** (0.5): b\n", "**a**\nb\n\n", "### a (0.5)\nb\n", "G1: a\nP1: 0.5\n",
    "Guess: a\n", "&quot;a&quot;:",
    "1. a - Probability: 0.5 - b\n", "(p = 0.5) a\n", "'a': 30%, ", "'a': '30%, ",
    "- Text: a\n", "Step 1: a\n",
    "$\\nu", "\\frac", "\\u", "(0.5)", "0.5 ", "12%", "1/2", "**a** ", "“a”, ", "a, ",
]  # fmt: skip
# What is repeated after a beginning that only a later end could close.
OPENED = {
    "quotes in a string": ('{"text": "', '"'),
    "quoted letters in a string": ('{"text": "', 'x"'),
    "commas after quotes in a string": ('{"text": "', '", '),
    "brackets after quotes in a string": ('{"text": "', '"} x'),
    "lines in a string": ('{"text": "', '"\n'),
    "backslashes in a string": ('{"text": "', "\\"),
    "fences in a string": ('{"text": "a\n', '```json\n{"text": "a\n'),
    "words without quotes": ("{text: ", "a, "),
    "comments after words": ("{text: ", "a // b "),
    "numbers in a list": ("[", "1,"),
    "closing tags in a text": ("<response><text>", "</text> x"),
    "spaces in an item": ("1. a", " "),
    "digits in an item": ("1. a ", "1"),
}
METHODS = ("vs-standard", "sequence", "cot", "direct")


def _seconds(reply: str, method: str) -> float:
    """Return the processor's time."""
    start = time.process_time()
    with contextlib.suppress(ReplyError):
        parse(reply, method)
    return time.process_time() - start


def _check(head: str, junk: str) -> None:
    """Compare the two lengths; a machine that is busy may spoil one comparison, and not all."""
    large, small = head + (junk * LARGE)[:LARGE], head + (junk * SMALL)[:SMALL]
    for method in METHODS:
        ratios: list[float] = []
        while not ratios or (ratios[-1] >= MOST and len(ratios) < ATTEMPTS):
            long = _seconds(large, method)
            short = _seconds(small, method) if long >= FLOOR_S else long
            ratios.append(long / max(short, NOISE_S))
        assert min(ratios) < MOST, (method, ratios)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_junk_is_read_in_linear_time(junk):
    """Whatever is repeated is refused, or read, in a time that its length sets."""
    _check("", junk)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_a_megabyte_of_junk_ends(junk):
    """A megabyte of anything is done (in about a second)."""
    with contextlib.suppress(ReplyError):
        parse((junk * MEGABYTE)[:MEGABYTE])


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", OPENED)
def test_what_never_ends_is_read_in_linear_time(name):
    """Nothing that is opened and never closed makes a reader look for its end again and again."""
    _check(*OPENED[name])


def test_a_long_honest_reply_is_read_whole():
    """Ten thousand candidates in valid JSON are ten thousand candidates."""
    items = ",".join(f'{{"text": "number {i}", "probability": 0.0001}}' for i in range(10_000))
    found = parse(f'{{"responses": [{items}]}}')
    assert len(found) == 10_000
    assert found[-1].text == "number 9999"

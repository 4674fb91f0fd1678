"""Replies as models write them, and what a person reads out of each.

`own` and `chat` were written for these tests, `blind` by somebody who did not know the parser;
`local` and `unseen` are what a model of 0.5B wrote without a grammar, read by a person; `unseen`
was recorded after the parser was written. Where the parser falls short, `gap` is what it reads.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vs_magic.errors import ReplyError
from vs_magic.verbalized.parse import parse

HERE = Path(__file__).parent


def _cases() -> list[dict[str, Any]]:
    files = sorted(HERE.glob("*.jsonl"))
    lines = [line for path in files for line in path.read_text("utf-8").splitlines() if line]
    return [json.loads(line) for line in lines]


CASES = _cases()


def _read(case: dict[str, Any]) -> list[list[Any]] | str:
    try:
        found = parse(case["reply"], case["method"], case.get("probability", "explicit"))
    except ReplyError as error:
        # The reply is kept verbatim, and the message is one line.
        return "ReplyError" if error.reply == case["reply"] and "\n" not in str(error) else "spoilt"
    return [[candidate.text, candidate.probability] for candidate in found]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_reply_is_read_as_a_person_reads_it(case: dict[str, Any]):
    """Texts and order are exact, probabilities equal, and nothing is added."""
    expected = case.get("gap", case["expect"])
    found = _read(case)
    if isinstance(expected, str) or isinstance(found, str):
        assert found == expected
        return
    assert [text for text, _ in found] == [text for text, _ in expected]
    assert [value for _, value in found] == pytest.approx(
        [value for _, value in expected], abs=1e-12
    )


@pytest.mark.parametrize("file", ["local", "unseen"])
def test_what_a_real_model_writes_is_read_or_left(file):
    """At most one reply in ten is read otherwise than by a person; others may be left unread."""
    cases = [json.loads(line) for line in (HERE / f"{file}.jsonl").read_text("utf-8").splitlines()]
    misread = [case["name"] for case in cases if case.get("gap", "ReplyError") != "ReplyError"]
    assert len(cases) >= 60
    assert 10 * len(misread) <= len(cases), misread


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if "titles" in case],
    ids=[case["name"] for case in CASES if "titles" in case],
)
def test_a_title_stands_beside_its_body(case: dict[str, Any]):
    """Titles and bodies are told apart; numbers and generic labels are no titles."""
    found = parse(case["reply"], case["method"])
    assert [[one.title, one.body] for one in found] == case["titles"]


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if "repairs" in case],
    ids=[case["name"] for case in CASES if "repairs" in case],
)
def test_what_was_mended_is_named(case: dict[str, Any]):
    """Each repair that a case lists is named on at least one of its candidates."""
    found = parse(case["reply"], case["method"], case.get("probability", "explicit"))
    named = [repair for candidate in found for repair in candidate.repairs]
    for repair in case["repairs"]:
        assert any(repair in one for one in named), (repair, named)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case["family"] == "clean"],
    ids=[case["name"] for case in CASES if case["family"] == "clean"],
)
def test_a_clean_reply_needs_no_repair(case: dict[str, Any]):
    """A reply in the form that was asked for carries no repairs."""
    found = parse(case["reply"], case["method"], case.get("probability", "explicit"))
    assert [candidate.repairs for candidate in found] == [()] * len(found)


def test_the_corpus_covers_every_family():
    """At least 150 cases, and each family of the specification among them."""
    families = {case["family"] for case in CASES}
    wanted = {
        "clean", "raw", "fence", "reasoning", "draft", "shape", "keys", "number", "scale",
        "malformed", "value", "cut", "tags", "list", "wire", "table", "heading", "yaml", "csv",
        "cot", "nothing",
    }  # fmt: skip
    assert len(CASES) >= 150
    assert wanted <= families

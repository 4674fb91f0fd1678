"""Rows: what the view gets of each candidate."""

from __future__ import annotations

import json

import pytest

from tests.browser import scenes
from vs_magic.view.widget import texts
from vs_magic.view.widget.rows import rows_of


def rows(shown):
    """Return the rows of what is shown, with plain ids."""
    return rows_of(shown, [str(i) for i in range(len(shown.frame))])


def test_a_row_says_what_the_frame_says():
    """Text, stated probability, weight, rank and repairs reach the view unchanged."""
    row = rows(scenes.jokes())[3]
    assert row["text"] == scenes.JOKES[3][0]
    assert (row["p"], row["w"], row["rank"], row["at"]) == (0.6, pytest.approx(0.171429), 4, 3)
    assert row["marks"] == [["repair", "repair: percent sign"]]
    assert "cut" not in row
    assert "long" not in row


def test_a_missing_probability_is_absent():
    """A probability that was not stated is no number in the view, and never a zero."""
    first, second = rows(scenes.shown([("a", None), ("b", 0.5)]))
    assert "p" not in first
    assert second["p"] == 0.5
    assert first["w"] == 0.5


def test_a_failed_call_is_a_row_that_says_why():
    """A failed call has its error, no text, no weight and no rank."""
    row = rows(scenes.shown([("a", 0.5), (None, None)]))[1]
    assert row["error"] == "the endpoint refused the call: try again later"
    assert not {"text", "p", "w", "rank"} & row.keys()


def test_the_tail_is_marked_where_one_was_asked_for():
    """Candidates inside and outside the tail are told apart; without a threshold none is marked."""
    marked = rows(scenes.shown([("a", 0.05), ("b", 0.5), ("c", None)], threshold=0.1))
    assert [[kind for kind, _ in row["marks"]] for row in marked] == [["tail"], ["out"], []]
    assert all(row["marks"] == [] for row in rows(scenes.shown([("a", 0.05)])))


def test_reasoning_is_announced_but_not_carried():
    """A row says that there is reasoning to fetch; the reasoning itself is not in the state."""
    row = rows(scenes.jokes(reasoning="because " * 50))[0]
    assert row["why"] is True
    assert "because" not in json.dumps(row)


def test_rows_of_several_methods_name_theirs():
    """Where methods are mixed, as in pooled asks, each row says where it comes from."""
    from vs_magic.view.widget.history import pool

    mixed = pool([scenes.jokes(), scenes.jokes(method="direct")])
    assert rows(mixed)[0]["marks"][-1] == ["source", "vs-standard"]
    assert rows(mixed)[7]["marks"][-1] == ["source", "direct"]


@pytest.mark.parametrize("text", ["x" * 200_000, "é" * 5000, "🦔" * 3000, "a\n" * 4000])
def test_a_head_keeps_its_budget_and_never_splits_a_character(text):
    """Whatever a text is made of, its head is within the budget and a true beginning of it."""
    head, cut = texts.head(text, texts.MOST_BYTES)
    assert cut
    assert len(head.encode()) <= texts.MOST_BYTES
    assert len(head.encode()) > texts.MOST_BYTES - 8
    assert text.startswith(head)


def test_control_characters_are_shown_not_obeyed():
    """A null byte, an escape and a direction override are visible in the head."""
    assert texts.head("a\x00b\x1b[31m\u202ec", 100) == ("a␀b␛[31m⟦U+202E⟧c", False)


def test_a_lone_surrogate_can_be_sent():
    """Text that is no valid Unicode still reaches a browser."""
    assert texts.head("a\ud800b", 100)[0].encode() == b"a?b"

"""Export: nothing is altered in CSV and JSON lines, nothing renders in Markdown."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.browser import scenes
from vs_magic.view.widget.export import export

TEXTS = ['with "quotes", commas', "two\nlines", "naïve 🦔 \u202e", "=1+1", "| pipe | `code` <b>"]
FRAME = scenes.shown([(text, 0.1) for text in TEXTS]).frame


def test_csv_holds_every_text_exactly():
    """A CSV reader gets back what the model wrote, and every column."""
    made = export(FRAME, "csv")
    rows = list(csv.DictReader(io.StringIO(made.content)))
    assert [row["text"] for row in rows] == TEXTS
    assert list(rows[0]) == list(FRAME.columns)
    assert made.name == "candidates.csv"


def test_json_lines_hold_every_text_exactly():
    """Each line is one candidate's JSON, readable on its own."""
    lines = export(FRAME, "jsonl").content.splitlines()
    assert [json.loads(line)["text"] for line in lines] == TEXTS


def test_markdown_shows_texts_as_they_are():
    """Model text in the table can neither format, nor link, nor fetch, nor break the table."""
    hostile = "![x](http://evil.example/x.png) <img src=x> [a](javascript:b) | http://a.example"
    made = export(scenes.shown([(hostile, 0.25)], task="# T").frame, "markdown").content
    row = made.splitlines()[-1]
    assert "<img" not in row
    assert "](" not in row
    assert "://" not in row
    assert row.count(" | ") == 2
    assert made.startswith("**\\# T**")


def test_a_failed_call_is_exported_as_such():
    """Markdown says that a call failed, instead of leaving a gap."""
    made = export(scenes.shown([("a", 0.5), (None, None)]).frame, "markdown").content
    assert "failed: the endpoint refused the call" in made.replace("\\", "")


def test_an_unknown_form_is_named():
    """Only the forms that there are can be had."""
    with pytest.raises(ValueError, match="unknown export 'exe': one of csv, jsonl, markdown"):
        export(FRAME, "exe")

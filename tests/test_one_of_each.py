"""What is written in one way everywhere is written in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "vs_magic"


@pytest.mark.parametrize(
    ("what", "pattern", "homes"),
    [
        ("did you mean", r"get_close_matches", {"errors.py"}),
        # A bar's width is a percentage in CSS.
        ("percentages", r":\.?[{}\w]*%\}", {"view/words.py", "view/table.py"}),
        ("money", r'f"\$\{', {"view/words.py"}),
        ("the sentence on Σ stated", r"The model stated", {"view/words.py"}),
        ("HTML tables", r"<table", {"view/table.py"}),
        ("either a widget or a table", r"widget-view\+json", {"view/live.py"}),
    ],
)
def test_one_place_writes_it(what, pattern, homes):
    """Whoever needs it calls what is there: two ways of writing it would drift apart."""
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(pattern, path.read_text(encoding="utf-8"))
    }
    assert found == homes, what

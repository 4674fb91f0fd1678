"""The snippets of docs/testing.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTING = Path(__file__).parents[2] / "docs" / "testing.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", TESTING.read_text(encoding="utf-8"), re.DOTALL)


def test_there_are_snippets():
    """One for each of the doubles, and two for the one that fails."""
    assert len(SNIPPETS) == 4


@pytest.mark.parametrize("code", SNIPPETS, ids=["scripted", "endpoint", "on demand", "by share"])
def test_a_snippet_runs_as_it_stands(code):
    """With its assertions."""
    assert "assert " in code
    exec(compile(code, str(TESTING), "exec"), {"__name__": "snippet"})

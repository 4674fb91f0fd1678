"""The how-to's blocks run as they stand."""

from __future__ import annotations

import atexit
import re
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from vs_magic.theory import AlphaEstimate, Explorer

HOW_TO = Path(__file__).parents[2] / "docs" / "theory.md"
CELLS = re.findall(
    r"^```i?python\n(.*?)^```$", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """A real shell, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    made = InteractiveShell()
    made.run_line_magic("load_ext", "vs_magic")
    yield made
    atexit.unregister(made.atexit_operations)


def test_every_block_of_the_how_to_runs(shell):
    """In order, in one shell, without an error; what they name is there."""
    assert len(CELLS) >= 9
    for cell in CELLS:
        result = shell.run_cell(cell, store_history=False)
        assert result.success, cell
    names = shell.user_ns
    assert isinstance(names["mine"], Explorer)
    assert isinstance(names["found"], AlphaEstimate)
    assert round(max(names["after"].values()), 2) == 0.97
    assert names["explorer"].scene.alpha == 0.57

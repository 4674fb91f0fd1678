"""The how-to's cells run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
HOW_TO = Path(__file__).parents[2] / "docs" / "magics.md"
CELLS = re.findall(
    r"^```ipython\n(.*?)^```$", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


def test_the_how_to_compare_runs(bare, capsys, tmp_path, monkeypatch):
    """Cells and the Python below them, in order."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").symlink_to(DOCS.parent / "notebooks")
    (tmp_path / "docs" / "images").mkdir(parents=True)
    text = (DOCS / "compare.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:ipython|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 7
    for block in blocks:
        assert bare.run_cell(block, store_history=True).success, block
    assert len(bare.user_ns["found"].summary) > 0
    for name in re.findall(r"`(\w+_chart)\(\)`", text):
        assert callable(getattr(bare.user_ns["found"], name)), name


def test_every_cell_of_the_how_to_runs(bare, capsys):
    """In order, in one shell, without an error; the names that it mentions are there."""
    assert len(CELLS) > 10
    for cell in CELLS[:-1]:
        result = bare.run_cell(cell, store_history=True)
        assert result.success, cell
    assert len(bare.user_ns["df"]) == len(bare.user_ns["colours"]) == 3
    assert "Dry run: nothing was sent." in capsys.readouterr().out
    assert CELLS[-1] == "%unload_ext vs_magic\n"
    assert bare.run_cell(CELLS[-1]).success
    assert "_vs" not in bare.user_ns

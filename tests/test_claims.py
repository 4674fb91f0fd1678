"""The page of claims says what the lessons' recorded replies give, and cites what it does not."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def claims():
    """docs/claims.py as a module."""
    spec = importlib.util.spec_from_file_location("claims", DOCS / "claims.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["claims"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["claims"]


@pytest.fixture(scope="module")
def page() -> str:
    """The page as it is committed."""
    return (DOCS / "claims.md").read_text(encoding="utf-8")


def test_the_page_is_what_the_bundles_give(claims, page):
    """Each measured table equals the one computed now; `docs/claims.py --write` renews them."""
    assert claims.written(page) == page


def test_every_table_has_its_place(claims, page):
    """No computed table is left out of the page, and none is named that nobody computes."""
    assert sorted(re.findall(r"<!-- measured: (\w+) -->", page)) == sorted(claims.TABLES)


def test_a_changed_reply_changes_the_page(claims, page, tmp_path, monkeypatch):
    """The tables come from the replies: another roll of the die is another number."""
    for path in claims.REPLAY.iterdir():
        tmp_path.joinpath(path.name).write_bytes(path.read_bytes())
    lesson = tmp_path / "01_see_mode_collapse.jsonl"
    text = lesson.read_text(encoding="utf-8")
    assert '"reply": {"text": "4"' in text
    lesson.write_text(text.replace('"reply": {"text": "4"', '"reply": {"text": "5"'), "utf-8")
    before = claims.dice()
    monkeypatch.setattr(claims, "REPLAY", tmp_path)
    assert claims.dice() != before
    assert claims.written(page) != page


def test_what_a_bundle_lacks_is_an_error(claims):
    """A table never fills up with what was not asked."""
    with pytest.raises(LookupError, match=r"holds \d+ of 999 direct responses"):
        claims.responses("01_see_mode_collapse", claims.DIE, "direct", 999, temperature=0.3)


def test_published_figures_stand_on_the_page(page):
    """The paper's main averages are cited as the tables of its authors have them."""
    for figure in ("0.57 ± 0.07", "0.926", "0.058", "0.027", "22.3", "34.7", "98.22", "84.0"):
        assert figure in page
    assert "2510.01171" in page

"""What a saved notebook holds of a widget stays small."""

from __future__ import annotations

import json

import pytest

from tests.browser import scenes
from vs_magic.view.widget import CandidateWidget

CODE = 64_000
"""Bytes of the view's code and style, which every saved widget carries."""
HEADING = 4_000
PER_CANDIDATE = 450
"""Bytes of a candidate besides its text's head."""
TEXTS = 48_000
"""Bytes of the heads of all texts together."""


def saved(widget: CandidateWidget) -> dict[str, int]:
    """Return the size of each trait as a notebook saves it."""
    state = widget.get_state()
    return {
        key: len(json.dumps(value, ensure_ascii=False).encode()) for key, value in state.items()
    }


@pytest.mark.parametrize(
    ("count", "size"),
    [(5, 20), (5, 1_300), (5, 200_000), (50, 1_300), (200, 200), (200, 20_000), (1000, 1_300)],
)
def test_the_saved_state_keeps_its_budget(count, size):
    """Few or many candidates, short or huge: never more than the budget per candidate."""
    text = ("wörd 🦔 " * (size // 7 + 1))[:size]
    shown = scenes.shown([(text, 0.5)] * count, task="t" * 100_000, reasoning="r" * 500_000)
    sizes = saved(CandidateWidget(shown))
    rows = sizes.pop("rows")
    assert rows <= max(TEXTS, 240 * count) + PER_CANDIDATE * count
    code = sizes.pop("_esm") + sizes.pop("_css")
    assert code <= CODE
    assert sum(sizes.values()) <= HEADING


def test_messages_and_replies_are_not_saved():
    """What was sent and what came back are fetched when the call details are opened."""
    state = json.dumps(CandidateWidget(scenes.jokes(reasoning="R" * 99)).get_state())
    assert "Give exactly 5 responses" not in state
    assert "RRR" not in state

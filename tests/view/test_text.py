"""How much room a text has, wherever it is shown."""

from __future__ import annotations

import io

import pytest

from vs_magic.view.text import room


class Terminal(io.StringIO):
    """A stream that a person reads in a terminal."""

    def isatty(self) -> bool:
        """Return True: that is what makes it one."""
        return True


@pytest.mark.parametrize(("columns", "most", "given"), [(60, 100, 60), (200, 120, 120)])
def test_a_terminal_is_filled_up_to_a_bound(monkeypatch, columns, most, given):
    """Lines end where a terminal ends, and never so far to the right that no one finds back."""
    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setenv("COLUMNS", str(columns))
    assert room(most) == given


@pytest.mark.parametrize("columns", [40, 80, 300])
def test_a_notebook_has_the_same_room_wherever_its_server_was_started(monkeypatch, columns):
    """A kernel inherits the size of some terminal that its reader never sees."""
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.setenv("COLUMNS", str(columns))
    assert room(120) == 100
    assert room(90) == 90

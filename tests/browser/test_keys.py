"""The keyboard: shortcuts, the way through the widget, and nothing that reaches the notebook."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import scenes
from tests.browser.conftest import Seen

JOKES = [text for text, _ in scenes.JOKES]
COMMAND_MODE = [*"ddxcvabmyrz0100jkJK", "Delete", "ArrowUp", "ArrowDown", "Home", "End", "1", "6"]


@pytest.fixture
def jokes(notebook) -> Seen:
    """Five jokes."""
    return Seen(notebook, "show(scenes.jokes(reasoning='Puns first.'))")


def cells(seen: Seen) -> object:
    """The notebook's cells: their number, kind and content."""
    return seen.page.evaluate(
        "() => jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells"
        ".map(cell => [cell.cell_type, cell.source])"
    )


@pytest.mark.parametrize(
    "place", [".vsw-main", ".vsw-row", "input[type=search]", "input[type=range]", "select"]
)
def test_command_mode_keys_never_reach_the_notebook(jokes, place):
    """Typed on a button, a row, a field, a slider or a list: no cell is cut, moved or changed."""
    before = cells(jokes)
    jokes.page.evaluate("() => jupyterapp.commands.execute('notebook:enter-command-mode')")
    target = jokes.root.locator(place).first
    target.focus()
    for key in COMMAND_MODE:
        target.press(key)
    assert cells(jokes) == before
    assert len(before) == 1
    focused = "() => document.querySelector('.vsw').contains(document.activeElement)"
    assert jokes.page.evaluate(focused)


def test_saving_still_saves(jokes):
    """The notebook's own shortcuts with a modifier work while the widget has the focus."""
    jokes.button("Draw").focus()
    jokes.page.evaluate("() => { jupyterapp.shell.currentWidget.context.model.dirty = true }")
    jokes.page.keyboard.press("Control+s")
    jokes.page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")


def test_rows_are_one_stop_and_arrows_move_between_them(jokes):
    """Tab comes to the list once; up, down, Home and End move; the buttons follow the row."""
    jokes.rows.nth(0).focus()
    for key, row in [("ArrowDown", 1), ("ArrowDown", 2), ("End", 4), ("ArrowUp", 3), ("Home", 0)]:
        jokes.page.keyboard.press(key)
        expect(jokes.rows.nth(row)).to_be_focused()
    jokes.page.keyboard.press("ArrowDown")
    jokes.page.keyboard.press("Tab")
    expect(jokes.in_row(1, "Reasoning")).to_be_focused()
    for _ in range(3):
        jokes.page.keyboard.press("Tab")
    expect(jokes.button("Draw")).to_be_focused()


def test_tab_reaches_every_control(jokes):
    """From the first control to the last, Tab alone gets everywhere, in the order of the page."""
    names = []
    jokes.root.get_by_label("sort by").focus()
    for _ in range(20):
        names.append(
            jokes.page.evaluate(
                "() => (document.activeElement.labels?.[0]?.textContent"
                " || document.activeElement.ariaLabel || document.activeElement.textContent).trim()"
            )
        )
        jokes.page.keyboard.press("Tab")
    wanted = [
        *("Reverse the order", "Filter the texts", "tail", "Reasoning", "Pin", "Copy", "Draw"),
        *("Draw 100 times", "seed", "method", "k", "below", "T", "Ask again"),
        *("▸ Call details", "Keys", "Copy all"),
    ]
    found = [next((i for i, n in enumerate(names) if n.startswith(w)), None) for w in wanted]
    assert None not in found, (wanted, names)
    assert found == sorted(found)


def test_shortcuts(jokes):
    """d, x, /, c, p, r, [ and ], ? and Escape do what the list of keys says."""
    page = jokes.page
    jokes.rows.nth(0).focus()
    page.keyboard.press("d")
    expect(jokes.status).to_contain_text("1 of 1.")
    page.keyboard.press("x")
    expect(jokes.status).to_have_text("Drew 100: 101 draws in all.")
    page.keyboard.press("c")
    expect(jokes.status).to_have_text("Copied 1 candidate.")
    assert jokes.clipboard() == JOKES[0]
    page.keyboard.press("p")
    expect(jokes.in_row(0, "Pinned")).to_be_visible()
    page.keyboard.press("r")
    expect(jokes.rows.first).to_contain_text("Puns first.")
    page.keyboard.press("?")
    expect(jokes.root.locator(".vsw-keys")).to_contain_text("draw one by weight")
    page.keyboard.press("/")
    expect(jokes.root.get_by_label("Filter the texts")).to_be_focused()
    page.keyboard.type("dxc?")
    expect(jokes.root.get_by_label("Filter the texts")).to_have_value("dxc?")
    page.keyboard.press("Escape")
    expect(jokes.root.get_by_label("Filter the texts")).not_to_be_focused()
    assert jokes.kernel("w.draws['total']") == 101


def test_history_by_keys_keeps_the_focus(jokes):
    """[ and ] step through the asks; a row keeps its place in the tab order."""
    jokes.button("Ask again").press("Enter")
    expect(jokes.rows).to_have_count(3)
    jokes.page.keyboard.press("[")
    jokes.expect_texts(JOKES)
    jokes.page.keyboard.press("]")
    expect(jokes.rows).to_have_count(3)
    expect(jokes.button("Ask again")).to_be_focused()


def test_escape_stops_an_ask(notebook):
    """Escape, away from a field, does what Stop does."""
    seen = Seen(notebook, "show(scenes.jokes(), ask=scenes.Asker(scenes.JOKES * 20, pause=.3))")
    seen.button("Ask again").press("Enter")
    expect(seen.status).to_contain_text("so far")
    seen.page.keyboard.press("Escape")
    expect(seen.status).to_contain_text("Stopped.")


def test_sorting_by_keys_moves_the_rows_and_not_the_focus(jokes):
    """A row that has the focus keeps it while candidates are put in another order."""
    jokes.rows.nth(2).focus()
    jokes.page.evaluate(
        "() => { const s = document.querySelector('.vsw select'); s.value = 'length';"
        " s.dispatchEvent(new Event('change')); }"
    )
    jokes.expect_texts(sorted(JOKES, key=len))
    expect(jokes.root.locator(".vsw-row", has_text="Moses")).to_be_focused()

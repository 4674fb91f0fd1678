"""Where and how the widget is looked at: themes, widths, big text, stillness, a busy kernel."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import expect

from tests.browser import scenes
from tests.browser.conftest import Seen
from tests.browser.jupyter import Notebook
from tests.browser.screenshots import SHOW

OUTSIDE = """() => {
    const frame = document.querySelector('.vsw').getBoundingClientRect();
    const apart = '.vsw-hidden, pre, .vsw-strip';
    const seen = node => node.getClientRects().length && !node.closest(apart);
    return [...document.querySelectorAll('.vsw *')].filter(seen).filter(node => {
        const box = node.getBoundingClientRect();
        return box.left < frame.left - 1 || box.right > frame.right + 1;
    }).map(node => node.className || node.tagName);
}"""
TALL = "() => (node => node.scrollHeight - node.clientHeight)(document.querySelector('.vsw'))"


@pytest.fixture
def jokes(lab) -> Seen:
    """Five jokes."""
    return Seen(lab, "show(scenes.jokes(reasoning='Puns first.'))")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_theme_is_followed(notebook, theme):
    """Light or dark is the notebook's, and changes with it while the widget is there."""
    seen = Seen(notebook, "show(scenes.jokes())")
    notebook.theme(theme)
    expect(seen.root).to_have_attribute("data-theme", theme)
    ground = seen.root.evaluate("node => getComputedStyle(node).backgroundColor")
    light = sum(map(int, re.findall(r"\d+", ground)[:3])) > 382
    assert light is (theme == "light")


@pytest.mark.parametrize(("width", "size"), [(320, 14), (640, 28), (320, 20), (1000, 28)])
def test_nothing_is_cut_off_when_it_is_narrow_or_the_text_is_large(jokes, width, size):
    """At 320 pixels, and with text at 200 %, everything is inside, with nothing to scroll for."""
    jokes.button("Draw 100 times").click()
    expect(jokes.status).to_contain_text("Drew 100")
    jokes.button("▸ Call details").click()
    jokes.in_row(0, "Reasoning").click()
    jokes.root.evaluate(
        "(node, [width, size]) => { node.parentElement.style.width = `${width}px`;"
        " node.style.fontSize = `${size}px`; }",
        [width, size],
    )
    jokes.page.wait_for_timeout(100)
    assert jokes.page.evaluate(OUTSIDE) == []
    assert jokes.page.evaluate(TALL) <= 1
    size_now = jokes.rows.last.locator(".vsw-text").evaluate("n => getComputedStyle(n).fontSize")
    assert size_now == f"{size}px"


def test_stillness_is_respected(jokes):
    """Who asked for less motion gets the tally at once, and nothing that moves."""
    jokes.page.emulate_media(reduced_motion="reduce")
    try:
        jokes.button("Draw 100 times").click()
        expect(jokes.status).to_have_text("Drew 100: 100 draws in all.")
        moving = "() => document.querySelector('.vsw').getAnimations({subtree: true}).length"
        assert jokes.page.evaluate(moving) == 0
    finally:
        jokes.page.emulate_media(reduced_motion="no-preference")


def test_the_tally_is_seen_to_grow(jokes):
    """Otherwise a hundred draws come one after the other, so that a class sees sampling happen."""
    jokes.button("Draw 100 times").click()
    totals = set()
    for _ in range(200):
        said = jokes.rows.first.locator(".vsw-drawn").inner_text()
        totals.add(said.partition(" of ")[2].partition(" ")[0])
        if "100" in totals:
            break
        jokes.page.wait_for_timeout(10)
    assert len(totals - {""}) > 5


def test_arrivals_and_draws_are_announced(jokes):
    """Live regions say what has come, politely; an error is an alert."""
    assert jokes.status.get_attribute("aria-live") == "polite"
    jokes.button("Ask again").click()
    expect(jokes.status).to_have_text("3 candidates arrived.")
    expect(jokes.root.locator(".vsw-trouble")).to_have_attribute("role", "alert")


def test_the_widget_works_while_a_cell_runs(jokes):
    """A long cell does not hold the draws: they come now, or are said to come when it ends."""
    kernel = jokes.notebook.kernel
    kernel.execute("import time; time.sleep(2.5)", store_history=False)
    jokes.page.wait_for_timeout(200)
    jokes.button("Draw").click()
    waiting = jokes.root.get_by_text("the kernel is busy with a cell")
    expect(jokes.status.or_(waiting).filter(has_text=re.compile("Drew|busy")).first).to_be_visible()
    expect(jokes.status).to_contain_text("Drew")
    expect(waiting).to_be_hidden()
    assert jokes.kernel("w.draws['total']") == 1


def test_the_users_variables_may_go(jokes):
    """The widget holds its own snapshot: with every name deleted it still draws and asks."""
    jokes.kernel("[globals().pop(name, None) is None for name in ('w', 'show', 'jokes')]")
    jokes.button("Draw").click()
    expect(jokes.status).to_contain_text("Drew")
    jokes.button("Ask again").click()
    jokes.expect_texts([text for text, _ in scenes.TEA])


def test_two_views_of_one_widget_agree(lab):
    """Shown twice, both views follow the kernel; an export comes once, where it was asked for."""
    seen = Seen(lab, "show(scenes.jokes())")
    lab.run("display(w); display(w)")
    first, second = (seen.page.locator(".vsw").nth(i) for i in (0, 1))
    expect(second).to_be_visible()
    first.locator(".vsw-row").first.get_by_role("button", name="Pin").click()
    expect(second.locator(".vsw-row").first.get_by_role("button", name="Pinned")).to_be_visible()
    downloads = []

    def note(download):
        downloads.append(download)

    seen.page.on("download", note)
    second.get_by_role("button", name="Download").click()
    expect(second.locator(".vsw-say").first).to_contain_text("Downloaded")
    seen.page.wait_for_timeout(200)
    assert len(downloads) == 1


def test_a_long_list_has_a_window_of_its_own(lab):
    """Two hundred candidates scroll inside the widget; a drawn one is brought into sight."""
    seen = Seen(lab, "show(scenes.many(200))")
    expect(seen.root.locator(".vsw-row")).to_have_count(200)
    assert seen.root.bounding_box()["height"] < 1000
    seen.page.emulate_media(reduced_motion="reduce")
    for _ in range(3):
        seen.button("Draw").click()
        lit = seen.root.locator(".vsw-row.vsw-on")
        expect(lit).to_be_in_viewport()
        window, row = seen.root.locator(".vsw-list").bounding_box(), lit.bounding_box()
        assert window["y"] - 1 <= row["y"] < window["y"] + window["height"]
    seen.page.emulate_media(reduced_motion="no-preference")


def test_failed_calls_are_rows_that_say_why(lab):
    """A failed call is told apart, is readable, and can be neither drawn nor pinned."""
    seen = Seen(lab, "show(scenes.states())")
    failed = seen.root.locator(".vsw-failed")
    expect(failed).to_contain_text("failed")
    expect(failed).to_contain_text("the endpoint refused the call: try again later")
    expect(failed.get_by_role("button", name="Pin")).to_be_hidden()
    seen.button("Draw 100 times").click()
    expect(seen.status).to_contain_text("Drew 100")
    assert seen.kernel("'1.20' in w.draws['counts']") is False


def test_a_page_that_is_loaded_again_finds_the_widget_as_it_was(server, browser):
    """Pins, tally, history and the way of looking are the kernel's: a reload loses none."""
    context = browser.new_context(viewport={"width": 1200, "height": 1400})
    notebook = Notebook(context.new_page(), server, "lab", "again.ipynb")
    seen = Seen(notebook, "show(scenes.jokes())")
    seen.in_row(1, "Pin").click()
    expect(seen.in_row(1, "Pinned")).to_be_visible()
    seen.root.get_by_label("sort by").select_option("length")
    seen.in_kernel("w.look.get('sort')", "length")
    notebook.page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    notebook.page.reload()
    expect(seen.root).to_be_visible(timeout=60_000)
    seen.expect_texts(sorted((t for t, _ in scenes.JOKES), key=len))
    expect(seen.root.get_by_role("button", name="Pinned")).to_have_count(1)
    notebook.close()
    context.close()


def test_a_saved_notebook_shows_its_widget_without_its_kernel(server, browser):
    """Reopened, the candidates are there to be read and sorted; what needs Python says so."""
    source = f"{SHOW}\nshow(scenes.jokes())"
    saved = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    environment = {**os.environ, "PYTHONPATH": str(Path(scenes.__file__).parent)}
    NotebookClient(saved, timeout=60).execute(env=environment)
    nbformat.write(saved, server.root / "saved.ipynb")
    context = browser.new_context(viewport={"width": 1200, "height": 1400})
    notebook = Notebook(context.new_page(), server, "lab", "saved.ipynb")
    page, root = notebook.page, notebook.page.locator(".vsw")
    page.evaluate("() => void jupyterapp.commands.execute('notebook:trust')")
    page.get_by_role("dialog").get_by_role("button", name="Trust").click()
    page.wait_for_timeout(500)
    page.reload()
    expect(root).to_be_visible(timeout=60_000)
    root.get_by_label("sort by").select_option("length")
    shortest = min((text for text, _ in scenes.JOKES), key=len)
    expect(root.locator(".vsw-row").first).to_contain_text(shortest)
    page.wait_for_timeout(1000)
    expect(root.get_by_text("No answer yet")).to_be_hidden()
    root.get_by_role("button", name="Draw", exact=True).click()
    expect(root.get_by_text("No answer yet")).to_be_visible()
    notebook.close()
    context.close()

"""What a person sees of a `%%vs` cell in JupyterLab and Notebook 7: the widget or the table."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.jupyter import Notebook, Server


@pytest.fixture(scope="module", params=["lab", "notebook"])
def fresh(request: pytest.FixtureRequest, server: Server, browser: Browser) -> Iterator[Notebook]:
    """An open notebook with the extension loaded."""
    page = browser.new_page()
    page.set_default_timeout(20_000)
    page.set_default_navigation_timeout(60_000)
    opened = Notebook(page, server, request.param, f"page-{request.param}.ipynb")
    opened.run("%load_ext vs_magic\n%vs_config model=simulated/aligned")
    yield opened
    opened.close()
    page.close()


def widget(page: Page) -> Locator:
    """The living widget."""
    return page.locator("[class*='vs-'][class*='-live']")


def table(page: Page) -> Locator:
    """The static view's table."""
    return page.locator(".jp-OutputArea-output table")


def end_kernel(server: Server, name: str) -> None:
    """End a notebook's kernel, as closing the browser for the day does in the end."""
    for session in server.api("sessions"):
        if session["path"] == name:
            request = urllib.request.Request(
                f"{server.url}api/sessions/{session['id']}",
                headers={"Authorization": f"token {server.token}"},
                method="DELETE",
            )
            urllib.request.urlopen(request, timeout=20).close()


def test_static_shows_the_table_alone(fresh):
    """`--display static` puts one table on the page, and nothing beside it."""
    fresh.run("%%vs -k 3 --display static\nRoll a die.")
    expect(table(fresh.page)).to_be_visible()
    expect(widget(fresh.page)).to_have_count(0)


def test_a_bound_name_shows_the_same_and_follows_the_widget(fresh):
    """With `NAME <<` the widget re-binds the name when it asks again."""
    fresh.run("%%vs faces << -k 2\nRoll a die.")
    page = fresh.page
    expect(widget(page)).to_be_visible(timeout=30_000)
    expect(table(page)).to_be_hidden()
    assert fresh.value("len(faces)") == 2
    widget(page).get_by_label("k", exact=True).fill("4")
    widget(page).get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("faces now holds")).to_be_visible(timeout=30_000)
    assert fresh.value("len(faces)") == 4


def test_the_widget_or_the_table_is_on_the_page(fresh, server):
    """Live, the widget stands alone; reopened without its kernel, the table does, and no error.

    It comes last: the kernel is gone with it.
    """
    page = fresh.page
    fresh.run("%%vs -k 3\nRoll a die.")
    expect(widget(page)).to_be_visible(timeout=30_000)
    expect(table(page)).to_have_count(1)
    expect(table(page)).to_be_hidden()
    page.evaluate("() => jupyterapp.shell.currentWidget.context.save()")
    end_kernel(server, fresh.name)
    page.reload()
    expect(table(page)).to_be_visible(timeout=60_000)
    expect(widget(page)).to_have_count(0)
    expect(page.get_by_text("Error displaying widget")).to_be_hidden()

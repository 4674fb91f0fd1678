"""One server, one browser, one open notebook for JupyterLab and one for Notebook 7.

A test runs its own code in the notebook's one cell, uses the widget that comes out as a person
would, and reads what the page shows and what the kernel holds.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))  # the screenshots' scenes are the tests' too

from tests.browser.jupyter import Notebook, Server, launch, serving
from tests.browser.screenshots import SHOW

expect.set_options(timeout=10_000)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Jupyter server of the tests' own."""
    with serving(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A headless Chromium; it ends before other folders' asynchronous tests begin."""
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture(scope="package")
def opened(server: Server, browser: Browser) -> Iterator[Callable[[str], Notebook]]:
    """Open a notebook in an application, once: the page stays for all tests of this process."""
    with contextlib.ExitStack() as pages:
        yield functools.cache(lambda app: pages.enter_context(_open(app, server, browser)))


@pytest.fixture(params=["lab", "notebook"])
def notebook(request: pytest.FixtureRequest, opened: Callable[[str], Notebook]) -> Notebook:
    """A notebook, open in JupyterLab and in Notebook 7, that may use the clipboard."""
    return opened(request.param)


@pytest.fixture
def lab(opened: Callable[[str], Notebook]) -> Notebook:
    """A notebook in JupyterLab, for what does not depend on the application."""
    return opened("lab")


@contextlib.contextmanager
def _open(app: str, server: Server, browser: Browser) -> Iterator[Notebook]:
    context = browser.new_context(viewport={"width": 1200, "height": 1400})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.set_default_navigation_timeout(60_000)
    notebook = Notebook(page, server, app, f"{app}.ipynb")
    wrong: list[str] = []  # from here on: Notebook 7.6 itself raises one while it loads
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield notebook
    notebook.close()
    context.close()
    assert not wrong, f"the page raised: {wrong}"


class Seen:
    """The widget on the page, as a person sees it, and the kernel behind it."""

    def __init__(self, notebook: Notebook, code: str | None = None) -> None:
        self.notebook, self.page = notebook, notebook.page
        if code is not None:
            notebook.run(f"{SHOW}\n{code}")
        self.root = self.page.locator(".vsw")
        expect(self.root).to_have_count(1)
        self.rows = self.root.locator(".vsw-list > .vsw-row:visible")
        self.status = self.root.locator(".vsw-say").first

    def button(self, name: str) -> Locator:
        """The button of that name, outside the rows."""
        return self.root.get_by_role("button", name=name, exact=True)

    def in_row(self, row: int, name: str) -> Locator:
        """A button of a row."""
        return self.rows.nth(row).get_by_role("button", name=name, exact=True)

    def texts(self) -> list[str]:
        """The texts on display, from top to bottom."""
        return [t.strip() for t in self.rows.locator(".vsw-body > .vsw-text").all_inner_texts()]

    def expect_texts(self, texts: list[str]) -> None:
        """Wait until these texts are on display, in this order."""
        expect(self.rows.locator(".vsw-body > .vsw-text")).to_have_text(texts)

    def kernel(self, expression: str) -> Any:
        """What an expression is in the kernel."""
        return self.notebook.value(expression)

    def clipboard(self) -> str:
        """What was copied."""
        return str(self.page.evaluate("() => navigator.clipboard.readText()"))

    def in_kernel(self, expression: str, wanted: Any) -> None:
        """Wait until an expression has a value in the kernel."""
        for _ in range(50):
            value = self.kernel(expression)
            if value == wanted:
                return
            self.page.wait_for_timeout(50)
        assert value == wanted


class Mouse:
    """Hands on a mouse."""

    name = "mouse"

    def press(self, target: Locator) -> None:
        """Press a button."""
        target.click()

    def choose(self, target: Locator, value: str) -> None:
        """Choose from a list."""
        target.select_option(value)

    def type(self, target: Locator, text: str) -> None:
        """Put text into a field."""
        target.click()
        target.fill(text)

    def tick(self, target: Locator) -> None:
        """Tick a box."""
        target.check()

    def slide(self, target: Locator, stops: int) -> None:
        """Move a slider from its right end to a number of stops from its left."""
        box = target.bounding_box()
        assert box
        most = int(target.get_attribute("max") or "1")
        thumb = 16
        x = thumb / 2 + (box["width"] - thumb) * stops / most
        target.click(position={"x": x, "y": box["height"] / 2})


class Keyboard:
    """Hands on a keyboard alone."""

    name = "keyboard"

    def reach(self, target: Locator) -> None:
        """Put the focus on a control that is there to be seen."""
        expect(target).to_be_visible()
        target.focus()
        expect(target).to_be_focused()

    def press(self, target: Locator) -> None:
        """Press a button."""
        self.reach(target)
        target.press("Enter")

    def choose(self, target: Locator, value: str) -> None:
        """Choose from a list with the arrow keys."""
        self.reach(target)
        values = [o.get_attribute("value") for o in target.locator("option").all()]
        steps = values.index(value) - values.index(target.input_value())
        for _ in range(abs(steps)):
            target.press("ArrowDown" if steps > 0 else "ArrowUp")
        assert target.input_value() == value

    def type(self, target: Locator, text: str) -> None:
        """Put text into a field."""
        self.reach(target)
        target.press("ControlOrMeta+a")
        target.press("Delete")
        target.press_sequentially(text)

    def tick(self, target: Locator) -> None:
        """Tick a box."""
        self.reach(target)
        target.press(" ")

    def slide(self, target: Locator, stops: int) -> None:
        """Move a slider."""
        self.reach(target)
        target.press("Home")
        for _ in range(stops):
            target.press("ArrowRight")


@pytest.fixture(params=[Mouse, Keyboard], ids=["mouse", "keyboard"])
def hands(request: pytest.FixtureRequest) -> Mouse | Keyboard:
    """Two ways to use a control; every test that takes it is done in both."""
    return request.param()

"""The README's picture: a cell that asked the real local model, in a real JupyterLab.

    python -m tests.browser.real_picture

It writes docs/images/quickstart-light.png and quickstart-dark.png. Nothing in them is made up: the
candidates are what the model answered under the seed that stands in the cell.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.jupyter import Notebook, launch, serving

CELL = """%%vs -k 5 --temperature 0.7 --seed 2 --model local/qwen2.5-coder-1.5b --timeout 600
Name a US state. Only the name."""
IMAGES = Path(__file__).parents[2] / "docs" / "images"
PATIENCE_MS = 600_000


def main() -> None:
    """Take both pictures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1180, "height": 1250})
        page.set_default_timeout(PATIENCE_MS)
        notebook = Notebook(page, server, "lab", "picture.ipynb")
        notebook.run("%load_ext vs_magic")
        notebook.run(CELL)
        page.locator(".vsw-again").wait_for()
        page.get_by_role("button", name="Draw 100 times").click()
        page.get_by_text("Drew 100").wait_for()
        for theme in ("light", "dark"):
            notebook.theme(theme)
            page.locator("#jupyterlab-splash").wait_for(state="detached")
            page.mouse.move(2, 2)
            page.locator(".jp-Notebook .jp-Cell").first.screenshot(
                path=IMAGES / f"quickstart-{theme}.png"
            )
        notebook.close()
        browser.close()


if __name__ == "__main__":
    main()

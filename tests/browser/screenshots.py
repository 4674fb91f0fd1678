"""Pictures of the widget in a real JupyterLab: light and dark, wide and narrow.

Run as `python -m tests.browser.screenshots [folder]` (default: docs/images).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.jupyter import Notebook, launch, serving

SIZES = {"wide": 1124, "narrow": 640}
SHOW = """
import scenes
from vs_magic.view.widget import CandidateWidget

def show(shown, **more):
    global w
    w = CandidateWidget(shown, estimate=scenes.price, name="jokes", methods=scenes.METHODS,
        rebind=lambda frame: globals().__setitem__("jokes", frame),
        **{"ask": scenes.Asker(), **more})
    display(w)
"""


def drawn(notebook: Notebook, page: Page) -> None:
    """Five jokes after 101 draws."""
    notebook.run(f"{SHOW}\nshow(scenes.jokes())")
    page.locator(".vsw-again").wait_for()
    page.get_by_role("button", name="Draw 100 times").click()
    page.get_by_text("Drew 100").wait_for()
    page.get_by_role("button", name="Draw", exact=True).click()
    page.get_by_text("of 101.").wait_for()


def tail(notebook: Notebook, page: Page) -> None:
    """Twenty candidates, the tail picked out, two pinned, two asks."""
    notebook.run(f"{SHOW}\nshow(scenes.states(), ask=scenes.Asker(pause=0))")
    page.locator(".vsw-row .vsw-acts").get_by_role("button", name="Pin").first.click()
    page.get_by_label("tail", exact=True).fill("5")
    page.locator(".vsw-tailgroup output", has_text="below").wait_for()


def trouble(notebook: Notebook, page: Page) -> None:
    """An ask that failed after some candidates, with the curtain lifted."""
    notebook.run(
        f"{SHOW}\nfrom vs_magic.errors import ModelError\n"
        "show(scenes.jokes(reasoning='Puns first: mugged, depresso, Hebrews.'), ask=scenes.Asker("
        "scenes.TEA[:2], fails=ModelError('gpt-4.1: rate limit reached; try again in 20 s')))"
    )
    page.get_by_role("button", name="Ask again").click()
    page.locator(".vsw-trouble").wait_for()
    page.get_by_role("button", name="Behind the curtain").click()
    page.get_by_text("the raw reply").wait_for()


SCENES = {"draws": drawn, "tail": tail, "trouble": trouble}


def main(folder: Path, only: str = "") -> None:
    """Take every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as temporary,
        serving(Path(temporary)) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        for size, width in SIZES.items():
            page = browser.new_page(
                viewport={"width": width, "height": 1500}, device_scale_factor=1.5
            )
            notebook = Notebook(page, server, "lab", f"{size}.ipynb")
            for scene, prepare in SCENES.items():
                if only and only not in scene:
                    continue
                notebook.theme("light")
                prepare(notebook, page)
                for theme in ("light", "dark"):
                    notebook.theme(theme)
                    page.locator(f".vsw[data-theme={theme}]").wait_for()
                    page.mouse.move(0, 0)
                    page.wait_for_timeout(400)
                    path = folder / f"widget-{scene}-{theme}-{size}.png"
                    page.locator(".vsw").screenshot(path=path)
                    sys.stdout.write(f"{path}\n")
            notebook.close()
            page.close()
        browser.close()


if __name__ == "__main__":
    arguments = [*sys.argv[1:], "", ""]
    main(Path(arguments[0] or Path(__file__).parents[2] / "docs" / "images"), arguments[1])

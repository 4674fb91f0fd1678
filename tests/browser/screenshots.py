"""Pictures of the widget in a real JupyterLab: light and dark, wide and narrow.

The first ones show what the real local model answers (`vs-magic fetch local/qwen2.5-coder-1.5b`);
the tail and the trouble are made-up scenes, since no real model fails on demand.

Run as `python -m tests.browser.screenshots` for those that the documentation shows, into
docs/images; with a folder, every picture goes there.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.jupyter import Notebook, launch, serving

MODEL = "local/qwen2.5-coder-1.5b"
TASK = "Suggest a name for a coffee shop."
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
    """A real answer of the real local model, after 101 draws."""
    notebook.run("%load_ext vs_magic")
    notebook.run(
        f"%%vs --model {MODEL} -k 6 --seed 1 --temperature 0.7 --timeout 900 -o names\n{TASK}"
    )
    page.locator(".vsw-price", has_text="free").wait_for(timeout=900_000)
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
    """An ask that failed after some candidates, with the call details open."""
    notebook.run(
        f"{SHOW}\nfrom vs_magic.errors import ModelError\n"
        "show(scenes.jokes(reasoning='Puns first: mugged, depresso, Hebrews.'), ask=scenes.Asker("
        "scenes.TEA[:2], fails=ModelError('gpt-4.1: rate limit reached; try again in 20 s')))"
    )
    page.get_by_role("button", name="Ask again").click()
    page.locator(".vsw-trouble").wait_for()
    page.get_by_role("button", name="Call details").click()
    page.get_by_text("the raw reply").wait_for()


SHOWN = {
    *(f"widget-draws-{t}-{size}.png" for t in ("light", "dark") for size in SIZES),
    "widget-tail-dark-wide.png",
    "widget-trouble-light-wide.png",
}
SCENES = {"draws": drawn, "tail": tail, "trouble": trouble}


def main(folder: Path, *, everything: bool) -> None:
    """Take the pictures that the documentation shows, or every one."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as temporary,
        serving(Path(temporary)) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        for size, width in SIZES.items():
            view = {"width": width, "height": 1500}
            page = browser.new_page(viewport=view, device_scale_factor=1.25)
            notebook = Notebook(page, server, "lab", f"{size}.ipynb")
            for scene, prepare in SCENES.items():
                names = {t: f"widget-{scene}-{t}-{size}.png" for t in ("light", "dark")}
                wanted = {t: n for t, n in names.items() if everything or n in SHOWN}
                if wanted:
                    notebook.theme("light")
                    prepare(notebook, page)
                for theme, name in wanted.items():
                    _take(notebook, theme, folder / name)
            notebook.close()
            page.close()
        browser.close()


def _take(notebook: Notebook, theme: str, path: Path) -> None:
    page = notebook.page
    notebook.theme(theme)
    page.locator(f".vsw[data-theme={theme}]").wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
    page.locator(".vsw").screenshot(path=path)
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]), everything=True)
    else:
        main(Path(__file__).parents[2] / "docs" / "images", everything=False)

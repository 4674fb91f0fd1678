"""How quick the candidate widget is in a real JupyterLab, beside an ipywidgets VBox of its rows.

Run as `python -m benchmarks.widget [rows]` (default: 200). Milliseconds, median of five.

view     widget.js alone, in the page: from `render` to the laid-out list
sort     from choosing another order to the laid-out list
shown    from running the cell to every row painted, the kernel's and the wire's share included
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.jupyter import Notebook, launch, serving

ROUNDS = 5
WIDGET = """
import scenes
from vs_magic.view.widget import CandidateWidget
w = CandidateWidget(scenes.many({rows}))
"""
BOX = """
import ipywidgets as ui
shown = scenes.many({rows})
def row(r):
    bar = ui.FloatProgress(value=r.probability, min=0, max=1, layout=dict(width="140px"))
    text = ui.HTML("<div></div>")
    text.value = __import__("html").escape(r.text)
    buttons = [ui.Button(description=name, layout=dict(width="70px")) for name in ("Copy", "Pin")]
    numbers = ui.Label(f"{{r.probability:.2f}} weight {{r.weight:.0%}}")
    return ui.HBox([numbers, bar, text, *buttons])
def box():
    return ui.VBox([row(r) for r in shown.frame.itertuples()])
"""
VIEW = """
async ({state, code, rounds}) => {
    const url = URL.createObjectURL(new Blob([code], {type: 'text/javascript'}));
    const {render} = (await import(url)).default;
    const model = {get: name => state[name], on() {}, off() {}, send() {}};
    const times = {view: [], sort: []};
    for (let i = 0; i < rounds; i += 1) {
        const el = document.createElement('div');
        document.querySelector('.jp-OutputArea-output').append(el);
        await new Promise(requestAnimationFrame);
        let begun = performance.now();
        const end = render({model, el});
        el.querySelector('.vsw-list').getBoundingClientRect();
        el.offsetHeight;
        times.view.push(performance.now() - begun);
        const sort = el.querySelector('select');
        for (const order of ['length', 'order', 'probability']) {
            sort.value = order;
            begun = performance.now();
            sort.dispatchEvent(new Event('change'));
            el.offsetHeight;
            times.sort.push(performance.now() - begun);
        }
        end();
        el.remove();
    }
    return times;
}
"""
SHOWN = """
async ({code, selector, rows}) => {
    const panel = jupyterapp.shell.currentWidget;
    panel.content.activeCell.model.sharedModel.setSource(code);
    const begun = performance.now();
    jupyterapp.commands.execute('notebook:run-cell');
    for (;;) {
        await new Promise(requestAnimationFrame);
        if (document.querySelectorAll(selector).length >= rows) break;
        if (performance.now() - begun > 60000) return null;
    }
    await new Promise(requestAnimationFrame);
    return performance.now() - begun;
}
"""


def main(rows: int) -> None:
    """Measure and print."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        notebook = Notebook(page, server, "lab", "bench.ipynb")
        notebook.run(WIDGET.format(rows=rows) + "display(w)")
        page.locator(".vsw").wait_for()
        names = ("rows", "about", "draws", "past", "pins", "kept", "controls", "asking", "look")
        state = {name: notebook.value(f"w.{name}") for name in names}
        code = notebook.value("w._esm")
        times = page.evaluate(VIEW, {"state": state, "code": code, "rounds": ROUNDS})
        ours, box = (_shown(notebook, rows, kind) for kind in ("widget", "box"))
        size = notebook.value("len(str(w.get_state()))")
        notebook.close()
        browser.close()
    ratio = statistics.median(box) / statistics.median(ours)
    print(f"{rows} candidates, milliseconds: median of {ROUNDS} (best)")
    print(f"  view   {_told(times['view'])}   the widget's own code and layout")
    print(f"  sort   {_told(times['sort'])}")
    print(f"  shown  {_told(ours)}   from running the cell to every row painted")
    print(f"  shown  {_told(box)}   an ipywidgets VBox of the same rows: {ratio:.0f} times as long")
    print(f"  saved  {size / 1000:.0f} kB, of which {len(code) / 1000:.0f} kB are the view's code")


def _told(times: list[float]) -> str:
    return f"{statistics.median(times):8.0f} ({min(times):.0f})"


def _shown(notebook: Notebook, rows: int, kind: str) -> list[float]:
    """Return the times from running a cell to every row painted."""
    if kind == "widget":
        code, selector = f"display(CandidateWidget(scenes.many({rows})))", ".vsw-row"
    else:
        notebook.run(BOX.format(rows=rows))
        code, selector = "display(box())", ".widget-vbox > .widget-hbox"
    times: list[float] = []
    for _ in range(ROUNDS):
        notebook.run("pass")
        wanted = {"code": code, "selector": selector, "rows": rows}
        times.append(notebook.page.evaluate(SHOWN, wanted))
    return times


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)

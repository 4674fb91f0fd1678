"""The notebooks as a class runs them: opened in JupyterLab, every cell, and the page looked at."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.jupyter import Notebook, Server

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = [path.stem for path in sorted(NOTEBOOKS.glob("0[0-3]_*.ipynb"))]
CHART = "application/vnd.vegalite.v5+json"
WIDGET = "application/vnd.jupyter.widget-view+json"

RUN_ALL = """async () => {
    const panel = jupyterapp.shell.currentWidget;
    await panel.context.ready;
    for (const cell of panel.content.model.cells)
        if (cell.type === 'code') cell.sharedModel.setOutputs([]);
    return await jupyterapp.commands.execute('notebook:run-all-cells');
}"""
CELLS = """() => Array.from(jupyterapp.shell.currentWidget.content.model.cells, cell => ({
    id: cell.id, type: cell.type, source: cell.sharedModel.source,
    folded: cell.getMetadata('jupyter')?.source_hidden ?? false,
    outputs: cell.type === 'code' ? cell.outputs.toJSON() : [],
    count: cell.type === 'code' ? cell.executionCount : null}))"""
SEEN = """async at => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = at;
    await notebook.scrollToItem(at, 'start');
    const node = notebook.widgets[at].node;
    node.scrollIntoView();
    const shown = element => element.getClientRects().length > 0;
    const charts = () => [...node.querySelectorAll('.vega-embed svg.marks')];
    const widgets = () => [...node.querySelectorAll('.vsw, .vst')].filter(shown);
    const late = () => charts().length < CHARTS[at] || widgets().length < WIDGETS[at];
    for (let i = 0; i < 100 && late(); i++) await new Promise(done => setTimeout(done, 100));
    const over = [...node.querySelectorAll('.jp-OutputArea-output')].filter(shown)
        .filter(out => out.scrollWidth > out.clientWidth + 2).length;
    return {
        charts: charts().map(svg => ({
            width: svg.getBoundingClientRect().width,
            marks: svg.querySelectorAll('.mark-rect path, .mark-symbol path, .mark-rule line, '
                + '.mark-line path').length,
            broken: [...svg.querySelectorAll('text')].filter(t => /NaN|undefined|null/
                .test(t.textContent)).length})),
        widgets: widgets().length,
        code: [...node.querySelectorAll('.cm-content')].filter(shown).length,
        text: node.innerText, over};
}"""
BAD = ("Error displaying", "Javascript Error", "Traceback", "UsageError", "Failed to load model")


class Lesson:
    """A notebook that was run from top to bottom, and its page."""

    def __init__(self, notebook: Notebook) -> None:
        self.page = notebook.page
        self.done = self.page.evaluate(RUN_ALL)
        self.cells: list[dict[str, Any]] = self.page.evaluate(CELLS)

    def held(self, mime: str) -> list[int]:
        """How many outputs of a kind each cell holds."""
        return [sum(mime in o.get("data", {}) for o in cell["outputs"]) for cell in self.cells]

    def seen(self) -> list[dict[str, Any]]:
        """What the page shows of each cell, once it is in sight and drawn."""
        code = SEEN.replace("CHARTS", json.dumps(self.held(CHART)))
        code = code.replace("WIDGETS", json.dumps(self.held(WIDGET)))
        return [self.page.evaluate(code, at) for at in range(len(self.cells))]


def open_copy(page: Page, server: Server, stem: str) -> Notebook:
    """Copy a notebook and what lies beside it to the server, and open it in JupyterLab.

    The quickstart asks a model live: here the simulated one.
    """
    folder = server.root / "lessons"
    if not folder.exists():
        shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        start = folder / "00_quickstart.ipynb"
        load, quick = (
            "%load_ext vs_magic",
            r"%load_ext vs_magic\n%vs_config model=simulated/aligned",
        )
        text = start.read_text(encoding="utf-8")
        assert text.count(f'"{load}"') == 1
        start.write_text(text.replace(load, quick, 1), encoding="utf-8")
    return Notebook(page, server, "lab", f"lessons/{stem}.ipynb")


@pytest.fixture(scope="module", params=LESSONS)
def lesson(
    request: pytest.FixtureRequest, server: Server, browser: Browser
) -> Iterator[tuple[Lesson, list[dict[str, Any]]]]:
    """A lesson and what its page shows; the page raised nothing."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(20_000)
    wrong: list[str] = []
    notebook = open_copy(page, server, request.param)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    found = Lesson(notebook)
    yield found, found.seen()
    notebook.close()
    page.close()
    assert not wrong, f"the page raised: {wrong}"


@pytest.mark.timeout(300)
def test_every_cell_runs(lesson):
    """Run all: each code cell was run, in order, and none shows an error."""
    found, seen = lesson
    assert found.done is True
    code = [cell for cell in found.cells if cell["type"] == "code"]
    assert [cell["count"] for cell in code] == list(range(1, len(code) + 1))
    errors = [o for cell in code for o in cell["outputs"] if o["output_type"] == "error"]
    assert not errors
    for cell, look in zip(found.cells, seen, strict=True):
        shown = look["text"].replace(cell["source"], "")
        assert not [bad for bad in BAD if bad in shown], cell["source"]


@pytest.mark.timeout(300)
def test_every_chart_is_drawn(lesson):
    """Each chart that a cell holds is on the page: as wide as a chart, with marks, without NaN."""
    found, seen = lesson
    for cell, held, look in zip(found.cells, found.held(CHART), seen, strict=True):
        assert len(look["charts"]) == held, cell["source"]
        for chart in look["charts"]:
            assert chart["width"] > 250, cell["source"]
            assert chart["marks"] > 1, cell["source"]
            assert chart["broken"] == 0, cell["source"]


@pytest.mark.timeout(300)
def test_every_widget_is_alive(lesson):
    """Each widget that a cell holds is on the page, in place of its still view."""
    found, seen = lesson
    for cell, held, look in zip(found.cells, found.held(WIDGET), seen, strict=True):
        assert look["widgets"] == held, cell["source"]


@pytest.mark.timeout(300)
def test_nothing_runs_over(lesson):
    """At 1280 pixels no output has to be scrolled sideways."""
    found, seen = lesson
    wide = [cell["source"] for cell, look in zip(found.cells, seen, strict=True) if look["over"]]
    assert not wide


@pytest.mark.timeout(300)
def test_solutions_stay_folded(lesson):
    """A solution's code is hidden until somebody opens it, also after the whole notebook ran."""
    found, seen = lesson
    for cell, look in zip(found.cells, seen, strict=True):
        if cell["type"] == "code":
            assert look["code"] == (not cell["folded"]), cell["source"]

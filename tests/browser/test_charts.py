"""Charts on a live page."""

from __future__ import annotations

import pytest

from tests.browser.jupyter import Notebook

COMPARE = """%load_ext vs_magic
import vs_magic as vs
found = vs.compare("Name a US state.", model="simulated/aligned", n=30, seed=1)
"""
OVER = """() => {
    const charts = [...document.querySelectorAll('.vega-embed svg.marks')];
    const room = svg => svg.closest('.jp-OutputArea').getBoundingClientRect().right;
    return charts.map(svg => svg.getBoundingClientRect().right - room(svg));
}"""


@pytest.mark.parametrize("shown", ["found", "found.chart()"])
def test_a_chart_is_no_wider_than_its_page(notebook: Notebook, shown: str) -> None:
    """On a page 600 pixels wide, nothing of a comparison or of a chart alone is cut off."""
    page, own = notebook.page, notebook.page.viewport_size
    page.set_viewport_size({"width": 600, "height": 1000})
    try:
        notebook.run(COMPARE + shown)
        page.wait_for_function("() => document.querySelector('.vega-embed svg.marks')")
        over = page.evaluate(OVER)
    finally:
        page.set_viewport_size(own)
    assert len(over) == 1
    assert over[0] <= 0

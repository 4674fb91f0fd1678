"""What a chart shows where: live, still, in each theme, and nothing that has to be fetched."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from tests.view.charts.frames_of import counts, summary, walk
from vs_magic.errors import OptionError
from vs_magic.view.charts.bars import bars
from vs_magic.view.charts.chart import LIVE, Chart
from vs_magic.view.charts.dots import Scale, dots
from vs_magic.view.charts.layout import Heading, Section, page

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("x")</script> \x1b[31m & ${x} \u202e'


def chart(answers=None) -> Chart:
    """Make a page of one section."""
    section = Section(
        title="What it answered",
        note="",
        drawing=bars(counts(answers or {"direct": {"4": 3}, "sequence": {"4": 1, "5": 2}})),
    )
    return Chart(page(Heading(title="Roll a die.", lines=("a · T = 1",)), [section]), "in words")


def test_a_bundle_serves_every_front_end():
    """Vega-Lite 5 for JupyterLab, an SVG for GitHub and nbconvert, words for a terminal."""
    data, metadata = chart()._repr_mimebundle_()
    assert set(data) == {LIVE, "image/svg+xml", "text/plain"}
    assert data["text/plain"] == "in words"
    assert metadata[LIVE]["embed_options"] == {"renderer": "svg", "actions": False}
    json.dumps(data, allow_nan=False)


def test_no_html_stands_in_a_bundle():
    """GitHub and an untrusted notebook would strip it, and show what is left of it."""
    data, _ = chart()._repr_mimebundle_()
    assert "text/html" not in data


def test_the_live_chart_takes_the_colours_of_its_page():
    """It follows the notebook's theme, light or dark, even while it is on the page."""
    data, _ = chart()._repr_mimebundle_()
    assert data[LIVE]["config"]["axis"]["labelColor"].startswith("var(--jp-content-font-color")
    assert data[LIVE]["background"] is None


def test_the_still_chart_has_a_transparent_ground():
    """No rectangle lies behind it; a dark page shows through."""
    root = ET.fromstring(chart().svg())
    behind = [r for r in root.iter(f"{SVG}rect") if r.get("width") == root.get("width")]
    assert all(r.get("fill") in (None, "none", "transparent") for r in behind)


def test_nothing_is_fetched():
    """The specification holds its data, and the SVG no reference to anything outside."""
    spec = chart().to_dict()
    assert all("url" not in part for part in walk(spec))
    svg = chart().svg()
    assert "href" not in svg
    assert "@import" not in svg
    assert "url(http" not in svg


def test_model_text_stays_text():
    """Markup is escaped, control characters are made visible, in the chart and in its hover."""
    made = chart({"direct": {HOSTILE: 2, "4": 1}})
    svg = made.svg()
    ET.fromstring(svg)
    assert "<script" not in svg
    spec = json.dumps(made.to_dict(), ensure_ascii=False)
    assert "\\u001b" not in spec
    assert "\u202e" not in spec
    assert "␛" in spec


def test_themes_differ_in_ink_only():
    """The same drawing, in four inks; colours of methods are the same in each."""
    made = chart()
    specs = [made.to_dict(theme) for theme in ("either", "light", "dark", "page")]
    inks = {json.dumps(spec.pop("config")) for spec in specs}
    assert len(inks) == 4
    assert all(spec == specs[0] for spec in specs)


def test_an_unknown_theme_is_named():
    """The message lists the themes that there are."""
    with pytest.raises(OptionError, match="unknown theme 'blue': one of either, light, dark, page"):
        chart().to_dict("blue")


@pytest.mark.parametrize(
    ("name", "begins"), [("a.svg", b"<svg"), ("a.png", b"\x89PNG"), ("a.json", b"{")]
)
def test_a_chart_is_saved_by_its_ending(tmp_path, name, begins):
    """SVG, PNG and the specification."""
    path = chart().save(tmp_path / name, theme="light")
    assert path.read_bytes().startswith(begins)


@pytest.mark.parametrize("name", ["a.svg", "a.png", "a.json"])
def test_a_chart_is_written_over_and_nothing_else(tmp_path, name):
    """A cell that is run again renews its chart; a file that is no chart is left alone."""
    path = tmp_path / name
    for theme in ("light", "dark"):
        chart().save(path, theme=theme)
    path.chmod(0o640)
    chart().save(path, theme="light")
    assert path.stat().st_mode & 0o777 == 0o640
    path.write_text('{"my": "notes"}')
    with pytest.raises(
        OptionError, match=rf"cannot write '.*{name}': it is there already, and was"
    ):
        chart().save(path)
    assert path.read_text() == '{"my": "notes"}'
    path.write_bytes(b"")
    assert chart().save(path, theme="light").stat().st_size > 100
    assert list(tmp_path.iterdir()) == [path]


def test_a_chart_that_cannot_be_written_is_one_line(tmp_path):
    """The message names the file and the reason."""
    with pytest.raises(OptionError, match=r"cannot write '.*none/a\.svg': No such file"):
        chart().save(tmp_path / "none" / "a.svg")


def test_an_unknown_ending_is_refused(tmp_path):
    """Nothing is written under it."""
    with pytest.raises(OptionError, match=r"saved as \.svg, \.png or \.json, not as 'a\.gif'"):
        chart().save(tmp_path / "a.gif")
    assert not list(tmp_path.iterdir())


def test_sections_begin_at_the_same_edge():
    """Titles of page and sections stand at one left edge, panels of all sections below it."""
    scales = [Scale(metric="entropy", title="Entropy", note="bits")]
    answers = {m: {"4": 3} for m in ("direct", "sequence", "vs-standard")}
    sections = [
        Section(title="One", note="", drawing=bars(counts(answers))),
        Section(title="Two", note="", drawing=dots(summary(), scales)),
    ]
    root = ET.fromstring(
        Chart(page(Heading(title="Zero", lines=()), sections), "").svg().replace("\u200b", "")
    )
    at = {}

    def visit(node, x):
        moved = node.get("transform", "")
        if moved.startswith("translate("):
            x += float(moved[len("translate(") :].split(",")[0].rstrip(")"))
        if node.tag == f"{SVG}text" and node.text in ("Zero", "One", "Two"):
            at[node.text] = x
        for child in node:
            visit(child, x)

    visit(root, 0.0)
    assert max(at.values()) - min(at.values()) <= 2.0


def test_importing_charts_imports_no_altair():
    """The extension loads quickly: altair waits for the first chart."""
    code = (
        "import sys, vs_magic.view.charts.bars, vs_magic.view.charts.chart\n"
        "assert 'altair' not in sys.modules and 'vl_convert' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

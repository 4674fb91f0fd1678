"""Model text is data: forty hostile texts, in every place, are shown as text and do nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import scenes
from tests.browser.conftest import Seen
from vs_magic.view.text import visible

MARKUP = "script, img, svg, style, link, iframe, object, embed, video, a, form, meta, base, math"


@pytest.fixture
def watched(lab):
    """A page of which every request, dialog, popup and navigation is noted."""
    page, seen = lab.page, []
    ours = lab.server.url

    def request(asked):
        if not asked.url.startswith((ours, "blob:", "data:")):
            seen.append(asked.url)

    def dialog(box):
        seen.append(f"dialog: {box.message}")
        box.dismiss()

    def popup(opened):
        seen.append(f"popup: {opened.url}")

    page.evaluate("() => { delete window.__ran; }")
    before = page.url
    for event, note in (("request", request), ("dialog", dialog), ("popup", popup)):
        page.on(event, note)
    yield lab, seen
    for event, note in (("request", request), ("dialog", dialog), ("popup", popup)):
        page.remove_listener(event, note)
    assert page.url == before


def nothing_happened(page, seen) -> None:
    """No text was run, nothing was loaded, and no markup came of any of it."""
    page.wait_for_timeout(300)
    assert seen == []
    assert page.evaluate("() => window.__ran === undefined && !({}).polluted")
    assert page.locator(".vsw").locator(MARKUP).count() == 0


def test_forty_hostile_texts_are_shown_as_text(watched):
    """Every candidate's text stands there, character for character; none is run or loaded."""
    notebook, noted = watched
    seen = Seen(notebook, "show(scenes.hostile())")
    expect(seen.rows).to_have_count(len(scenes.HOSTILE))
    seen.root.get_by_label("sort by").select_option("order")
    for row, text in enumerate(scenes.HOSTILE):
        shown = seen.rows.nth(row).locator(".vsw-body > .vsw-text")
        unfold = seen.rows.nth(row).get_by_role("button", name="Show all")
        if unfold.count() and unfold.is_visible():
            unfold.click()
            expect(shown).not_to_have_attribute("aria-busy", "true")
        wanted = visible(text)
        shown.evaluate(
            "(node, wanted) => new Promise(done => { const look = () =>"
            " node.textContent === wanted ? done() : setTimeout(look, 20); look(); })",
            wanted,
        )
    nothing_happened(seen.page, noted)


def test_every_other_place_is_as_safe(watched):
    """Task, model, note, repairs, reasoning, messages, reply and parameters are text too."""
    notebook, noted = watched
    seen = Seen(notebook, "show(scenes.hostile())")
    seen.in_row(0, "Reasoning").click()
    expect(seen.rows.first.locator(".vsw-why")).to_contain_text("<script>")
    seen.button("▸ Call details").click()
    expect(seen.root.locator(".vsw-call")).to_contain_text("<svg onload=")
    expect(seen.root.locator(".vsw-task")).to_contain_text("<script>")
    expect(seen.root.locator(".vsw-meta")).to_contain_text("<img src=x")
    expect(seen.root.locator(".vsw-note")).to_contain_text(scenes.AWAY)
    expect(seen.rows.first).to_contain_text("repair: <script>")
    nothing_happened(seen.page, noted)


def test_hostile_errors_and_prints_are_text(watched):
    """What an exception or a callback says comes from outside as well."""
    notebook, noted = watched
    seen = Seen(
        notebook,
        "from vs_magic.errors import ReplyError\n"
        "show(scenes.jokes(), ask=scenes.Asker([(None, None)], prints=scenes.HOSTILE[0], fails="
        "ReplyError(scenes.HOSTILE[1], scenes.HOSTILE[3])))",
    )
    seen.button("Ask again").click()
    expect(seen.root.get_by_role("alert")).to_contain_text("<img src=x onerror=")
    seen.root.get_by_role("alert").locator("summary").click()
    expect(seen.root.get_by_role("alert").locator("pre")).to_contain_text("<svg onload=")
    nothing_happened(seen.page, noted)


def test_using_hostile_candidates_is_safe(watched):
    """Drawing, pinning, filtering, copying and exporting them run nothing; copies are exact."""
    notebook, noted = watched
    seen = Seen(notebook, "show(scenes.hostile())")
    seen.root.get_by_label("sort by").select_option("order")
    seen.button("Draw").click()
    expect(seen.status).to_contain_text("Drew")
    seen.in_row(1, "Pin").click()
    seen.in_row(32, "Copy").click()
    expect(seen.status).to_have_text("Copied 1 candidate.")
    assert seen.clipboard() == scenes.HOSTILE[32]
    seen.button("Ask again").click()
    expect(seen.root.locator(".vsw-kept")).to_contain_text("<img src=x onerror=")
    seen.root.get_by_label("Filter the texts").fill("<img src=x onerror")
    nothing_happened(seen.page, noted)


def test_a_direction_override_stays_in_its_text(watched):
    """Right-to-left text turns its own lines at most; the controls stay where they are."""
    notebook, _ = watched
    seen = Seen(notebook, "show(scenes.hostile())")
    seen.root.get_by_label("sort by").select_option("order")
    for row in (32, 36):
        text, copy = seen.rows.nth(row).locator(".vsw-body"), seen.in_row(row, "Copy")
        assert text.bounding_box()["x"] < copy.bounding_box()["x"]
        assert copy.inner_text() == "Copy"

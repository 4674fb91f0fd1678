"""axe-core finds no violation, in light and in dark, in every state that the widget can be in."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from platformdirs import user_cache_dir
from playwright.sync_api import expect

from tests.browser.conftest import Seen

AXE = "axe-core-4.10.3"
RUN = """() => axe.run('.vsw').then(found => [
    found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html}: ${n.failureSummary}`)),
    found.passes.map(rule => rule.id)])"""
CHECKED = {"color-contrast", "button-name", "label", "list", "aria-valid-attr-value"}


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's source, fetched once from npm into the user's cache."""
    cache = Path(user_cache_dir("vs_magic")) / "tests"
    archive = cache / f"{AXE}.tgz"
    if not archive.exists():
        cache.mkdir(parents=True, exist_ok=True)
        name = AXE.replace("core-", "core@")
        subprocess.run(["npm", "pack", "--silent", name], cwd=cache, check=True, timeout=120)
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as content:
        file = content.extractfile("package/axe.min.js")
        assert file is not None
        return file.read().decode()


def at_first(seen: Seen) -> None:
    """As it comes."""


def drawn(seen: Seen) -> None:
    """After a hundred draws and one, with a pin."""
    seen.button("Draw 100 times").click()
    expect(seen.status).to_contain_text("Drew 100")
    seen.button("Draw").click()
    seen.in_row(0, "Pin").click()
    expect(seen.in_row(0, "Pinned")).to_be_visible()


def tail(seen: Seen) -> None:
    """With the tail picked out, the keys shown and the call details open."""
    seen.root.get_by_label("tail", exact=True).fill("18")
    seen.button("Keys").click()
    seen.button("▸ Call details").click()
    expect(seen.root.locator(".vsw-call")).to_contain_text("the raw reply")
    seen.in_row(0, "Reasoning").click()


def failed(seen: Seen) -> None:
    """After an ask that failed, with prints, a pin of another ask, and an impossible option."""
    seen.in_row(1, "Pin").click()
    seen.notebook.value("setattr(w._asks._ask, 'fails', RuntimeError('the endpoint is gone'))")
    seen.button("Ask again").click()
    expect(seen.root.get_by_role("alert")).to_be_visible()
    seen.root.get_by_role("alert").locator("summary").click()
    seen.root.get_by_label("below").fill("0.3")
    seen.root.get_by_label("method").select_option("direct")
    expect(seen.root.locator(".vsw-asking")).to_contain_text("states none")


def asking(seen: Seen) -> None:
    """While candidates arrive."""
    seen.notebook.value("setattr(w._asks._ask, 'pause', 2)")
    seen.button("Ask again").click()
    expect(seen.rows).to_have_count(1)
    seen.notebook.value("setattr(w._asks._ask, 'pause', 99)")


def many(seen: Seen) -> None:
    """With more candidates than colours, in a window of their own, one of them failed."""
    seen.notebook.run("show(scenes.states())")
    expect(seen.rows.first).to_contain_text("California")


def long(seen: Seen) -> None:
    """With a long task and a long text, unfolded."""
    seen.notebook.run("show(scenes.shown([(scenes.POEM * 3, .5), ('b', .5)], task=scenes.POEM))")
    seen.rows.first.get_by_role("button", name="Show all").click()
    expect(seen.in_row(0, "Fold")).to_be_visible()


@pytest.mark.parametrize("state", [at_first, drawn, tail, failed, asking, many, long])
def test_axe_finds_nothing(lab, axe, state):
    """Names, roles, contrast, focus and structure hold in this state, in both themes."""
    seen = Seen(lab, "show(scenes.jokes(reasoning='Puns first.', threshold=.75))")
    state(seen)
    seen.page.mouse.move(0, 0)
    if not seen.page.evaluate("() => Boolean(window.axe)"):
        seen.page.evaluate(axe)
    for theme in ("dark", "light"):
        lab.theme(theme)
        expect(seen.root).to_have_attribute("data-theme", theme)
        seen.page.wait_for_timeout(350)
        violations, passed = seen.page.evaluate(RUN)
        assert violations == []
        assert set(passed) >= CHECKED
    if state is asking:
        seen.button("Stop").click()


CONTRASTS = """() => {
    const light = text => {
        const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map(v => v / 255)
            .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    return [...document.querySelectorAll('.vsw-chip, .vsw-strip i')].map(node => {
        const {color, backgroundColor} = getComputedStyle(node);
        const [high, low] = [light(color), light(backgroundColor)].sort((a, b) => b - a);
        return (high + 0.05) / (low + 0.05);
    });
}"""


@pytest.mark.parametrize("scene", ["many(8)", "states()"])
def test_numbers_on_colour_can_be_read(lab, scene):
    """On every colour of strip and ranks, few candidates or many, contrast is 4.5 to 1 or more."""
    seen = Seen(lab, f"show(scenes.{scene})")
    for theme in ("dark", "light"):
        lab.theme(theme)
        expect(seen.root).to_have_attribute("data-theme", theme)
        seen.page.wait_for_timeout(350)
        contrasts = seen.page.evaluate(CONTRASTS)
        assert len(contrasts) >= 16
        assert min(contrasts) >= 4.5

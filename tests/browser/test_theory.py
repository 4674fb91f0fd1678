"""The explorer of `%vs_theory` in JupyterLab and Notebook 7: sliders by mouse and by keyboard.

What the page shows and what the kernel holds are both asserted.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessible import axe  # noqa: F401 - the fixture
from vs_magic.theory.page import ALPHAS, BETAS

LOAD = """
from vs_magic import theory
e = theory.explorer({answers!r}, alpha={alpha}, beta={beta})
e
"""
RUN = """() => axe.run('.vst').then(found => [
    found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html}: ${n.failureSummary}`)),
    found.passes.map(rule => rule.id)])"""


class Explored:
    """The explorer on the page, and the kernel behind it."""

    def __init__(self, notebook, answers="colour", alpha=0.57, beta=0.1):
        self.notebook, self.page = notebook, notebook.page
        notebook.run(LOAD.format(answers=answers, alpha=alpha, beta=beta))
        self.root = self.page.locator(".vst")
        expect(self.root).to_have_count(1)
        self.gamma = self.root.locator(".vst-formula b")
        self.rows = self.root.locator(".vst-row[data-hue]")

    def slider(self, name):
        """A slider by the name that a screen reader says."""
        return self.root.get_by_role("slider", name=name)

    def share(self, answer, column):
        """What stands in an answer's row, in a column."""
        row = self.root.get_by_role("row").filter(has=self.page.get_by_text(answer, exact=True))
        return row.first.get_by_role("cell").nth(column)

    def sample(self, column):
        """The sampled answers of a column, in order."""
        cell = self.root.locator(".vst-samples .vst-cell").nth(column)
        return [text.strip() for text in cell.locator("li").all_inner_texts()]

    def kernel(self, expression):
        """What an expression is in the kernel."""
        return self.notebook.value(expression)


@pytest.fixture
def explored(notebook):
    """Ten colours, at the paper's α."""
    return Explored(notebook)


def test_what_is_shown_is_what_the_kernel_computed(explored):
    """γ, each share, entropy and mode, and twenty answers of each."""
    expect(explored.gamma).to_have_text("6.7")
    star = explored.kernel("e.frame['pi_star'].to_dict()")
    for answer, said in (("Blue", f"{star['Blue']:.0%}"), ("Red", f"{star['Red']:.0%}")):
        expect(explored.share(answer, 1)).to_have_text(said.replace("%", " %"))
    expect(explored.share("Blue", 0)).to_have_text("26 %")
    bar = explored.share("Blue", 1).locator(".vst-bar")
    full, part = (node.bounding_box()["width"] for node in (bar, bar.locator("u")))
    assert part / full == pytest.approx(star["Blue"], abs=0.01)
    heads = explored.root.get_by_role("columnheader")
    expect(heads.nth(1)).to_contain_text("mode 26 % · 3.0 bits")
    assert explored.sample(0) == explored.kernel("list(e.scene.drawn)")
    assert explored.sample(1) == explored.kernel("list(e.scene.collapsed)")
    assert explored.sample(2) == explored.kernel("[a for one in e.scene.lists for a in one]")


def test_the_bias_slider(explored, hands):
    """Moved to no bias, the tuned model is the base model; the kernel holds the same."""
    hands.slide(explored.slider(re.compile("typicality bias")), 0)
    expect(explored.gamma).to_have_text("1")
    expect(explored.root).to_contain_text("No typicality bias")
    expect(explored.share("Blue", 1)).to_have_text("26 %")
    assert explored.kernel("e.scene.alpha") == ALPHAS[0]
    assert explored.sample(0) == explored.sample(1)


def test_the_kl_slider(explored, hands):
    """A stronger tie to the base model sharpens less."""
    before = explored.kernel("e.frame['pi_star'].max()")
    hands.slide(explored.slider(re.compile("KL weight")), 40)
    beta = BETAS[40]
    expect(explored.root.locator(".vst-formula")).to_contain_text(f"1 + 0.57 / {beta:.3g} =")
    slider = explored.slider(re.compile("KL weight"))
    expect(slider).to_have_attribute("aria-valuetext", f"{beta:.4g}")
    assert explored.kernel("e.scene.beta") == beta
    assert explored.kernel("e.frame['pi_star'].max()") < before


def test_the_ties_slider_and_which_answers_are_best(explored, hands):
    """Where few answers are best, they are marked, and which ones can be chosen."""
    which = explored.root.get_by_label("best are")
    expect(which).to_be_hidden()
    hands.slide(explored.slider(re.compile("equally good")), 4)
    expect(explored.root).to_contain_text("5 of 10 tie for the best")
    expect(explored.rows.filter(has_text="best")).to_have_count(4)
    expect(explored.rows.last).to_contain_text("2 best")
    hands.choose(which, "rare")
    expect(explored.rows.first).not_to_contain_text("best")
    expect(explored.rows.last).to_contain_text("3 best")
    expect(explored.root).to_contain_text("Another answer is the favourite now")
    assert explored.kernel("e.frame['r_true'].tolist()") == [-1] * 5 + [0] * 5


def test_the_papers_values_are_one_press_away(explored, hands):
    """A press puts α where the paper estimated it, and says so."""
    button = explored.root.get_by_role("button", name=re.compile("0.65, as estimated on HelpSteer"))
    hands.press(button)
    expect(explored.gamma).to_have_text("7.5")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert explored.kernel("e.scene.alpha") == 0.65


def test_other_answers_and_other_luck(explored, hands):
    """Another question brings its table; sampling again changes the answers, not the shares."""
    hands.choose(explored.root.get_by_label("Answers to"), "state")
    expect(explored.rows.last).to_contain_text("43 others")
    before = explored.sample(0)
    hands.press(explored.root.get_by_role("button", name="Sample again"))
    expect(explored.root.locator(".vst-samples .vst-cell").first).not_to_have_text(
        re.compile(re.escape(before[0]) + r"\s*" + re.escape(before[1]))
    )
    assert explored.kernel("e.scene.seed") == 2
    assert explored.sample(0) == explored.kernel("list(e.scene.drawn)")
    expect(explored.share("California", 0)).to_have_text("12 %")


def test_python_moves_the_page(explored):
    """`move` in the kernel shows at once, and keys on a slider do not reach the notebook."""
    explored.kernel("e.move(alpha=0.2, beta=0.2)")
    expect(explored.gamma).to_have_text("2")
    slider = explored.slider(re.compile("typicality bias"))
    expect(slider).to_have_value(str(ALPHAS.index(0.2)))
    slider.focus()
    for key in ("d", "d", "x", "ArrowRight"):
        slider.press(key)
    expect(explored.root).to_have_count(1)
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", "0.21")


def test_a_drag_ends_where_the_hand_does(explored):
    """However quickly the slider moves, the last stop counts, on the page and in the kernel."""
    slider = explored.slider(re.compile("typicality bias"))
    slider.evaluate(
        """node => { for (let at = 0; at <= 120; at += 1) {
            node.value = at; node.dispatchEvent(new Event('input', {bubbles: true}));
        } }"""
    )
    expect(explored.gamma).to_have_text("13")
    expect(slider).to_have_value("120")
    assert explored.kernel("e.scene.alpha") == 1.2


def test_the_table_stands_still_where_no_widget_lives(lab):
    """While the widget lives, the table hides; without it, the table shows the same numbers."""
    seen = Explored(lab)
    table = lab.page.locator(".jp-OutputArea table")
    expect(table).to_be_hidden()
    seen.root.evaluate("node => node.closest('.jp-OutputArea-child').remove()")
    expect(table).to_be_visible()
    expect(table).to_contain_text("88 %")


@pytest.mark.parametrize("ties", [1.0, 0.5])
@pytest.mark.parametrize("width", [1124, 640])
def test_axe_finds_nothing(lab, axe, ties, width):  # noqa: F811 - the fixture
    """Names, roles, contrast and structure hold, wide and narrow, in both themes."""
    lab.page.set_viewport_size({"width": width, "height": 1400})
    seen = Explored(lab, beta=0.5)
    seen.kernel(f"e.move(ties={ties})")
    if not seen.page.evaluate("() => Boolean(window.axe)"):
        seen.page.evaluate(axe)
    for theme in ("dark", "light"):
        lab.theme(theme)
        expect(seen.root).to_have_attribute("data-theme", theme)
        seen.page.mouse.move(0, 0)
        seen.page.wait_for_timeout(400)
        violations, passed = seen.page.evaluate(RUN)
        assert violations == []
        assert {"color-contrast", "label", "select-name"} & set(passed)
        over = seen.root.evaluate("node => node.scrollWidth - node.clientWidth")
        assert over <= 0
    lab.page.set_viewport_size({"width": 1200, "height": 1400})

"""The explorer without a browser: moved from Python and by messages, and still."""

from __future__ import annotations

import json
import re

import pytest

from vs_magic import theory
from vs_magic.errors import OptionError
from vs_magic.theory.widget import ExplorerWidget
from vs_magic.view.widget import CandidateWidget


def heard(widget):
    """What the widget sends back, from here on."""
    said = []
    widget.send = said.append
    return said


def test_messages_move_the_sliders():
    """Each kind of message moves what it names, and gets an answer with its number."""
    explorer = theory.explorer("colour")
    widget = explorer.widget
    said = heard(widget)
    for n, content in enumerate(
        [
            {"do": "slide", "name": "alpha", "at": 0},
            {"do": "slide", "name": "ties", "at": 4},
            {"do": "which", "value": "rare"},
            {"do": "sample"},
            {"do": "alpha", "value": "0.65"},
        ]
    ):
        widget._receive(widget, {**content, "n": n}, [])
    where = explorer.scene
    assert (where.alpha, where.best, where.which, where.seed) == (0.65, 5, "rare", 2)
    assert said == [{"n": n} for n in range(5)]
    assert widget.page["gamma"] == "7.5"
    widget._receive(widget, {"do": "answers", "value": "die", "n": 9}, [])
    assert widget.page["title"] == "Roll a six-sided die."
    assert widget.controls["answers"]["value"] == "die"


def test_a_slider_stays_within_its_ends():
    """A stop beyond the last one is the last one."""
    explorer = theory.explorer("colour")
    explorer.slide("alpha", 10_000)
    explorer.slide("beta", -5)
    assert (explorer.scene.alpha, explorer.scene.beta) == (2.0, 0.02)


@pytest.mark.parametrize(
    "content",
    [
        {"do": "which", "value": "worst"},
        {"do": "alpha", "value": "much"},
        {"do": "slide", "name": "gamma", "at": 1},
        {"do": "slide", "at": None},
        {"do": "answers", "value": "nothing of the kind"},
    ],
)
def test_a_bad_message_moves_nothing(content):
    """It is answered with what was wrong."""
    explorer = theory.explorer("colour")
    before, said = explorer.scene, heard(explorer.widget)
    explorer.widget._receive(explorer.widget, {**content, "n": 1}, [])
    assert explorer.scene == before
    assert said[0]["error"]


def test_what_the_view_gets_is_small_plain_json():
    """No NaN, and a page of a few kilobytes, however many answers there are."""
    widget = theory.explorer({f"answer {i}": i + 1 for i in range(5000)}).widget
    text = json.dumps([widget.page, widget.controls], allow_nan=False)
    assert len(text) < 20_000


@pytest.mark.parametrize("widget", [ExplorerWidget, CandidateWidget])
def test_both_views_are_built_on_what_they_share(widget):
    """The palette and the small tools are in each widget's files once, before its own part."""
    code = widget._esm
    for name in ("h", "say", "keepKeys", "followTheme", "isDark"):
        assert len(re.findall(rf"^function {name}\(", code, re.MULTILINE)) == 1
    assert code.count("export default") == 1
    assert widget._css.count("--h8:") == 2, "one palette for light, one for dark"
    assert (".vsw-head" in widget._css) == (widget is CandidateWidget)


def test_moving_from_python():
    """`move` checks all before it moves anything; the widget follows."""
    explorer = theory.explorer("coin", seed=4)
    explorer.move(alpha=0.2, beta=0.4, answers="die")
    assert (explorer.scene.gamma, explorer.scene.seed) == (1.5, 4)
    assert explorer.widget.page["gamma"] == "1.5"
    explorer.move(alpha=0.0)
    assert explorer.widget.page["gamma"] == "1"
    with pytest.raises(OptionError, match="unknown slider 'gamma': one of alpha"):
        explorer.move(gamma=2)
    with pytest.raises(OptionError, match="beta takes"):
        explorer.move(alpha=1.0, beta=-1)
    assert explorer.scene.alpha == 0.0


def test_the_still_views_say_the_same():
    """Text and HTML hold γ, each answer, each share, and the sampled answers; HTML is escaped."""
    explorer = theory.explorer({"<b>bold</b>": 3, "plain \x1b[31m": 1}, alpha=0.1, beta=0.1)
    html, text = explorer._repr_html_(), repr(explorer)
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert "<b>bold" not in html
    for view in (html, text):
        assert "\x1b" not in view
        assert "90 %" in view
        assert "75 %" in view
        assert "1 + 0.1 / 0.1 = " in view
    assert all(len(line) <= 100 for line in text.splitlines())


def test_long_answers_are_sampled_by_their_number():
    """Jokes do not fit into a chip: rows have numbers, and the still views use them too."""
    explorer = theory.explorer()
    assert explorer.widget.page["numbered"]
    assert "20 answers (by row)" in explorer._repr_html_()
    assert re.search(r"20 answers by π\*, all the same:\n +1 1 1 1", repr(explorer))


def test_charts_are_specifications():
    """Each chart has its data, its words, and is drawn as an SVG."""
    sharpened = theory.chart_sharpened("state", alphas=(0, 0.1, 0.57))
    spec = json.dumps(sharpened.to_dict(), ensure_ascii=False)
    assert "41 others" in spec
    assert "α = 0.57, γ = 6.7" in spec
    along = theory.chart_gamma("colour", betas=(0.1, 1.0))
    assert "β = 1: at α = 0.57, γ = 1.57" in along.text
    pairs = theory.simulate_preferences(400, alpha=0.57, ties=0.8, seed=1)
    preferred = theory.chart_preferences(pairs, bins=4)
    held = re.findall(r'"pairs": (\d+)', json.dumps(preferred.to_dict()))
    assert held == ["80"] * 4
    for chart in (sharpened, along, preferred):
        assert chart.svg().startswith("<svg")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: theory.chart_sharpened(alphas=()), "alphas takes one number"),
        (lambda: theory.chart_gamma(betas=()), "betas takes one number"),
        (lambda: theory.chart_gamma(most=0), "most a number above 0"),
        (
            lambda: theory.chart_preferences(
                theory.simulate_preferences(30, alpha=0.5, seed=1), bins=8
            ),
            "30 pairs are too few for 8 points",
        ),
    ],
)
def test_charts_that_cannot_be(make, problem):
    """One line that says why."""
    with pytest.raises(OptionError, match=problem):
        make()

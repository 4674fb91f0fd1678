"""Every control, by mouse and by keyboard, in JupyterLab and in Notebook 7.

What the page shows and what the kernel holds are both asserted.
"""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser import scenes
from tests.browser.conftest import Seen

JOKES = [text for text, _ in scenes.JOKES]
TEA = [text for text, _ in scenes.TEA]
SHORTEST_FIRST = sorted(JOKES, key=len)


@pytest.fixture
def jokes(notebook) -> Seen:
    """Five jokes, with an asker that brings three about tea."""
    return Seen(notebook, "show(scenes.jokes(reasoning='Puns first.'))")


def test_a_candidate_is_shown_with_all_that_is_known(jokes):
    """Text with its line breaks, stated probability, weight, rank, bar, tick and repair mark."""
    jokes.expect_texts(JOKES)
    first = jokes.rows.first
    expect(first).to_contain_text("0.90")
    expect(first).to_contain_text("weight 26 %")
    expect(first.locator(".vsw-chip")).to_have_text("1")
    bar, track = (first.locator(s).bounding_box() for s in (".vsw-bar u", ".vsw-bar"))
    assert bar["width"] / track["width"] == pytest.approx(0.9, abs=0.01)
    tick = first.locator(".vsw-bars s").bounding_box()
    assert (tick["x"] + 1 - track["x"]) / track["width"] == pytest.approx(0.257, abs=0.01)
    expect(jokes.rows.nth(3)).to_contain_text("repair: percent sign")
    height = jokes.rows.nth(4).locator(".vsw-text").bounding_box()["height"]
    assert height > 1.5 * jokes.rows.nth(0).locator(".vsw-text").bounding_box()["height"]


def test_the_heading_says_what_was_asked_and_what_it_took(jokes):
    """Task, method, model, options, price and Σ stated with its plain word."""
    for said in ("Make a joke about coffee", "VS-Standard", "gpt-4.1", "k = 5", "$0.0012"):
        expect(jokes.root).to_contain_text(said)
    expect(jokes.root).to_contain_text("Σ stated 3.50")
    expect(jokes.root).to_contain_text("The model stated 3.5 in all: weights are normalised.")
    strip = jokes.root.locator(".vsw-strip")
    expect(strip).to_have_attribute("aria-label", re.compile("26, 23, 20, 17, 14"))
    widths = [part.bounding_box()["width"] for part in strip.locator("i").all()]
    assert widths == sorted(widths, reverse=True)


def test_sorting(jokes, hands):
    """By probability, order or length, and back; the kernel remembers it for a reload."""
    sort = jokes.root.get_by_label("sort by")
    hands.choose(sort, "length")
    jokes.expect_texts(SHORTEST_FIRST)
    hands.press(jokes.button("Reverse the order"))
    jokes.expect_texts(SHORTEST_FIRST[::-1])
    hands.choose(sort, "order")
    jokes.expect_texts(JOKES[::-1])
    jokes.in_kernel("[w.look.get('sort'), w.look.get('back')]", ["order", True])


def test_filtering(jokes, hands):
    """Typing leaves what holds the text, in any case; emptying the field brings all back."""
    field = jokes.root.get_by_label("Filter the texts")
    hands.type(field, "MOSES")
    jokes.expect_texts([JOKES[2]])
    expect(jokes.root).to_contain_text("1 of 5 shown")
    hands.type(field, "")
    jokes.expect_texts(JOKES)


def test_the_tail(jokes, hands):
    """The slider counts what lies below t, with its share of the weight, and can show it alone."""
    slider = jokes.root.get_by_label("tail", exact=True)
    stops = scenes_stops()
    hands.slide(slider, stops.index(0.75))
    expect(jokes.root).to_contain_text("below 0.75: 3 of 5, 51 % of the weight")
    expect(jokes.rows.nth(0)).to_have_class(re.compile("vsw-out"))
    expect(jokes.rows.nth(2)).not_to_have_class(re.compile("vsw-out"))
    hands.tick(jokes.root.get_by_label("only these"))
    jokes.expect_texts(JOKES[2:])
    jokes.in_kernel("w.look['tail']", 0.75)


def scenes_stops() -> list[float]:
    """The slider's stops: a step of 0.05, finer below it."""
    return [0.001, 0.002, 0.005, 0.01, 0.02, *(round(0.05 * i, 2) for i in range(1, 21))]


def test_drawing(jokes, hands):
    """A draw lights one candidate up; a hundred build a tally beside the bars; Clear clears it."""
    hands.press(jokes.button("Draw"))
    lit = jokes.root.locator(".vsw-row.vsw-on")
    expect(lit).to_have_count(1)
    expect(jokes.root.locator(".vsw-strip .vsw-on")).to_have_count(1)
    drawn = lit.locator(".vsw-body > .vsw-text").inner_text()
    expect(jokes.status).to_contain_text(f"Drew “{drawn}”, 1 of 1.")
    assert jokes.kernel("w.frame.text[int(w.draws['last'].split('.')[1])]") == drawn
    hands.press(jokes.button("Draw 100 times"))
    expect(jokes.status).to_have_text("Drew 100: 101 draws in all.")
    counts = jokes.kernel("[w.draws['counts'].get(f'1.{i}', 0) for i in range(5)]")
    assert sum(counts) == 101
    for row, count in enumerate(counts):
        expect(jokes.rows.nth(row)).to_contain_text(f"drawn {count} of 101")
    hands.press(jokes.button("Clear"))
    expect(jokes.root.locator(".vsw-tally:visible")).to_have_count(0)
    assert jokes.kernel("w.draws['total']") == 0


def test_a_seed_makes_draws_repeatable(jokes, hands):
    """The same seed draws the same candidates again; another one does not."""
    seed = jokes.root.get_by_label("seed")

    def draws(with_seed: str) -> list[int]:
        hands.type(seed, with_seed)
        seed.press("Enter")
        jokes.in_kernel("[w.draws['seed'], w.draws['total']]", [int(with_seed), 0])
        hands.press(jokes.button("Draw 100 times"))
        jokes.in_kernel("w.draws['total']", 100)
        expect(jokes.status).to_have_text("Drew 100: 100 draws in all.")
        return jokes.kernel("[w.draws['counts'].get(f'1.{i}', 0) for i in range(5)]")

    first, other = draws("1"), draws("2")
    assert draws("1") == first != other


def test_pinning(jokes, hands):
    """A pinned candidate is marked, is the kernel's, and can be let go."""
    hands.press(jokes.in_row(1, "Pin"))
    expect(jokes.in_row(1, "Pinned")).to_have_attribute("aria-pressed", "true")
    assert jokes.kernel("w.pinned.text.tolist()") == [JOKES[1]]
    hands.press(jokes.in_row(1, "Pinned"))
    expect(jokes.in_row(1, "Pin")).to_have_attribute("aria-pressed", "false")
    assert jokes.kernel("len(w.pinned)") == 0


def test_copying(jokes, hands):
    """One candidate, or all that are shown, exactly as the model wrote them."""
    hands.press(jokes.in_row(4, "Copy"))
    expect(jokes.status).to_have_text("Copied 1 candidate.")
    assert jokes.clipboard() == JOKES[4]
    jokes.root.get_by_label("Filter the texts").fill("coffee")
    hands.press(jokes.button("Copy all"))
    expect(jokes.status).to_have_text("Copied 4 candidates.")
    assert jokes.clipboard() == "\n\n".join(t for t in JOKES if "coffee" in t)


def test_folding(notebook, hands):
    """A long text is folded; unfolding fetches all of it, with its white space; it folds again."""
    long = f"\t{scenes.POEM}\n    {scenes.POEM} — the end"
    seen = Seen(notebook, f"show(scenes.shown([({long!r}, .5), ('short', .5)]))")
    text = seen.rows.first.locator(".vsw-body > .vsw-text")
    folded = text.bounding_box()["height"]
    assert "the end" not in text.inner_text()
    hands.press(seen.in_row(0, f"Show all {len(long):,} characters"))
    expect(text).to_contain_text("the end")
    assert text.evaluate("node => node.textContent") == long
    assert text.bounding_box()["height"] > 3 * folded
    hands.press(seen.in_row(0, "Fold"))
    assert text.bounding_box()["height"] == folded
    seen.root.get_by_label("Filter the texts").fill("THE END")
    expect(seen.rows).to_have_count(1)


def test_reasoning(jokes, hands):
    """The reply's reasoning is there on request, and goes again."""
    hands.press(jokes.in_row(0, "Reasoning"))
    why = jokes.rows.first.locator(".vsw-why")
    expect(why).to_contain_text("Puns first.")
    hands.press(jokes.in_row(0, "Reasoning"))
    expect(why).to_be_hidden()


def test_asking_again(jokes, hands):
    """With another method, k, threshold and temperature: price first, then the candidates."""
    again, price = jokes.root.locator(".vsw-asking"), jokes.root.locator(".vsw-price").first
    expect(price).to_have_text("1 call, about $0.0012")
    hands.choose(again.get_by_label("method"), "vs-cot")
    hands.type(again.get_by_label("k", exact=True), "10")
    hands.type(again.get_by_label("below"), "0.2")
    hands.type(again.get_by_label("T", exact=True), "1.1")
    expect(price).to_have_text("1 call, about $0.0024")
    assert jokes.kernel("len(w.asks)") == 1
    hands.press(jokes.button("Ask again"))
    jokes.expect_texts(TEA)
    expect(jokes.status).to_have_text("3 candidates arrived.")
    asked = "(lambda a: [a.method, a.k, a.threshold, a.temperature])(w._asks._ask.asked[-1])"
    assert jokes.kernel(asked) == ["vs-cot", 10, 0.2, 1.1]
    expect(jokes.root).to_contain_text("jokes now holds ask 2: 3 rows")
    assert jokes.kernel("jokes.text.tolist()") == TEA


def test_an_impossible_ask_is_refused_before_it_is_sent(jokes, hands):
    """What cannot be asked is said beside the button, and pressing it does nothing."""
    again = jokes.root.locator(".vsw-asking")
    hands.type(again.get_by_label("below"), "0.2")
    hands.choose(again.get_by_label("method"), "direct")
    expect(again).to_contain_text("a tail needs stated probabilities, and direct states none")
    button = jokes.button("Ask again")
    expect(button).to_be_disabled()
    button.click(force=True)
    button.press("Enter")
    assert jokes.kernel("w._asks._ask.asked") == []


def test_stepping_through_the_asks_and_pooling(jokes, hands):
    """Back, forth, and all as one distribution; the name follows, and the page says so."""
    hands.press(jokes.button("Ask again"))
    jokes.expect_texts(TEA)
    expect(jokes.root).to_contain_text("ask 2 of 2")
    hands.press(jokes.button("The ask before"))
    jokes.expect_texts(JOKES)
    expect(jokes.root).to_contain_text("jokes now holds ask 1: 5 rows")
    assert jokes.kernel("jokes.text.tolist()") == JOKES
    hands.press(jokes.button("The next ask"))
    jokes.expect_texts(TEA)
    hands.press(jokes.button("Pool"))
    expect(jokes.rows).to_have_count(8)
    expect(jokes.root).to_contain_text("jokes now holds 2 asks pooled: 8 rows")
    assert jokes.kernel("round(jokes.weight.sum(), 9)") == 1
    hands.press(jokes.button("Pool"))
    jokes.expect_texts(TEA)


def test_a_pin_is_kept_in_sight(jokes, hands):
    """What was pinned in one ask stands below the next one's candidates, and can be let go."""
    hands.press(jokes.in_row(0, "Pin"))
    hands.press(jokes.button("Ask again"))
    jokes.expect_texts(TEA)
    kept = jokes.root.locator(".vsw-kept")
    expect(kept).to_contain_text(JOKES[0])
    hands.press(kept.get_by_role("button", name="Unpin"))
    expect(kept).to_be_hidden()
    assert jokes.kernel("w.pins") == []


def test_stopping(notebook, hands):
    """Progress is shown, candidates arrive one by one, and Stop ends it long before the last."""
    seen = Seen(notebook, "show(scenes.jokes(), ask=scenes.Asker(scenes.JOKES * 20, pause=1))")
    hands.press(seen.button("Ask again"))
    expect(seen.root.get_by_role("progressbar")).to_be_visible()
    expect(seen.status).to_contain_text("candidates so far")
    hands.press(seen.button("Stop"))
    expect(seen.status).to_have_text(
        re.compile(r"Stopped\. \d+ candidates had arrived and are kept\.")
    )
    expect(seen.button("Ask again")).to_be_visible()
    seen.in_kernel("w._asks._ask.stopped", 1)
    assert 2 <= seen.kernel("len(w.frame)") < 100


def test_an_error_is_readable_and_the_candidates_stay(notebook, hands):
    """The one line that says what to do, the evidence under it, and a way to put it away."""
    seen = Seen(
        notebook,
        "from vs_magic.errors import ReplyError\n"
        "show(scenes.jokes(), ask=scenes.Asker([(None, None)], fails=ReplyError("
        "'the reply holds no candidates: ask again', 'I would rather not.')))",
    )
    hands.press(seen.button("Ask again"))
    alert = seen.root.get_by_role("alert")
    expect(alert).to_contain_text("the reply holds no candidates: ask again")
    seen.expect_texts(JOKES)
    hands.press(alert.locator("summary"))
    expect(alert.locator("pre")).to_have_text("I would rather not.")
    hands.press(alert.get_by_role("button", name="Dismiss"))
    expect(alert).to_be_hidden()


def test_call_details(jokes, hands):
    """Messages, raw reply, model, tokens, cost, latency and cache state, one press away."""
    hands.press(jokes.button("▸ Call details"))
    details = jokes.root.locator(".vsw-call")
    for said in (
        *("gpt-4.1-2025-04-14", "96", "47", "$0.0012", "2.10", "asked anew", "json_schema"),
        *("sent as system", "sent as user", "the raw reply", '{"responses": [{"text":'),
    ):
        expect(details).to_contain_text(said)
    hands.press(jokes.button("▾ Call details"))
    expect(details).to_be_hidden()


def test_details_of_several_calls(notebook, hands):
    """Each call can be looked at, one after the other."""
    seen = Seen(
        notebook,
        "from vs_magic.view.widget.history import pool\n"
        "show(pool([scenes.jokes(), scenes.jokes(task='Another task')]))",
    )
    hands.press(seen.button("▸ Call details"))
    details = seen.root.locator(".vsw-call")
    expect(details).to_contain_text("call 1 of 2")
    hands.press(details.get_by_role("button", name="The next call"))
    expect(details).to_contain_text("call 2 of 2")
    expect(details).to_contain_text("Another task")


@pytest.mark.parametrize("form", ["csv", "jsonl", "markdown"])
def test_exporting(jokes, hands, form):
    """Each form is downloaded, and copied; the pinned alone where that is asked for."""
    hands.choose(jokes.root.get_by_label("export as"), form)
    with jokes.page.expect_download() as waiting:
        hands.press(jokes.button("Download"))
    content = waiting.value.path().read_text(encoding="utf-8")
    if form == "csv":
        assert [row["text"] for row in csv.DictReader(io.StringIO(content))] == JOKES
    elif form == "jsonl":
        assert [json.loads(line)["text"] for line in content.splitlines()] == JOKES
    else:
        assert "Hebrews it" in content
    hands.press(jokes.in_row(2, "Pin"))
    hands.tick(jokes.root.get_by_label("pinned only"))
    hands.press(jokes.button("Copy the export"))
    expect(jokes.status).to_contain_text("Copied candidates.")
    assert "Hebrews it" in jokes.clipboard()
    assert "Depresso" not in jokes.clipboard()

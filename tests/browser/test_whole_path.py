"""`%%vs` in a real notebook: the widget that comes of it, on a loopback endpoint and for real."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Seen
from vs_magic.testing import Answer, Endpoint, faults

COFFEE = ["It got mugged.", "Depresso!", "Hebrews it.", "Pressed for time."]
TEA = ["Boo-tea!", "It might mug you.", "Piping hot."]
SLOW = 120_000


def said(texts, k):
    """A reply of a model that states a probability for each text."""
    items = [{"text": t, "probability": round(0.9 - 0.1 * i, 2)} for i, t in enumerate(texts[:k])]
    return json.dumps({"responses": items})


class Model:
    """An endpoint's mind: coffee at first, then whatever it is told."""

    def __init__(self):
        self.next = said(COFFEE, 4)

    def __call__(self, _):
        """Answer a request."""
        return self.next


@pytest.fixture
def loopback(lab):
    """A model behind a real HTTP endpoint, with the extension loaded in the notebook's kernel."""
    model = Model()
    with Endpoint(model) as endpoint:
        env = json.dumps(endpoint.env())
        lab.run(f"import os; os.environ.update({env})\n%load_ext vs_magic")
        yield model, endpoint
        lab.run("%unload_ext vs_magic")


def ask(lab, line, task="Make a joke about coffee"):
    """Run `%%vs` in the notebook's one cell and return the widget that it shows."""
    lab.run(f"%%vs --model openai/loopback {line}\n{task}")
    expect(lab.page.locator(".vsw")).to_have_count(1, timeout=SLOW)
    return Seen(lab)


def test_a_cell_shows_its_candidates_and_binds_its_name(lab, loopback):
    """The widget holds what the endpoint answered, the name the frame; so do the call details."""
    _, endpoint = loopback
    seen = ask(lab, "-k 4 --out jokes")
    seen.expect_texts(COFFEE)
    assert lab.value("jokes.text.tolist()") == COFFEE
    expect(seen.root).to_contain_text("jokes holds these candidates")
    seen.button("▸ Call details").click()
    details = seen.root.locator(".vsw-call")
    for message in endpoint.bodies[-1]["messages"]:
        expect(details.locator("pre", has_text=message["content"][:60])).to_have_count(1)
    expect(details).to_contain_text('"text": "Depresso!", "probability": 0.8')


def test_asking_again_streams_and_binds(lab, loopback):
    """Candidates arrive one by one as the endpoint streams; then the name holds the new ones."""
    model, endpoint = loopback
    seen = ask(lab, "-k 4 --out jokes")
    asked = len(endpoint.requests)
    model.next = Answer(text=said(TEA, 3), pieces=24, pause=0.12)
    seen.root.get_by_label("k", exact=True).fill("3")
    expect(seen.root.locator(".vsw-price").first).to_contain_text("1 call")
    seen.button("Ask again").click()
    expect(seen.status).to_contain_text("so far", timeout=SLOW)
    seen.expect_texts(TEA)
    expect(seen.root).to_contain_text("jokes now holds ask 2: 3 rows")
    assert lab.value("jokes.text.tolist()") == TEA
    assert len(endpoint.requests) == asked + 1
    assert "exactly 3" in endpoint.bodies[-1]["messages"][0]["content"]


def test_stop_ends_the_request(lab, loopback):
    """Stop leaves what has arrived, and the next ask works."""
    model, _ = loopback
    seen = ask(lab, "-k 4 --out jokes")
    model.next = Answer(text=said(TEA, 3), pieces=60, pause=0.15)
    seen.button("Ask again").click()
    expect(seen.status).to_contain_text("so far", timeout=SLOW)
    seen.button("Stop").click()
    expect(seen.status).to_have_text(re.compile("Stopped"))
    model.next = said(COFFEE, 4)
    seen.button("Ask again").click()
    seen.expect_texts(COFFEE)


def test_a_dead_endpoint_is_said_and_the_candidates_stay(lab, loopback):
    """An error of the model's is shown with what to do, and nothing is lost."""
    model, _ = loopback
    seen = ask(lab, "-k 4 --out jokes")
    model.next = faults.status(400, "the prompt is too long")
    seen.button("Ask again").click()
    alert = seen.root.get_by_role("alert")
    expect(alert).to_contain_text("the prompt is too long", timeout=SLOW)
    seen.expect_texts(COFFEE)
    assert lab.value("jokes.text.tolist()") == COFFEE
    assert "sk-loopback" not in seen.root.inner_text()


def test_the_static_view_is_there_when_the_widget_is_not(lab, loopback):
    """While the widget is on the page the table hides; `--display static` shows it alone."""
    seen = ask(lab, "-k 4")
    expect(lab.page.locator(".jp-OutputArea-output table")).to_be_hidden()
    assert seen.texts() == COFFEE
    lab.run("%%vs --model openai/loopback -k 4 --display static\nMake a joke about coffee")
    expect(lab.page.locator(".jp-OutputArea-output table")).to_be_visible(timeout=SLOW)
    expect(lab.page.locator(".vsw")).to_have_count(0)


@pytest.mark.local_model
def test_on_the_real_local_model(lab):
    """Once against the real thing: ask, draw, ask again with another k, and see it arrive."""
    weights = pytest.importorskip("vs_magic.llm.weights")
    if not weights.is_fetched("local/qwen2.5-coder-0.5b"):
        pytest.skip("the weights of local/qwen2.5-coder-0.5b are not there")
    lab.run("%load_ext vs_magic")
    lab.run("%%vs --model local/qwen2.5-coder-0.5b -k 3 --out colours\nName a colour. One word.")
    expect(lab.page.locator(".vsw")).to_have_count(1, timeout=SLOW)
    seen = Seen(lab)
    expect(seen.rows).to_have_count(3)
    first = seen.texts()
    assert all(first)
    assert sorted(lab.value("colours.text.tolist()")) == sorted(first)
    seen.button("Draw 100 times").click()
    expect(seen.status).to_have_text("Drew 100: 100 draws in all.")
    expect(seen.root.locator(".vsw-price").first).to_contain_text("free")
    seen.root.get_by_label("k", exact=True).fill("5")
    seen.button("Ask again").click()
    expect(seen.status).to_have_text("5 candidates arrived.", timeout=SLOW)
    assert lab.value("len(colours)") == 5
    seen.button("▸ Call details").click()
    expect(seen.root.locator(".vsw-call")).to_contain_text("grammar")
    lab.run("%unload_ext vs_magic")

"""Slow endpoints in a real kernel: progress while it runs, the stop button, what is kept."""

from __future__ import annotations

import time

import pytest

from vs_magic.testing import Answer, faults
from vs_magic.testing.endpoint import KEY

pytestmark = pytest.mark.kernel

LIST = '{"responses": [{"text": "red", "probability": 0.6}, {"text": "blue", "probability": 0.3}]}'
ONE = '{"responses": [{"text": "red", "probability": 0.6}]}'


@pytest.fixture(autouse=True)
def warmed_up(hosted, answer_with):
    """The first call loads LiteLLM, which takes seconds."""
    answer_with(lambda _: ONE)
    hosted.run("%vs --quiet -k 1 Name a colour.", person=False)


def test_a_slow_cell_shows_one_line_that_goes_away(hosted, answer_with):
    """One output, updated in place, and emptied before the table comes."""
    answer_with(lambda _: Answer(text=LIST, delay=1.5))
    cell = hosted.run("%%vs -k 2 -n 4\nName a colour.", person=False)
    kinds = [o["kind"] for o in cell.outputs]
    assert kinds[0] == "display_data"
    assert set(kinds[1:-1]) == {"update_display_data"}
    assert kinds[-1] == "execute_result"
    assert "asking … " in cell.outputs[0]["data"]["text/plain"]
    ids = {o["transient"]["display_id"] for o in cell.outputs[:-1]}
    assert len(ids) == 1
    assert cell.outputs[-2]["data"] == {"text/plain": "", "text/html": ""}


def test_a_quick_cell_shows_no_line(hosted, answer_with):
    """Nothing flickers."""
    answer_with(lambda _: LIST)
    cell = hosted.run("%%vs -k 2\nName a colour.", person=False)
    assert [o["kind"] for o in cell.outputs] == ["execute_result"]


def test_stop_keeps_what_has_arrived(hosted, answer_with):
    """Two of four calls are in the frame and under the name; the others are cancelled."""
    served = answer_with(lambda _: ONE if len(served.requests) <= 2 else Answer(text=ONE, delay=60))
    sent = hosted.send("%%vs got << -k 1 -n 6 --concurrency 3\nName a colour.", person=False)
    deadline = time.monotonic() + 30
    while len(served.requests) < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    stopped = hosted.interrupt_after(0.5)
    cell = hosted.finish(sent)
    assert time.monotonic() - stopped < 2
    said = "stopped after 2 of 6 calls; got holds 2 candidates"
    assert (cell.reply["ename"], cell.reply["evalue"]) == ("KeyboardInterrupt", said)
    assert cell.reply["traceback"] == [f"KeyboardInterrupt: {said}"]
    assert [o["traceback"] for o in cell.of("error")] == [[f"KeyboardInterrupt: {said}"]]
    assert len(cell.data("text/html")) >= 1
    assert "red" in cell.data("text/html")[-1]
    assert hosted.value("got['text'].tolist()") == "['red', 'red']"


def test_stop_keeps_the_complete_candidates_of_half_a_reply(hosted, answer_with):
    """A reply that is still streaming in gives what is complete of it."""
    answer_with(lambda _: faults.drip(LIST + " " * 2000, 0.05, pieces=200))
    sent = hosted.send("%%vs half << -k 2\nName a colour.", person=False)
    hosted.interrupt_after(2.5)
    cell = hosted.finish(sent)
    assert cell.reply["ename"] == "KeyboardInterrupt"
    assert cell.reply["evalue"] == "stopped after 0 of 1 call; half holds 2 candidates"
    assert hosted.value("half['text'].tolist()") == "['red', 'blue']"


def test_stop_before_anything_arrived(hosted, answer_with):
    """Nothing is kept, nothing is shown but the one line, and the next cell runs."""
    answer_with(lambda _: faults.hang(30))
    sent = hosted.send("%%vs -k 2\nName a colour.", person=False)
    hosted.interrupt_after(1.0)
    cell = hosted.finish(sent)
    assert cell.reply["evalue"] == "stopped after 0 of 1 call"
    answer_with(lambda _: LIST)
    assert hosted.run("%%vs -k 2\nName a colour.", person=False).reply["status"] == "ok"
    busy = "[t.name for t in __import__('threading').enumerate() if 'progress' in t.name]"
    assert hosted.value(busy) == "[]"


def test_a_failure_with_candidates_shows_them_first(hosted, answer_with):
    """A conversation whose second turn fails keeps the first one's candidates, as rows."""
    served = answer_with(lambda _: LIST if len(served.requests) == 1 else faults.status(400, "no"))
    cell = hosted.run("%%vs talk << -m vs-multi -k 4\nName a colour.", person=False)
    assert cell.reply["status"] == "ok"
    assert hosted.value("talk['text'].tolist()") == "['red', 'blue', None]"


def test_no_key_reaches_the_notebook(hosted, answer_with):
    """Whatever the endpoint says back, the key is not in what is shown."""
    answer_with(lambda _: faults.status(401, f"Incorrect API key provided: {KEY}"))
    cell = hosted.run("%%vs -k 2\nName a colour.", person=False)
    assert cell.reply["ename"] == "UsageError"
    assert KEY not in repr(cell)
    assert KEY not in hosted.value("_vs.frame.to_json()")

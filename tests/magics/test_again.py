"""The widget's wires: it shows what came, asks again, and binds the name."""

from __future__ import annotations

import concurrent.futures
import threading
import time

import pytest

from vs_magic.errors import OptionError
from vs_magic.magics.widget_bridge import _Again, make_widget, shown
from vs_magic.sampling.api import sample
from vs_magic.sampling.plan import plan
from vs_magic.testing import Endpoint, faults
from vs_magic.verbalized.options import Options
from vs_magic.view.widget import Ask, ProgressView

TASK = "Roll a die."
TOY = Options(model="simulated/aligned", k=3)
CHANGE = Ask(method="vs-standard", k=4)


def test_what_is_shown_is_what_came():
    """Frame, task, options, and each call with its messages, reply and cost."""
    distribution = sample(TASK, model="simulated/aligned", k=2, n=4, temperature=0.5)
    seen = shown(distribution, note="a toy")
    assert seen.frame is distribution.frame
    assert (seen.task, seen.note, seen.stated_sum) == (TASK, "a toy", distribution.stated)
    assert seen.options["temperature"] == 0.5
    assert [call.call for call in seen.calls] == [1, 2]
    assert seen.calls[0].messages[-1] == {"role": "user", "content": TASK}
    assert seen.calls[0].reply == distribution.replies[0].text
    assert seen.calls[0].cost_usd == 0.0


def test_a_failed_call_is_shown_with_its_error(endpoint):
    """Call details, a call without a reply says why."""
    good = '{"responses": [{"text": "red", "probability": 0.6}]}'
    endpoint([good, faults.status(400, "too rude")])
    distribution = sample(TASK, model="openai/loopback", k=1, n=2, concurrency=1)
    failed = shown(distribution).calls[1]
    assert failed.reply is None
    assert "too rude" in failed.error


def test_asking_again_changes_what_the_controls_say():
    """Method, k, threshold and temperature come from the controls; the rest stays."""
    reports: list[ProgressView] = []
    change = Ask(method="vs-cot", k=2, threshold=0.5, temperature=0.1)
    seen = _Again(TASK, TOY.with_(system="Terse.")).ask(change, reports.append).result(timeout=30)
    assert len(seen.frame) == 2
    assert seen.options["method"] == "vs-cot"
    assert seen.options["system"] == "Terse."
    assert (seen.options["threshold"], seen.options["temperature"]) == (0.5, 0.1)
    assert (reports[-1].done, reports[-1].total) == (1, 1)
    assert len(reports[-1].partial().frame) == 2


def test_an_ask_is_priced_before_it_is_sent():
    """The number of calls and their price, and an impossible one is refused."""
    again = _Again(TASK, TOY.with_(n=9))
    assert (again.estimate(CHANGE).calls, again.estimate(CHANGE).cost_usd) == (3, 0.0)
    with pytest.raises(OptionError, match="--k takes a whole number"):
        again.estimate(Ask(method="direct", k=0))
    with pytest.raises(OptionError, match="direct states none"):
        again.ask(Ask(method="direct", k=1, threshold=0.1), lambda _: None)


def test_what_suits_the_model_is_chosen_anew():
    """A wire format that the plan chose for one method does not stick to the next."""
    first = plan(TASK, TOY)
    assert first.options.format is not None
    again = _Again(TASK, TOY)
    assert again._plan(Ask(method="vs-cot", k=2)).options.format is not None


def test_stop_cancels_the_calls(endpoint):
    """Cancelling the future ends the request; the future then says that it was cancelled."""
    served: Endpoint = endpoint([faults.hang(3000)])
    future = _Again(TASK, Options(model="openai/loopback")).ask(CHANGE, lambda _: None)
    while not served.requests:
        time.sleep(0.05)
    assert future.cancel()
    concurrent.futures.wait([future])
    assert future.cancelled()


def test_an_error_reaches_the_widget(endpoint):
    """The future carries the package's own error, one line."""
    endpoint([faults.status(401, "Incorrect API key")])
    future = _Again(TASK, Options(model="openai/loopback")).ask(CHANGE, lambda _: None)
    assert "OPENAI_API_KEY" in str(future.exception(timeout=30))


def test_the_widget_rebinds_the_name():
    """With a name, every ask's frame is bound to it; a name that is gone does not matter."""
    bound: dict[str, object] = {}
    done = threading.Event()

    def bind(name: str, frame: object) -> None:
        bound[name] = frame
        done.set()

    planned = plan(TASK, TOY)
    distribution = sample(TASK, model="simulated/aligned", k=3)
    widget = make_widget(distribution, planned, TOY, name="faces", bind=bind)
    widget._receive(None, {"do": "ask", "method": "vs-standard", "k": "4"}, None)
    assert done.wait(30)
    assert len(bound["faces"]) == 4  # type: ignore[arg-type]
    assert widget.frame is bound["faces"]
    assert widget.controls["methods"][0] == ["direct", "Direct"]
    widget.close()

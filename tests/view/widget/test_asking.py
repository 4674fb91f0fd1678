"""Asking again: arrivals, stopping, failing, prints, re-binding; on real threads."""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import Future

import pytest

from tests.browser import scenes
from vs_magic.errors import ModelError, ReplyError
from vs_magic.view.widget import Ask, ProgressView

AGAIN = {"method": "vs-cot", "k": "3", "threshold": "0,1", "temperature": ""}


def test_an_ask_carries_what_the_controls_say(desk):
    """Method, k, threshold and temperature reach the function; an empty field means none."""
    asker = scenes.Asker(pause=0)
    d = desk(ask=asker)
    d.say("ask", **AGAIN)
    d.settled()
    assert asker.asked == [Ask(method="vs-cot", k=3, threshold=0.1, temperature=None)]


def test_candidates_arrive_one_by_one(desk):
    """The view sees partial results before the ask is over, and the last state is the whole."""
    d = desk(ask=scenes.Asker(pause=0.15))
    seen = set()
    d.widget.observe(lambda change: seen.add(len(change["new"])), "rows")
    d.say("ask", **AGAIN)
    d.settled()
    assert seen == {1, 2, 3}
    assert d.widget.past == {"at": 1, "count": 2, "pooled": False}
    assert d.widget.asking["outcome"] == "3 candidates arrived."
    assert d.widget.frame["text"].tolist() == [text for text, _ in scenes.TEA]


def test_a_flood_of_reports_does_not_flood_the_view(desk):
    """However often the asker reports, the rows are sent a few times a second only."""

    def flood(change, on_progress):
        shown = scenes.jokes()
        for done in range(2000):
            on_progress(ProgressView(done=done, total=2000, partial=lambda: shown))
        result = Future()
        result.set_result(shown)
        return result

    d = desk(ask=flood)
    sent = []
    d.widget.observe(sent.append, "rows")
    began = time.monotonic()
    d.say("ask", **AGAIN)
    d.settled()
    assert len(sent) <= 2 + (time.monotonic() - began) / 0.1


def test_stop_takes_effect_at_once_and_keeps_what_arrived(desk):
    """The future is cancelled before the third candidate comes, and two stay."""
    asker = scenes.Asker(pause=0.3)
    d = desk(ask=asker)
    d.say("ask", **AGAIN)
    d.wait(lambda: d.widget.asking.get("arrived") == 2)
    d.say("stop")
    d.settled()
    assert d.widget.asking["outcome"] == "Stopped. 2 candidates had arrived and are kept."
    d.wait(lambda: asker.stopped == 1)
    assert len(d.widget.frame) == 2
    assert d.say("draw", times=10)["drawn"]


def test_stop_works_on_an_asker_that_does_not_listen(desk):
    """A function that ignores its cancelled future cannot hold the widget; late news is dropped."""
    go_on = threading.Event()

    def deaf(change, on_progress):
        result = Future()
        result.set_running_or_notify_cancel()  # from here on `cancel` has no effect

        def work():
            go_on.wait(5)
            on_progress(ProgressView(partial=lambda: scenes.shown(scenes.TEA)))
            result.set_result(scenes.shown(scenes.TEA))

        threading.Thread(target=work).start()
        return result

    d = desk(ask=deaf)
    d.say("ask", **AGAIN)
    d.say("stop")
    d.settled()
    go_on.set()
    time.sleep(0.2)
    assert d.widget.past["count"] == 1
    assert d.texts() == [text for text, _ in scenes.JOKES]


def test_a_stop_before_the_start_still_stops(desk):
    """Stop pressed while the function is still connecting cancels what it then returns."""
    connecting, result = threading.Event(), Future()

    def slow(change, on_progress):
        connecting.wait(5)
        return result

    d = desk(ask=slow)
    d.say("ask", **AGAIN)
    d.say("stop")
    d.settled()
    connecting.set()
    d.wait(result.cancelled)
    assert d.widget.asking["outcome"] == "Stopped. The candidates that were there stay."


def test_one_ask_at_a_time(desk):
    """A second press while an ask runs starts nothing."""
    asker = scenes.Asker(pause=0.1)
    d = desk(ask=asker)
    for _ in range(5):
        d.say("ask", **AGAIN)
    d.settled()
    assert len(asker.asked) == 1
    d.say("ask", **AGAIN)
    d.settled()
    assert len(asker.asked) == 2


def test_an_error_is_shown_and_the_candidates_stay(desk):
    """An error of ours is its one line; what was there before is still there, and drawable."""
    fails = ModelError("gpt-4.1: rate limit reached; try again in 20 s")
    d = desk(ask=scenes.Asker(items=[(None, None)], fails=fails))
    d.say("ask", **AGAIN)
    d.settled()
    assert d.widget.asking["error"] == str(fails)
    assert d.widget.asking["outcome"] == "The candidates that were there stay."
    assert "detail" not in d.widget.asking
    assert d.texts() == [text for text, _ in scenes.JOKES]
    assert len(d.say("draw", times=5)["drawn"]) == 5


def test_an_error_after_some_candidates_keeps_those(desk):
    """What had arrived before the error is an ask of its own, one step from the last."""
    d = desk(ask=scenes.Asker(pause=0.05, fails=ModelError("the connection was reset")))
    d.say("ask", **AGAIN)
    d.settled()
    assert d.widget.asking["outcome"] == "3 candidates had arrived and are kept."
    assert d.widget.past["count"] == 2
    d.say("step", to=0)
    assert d.texts()[0] == scenes.JOKES[0][0]


def test_a_reply_that_could_not_be_read_is_shown(desk):
    """The evidence is there: the reply, as it came."""
    error = ReplyError("the reply holds no candidates", "I'd rather not.")
    d = desk(ask=scenes.Asker(items=[(None, None)], fails=error))
    d.say("ask", **AGAIN)
    d.settled()
    assert d.widget.asking["title"] == "The reply, as it came"
    assert d.widget.asking["detail"] == "I'd rather not."


def test_an_exception_of_a_callback_never_vanishes(desk):
    """A bug in the function is named, with its traceback, and without what it was chained to."""
    cause = OSError("sk-secret")

    def broken(change, on_progress):
        raise KeyError("no such thing") from cause

    d = desk(ask=broken)
    d.say("ask", **AGAIN)
    d.settled()
    assert d.widget.asking["error"] == "KeyError: 'no such thing'"
    assert "broken" in d.widget.asking["detail"]
    assert "sk-secret" not in d.widget.asking["detail"]


def test_an_error_while_looking_is_told_and_harms_nothing(desk):
    """A partial result that cannot be made is told; the final one still arrives."""

    def ask(change, on_progress):
        on_progress(ProgressView(partial=lambda: 1 / 0))
        result = Future()
        threading.Timer(0.3, result.set_result, [scenes.shown(scenes.TEA)]).start()
        return result

    d = desk(ask=ask)
    d.say("ask", **AGAIN)
    d.wait(lambda: "division" in d.widget.asking.get("error", ""))
    d.settled()
    assert len(d.texts()) == 3


def test_prints_of_a_callback_never_vanish(desk, capsys):
    """What the function prints while asking is shown in the widget, and can be put away."""

    def chatty(change, on_progress):
        sys.stdout.write("connecting …\n")
        result = Future()
        result.set_result(scenes.shown(scenes.TEA))
        return result

    d = desk(ask=chatty)
    d.say("ask", **AGAIN)
    d.settled()
    assert d.widget.printed == "connecting …\n"
    assert capsys.readouterr().out == ""
    d.say("hush")
    assert d.widget.printed == ""


def test_the_name_follows_what_is_on_display(desk):
    """After an ask, a step back and pooling, the name holds the frame that is shown."""
    bound = []
    d = desk(ask=scenes.Asker(pause=0), rebind=bound.append, name="jokes")
    d.say("ask", **AGAIN)
    d.settled()
    d.wait(lambda: d.widget.bound["text"] == "jokes now holds ask 2: 3 rows")
    assert bound[-1] is d.widget.frame
    d.say("step", to=0)
    d.wait(lambda: d.widget.bound["text"] == "jokes now holds ask 1: 5 rows")
    d.say("pool", on=True)
    d.wait(lambda: d.widget.bound["text"] == "jokes now holds 2 asks pooled: 8 rows")
    assert len(bound[-1]) == 8


def test_while_candidates_arrive_the_name_stays(desk):
    """A half-finished ask is not bound, and the widget says what the name holds meanwhile."""
    bound = []
    d = desk(ask=scenes.Asker(pause=0.15), rebind=bound.append, name="jokes")
    d.say("ask", **AGAIN)
    d.wait(lambda: d.widget.asking.get("arrived") == 1)
    assert d.widget.bound["text"] == "jokes still holds ask 1"
    assert bound == []
    d.settled()


def test_a_failed_binding_is_told(desk):
    """A name that cannot be bound is said to be unbound, with the reason."""

    def refuse(frame):
        raise RuntimeError("the namespace is gone")

    d = desk(ask=scenes.Asker(pause=0), rebind=refuse, name="jokes")
    d.say("ask", **AGAIN)
    d.wait(lambda: "error" in d.widget.bound)
    assert d.widget.bound["error"] == (
        "jokes was not re-bound: RuntimeError: the namespace is gone"
    )


def test_draws_wait_until_an_ask_has_arrived(desk):
    """There is no draw from a distribution that still changes; one step back there is."""
    d = desk(ask=scenes.Asker(pause=0.2))
    d.say("ask", **AGAIN)
    d.wait(lambda: d.widget.asking.get("arrived") == 1)
    assert d.say("draw", times=5)["drawn"] == []
    d.say("step", to=0)
    assert len(d.say("draw", times=5)["drawn"]) == 5
    d.settled()
    assert d.widget.past == {"at": 0, "count": 2, "pooled": False}


def test_a_tally_belongs_to_its_ask(desk):
    """Stepping away and back finds the tally again; the other ask has its own."""
    d = desk(ask=scenes.Asker(pause=0))
    d.say("draw", times=10)
    d.say("ask", **AGAIN)
    d.settled()
    assert d.widget.draws["total"] == 0
    d.say("step", to=0)
    assert d.widget.draws["total"] == 10


def test_a_pin_stays_in_sight_on_another_page(desk):
    """A pinned candidate of one ask is kept below the rows of the next."""
    d = desk(ask=scenes.Asker(pause=0))
    d.say("pin", id="1.1", on=True)
    d.say("ask", **AGAIN)
    d.settled()
    assert [row["text"] for row in d.widget.kept] == [scenes.JOKES[1][0]]
    d.say("pool", on=True)
    assert d.widget.kept == []


def test_many_threads_leave_one_true_state(desk):
    """Messages from several threads, while candidates arrive, end in a state that adds up."""
    bound = []
    d = desk(ask=scenes.Asker(pause=0.02, items=scenes.TEA * 5), rebind=bound.append, name="x")
    d.say("ask", **AGAIN)

    def press(times):
        for i in range(times):
            d.say("draw", times=3)
            d.say("pin", id=f"1.{i % 5}", on=i % 2 == 0)
            d.say("step", to=i % 2)
            d.say("pool", on=i % 3 == 0)

    threads = [threading.Thread(target=press, args=[25]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    d.settled()
    d.say("step", to=0)
    assert d.widget.draws["total"] == sum(d.widget.draws["counts"].values())
    assert len(d.widget.rows) == 5
    assert len(d.widget.asks) == 2


@pytest.mark.parametrize("late", [False, True])
def test_a_future_that_is_cancelled_elsewhere_counts_as_stopped(desk, late):
    """Whoever cancels it, the widget comes to rest and says so."""
    result = Future()
    if not late:
        result.cancel()
    d = desk(ask=lambda *_: result)
    d.say("ask", **AGAIN)
    result.cancel()
    d.settled()
    assert d.widget.asking["state"] == "stopped"

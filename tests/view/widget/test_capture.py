"""Prints of a callback: found wherever they are made, and nobody else's taken."""

from __future__ import annotations

# ruff: noqa: T201 - printing is what is tested
import asyncio
import sys
import threading

from vs_magic.view.widget.capture import MOST_CHARACTERS, Sink, bound, routed


def test_prints_of_a_function_are_kept(capsys):
    """What the function prints, on standard output or error, goes to its sink alone."""
    sink = Sink()
    with routed():
        bound(sink, lambda: print("inside"))()
        bound(sink, lambda: print("problem", file=sys.stderr))()
        print("outside")
    assert sink.text == "inside\nproblem\n"
    assert capsys.readouterr().out == "outside\n"


def test_prints_of_a_coroutine_on_another_loop_are_kept():
    """A coroutine handed to a loop on another thread still prints into its ask's sink."""
    loop, sink = asyncio.new_event_loop(), Sink()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def work():
        await asyncio.sleep(0)
        print("from the loop")
        await asyncio.to_thread(print, "from its thread")

    with routed():
        submit = bound(sink, lambda: asyncio.run_coroutine_threadsafe(work(), loop))
        submit().result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    assert sink.text == "from the loop\nfrom its thread\n"


def test_the_streams_are_put_back():
    """Once no ask runs, the process's streams are the very ones that they were."""
    out, err = sys.stdout, sys.stderr
    with routed(), routed():
        assert sys.stdout is not out
    assert sys.stdout is out
    assert sys.stderr is err


def test_a_sink_is_bounded():
    """A callback that prints without end keeps its last words only."""
    sink = Sink()
    for i in range(3000):
        sink.write(f"{i:09d}\n")
    assert len(sink.text) == MOST_CHARACTERS
    assert sink.text.endswith("000002999\n")

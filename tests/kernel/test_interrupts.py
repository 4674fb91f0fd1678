"""The stop button at ten different moments of a cell, in a real kernel.

Seconds depend on the machine: the half second that is promised is what `loop.GRACE_S` leaves, and
docs/reliability.md has the figures.
"""

from __future__ import annotations

import time

import pytest

from vs_magic.testing import Answer

pytestmark = pytest.mark.kernel

CALLS = 12
ONE = '{"responses": [{"text": "red", "probability": 0.6}]}'
MOMENTS = [0.0, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.1, 1.4]
"""Seconds after the first request: while it is sent, between answers, near the end."""
TASKS = """
import asyncio
from vs_magic.llm import loop
async def _others():
    await asyncio.sleep(0.05)
    mine = asyncio.current_task()
    return [t for t in asyncio.all_tasks() if t is not mine and "vs_magic" in repr(t.get_coro())]
print(len(loop.run(_others())))
"""


@pytest.fixture(autouse=True)
def warmed_up(hosted, answer_with):
    """The first call loads LiteLLM, which takes seconds."""
    answer_with(lambda _: ONE)
    hosted.run("%vs --quiet -k 1 Name a colour.", person=False)


@pytest.mark.parametrize("moment", MOMENTS)
def test_stop_at_any_moment(hosted, answer_with, moment):
    """The cell ends, what was answered is bound, nothing runs on, the next cell works."""
    served = answer_with(lambda _: Answer(text=ONE, delay=0.3))
    hosted.run("got = None")
    sent = hosted.send(
        f"%%vs got << -m direct -n {CALLS} --concurrency 2\nName a colour.", person=False
    )
    deadline = time.monotonic() + 30
    while not served.requests and time.monotonic() < deadline:
        time.sleep(0.005)
    hosted.interrupt_after(moment)
    cell = hosted.finish(sent)
    assert cell.reply["ename"] == "KeyboardInterrupt"
    assert f" of {CALLS} calls" in cell.reply["evalue"]
    arrived = int(hosted.value("0 if got is None else int(got['text'].notna().sum())"))
    assert cell.reply["evalue"].startswith(f"stopped after {arrived} of {CALLS}")
    assert arrived <= len(served.requests) < CALLS
    before = len(served.requests)
    assert hosted.run(TASKS).printed().strip() == "0"
    time.sleep(0.4)
    assert len(served.requests) == before
    answer_with(lambda _: ONE)
    assert hosted.run("%vs --quiet -k 1 Name a colour.", person=False).reply["status"] == "ok"

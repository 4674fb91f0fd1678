"""The log: silent unless asked for, then a timeline of each call, without a key or a text."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from vs_magic.errors import ModelError
from vs_magic.llm import loop
from vs_magic.llm.hosted.retry import Policy
from vs_magic.llm.progress import tell_wait, waits_told_to
from vs_magic.llm.request import Reply
from vs_magic.llm.trust.log import LOGGER, logged, timeline
from vs_magic.testing import Endpoint, ScriptedModel, faults

ROOT = Path(__file__).parents[3]


def after_time(lines):
    """Return a call's lines without their seconds and its number."""
    return [line.split(" · ", 1)[1] for line in lines if " · " in line]


def test_a_calls_timeline_says_what_happened_and_when(client_of, request_for):
    """A call that is rate limited once and then streams tells each step, with its second."""
    with Endpoint([faults.status(429, "slow down"), "California"]) as endpoint, timeline() as lines:
        client = logged(client_of(endpoint, policy=Policy(first_wait=0.05, tick=0.02)))
        heard: list[str] = []
        loop.run(client(request_for(method="direct"), on_text=heard.append))
    said = after_time(lines)
    assert said[0].startswith(
        "openai/loopback · direct k=1 · call 1 of its task, turn 1 · 2 messages, "
    )
    assert said[1].startswith("waits 0.")
    assert said[1].endswith("s: rate limit")
    assert said[2] == "the first text arrives"
    assert said[3].startswith("reply after ")
    assert said[3].endswith("tokens · stop · plain · price unknown")
    assert len(said) == 4
    assert heard[-1] == "California"
    assert any("refused 1 at once" in line for line in lines), "the pace is told as well"
    times = [float(line.split()[0]) for line in lines]
    assert times == sorted(times)


async def test_a_failed_and_a_stopped_call_end_their_timeline(request_for):
    """However a call ends, its timeline says so."""

    async def endless(request, *, on_text=None):
        await asyncio.sleep(60)

    with timeline() as lines:
        with pytest.raises(ModelError, match="no credit"):
            await logged(ScriptedModel([ModelError("no credit")]))(request_for())
        task = asyncio.create_task(logged(endless)(request_for()))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait([task])
    assert [line for line in after_time(lines) if "messages" not in line] == [
        "failed: no credit",
        "stopped",
    ]


async def test_what_was_kept_is_told_as_that(request_for):
    """A cached reply says in the timeline that it was one."""
    kept = Reply(text="Ohio", request=request_for(), model="m", cached=True, cost_usd=0.0)
    with timeline() as lines:
        await logged(ScriptedModel([kept]))(request_for())
    assert lines[-1].endswith("for nothing, from what is kept")


async def test_no_key_and_no_text_is_logged(request_for, monkeypatch):
    """A timeline holds neither prompt nor reply, and a key that an error quotes is hidden."""
    monkeypatch.setenv("ACME_API_KEY", "correct-horse-battery")
    said = "wrong key correct-horse-battery \x1b[31m"
    model = ScriptedModel(["the reply's text", ModelError(said)])
    with timeline() as lines:
        await logged(model)(request_for(task="the task's text"))
        with pytest.raises(ModelError, match="wrong key"):
            await logged(model)(request_for())
    whole = "\n".join(lines)
    assert "text" not in whole
    assert "correct-horse" not in whole
    assert "\x1b" not in whole
    assert r"wrong key [hidden] \x1b[31m" in whole


async def test_whoever_watched_the_waits_still_does(request_for):
    """The timeline listens along: a run's own countdown goes on."""

    async def waiting(request, *, on_text=None):
        for left in (2.0, 1.0, 0.0):
            tell_wait(left, "rate limit")
        return Reply(text="Ohio", request=request, model="m")

    told: list[tuple[float, str]] = []
    with timeline() as lines, waits_told_to(lambda s, r: told.append((s, r))):
        await logged(waiting)(request_for())
    assert told == [(2.0, "rate limit"), (1.0, "rate limit"), (0.0, "rate limit")]
    assert [line for line in after_time(lines) if "waits" in line] == ["waits 2.0 s: rate limit"]


async def test_nothing_is_collected_outside_a_timeline(request_for):
    """After the block the logger is as it was: no handler more, no level changed."""
    before = (LOGGER.level, list(LOGGER.handlers))
    with timeline() as outer:
        with timeline() as inner:
            await logged(ScriptedModel(["a"]))(request_for())
        await logged(ScriptedModel(["a"]))(request_for())
    await logged(ScriptedModel(["a"]))(request_for())
    assert (LOGGER.level, list(LOGGER.handlers)) == before
    assert (len(inner), len(outer)) == (2, 4)


CODE = """
import asyncio, logging
from vs_magic.errors import ModelError
from vs_magic.llm.trust.log import LOGGER, logged
from vs_magic.llm.request import Request
from vs_magic.testing import ScriptedModel
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.shape import Shape

{setting}
request = Request(model="m", messages=(), shape=Shape(method=Method.DIRECT))
asyncio.run(logged(ScriptedModel(["Ohio"]))(request))
LOGGER.warning("something odd")
"""


def test_the_logger_is_silent_by_default():
    """A program that set up no logging sees nothing, not even a warning."""
    assert _output(CODE.format(setting="")) == ""


def test_the_logger_is_a_standard_one():
    """A program that sets up logging gets the timeline through its own handlers."""
    said = _output(CODE.format(setting="logging.basicConfig(level=logging.DEBUG)"))
    assert "DEBUG:vs_magic:call 1 · reply after" in said
    assert "WARNING:vs_magic:something odd" in said
    assert logging.getLogger("vs_magic") is LOGGER


def _output(code):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    return done.stdout + done.stderr

"""One background loop: results, errors, cancelling, interrupts, shutdown, forks."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from vs_magic.errors import Interrupted
from vs_magic.llm import loop


async def thread_name():
    """Where a coroutine runs."""
    return threading.current_thread().name


def test_a_coroutine_runs_on_the_background_thread():
    """`run` returns its result, and always on the same thread."""
    assert {loop.run(thread_name()) for _ in range(3)} == {"vs_magic-loop"}


def test_an_error_comes_out_as_it_is():
    """`run` raises what the coroutine raises."""

    async def fail():
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        loop.run(fail())


async def test_it_works_while_the_callers_own_loop_runs():
    """As in a notebook: the main thread's loop is busy with the cell."""
    assert asyncio.get_running_loop().is_running()
    assert loop.run(thread_name()) == "vs_magic-loop"


async def test_bridge_awaits_from_another_loop_and_passes_cancelling_on():
    """Async code of the user's keeps its own loop; the calls run on ours."""
    assert await loop.bridge(thread_name()) == "vs_magic-loop"
    cancelled = threading.Event()

    async def long():
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    task = asyncio.ensure_future(loop.bridge(long()))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError, match="^$"):
        await task
    assert await asyncio.to_thread(cancelled.wait, 2)


def test_waiting_on_the_loop_itself_is_an_error_and_no_deadlock():
    """A callback that calls the blocking API is told what to do instead."""

    async def nested():
        loop.run(thread_name())

    with pytest.raises(RuntimeError, match=r"await the coroutine instead, as in `await vs\.asam"):
        loop.run(nested())


def test_submit_returns_at_once_and_can_be_cancelled():
    """The handle is a future; cancelling it cancels the coroutine."""
    running = loop.submit(asyncio.sleep(30))
    assert not running.done()
    assert running.cancel()
    with pytest.raises(concurrent.futures.CancelledError, match="^$"):
        running.result(2)
    assert not running.cancel()


def test_what_a_cancelled_coroutine_still_returns_is_not_lost():
    """Unlike with an ordinary future."""
    started = threading.Event()

    async def salvage():
        try:
            started.set()
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            return "half"

    running = loop.submit(salvage())
    started.wait(2)
    running.cancel()
    assert running.result(2) == "half"


def test_a_keyboard_interrupt_inside_a_task_does_not_end_the_others():
    """asyncio lets it through run_forever; the loop goes on all the same."""

    async def interrupt():
        raise KeyboardInterrupt

    steady = loop.submit(asyncio.sleep(0.3, "steady"))
    with pytest.raises(Interrupted, match="^$"):
        loop.run(interrupt())
    assert steady.result(2) == "steady"


def test_after_shutdown_the_next_call_starts_anew():
    """Shutdown cancels what runs, closes clients on the loop, and is not the end."""
    closed: list[str] = []

    async def close():
        closed.append(threading.current_thread().name)

    running = loop.submit(asyncio.sleep(30))
    loop.at_shutdown(close)
    loop.shutdown()
    with pytest.raises(concurrent.futures.CancelledError, match="^$"):
        running.result(0)
    assert closed == ["vs_magic-loop"]
    assert loop.run(thread_name()) == "vs_magic-loop"
    loop.shutdown()
    assert closed == ["vs_magic-loop"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_has_a_loop_of_its_own():
    """The parent's thread does not exist in the child; the child starts one."""
    loop.run(thread_name())
    child = os.fork()
    if child == 0:
        os._exit(0 if loop.run(thread_name()) == "vs_magic-loop" else 1)
    for _ in range(100):
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            break
        time.sleep(0.05)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        pytest.fail("the child hangs")
    assert os.waitstatus_to_exitcode(status) == 0
    assert loop.run(thread_name()) == "vs_magic-loop"


def interrupted_run(body: str, *moments: float) -> tuple[str, str, int]:
    """Run a script, send it SIGINT at the moments after it says "ready", return what it said."""
    script = "import asyncio, contextlib, time\nfrom vs_magic.llm import loop\n" + textwrap.dedent(
        body
    )
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    for moment in moments:
        time.sleep(moment)
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=250)
    return out, err, process.returncode


def test_an_interrupt_cancels_waits_and_raises():
    """Ctrl-C: the coroutine tidies up, what it returns is kept, the next call runs normally."""
    out, err, code = interrupted_run(
        """
        async def work():
            print("ready", flush=True)
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                await asyncio.sleep(0.05)
                return "half a distribution"

        began = time.monotonic()
        try:
            loop.run(work())
        except KeyboardInterrupt as stopped:
            print(type(stopped).__name__, stopped.partial)
        print(loop.run(asyncio.sleep(0, "next")))
        """,
        0.2,
    )
    assert out.splitlines() == ["Interrupted half a distribution", "next"]
    assert (err, code) == ("", 0)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals go to processes here")
def test_an_interrupt_that_another_thread_took_is_seen():
    """It does not wake the main thread; the run ends all the same, and soon."""
    out, err, code = interrupted_run(
        """
        import signal, threading

        def take():
            time.sleep(0.3)
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)

        threading.Thread(target=take).start()
        print("ready", flush=True)
        try:
            loop.run(asyncio.sleep(600))
        except KeyboardInterrupt:
            print("stopped")
        """
    )
    assert out.splitlines() == ["stopped"]
    assert (err, code) == ("", 0)


def test_an_interrupt_at_any_step_leaves_the_loop_running():
    """Hundreds, while a run begins, waits, ends and tidies up: every next run ends as well."""
    out, _, code = interrupted_run(
        """
        import faulthandler, signal

        caught, inside = 0, False

        def stop(*_):
            if inside:
                raise KeyboardInterrupt

        signal.signal(signal.SIGINT, stop)
        faulthandler.dump_traceback_later(200, exit=True)  # where it hangs
        loop.LOOK_S = 0.001
        print("ready", flush=True)
        while caught < 400:
            work = asyncio.sleep(0.003)
            try:
                inside = True
                loop.run(work, grace=30)
                inside = False
            except KeyboardInterrupt:
                inside = False
                caught += 1
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("caught", caught)
        """,
        *(random.Random(1).uniform(0.0005, 0.004) for _ in range(1500)),
    )
    assert (out, code) == ("caught 400\n", 0)


def test_a_coroutine_that_will_not_stop_does_not_hold_the_prompt():
    """The grace is bounded, also when people press Ctrl-C again and again."""
    out, err, code = interrupted_run(
        """
        async def stubborn():
            print("ready", flush=True)
            while holding:
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(0.05)

        holding = True
        try:
            loop.run(stubborn())
        except KeyboardInterrupt as stopped:
            print(stopped.partial, "while it still held on")
        holding = False
        time.sleep(0.2)
        """,
        0.2,
        0.1,
        0.1,
    )
    assert out.splitlines() == ["None while it still held on"]
    assert (err, code) == ("", 0)


def test_a_process_ends_while_work_is_under_way():
    """At exit the loop is stopped: no hang, no complaint about pending tasks."""
    script = (
        "import asyncio, logging\nfrom vs_magic.llm import loop\n"
        "logging.getLogger('asyncio').setLevel('ERROR')\n"  # a slow machine is no complaint
        "loop.submit(asyncio.sleep(600)); loop.run(asyncio.sleep(0))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")

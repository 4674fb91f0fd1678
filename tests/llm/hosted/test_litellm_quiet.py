"""litellm comes late, silent, without network, and leaves cleanly: seen from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from vs_magic.testing import Endpoint, faults

PRELUDE = """
import json, logging, os, sys
from vs_magic.llm import loop, models
from vs_magic.llm.request import Request
from vs_magic.verbalized import prompt
from vs_magic.verbalized.options import Options

def ask(name="openai/loopback", on_text=None, **given):
    options = Options(**{"method": "direct", **given})
    request = Request(
        model=name,
        messages=prompt.opening("Name a US state.", options, options.sizes[0]),
        shape=options.shape(options.sizes[0]),
    )
    return loop.run(models.connect(name).complete(request, on_text=on_text))
"""


def run(body: str, endpoint: Endpoint, cwd: Path, **environment: str):
    """Run a script in a process of its own, under -W error, with an endpoint."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PRELUDE + textwrap.dedent(body)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=cwd,
        env={**os.environ, **endpoint.env(), **environment},
    )
    assert done.returncode == 0, done.stderr
    return done


def test_calls_that_succeed_and_fail_print_nothing(tmp_path):
    """No banner, no warning, no unclosed session at exit, whatever happens to the calls."""
    faulty = [
        "Ohio",
        "Utah",
        faults.status(400, "odd"),
        faults.reset(),
        "Iowa",
        faults.status(401, "no"),
        faults.cut("one two three four", 8),
    ]
    with Endpoint(faulty) as endpoint:
        done = run(
            """
            from vs_magic.errors import ModelError
            said = [ask().text, ask(on_text=lambda text: None).text]
            for stream in (None, None, None, lambda text: None):
                try:
                    said.append(ask(on_text=stream).text)
                except ModelError as error:
                    said.append("error")
            print(json.dumps(said))
            """,
            endpoint,
            tmp_path,
        )
    assert json.loads(done.stdout) == ["Ohio", "Utah", "error", "Iowa", "error", "error"]
    assert done.stderr == ""


def test_nothing_heavy_is_imported_before_the_first_call(tmp_path):
    """Connecting, choosing and listing leave litellm alone; the first call brings it."""
    with Endpoint(["Ohio"]) as endpoint:
        done = run(
            """
            models.connect("gpt-4.1"); models.choose(None); models.available()
            models.complete_name("gpt")
            before = [name for name in ("litellm", "openai", "httpx") if name in sys.modules]
            ask()
            print(json.dumps([before, "litellm" in sys.modules]))
            """,
            endpoint,
            tmp_path,
        )
    assert json.loads(done.stdout) == [[], True]


def test_a_dot_env_file_that_nobody_named_is_not_read(tmp_path):
    """litellm reads ./.env when it is imported in a notebook; behind this door it does not."""
    (tmp_path / ".env").write_text("PICKED_UP=yes\n", encoding="utf-8")
    with Endpoint(["Ohio"]) as endpoint:
        done = run("ask(); print('PICKED_UP' in os.environ)", endpoint, tmp_path)
    assert done.stdout == "False\n"


def test_the_environment_is_left_as_it_was(tmp_path):
    """The variables that keep litellm off the network are gone after its import."""
    with Endpoint(["Ohio"]) as endpoint:
        done = run(
            "before = dict(os.environ); ask(); print(dict(os.environ) == before)",
            endpoint,
            tmp_path,
        )
    assert done.stdout == "True\n"


def test_logs_hold_no_key_even_at_debug(tmp_path):
    """A user who logs everything sees requests, and no key in them."""
    with Endpoint([faults.status(401, "wrong key sk-loopback-0123456789")]) as endpoint:
        done = run(
            """
            logging.basicConfig(level=logging.DEBUG)
            try:
                ask()
            except Exception as error:
                print(error)
            """,
            endpoint,
            tmp_path,
            SOME_SECRET="hush-hush-hush",
        )
    assert "HTTP Request" in done.stderr
    assert "sk-loopback" not in done.stderr + done.stdout


def test_the_stop_button_ends_a_call_within_half_a_second(tmp_path):
    """A real SIGINT while the endpoint hangs: the prompt is back, the next call runs normally."""
    with Endpoint(["warm", faults.hang(20), "after"]) as endpoint:
        done = run(
            """
            import signal, threading, time
            ask()
            threading.Timer(1.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            began = time.monotonic()
            try:
                ask()
            except KeyboardInterrupt:
                print(time.monotonic() - began < 2.0)
            print(ask().text)
            """,
            endpoint,
            tmp_path,
        )
    assert done.stdout.split() == ["True", "after"]
    assert done.stderr == ""


@pytest.mark.parametrize("module", ["vs_magic.llm.client", "vs_magic.llm.models"])
def test_importing_the_door_is_light(module, tmp_path):
    """The module that speaks to litellm does not import it."""
    script = f"import sys, {module}; print([m for m in ('litellm', 'pandas') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"

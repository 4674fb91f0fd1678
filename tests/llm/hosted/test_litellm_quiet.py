"""litellm comes late, silent, without network, and leaves cleanly: seen from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

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
    """Run a script in a process of its own, under -W error, with an endpoint.

    What litellm has set in this process is not handed on: the script sees what a user would.
    """
    inherited = {k: v for k, v in os.environ.items() if k != "TIKTOKEN_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PRELUDE + textwrap.dedent(body)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=cwd,
        env={**inherited, **endpoint.env(), **environment},
    )
    assert done.returncode == 0, done.stderr
    return done


FAULTY = [
    "Ohio",
    "Utah",
    faults.status(400, "odd"),
    faults.reset(),
    "Iowa",
    faults.status(401, "no"),
    faults.cut("one two three four", 8),
    faults.hang(600),
    "after",
]
DAY = """
import signal, threading
from vs_magic.errors import ModelError

models.connect("gpt-4.1"); models.choose(None); models.available(); models.complete_name("gpt")
told = {"early": [name for name in ("litellm", "openai", "httpx") if name in sys.modules]}
before = dict(os.environ)
said = [ask().text, ask(on_text=lambda text: None).text]
told |= {"late": "litellm" in sys.modules, "same environment": dict(os.environ) == before}
for stream in (None, None, None, lambda text: None):
    try:
        said.append(ask(on_text=stream).text)
    except ModelError as error:
        said.append("error")
threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    said.append(ask().text)
except KeyboardInterrupt:
    said.append("stopped")
print(json.dumps({**told, "said": [*said, ask().text], "from .env": "PICKED_UP" in os.environ}))
"""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """What a process told of itself that made all kinds of calls, and what else it printed."""
    folder = tmp_path_factory.mktemp("day")
    (folder / ".env").write_text("PICKED_UP=yes\n", encoding="utf-8")
    with Endpoint(FAULTY) as endpoint:
        done = run(DAY, endpoint, folder)
    return json.loads(done.stdout), done.stderr


def test_calls_that_succeed_fail_and_are_stopped_print_nothing(day):
    """No banner, no warning, no unclosed session at exit, whatever happens to the calls."""
    told, noise = day
    assert told["said"][:6] == ["Ohio", "Utah", "error", "Iowa", "error", "error"]
    assert noise == ""


def test_the_stop_button_ends_a_call(day):
    """A real SIGINT while the endpoint hangs: the prompt is back, the next call runs normally."""
    told, _ = day
    assert told["said"][6:] == ["stopped", "after"]


def test_nothing_heavy_is_imported_before_the_first_call(day):
    """Connecting, choosing and listing leave litellm alone; the first call brings it."""
    told, _ = day
    assert (told["early"], told["late"]) == ([], True)


def test_a_dot_env_file_that_nobody_named_is_not_read(day):
    """litellm reads ./.env when it is imported in a notebook; behind our client it does not."""
    told, _ = day
    assert told["from .env"] is False


def test_the_environment_is_left_as_it_was(day):
    """The variables that keep litellm off the network are gone after its import."""
    told, _ = day
    assert told["same environment"] is True


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


@pytest.mark.parametrize("module", ["vs_magic.llm.client", "vs_magic.llm.models"])
def test_importing_the_client_is_light(module, tmp_path):
    """The module that speaks to litellm does not import it."""
    script = f"import sys, {module}; print([m for m in ('litellm', 'pandas') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"

"""A JupyterLab / Notebook 7 server on loopback, a Chromium, and a notebook with one cell to run."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from playwright.sync_api import Browser, Page, Playwright

HERE = Path(__file__).parent
CHROMIUM_ARGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def chromium() -> str | None:
    """Return the Chromium that is installed; None leaves it to Playwright's own."""
    named = os.environ.get("VS_MAGIC_CHROMIUM") or os.environ.get("CHROMIUM")
    return named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


def launch(playwright: Playwright) -> Browser:
    """Start a headless Chromium."""
    return playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server."""

    url: str
    token: str
    root: Path
    runtime: Path

    def api(self, path: str) -> Any:
        """Ask the server's REST interface."""
        request = urllib.request.Request(
            f"{self.url}api/{path}", headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def notebook(self, name: str) -> str:
        """Write a notebook of one empty cell, unless it is there, and return its path."""
        if (self.root / name).exists():
            return name
        cell = {"cell_type": "code", "id": "one", "source": "", "metadata": {}, "outputs": []}
        spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        content = {
            "cells": [{**cell, "execution_count": None}],
            "metadata": {"kernelspec": spec},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (self.root / name).write_text(json.dumps(content))
        return name


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Run a server whose every file lies in `folder`; its port is free, its token random."""
    root, runtime = folder / "root", folder / "runtime"
    for each in (root, runtime):
        each.mkdir(parents=True)
    news = folder / "jupyterlab_settings_dir/@jupyterlab/apputils-extension"
    news.mkdir(parents=True)
    (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    token = secrets.token_hex(16)
    names = ("JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")},
        **{name: str(folder / name.lower()) for name in (*names, "IPYTHONDIR")},
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_TOKEN": token,
        "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE)]),
    }
    options = [
        *("--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", "--allow-root"),
        *(f"--ServerApp.root_dir={root}", "--ServerApp.terminals_enabled=False"),
        *(
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ),
        *("--JupyterNotebookApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"),
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=env, stdout=log, stderr=log
        )
    try:
        yield _wait_for(process, token, root, runtime, folder / "log")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(
    process: subprocess.Popen[bytes], token: str, root: Path, runtime: Path, log: Path
) -> Server:
    ends = time.monotonic() + 60
    while time.monotonic() < ends and process.poll() is None:
        for path in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(json.JSONDecodeError, urllib.error.URLError, OSError):
                info = json.loads(path.read_text())
                server = Server(url=info["url"], token=token, root=root, runtime=runtime)
                server.api("status")
                return server
        time.sleep(0.1)
    raise RuntimeError(f"no Jupyter server came up:\n{log.read_text()[-3000:]}")


class Notebook:
    """A notebook that is open in the browser, in JupyterLab (`lab`) or Notebook 7 (`notebook`)."""

    def __init__(self, page: Page, server: Server, app: str, name: str) -> None:
        self.page, self.server, self.name = page, server, name
        where = "doc/tree" if app == "lab" else "notebooks"
        page.goto(f"{server.url}{where}/{server.notebook(name)}?token={server.token}")
        ready = "() => window.jupyterapp?.shell.currentWidget?.content?.activeCell"
        page.wait_for_function(ready, timeout=60_000)
        page.evaluate(
            "() => jupyterapp.shell.currentWidget.context.sessionContext.ready"
            ".then(() => jupyterapp.shell.currentWidget.revealed)"
        )
        self._client: BlockingKernelClient | None = None

    def run(self, code: str) -> None:
        """Put code into the one cell, run it, and wait for its end."""
        self.page.evaluate(
            """async code => {
                const panel = jupyterapp.shell.currentWidget;
                panel.content.activeCell.model.sharedModel.setSource(code);
                await jupyterapp.commands.execute('notebook:run-cell');
            }""",
            code,
        )

    def start(self, code: str) -> None:
        """Put code into the one cell and run it, without waiting."""
        self.page.evaluate(
            """code => {
                jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource(code);
                jupyterapp.commands.execute('notebook:run-cell');
            }""",
            code,
        )

    def theme(self, name: str) -> None:
        """Change the notebook's theme, as its menu does, and wait until it holds."""
        dark = str(name == "light").lower()
        self.page.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", THEMES[name]
        )
        self.page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{dark}'")

    @property
    def kernel(self) -> BlockingKernelClient:
        """A second client of the notebook's own kernel."""
        if self._client is None:
            sessions = self.server.api("sessions")
            id_ = next(s["kernel"]["id"] for s in sessions if s["path"] == self.name)
            client = BlockingKernelClient(
                connection_file=str(self.server.runtime / f"kernel-{id_}.json")
            )
            client.load_connection_file()
            client.start_channels(iopub=False, stdin=False)  # what cells print is the page's
            self._client = client
        return self._client

    def value(self, expression: str) -> Any:
        """Return what an expression is in the kernel, through JSON."""
        code = f"import json as _json; _value = _json.dumps({expression})"
        asked = {"v": "_value"}
        answer = self.kernel.execute(
            code, store_history=False, user_expressions=asked, reply=True, timeout=60
        )
        content = answer["content"]
        if content["status"] != "ok":
            raise AssertionError("\n".join(content["traceback"]))
        quoted = content["user_expressions"]["v"]["data"]["text/plain"]
        return json.loads(eval(quoted))

    def close(self) -> None:
        """End the second client."""
        if self._client is not None:
            self._client.stop_channels()

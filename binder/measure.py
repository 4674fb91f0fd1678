"""Do what Binder does, in a clean folder and under its 2 GB, and say what it took.

    sudo python3.11 binder/measure.py [--limit-mb 2048] [--keep FOLDER]

Exports the commit that is checked out, installs it by `requirements.txt` into an environment of
its own, runs `postBuild`, starts JupyterLab by `start`, and runs the quickstart in a kernel of that
server. Everything runs in one memory control group (Linux, as root). The figures in docs/binder.md
come from here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
PORT = 18_437
MB = 1_000_000
EVERY_S = 0.1

# Runs in the environment that was installed, beside the server: what the browser does, by its API.
CLIENT = """
import json, sys, time, urllib.request, uuid
import nbformat, websocket

port, token, book = sys.argv[1:]
began = time.monotonic()
make = urllib.request.Request(
    f"http://127.0.0.1:{port}/api/kernels", data=b'{"name": "python3"}', method="POST",
    headers={"Authorization": f"token {token}"},
)
kernel = json.load(urllib.request.urlopen(make))["id"]
url = f"ws://127.0.0.1:{port}/api/kernels/{kernel}/channels"
line = websocket.create_connection(url, header=[f"Authorization: token {token}"], timeout=900)

def run(code):
    sent = uuid.uuid4().hex
    header = {"msg_id": sent, "msg_type": "execute_request", "username": "", "session": sent,
              "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    line.send(json.dumps({"channel": "shell", "header": header, "parent_header": {},
                          "metadata": {}, "content": content}))
    while True:
        told = json.loads(line.recv())
        if told["parent_header"].get("msg_id") != sent:
            continue
        if told["msg_type"] == "error":
            sys.exit("\\n".join(told["content"]["traceback"]))
        if told["msg_type"] == "status" and told["content"]["execution_state"] == "idle":
            return time.monotonic() - began

times = {"%load_ext": run("%load_ext vs_magic")}
times["first candidate"] = run("%vs --method direct -n 1 --quiet Name a fruit. Only the name.")
times["first list of five"] = run("%vs -k 5 --quiet Name a fruit. Only the name.")
code = "import vs_magic as vs; vs.metrics.semantic_diversity(['tea', 'coffee', 'a pear'])"
times["the embedder"] = run(code)
cells = [cell.source for cell in nbformat.read(book, 4).cells if cell.cell_type == "code"]
for cell in cells:
    last = run(cell)
times["the whole quickstart"] = last
print(json.dumps(times))
"""


class Group:
    """A memory control group, version 1 or 2."""

    def __init__(self, limit: int) -> None:
        root = Path("/sys/fs/cgroup")
        self.first = (root / "memory").is_dir()
        self.folder = (root / "memory" if self.first else root) / f"vs-binder-{os.getpid()}"
        self.folder.mkdir()
        name = "memory.limit_in_bytes" if self.first else "memory.max"
        (self.folder / name).write_text(str(limit))

    def holding(self, *command: str) -> list[str]:
        """Return a command as one that enters the group before it begins."""
        enter = 'echo $$ > "$0" && exec "$@"'
        return ["sh", "-c", enter, str(self.folder / "cgroup.procs"), *command]

    def used(self) -> int:
        """Bytes that cannot be given back: the processes' own, and the files that they map."""
        lines = (self.folder / "memory.stat").read_text().splitlines()
        stat = {key: int(value) for key, value in (line.split() for line in lines)}
        own, mapped = ("total_rss", "total_mapped_file") if self.first else ("anon", "file_mapped")
        return stat[own] + stat[mapped]

    def killed(self) -> int:
        """How many processes were killed for want of memory."""
        name = "memory.oom_control" if self.first else "memory.events"
        lines = (self.folder / name).read_text().splitlines()
        return int(dict(line.split() for line in lines).get("oom_kill", 0))


@contextmanager
def watched(group: Group, figures: dict[str, float], step: str) -> Iterator[None]:
    """Note how long a step took and the most that the group used meanwhile."""
    over = threading.Event()
    most = 0

    def watch() -> None:
        nonlocal most
        while not over.wait(EVERY_S):
            most = max(most, group.used())

    began = time.monotonic()
    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        figures[f"{step}, s"] = round(time.monotonic() - began, 1)
        figures[f"{step}, peak MB"] = round(most / MB)


def main() -> int:
    """Run the steps; 1 where one failed or was killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit-mb", type=int, default=2048, help="in MiB, as Binder counts")
    parser.add_argument("--keep", type=Path, help="an empty folder to work in, and to leave")
    chosen = parser.parse_args()
    group = Group(chosen.limit_mb * 1024 * 1024)
    figures: dict[str, float] = {}
    try:
        with tempfile.TemporaryDirectory() as made:
            steps(chosen.keep or Path(made), group, figures)
    finally:
        figures["killed for want of memory"] = group.killed()
        print(json.dumps(figures, indent=1))
        group.folder.rmdir()
    return 1 if figures["killed for want of memory"] else 0


def steps(folder: Path, group: Group, figures: dict[str, float]) -> None:
    """Install, prefetch, start, ask."""
    home, env = folder / "home", folder / "env"
    home.mkdir(parents=True, exist_ok=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=TOP, capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", home], input=archive.stdout, check=True)
    outside = {k: v for k, v in os.environ.items() if not k.startswith(("VS_MAGIC", "VIRTUAL"))}
    path = f"{env}/bin:{outside['PATH']}"
    variables = {**outside, "HOME": str(home), "PATH": path, "PIP_NO_CACHE_DIR": "1"}

    def run(*command: str) -> str:
        asked = group.holding(*command)
        return subprocess.run(
            asked, cwd=home, env=variables, check=True, text=True, stdout=subprocess.PIPE
        ).stdout

    subprocess.run([sys.executable, "-m", "venv", env], check=True)
    with watched(group, figures, "pip install"):
        run("pip", "install", "--quiet", "-r", "binder/requirements.txt")
    with watched(group, figures, "postBuild"):
        print(run("binder/postBuild"))
    token = os.urandom(8).hex()
    serve = ["jupyter", "lab", "--no-browser", "--allow-root", f"--port={PORT}"]
    with watched(group, figures, "session"):
        asked = group.holding("binder/start", *serve, f"--IdentityProvider.token={token}")
        server = subprocess.Popen(asked, cwd=home, env=variables, stderr=subprocess.DEVNULL)
        try:
            figures["JupyterLab answers, s"] = round(answering(token), 1)
            told = run("python", "-c", CLIENT, str(PORT), token, "notebooks/00_quickstart.ipynb")
        finally:
            server.terminate()
            server.wait(60)
    for name, value in json.loads(told.splitlines()[-1]).items():
        figures[f"{name}, s after the kernel was asked for"] = round(value, 1)


def answering(token: str) -> float:
    """Wait until the server serves the quickstart; return the seconds."""
    began = time.monotonic()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/lab/tree/notebooks/00_quickstart.ipynb",
        headers={"Authorization": f"token {token}"},
    )
    while not answers(asked):
        time.sleep(EVERY_S)
        if time.monotonic() - began > 120:
            raise TimeoutError("JupyterLab does not answer")
    return time.monotonic() - began


def answers(asked: urllib.request.Request) -> bool:
    """Whether the server answers by now."""
    try:
        with urllib.request.urlopen(asked, timeout=10):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


if __name__ == "__main__":
    sys.exit(main())

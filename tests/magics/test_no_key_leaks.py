"""Keys stay in the environment: a notebook is saved after every kind of failure, and searched."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from vs_magic.testing import Endpoint, faults

KEY = "correct-horse-battery-staple-9"
"""It has no provider's form: only its being in the environment makes it a secret."""

FAILURES = {
    "refused": faults.status(401, f"Incorrect API key provided: {KEY}."),
    "forbidden": faults.status(403, f"Bearer {KEY} may not do this"),
    "bad request": faults.status(400, f"bad request: headers were Authorization: Bearer {KEY}"),
    "unknown model": faults.status(404, f"no such model; your key is {KEY}"),
    "rate limit": faults.status(429, f"{KEY} is over its quota", retry_after=0.01),
    "server error": faults.status(500, f"stack trace: api_key='{KEY}'", retry_after=0.01),
    "web page": faults.body(f"<html>{KEY}</html>".encode(), content_type="text/html"),
    "no json": faults.body(f'{{"key": "{KEY}"'.encode()),
    "no choices": faults.empty_choices(),
    "filtered": faults.content_filter(),
    "cut off": faults.cut('{"responses": [{"text": "a", "probability": 0.5}, {"te', after=40),
    "broken": faults.reset(),
    "silent": faults.hang(2.5),
}

SETUP = """\
%load_ext vs_magic
%vs_config model=openai/loopback timeout=2
"""
EACH = """\
%%vs -k 3 --display widget
{task}
"""
THROUGH_THE_SESSION = """\
import traceback
from dataclasses import replace
from vs_magic.llm.trust import log
from vs_magic.llm import loop, session
from vs_magic.sampling.plan import plan
from vs_magic.sampling.sampler import collect

current = session.current()
current.record("lesson.jsonl")
with log.timeline() as lines:
    for task in TASKS:
        planned = plan(task, {"model": "openai/loopback", "timeout": 2.0, "k": 3})
        planned = replace(planned, model=current.wrap(planned.model, budget_usd=None))
        try:
            found = loop.run(collect(planned, stream=task == "cut off"))
            print(found.frame.to_string(), found.frame.attrs, found.replies)
        except Exception as error:
            shown = traceback.TracebackException.from_exception(error, capture_locals=True)
            print(*shown.format())
            print(repr(error), error.__cause__, error.__context__, vars(error))
            print(error.partial.frame.attrs, error.partial.calls)
print("\\n".join(lines))
print(current.notices.take(), current.ledger.lines())
current.close()
"""


@pytest.mark.kernel
def test_no_key_is_in_a_notebook_saved_after_every_kind_of_failure(tmp_path):
    """Outputs, tracebacks with all their variables, widgets, log, cache and bundle hold no key."""

    def react(body):
        task = body["messages"][-1]["content"]
        return FAILURES.get(task, '{"responses": [{"text": "a", "probability": 0.5}]}')

    cells = [SETUP, f"TASKS = {['fine', *FAILURES]!r}"]
    for task in ("fine", *FAILURES):
        cells += [EACH.format(task=task), "%xmode Verbose\n%tb", "globals().get('_vs_reply')"]
    cells += [THROUGH_THE_SESSION, "%vs_models", "%vs_config", "_vs, _vs.frame.attrs, _vs.calls"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    with Endpoint(react) as endpoint:
        client = NotebookClient(
            notebook,
            timeout=240,
            kernel_name="python3",
            allow_errors=True,
            store_widget_state=True,
            resources={"metadata": {"path": str(tmp_path)}},
        )
        client.execute(env=_environment(tmp_path, endpoint))
    path = tmp_path / "saved.ipynb"
    nbformat.write(notebook, path)
    text = path.read_text()
    assert text.count("UsageError") >= len(FAILURES) - 3, "the failures are in it"
    assert "waits" in text, "the log is in it"
    assert "Incorrect API key provided" in text, "the endpoint's own words are in it"
    assert text.count("[hidden]") >= 6, "where the key was quoted, something stands in its place"
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert any(p.name == "store.db" for p in files)
    assert any(p.name == "lesson.jsonl" for p in files)
    assert [str(p) for p in files if KEY.encode() in p.read_bytes()] == []


def _environment(folder: Path, endpoint: Endpoint) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith("VS_MAGIC_")}
    own = {"IPYTHONDIR": str(folder / "ipython"), "VS_MAGIC_CACHE_DIR": str(folder / "cache")}
    return {**kept, **own, **endpoint.env(), "OPENAI_API_KEY": KEY}

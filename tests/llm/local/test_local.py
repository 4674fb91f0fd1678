"""The local model as the sampler uses it: every method, seeds, streaming, stopping, errors."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vs_magic.errors import ModelError, OptionError, WeightsError
from vs_magic.llm import local, loop, weights
from vs_magic.llm.fetch.catalogue import QWEN_05B
from vs_magic.llm.llama.generating import worker
from vs_magic.llm.local import connect_local
from vs_magic.llm.request import Model, Reply, Request
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.parse import read

Make = Callable[..., Request]
STORY = "Write a very long story about the sea."
LONG = {"method": "sequence", "k": 100, "n": 100}
"""The grammar holds the reply to a hundred candidates: it cannot be short by chance."""


def ask(model: Model, request: Request, **more: object) -> Reply:
    """Ask once, on the background loop, as the magics do."""
    return loop.run(model.complete(request, **more))


@pytest.mark.local_model
@pytest.mark.parametrize("method", [m for m in Method if m.lists or m.reasons], ids=str)
def test_a_form_is_held(light: Model, request_for: Make, method: Method):
    """Under every method that asks for a form the reply is whole, and has exactly k candidates."""
    request = request_for(method=method, k=2, n=2, seed=1)
    reply = ask(light, request)
    k = request.shape.k
    found = read(reply.text, method, request.shape.probability)
    assert (reply.mode, reply.finish_reason) == ("grammar", "stop")
    assert isinstance(json.loads(reply.text), dict)
    assert len(found.candidates) == k
    assert all(c.text and not c.repairs for c in found.candidates)
    assert all((c.probability is not None) == method.verbalizes for c in found.candidates)
    assert (found.reasoning is not None) == method.reasons


@pytest.mark.local_model
def test_lines_are_held_too(light: Model, request_for: Make):
    """The lines format gives k lines with a text and a probability each."""
    request = request_for(method="vs-standard", k=3, format="lines", seed=1)
    reply = ask(light, request)
    lines = [line.split(" | ") for line in reply.text.split("\n")]
    assert [len(line) for line in lines] == [2, 2, 2]
    assert all(0 <= float(number) <= 1 for _, number in lines)


@pytest.mark.local_model
def test_a_reply_says_what_it_took(light: Model, request_for: Make):
    """Tokens are counted, seconds measured, the price is known: nothing; parameters are told."""
    request = request_for(method="direct", n=1, temperature=0.3, top_p=0.9, seed=7)
    reply = ask(light, request)
    assert reply.text.strip()
    assert (reply.mode, reply.model, reply.request) == ("plain", light.name, request)
    assert reply.prompt_tokens > 30
    assert 0 < reply.completion_tokens < 20
    assert reply.cost_usd == 0.0
    assert 0 < reply.latency_s < 120
    sent = {"temperature": 0.3, "top_p": 0.9, "top_k": 0, "min_p": 0.0, "seed": 7}
    assert sent.items() <= dict(reply.parameters).items()


@pytest.mark.local_model
def test_a_seed_gives_the_same_text_whatever_ran_before(light: Model, request_for: Make):
    """The runtime takes over states of earlier prompts; a seeded call must not feel it."""
    seeded = request_for(method="sequence", k=4, temperature=1.3, seed=5)
    other = request_for("Name a colour of the sea.", method="sequence", k=4, max_tokens=3)
    first = ask(light, seeded).text
    ask(light, other)
    assert ask(light, seeded).text == first
    ask(light, request_for(method="direct", n=1))
    assert ask(light, seeded).text == first


@pytest.mark.local_model
def test_seeds_and_no_seed_vary(light: Model, request_for: Make):
    """At a high temperature other seeds give other texts, and so do calls without one."""
    asked = {"task": "Invent a word.", "method": "direct", "n": 1, "temperature": 1.5}
    seeded = {ask(light, request_for(**asked, seed=s, max_tokens=6)).text for s in (-1, 1, 2**40)}
    free = {ask(light, request_for(**asked, max_tokens=6)).text for _ in range(3)}
    assert len(seeded) > 1
    assert len(free) > 1


@pytest.mark.local_model
def test_a_reply_streams_in(light: Model, request_for: Make):
    """Each time the whole text so far is told, and the last time the reply itself."""
    heard: list[str] = []
    reply = ask(light, request_for(method="sequence", k=3, seed=2), on_text=heard.append)
    assert len(heard) > 5
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(heard))
    assert heard[-1] == reply.text


@pytest.mark.local_model
def test_a_cut_reply_says_so(light: Model, request_for: Make):
    """At the token limit the reply ends with finish_reason "length"."""
    reply = ask(light, request_for(STORY, method="direct", n=1, max_tokens=5))
    assert (reply.finish_reason, reply.completion_tokens) == ("length", 5)


@pytest.mark.local_model
async def test_a_cancelled_call_stops_the_writing(light: Model, request_for: Make):
    """The wait ends at once, and the model stops too."""
    heard: list[str] = []
    begun, here = asyncio.Event(), asyncio.get_running_loop()

    def on_text(text: str) -> None:
        heard.append(text)
        here.call_soon_threadsafe(begun.set)

    call = asyncio.ensure_future(light.complete(request_for(STORY, **LONG), on_text=on_text))
    await begun.wait()
    told = len(heard)
    await _stops_at_once(call)
    assert len(heard) <= told + 2


@pytest.mark.local_model
async def test_a_cancelled_call_stops_the_reading(light: Model, request_for: Make):
    """So it does before the first word, while a long prompt is still being read.

    Beside it the same prompt, read to its end: what was left of it took several times as long.
    """
    await light.complete(request_for(method="direct", n=1, max_tokens=1))  # it is loaded by now
    heard: list[str] = []
    task = "Sum up: " + "rain " * 600
    request = request_for(task, method="direct", n=1, max_tokens=1, timeout=600)
    call = asyncio.ensure_future(light.complete(request, on_text=heard.append))
    await asyncio.sleep(0.3)
    began = time.monotonic()
    await _stops_at_once(call)
    stopped = time.monotonic()
    assert heard == []
    await light.complete(request)
    assert stopped - began < (time.monotonic() - stopped) / 3


async def _stops_at_once(call: asyncio.Future[Reply]) -> None:
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    # The next work has its turn when the model has stopped: a token, or 64 read ones, later.
    await asyncio.to_thread(worker.run_blocking, lambda _: None)


@pytest.mark.local_model
async def test_a_waiting_call_is_taken_off_the_queue(light: Model, request_for: Make):
    """A call that is cancelled before its turn never runs."""
    running = asyncio.ensure_future(light.complete(request_for(method="direct", n=1)))
    heard: list[str] = []
    waiting = light.complete(request_for(method="direct", n=1), on_text=heard.append)
    waiting = asyncio.ensure_future(waiting)
    await asyncio.sleep(0)
    waiting.cancel()
    await running
    await asyncio.to_thread(worker.run_blocking, lambda _: None)
    assert waiting.cancelled()
    assert heard == []


@pytest.mark.local_model
async def test_the_event_loop_stays_free(light: Model, request_for: Make):
    """While the model writes, other coroutines run."""
    call = asyncio.ensure_future(
        light.complete(request_for(STORY, n=1, method="direct", max_tokens=9))
    )
    ticks = 0
    while not call.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert ticks > 5


@pytest.mark.local_model
async def test_calls_at_once_do_not_change_each_other(light: Model, request_for: Make):
    """Seeded calls give the same texts side by side as one by one."""
    asked = [request_for(method="sequence", k=2, temperature=1.2, seed=s) for s in (1, 2)]
    alone = [(await light.complete(request)).text for request in asked]
    together = await asyncio.gather(*(light.complete(request) for request in asked))
    assert [reply.text for reply in together] == alone


@pytest.mark.local_model
def test_a_prompt_that_does_not_fit_is_told(light: Model, request_for: Make):
    """It says how long it is and how long it may be."""
    with pytest.raises(
        ModelError, match=r"prompt has 9,\d+ tokens and local/\S+ reads 8,192 at most"
    ):
        ask(light, request_for("rain " * 9000, method="direct", n=1))


@pytest.mark.local_model
def test_a_call_that_takes_too_long_keeps_what_it_wrote(light: Model, request_for: Make):
    """The error names the flags, and carries the text so far for the sampler to salvage."""
    ask(light, request_for(STORY, **LONG, max_tokens=1))
    with pytest.raises(ModelError, match="did not finish within 2 s: .*--timeout.*--max") as failed:
        ask(light, request_for(STORY, **LONG, timeout=2))
    assert failed.value.partial_text.strip()


@pytest.mark.local_model
def test_unloading_frees_stops_and_loads_again(light: Model, request_for: Make):
    """`close_all` ends a running call with an error, and the next call works."""

    async def interrupted() -> None:
        story = request_for(STORY, **LONG)
        loop, begun = asyncio.get_running_loop(), asyncio.Event()
        on_text = lambda _: loop.call_soon_threadsafe(begun.set)  # noqa: E731
        call = asyncio.ensure_future(light.complete(story, on_text=on_text))
        await begun.wait()
        await asyncio.to_thread(local.close_all)
        await call

    with pytest.raises(ModelError, match="local/qwen2.5-coder-0.5b was stopped"):
        loop.run(interrupted())
    assert ask(light, request_for(method="direct", n=1)).text


@pytest.mark.local_model
def test_a_file_of_ones_own_is_taken_by_its_path(light: Model, request_for: Make, workdir: Path):
    """Any GGUF file can be named, relative to the current folder or from the root."""
    path = weights.path(light.name)
    (workdir / "mine.GGUF").symlink_to(path)
    assert local.locate("local/mine.GGUF")[0] == path.resolve()
    assert connect_local(f"local/{path}").note == "a GGUF file of your own, not checked"
    assert ask(connect_local("local/mine.GGUF"), request_for(method="direct", n=1)).text


def test_what_is_no_model_is_told_before_any_call(workdir: Path):
    """A missing file, another kind of file, an unknown name: one line each, with what to do."""
    Path("text.gguf").write_text("hello")
    with pytest.raises(ModelError, match=r"^text.gguf is no GGUF file"):
        connect_local("local/text.gguf")
    with pytest.raises(
        ModelError, match=r"^gone.gguf cannot be read .No such file.*path of a GGUF"
    ):
        connect_local("local/gone.gguf")
    Path("folder.gguf").mkdir()
    with pytest.raises(ModelError, match=r"cannot be read .Is a directory"):
        connect_local("local/folder.gguf")
    with pytest.raises(
        OptionError, match=r"unknown local model 'local/qwen-1.5b': did you mean '.*1.5b'"
    ):
        connect_local("local/qwen-1.5b")
    with pytest.raises(OptionError, match="unknown local model 'local/minilm'"):
        connect_local("local/minilm")


def test_absent_and_corrupted_weights_are_told_before_any_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Without weights the command is named; a file that is not the pinned one is refused."""
    monkeypatch.setenv("VS_MAGIC_CACHE_DIR", str(tmp_path))
    with pytest.raises(
        WeightsError, match=r"not here yet: run `vs-magic fetch local/qwen2.5-coder-0"
    ):
        connect_local(QWEN_05B.name)
    file = QWEN_05B.files[0]
    at = tmp_path / "weights" / "qwen2.5-coder-0.5b" / file.name
    at.parent.mkdir(parents=True)
    with at.open("wb") as empty:
        os.truncate(empty.fileno(), file.size)
    with pytest.raises(WeightsError, match=f"not the file that it should be: .*{file.sha256}"):
        connect_local(QWEN_05B.name)


def test_a_stop_text_ends_the_reply(light: Model, request_for: Make):
    """The reply is what stands before it, and it ended as a reply ends."""
    asked = {"method": "direct", "n": 1, "temperature": 0, "seed": 1, "max_tokens": 40}
    task = "Write the numbers 1 to 9."
    whole = ask(light, request_for(task, **asked))
    cut = ask(light, request_for(task, **asked, stop=("nothing like it", "4")))
    assert "4" in whole.text
    assert cut.text == whole.text.partition("4")[0] != ""
    assert cut.finish_reason == "stop"
    assert cut.completion_tokens < whole.completion_tokens


def test_what_is_asked_of_the_sampling_shapes_the_replies(light: Model, request_for: Make):
    """Of a high temperature the likeliest token alone is left; penalties have less said again."""
    asked = {"method": "direct", "n": 1, "max_tokens": 12}
    likeliest = ask(light, request_for(**asked, temperature=0, seed=1)).text
    for only in ({"top_k": 1}, {"min_p": 1.0}):
        warm = [request_for(**asked, temperature=2, seed=seed, **only) for seed in (1, 2)]
        assert [ask(light, request).text for request in warm] == [likeliest] * 2
    task = "Write the numbers 1 to 9."
    repeats = {**asked, "temperature": 0, "seed": 1, "max_tokens": 40}
    plain = ask(light, request_for(task, **repeats)).text
    varied = ask(light, request_for(task, **repeats, presence_penalty=2, frequency_penalty=2)).text
    assert varied.count(",") < plain.count(",")


def test_what_llama_cpp_does_not_have_is_told(light: Model, request_for: Make):
    """There is no effort of reasoning: it is not sent, and the reply says so."""
    reply = ask(light, request_for(method="direct", n=1, reasoning_effort="low", max_tokens=2))
    assert reply.not_sent == ("reasoning_effort",)
    assert "reasoning_effort" not in reply.parameters

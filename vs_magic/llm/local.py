"""Small real models on this machine's processor: no key, no network, no price.

`connect_local` gives the client of one. The weights are loaded by the first call, once per process,
and freed by `close_all`. Calls run one after the other: on a few cores a second one at the same
time would only slow the first, and a seed gives the same text however many calls there are.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from vs_magic.errors import ModelError, unknown
from vs_magic.llm import weights
from vs_magic.llm.fetch.catalogue import LOCAL, Weights, chat_models
from vs_magic.llm.llama.engine import CONTEXT, runtime
from vs_magic.llm.llama.generating import Turn, worker
from vs_magic.llm.llama.grammar import grammar
from vs_magic.llm.request import Model, OnText, Reply, Request

TEMPERATURE = 0.7
"""Where none was asked for (the paper's)."""

TOKENS_PER_REPLY = 1024
TOKENS_PER_CANDIDATE = 512
"""Longest reply where none was asked for: so much, and so much more for each candidate."""

SEEDS = 2**32 - 1
"""The runtime takes seeds below this; the number itself means "any"."""

MAGIC = b"GGUF"


class BrokenOffError(ModelError):
    """A reply that was stopped on the way; `partial_text` holds what there was of it."""

    def __init__(self, message: str, partial_text: str) -> None:
        super().__init__(message)
        self.partial_text = partial_text

    def __reduce__(self) -> tuple[type[BrokenOffError], tuple[str, str]]:
        """Pickle whole: a worker in another process may have made the call."""
        return type(self), (str(self), self.partial_text)


def connect_local(name: str) -> Model:
    """Connect to `local/…`: everything is checked now, the weights are loaded by the first call.

    Parameters
    ----------
    name
        A name of the catalogue (`local/qwen2.5-coder-1.5b`), or `local/` and the path of a GGUF
        file, relative or absolute (`local/models/mine.gguf`).

    Raises
    ------
    OptionError
        No model has that name.
    MissingExtraError
        The runtime is not installed.
    WeightsError
        The weights were not fetched, or are not what they should be.
    ModelError
        The file is missing, or is no GGUF file.
    """
    path, note = locate(name)
    runtime()

    async def complete(request: Request, *, on_text: OnText | None = None) -> Reply:
        return await worker.run(lambda turn: _generate(turn, path, name, request, on_text))

    return Model(name=name, complete=complete, estimate=lambda _: 0.0, concurrency=1, note=note)


def locate(name: str) -> tuple[Path, str]:
    """Return a model's weights and a line on it."""
    rest = name.removeprefix(LOCAL)
    if not rest.lower().endswith(".gguf"):
        entry = _listed(name)
        return weights.path(entry), entry.note
    path = Path(rest).expanduser()
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read ({error.strerror}): a local model is {', '.join(_NAMES)} or "
            "local/ and the path of a GGUF file"
        ) from None
    if start != MAGIC:
        raise ModelError(f"{path} is no GGUF file: llama.cpp's models begin with the letters GGUF")
    return path.resolve(), "a GGUF file of your own, not checked"


_NAMES = tuple(entry.name for entry in chat_models())


def _listed(name: str) -> Weights:
    for entry in chat_models():
        if entry.name == name.strip().lower():
            return entry
    raise unknown("local model", name, _NAMES, ", or local/ and the path of a GGUF file")


def _generate(turn: Turn, path: Path, name: str, request: Request, on_text: OnText | None) -> Reply:
    """Make one call, blocking."""
    started = time.monotonic()
    form = grammar(request.shape)
    sent = parameters(request)
    engine = turn.engine(path)
    heard = _Listener(name, request, on_text, turn)
    payload = {"messages": [dict(m) for m in request.messages], **sent, **_STREAM}
    if form is not None:
        payload["grammar"] = form
    engine.stream(payload, heard, exact=request.parameters.seed is not None)
    return Reply(
        text=heard.text,
        request=request,
        model=name,
        mode="plain" if form is None else "grammar",
        finish_reason=heard.finish_reason,
        reasoning=heard.reasoning or None,
        prompt_tokens=heard.usage.get("prompt_tokens"),
        completion_tokens=heard.usage.get("completion_tokens"),
        cost_usd=0.0,
        latency_s=time.monotonic() - started,
        parameters=sent,
        not_sent=request.parameters.split(_SAMPLERS)[1],
    )


_STREAM = {"stream": True, "stream_options": {"include_usage": True}, "return_progress": True}


_SAMPLERS: Mapping[str, str | None] = {
    "presence_penalty": "penalties",
    "frequency_penalty": "penalties",
    "temperature": "temperature",
    "top_k": "top_k",
    "top_p": "top_p",
    "min_p": "min_p",
    "max_tokens": None,
    "seed": None,
    "stop": None,
}
"""The parameters that llama.cpp has, by its own names, with the step of sampling that applies each;
the steps are taken in this order, which is that of hosted models."""


def parameters(request: Request) -> dict[str, Any]:
    """Return the parameters of a call, as they are sent.

    Nothing but what was asked for shapes the model's distribution, and of what was not, nothing but
    temperature and top-p: llama.cpp's own defaults (top-k 40, min-p 0.05) would cut off its tail.
    """
    longest = TOKENS_PER_REPLY + TOKENS_PER_CANDIDATE * request.shape.k
    given, _ = request.parameters.split(_SAMPLERS)
    steps = {_SAMPLERS[name] for name in given} | {"temperature", "top_p"}
    sent = {
        "temperature": TEMPERATURE,
        "top_p": 1.0,
        "top_k": 0,
        "min_p": 0.0,
        "samplers": [step for step in dict.fromkeys(_SAMPLERS.values()) if step and step in steps],
        "max_tokens": min(longest, CONTEXT),
        **given,
        "seed": -1 if request.parameters.seed is None else request.parameters.seed % SEEDS,
    }
    # The penalties count the whole reply, as hosted models do, not its last 64 tokens.
    return sent | {"repeat_last_n": CONTEXT} if "penalties" in steps else sent


def close_all() -> None:
    """Free the memory of every loaded model, stopping what runs; the next call loads it again."""
    worker.close()


class _Listener:
    """Gathers a reply from the events of a run, and stops the run when it has to."""

    def __init__(self, name: str, request: Request, on_text: OnText | None, turn: Turn) -> None:
        self.name = name
        self.timeout = request.timeout
        self.started = time.monotonic()
        self.on_text = on_text
        self.turn = turn
        self.text = ""
        self.reasoning = ""
        self.finish_reason: str | None = None
        self.usage: Mapping[str, int] = {}

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Take in one event; an error stops the run."""
        if self.turn.over:
            self._broken_off(f"{self.name} was stopped")
        if "error" in event:
            raise ModelError(self._refusal(event["error"]))
        self.usage = event.get("usage") or self.usage
        for choice in event.get("choices", ()):
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
            self._add(choice.get("delta", {}))
        if self.finish_reason is None and time.monotonic() - self.started > self.timeout:
            self._broken_off(
                f"{self.name} did not finish within {self.timeout:g} s: give it more (--timeout), "
                "or ask for less (--max-tokens, --words, -k)"
            )

    def _add(self, delta: Mapping[str, Any]) -> None:
        self.reasoning += delta.get("reasoning_content") or ""
        piece = delta.get("content") or ""
        self.text += piece
        if piece and self.on_text is not None:
            self.on_text(self.text)

    def _broken_off(self, message: str) -> NoReturn:
        """Stop the run; what it had written goes along with the error."""
        raise BrokenOffError(message, self.text)

    def _refusal(self, error: Mapping[str, Any]) -> str:
        if error.get("type") == "exceed_context_size_error":
            return (
                f"the prompt has {error.get('n_prompt_tokens'):,} tokens and {self.name} reads "
                f"{error.get('n_ctx'):,} at most, its reply included: shorten the task"
            )
        return f"{self.name} refused the call: {error.get('message')}"

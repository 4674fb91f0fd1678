"""A model's name → the model: hosted through LiteLLM, local, or simulated; and which to take.

Connecting sends nothing: an unknown name, a missing key or missing weights are told at once.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import threading
from dataclasses import dataclass

from vs_magic.errors import OptionError
from vs_magic.llm.hosted import keys, names, prices
from vs_magic.llm.hosted.providers import PROVIDERS
from vs_magic.llm.request import Model
from vs_magic.llm.simulated.model import GAMMAS, simulated
from vs_magic.llm.trust.scrub import scrub

MODEL_VARIABLE = "VS_MAGIC_MODEL"
LOCAL = "local/"
SIMULATED = "simulated/"
LAST_RESORT = "simulated/aligned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which model was taken, and why, as a sentence for people."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """A line of `%vs_models`."""

    name: str
    kind: str  # `hosted`, `server`, `local` or `simulated`
    ready: bool  # whether it could be asked right now
    note: str  # what it is, or what it takes


_connected: dict[object, Model] = {}
_lock = threading.Lock()


def connect(name: str) -> Model:
    """Return the model of that name; sends nothing, and the same model for the same name.

    Raises
    ------
    OptionError
        No such model; near misses are named.
    ModelError
        A key is missing; the variable is named.
    WeightsError
        A local model's weights are not here; the command that fetches them is named.
    MissingExtraError
        A local model needs a package that is not installed.
    """
    name = name.strip()
    if name.startswith(SIMULATED):
        return _simulated(name)
    if name.startswith(LOCAL):
        from vs_magic.llm.local import connect_local

        return connect_local(name)
    route = keys.route_to(name)  # asked each time: keys and servers may have changed meanwhile
    with _lock:
        if (name, route) not in _connected:
            from vs_magic.llm.client import connect

            _connected[name, route] = Model(
                name=name,
                complete=connect(name, route),
                estimate=functools.partial(prices.estimate, name=name),
            )
        return _connected[name, route]


def choose(name: str | None, configured: str | None = None) -> Choice:
    """Return which model to take where none may have been named; sends nothing.

    In this order: the one named, the configured one, VS_MAGIC_MODEL, a provider whose key is set,
    a local model whose weights are here, the simulated one.

    Raises
    ------
    OptionError
        The file of keys that VS_MAGIC_ENV_FILE names cannot be read.
    """
    if name:
        return Choice(name=name, reason="you named it")
    if configured:
        return Choice(name=configured, reason="your configuration names it")
    keys.load_named_env()
    if from_environment := os.environ.get(MODEL_VARIABLE):
        return Choice(name=from_environment, reason=f"{MODEL_VARIABLE} names it")
    for provider in PROVIDERS.values():
        if provider.keys and provider.model and provider.is_open():
            reason = f"no model was named, and a key of {provider.title} is set"
            return Choice(name=provider.model, reason=reason)
    for local in _local_lines():
        if local.ready:
            reason = "no model was named, no key is set, and its weights are here"
            return Choice(name=local.name, reason=reason)
    reason = "no model was named, no key is set, and no weights are here: this one only simulates"
    return Choice(name=LAST_RESORT, reason=reason)


def available() -> list[Available]:
    """Return the models that can be used here, and what the others take; sends nothing.

    Quick enough for tab completion, and imports nothing heavy.
    """
    keys.load_named_env()
    hosted = [
        Available(
            name=provider.model,
            kind="hosted",
            ready=provider.is_open(),
            note=_note(provider.title, provider.key_names, ready=provider.is_open()),
        )
        for provider in PROVIDERS.values()
        if provider.model
    ]
    servers = [
        Available(
            name=f"{prefix}/<model>",
            kind="server",
            ready=False,
            note=scrub(f"{provider.title} at {provider.base()[1]}; {provider.bases[0]} moves it"),
        )
        for prefix, provider in PROVIDERS.items()
        if provider.own is not None and prefix != "ollama_chat"
    ]
    toys = [
        Available(name=toy, kind="simulated", ready=True, note=_simulated(toy).note)
        for toy in GAMMAS
    ]
    return [*hosted, _own_server(), *servers, *_local_lines(), *toys]


def complete_name(start: str) -> list[str]:
    """Return the models whose names begin with `start`, usable ones first: for tab completion."""
    ready = [line.name for line in available() if line.ready and "<" not in line.name]
    unlocked = [p for p, provider in PROVIDERS.items() if provider.keys and provider.is_open()]
    hosted = [name for provider in unlocked for name in names.known(provider)]
    others = [line.name for line in available() if "<" not in line.name]
    return [n for n in dict.fromkeys([*ready, *hosted, *others]) if n.startswith(start)]


def _simulated(name: str) -> Model:
    if name not in GAMMAS:
        raise OptionError(f"unknown model {name!r}: the simulated ones are {', '.join(GAMMAS)}")
    with _lock:
        if name not in _connected:
            gamma = GAMMAS[name]
            sharp = "its tables as they are"
            if gamma != 1:
                sharp = f"its tables sharpened by γ = {gamma:g}"
            _connected[name] = Model(
                name=name,
                complete=simulated(gamma, name),
                estimate=lambda _: 0.0,
                note=f"no model but a toy of a few known tasks, {sharp}; free, needs nothing",
            )
        return _connected[name]


def _local_lines() -> list[Available]:
    from vs_magic.llm import weights
    from vs_magic.llm.fetch import catalogue

    runs = importlib.util.find_spec("xllamacpp") is not None
    lines = []
    for entry in catalogue.CATALOGUE.values():
        if entry.kind != "chat":
            continue
        here = weights.is_fetched(entry.name)
        needs = [] if runs else ['pip install "vs_magic[local]"']
        needs += [] if here else [f"vs-magic fetch {entry.name} ({entry.size / 1e9:.1f} GB)"]
        note = f"{entry.note}: {', then '.join(needs)}" if needs else entry.note
        lines.append(Available(name=entry.name, kind="local", ready=not needs, note=note))
    return lines


def _own_server() -> Available:
    base = PROVIDERS["openai"].base()[1] or os.environ.get(keys.API_BASE)
    where = f"the server at {base}" if base else "any server that speaks OpenAI's API"
    note = scrub(f"{where}: vLLM, llama.cpp, a gateway … (OPENAI_BASE_URL or {keys.API_BASE})")
    return Available(name="openai/<model>", kind="server", ready=base is not None, note=note)


def _note(title: str, needed: str, *, ready: bool) -> str:
    return f"{title}: {needed} is set" if ready else f"{title}: set {needed}"

"""Which hosted models are known by name, without importing litellm.

litellm ships a table of models with their providers and prices; reading that file takes a few
hundredths of a second where importing litellm takes seconds.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE = "model_prices_and_context_window_backup.json"
CHAT_MODES = ("chat", "responses")

# Where the table has no entry, a bare name's first letters still tell its provider.
FAMILIES = {
    "gpt-": "openai",
    "chatgpt-": "openai",
    "o1": "openai",
    "o3": "openai",
    "o4": "openai",
    "ft:gpt-": "openai",
    "claude-": "anthropic",
    "command-": "cohere_chat",
}


@functools.cache
def _rows() -> Mapping[str, Mapping[str, Any]]:
    """Return litellm's whole table; empty where the installed litellm keeps no such file."""
    spec = importlib.util.find_spec("litellm")
    if spec is None or spec.origin is None:
        return {}
    try:
        rows = json.loads(Path(spec.origin).with_name(TABLE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: row for name, row in rows.items() if isinstance(row, dict)}


@functools.cache
def table() -> Mapping[str, Mapping[str, Any]]:
    """Return the rows of chat models: name → provider, prices, what it supports."""
    return {name: row for name, row in _rows().items() if row.get("mode") in CHAT_MODES}


@functools.cache
def embedders() -> Mapping[str, Mapping[str, Any]]:
    """Return the rows of embedding models."""
    return {name: row for name, row in _rows().items() if row.get("mode") == "embedding"}


def embedder_row(full: str) -> Mapping[str, Any]:
    """Return the row of an embedding model, written with its provider; {}: unknown."""
    rows = embedders()
    return rows.get(full) or rows.get(full.partition("/")[2]) or {}


def with_provider(name: str) -> str | None:
    """Return an embedding model's name with its provider; None: no name is like that.

    >>> with_provider("text-embedding-3-small"), with_provider("mistral/mistral-embed")
    ('openai/text-embedding-3-small', 'mistral/mistral-embed')
    """
    if "/" in name:
        return name
    row = embedders().get(name)
    return None if row is None else f"{_provider_in(row)}/{name}"


def entry(name: str) -> Mapping[str, Any] | None:
    """Return the table's row for a model, written with or without its provider; None: unknown."""
    rows = table()
    if name in rows:
        return rows[name]
    provider, _, bare = name.partition("/")
    row = rows.get(bare)
    if row is not None and str(row.get("litellm_provider", "")).startswith(provider):
        return row
    return None


def provider_of(name: str) -> str | None:
    """Return the provider that litellm would ask for `name`; None: the name does not tell.

    >>> provider_of("groq/some-model"), provider_of("claude-next"), provider_of("mystery")
    ('groq', 'anthropic', None)
    """
    row = table().get(name)
    if row is not None:
        return _provider_in(row)
    if "/" in name:
        return name.split("/", 1)[0].lower()
    starts = (provider for start, provider in FAMILIES.items() if name.startswith(start))
    return next(starts, None)


def _provider_in(row: Mapping[str, Any]) -> str:
    provider = str(row["litellm_provider"])
    kin = (family for family in ("vertex_ai", "bedrock") if provider.startswith(family))
    return next(kin, provider)


def known(provider: str | None = None) -> list[str]:
    """Return the chat models that the table lists, of one provider or of all."""
    rows = table()
    return [n for n in rows if provider is None or provider_of(n) == provider]

"""litellm, imported late and kept quiet."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import logging
import os
import threading
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from vs_magic.llm.trust.scrub import scrub

_ours: ContextVar[bool] = ContextVar("vs_magic_in_litellm", default=False)

_ENVIRONMENT = {
    # Without this the import fetches a price map from the network.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    # Any other mode has the import read a .env file that nobody named.
    "LITELLM_MODE": "PRODUCTION",
}
# litellm's own filters are lost wherever filters are reset (pytest does it for each test).
_WARNINGS: tuple[tuple[str, type[Warning]], ...] = (
    (r"(?s).*Pydantic serializer warnings.*", UserWarning),
    (r".*`ReadOnly` qualifier.*", UserWarning),
    (r".*conflict with protected namespace.*", UserWarning),
    # A call that is cancelled while litellm prepares it on a thread leaves its coroutine behind.
    (r"coroutine '[A-Z]\w+\.\w*(completion|streaming)\w*' was never awaited", RuntimeWarning),
    (r".*Accessing the.*attribute on the instance is deprecated.*", DeprecationWarning),
)
_TALKERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")
_TOKENIZERS = "TIKTOKEN_CACHE_DIR"
_lock = threading.Lock()
_CARRIERS = ("httpx", "httpcore", "openai", "aiohttp", "asyncio")


async def litellm_module() -> Any:
    """Return litellm, imported the first time (2 to 13 s, on a thread of its own)."""
    return _loaded() if _loaded.cache_info().currsize else await asyncio.to_thread(_load_once)


def _load_once() -> Any:
    with _lock:
        return _loaded()


@functools.cache
def _loaded() -> Any:
    """Import litellm with its network and its printing off."""
    with _environment(_ENVIRONMENT):
        _mute_warnings()
        litellm: Any = importlib.import_module("litellm")
        # The first streamed call would load its tokenizer, and leave _TOKENIZERS set for good.
        with contextlib.suppress(ImportError):
            importlib.import_module("litellm.litellm_core_utils.default_encoding")
    litellm.suppress_debug_info = True
    if not litellm.disable_hf_tokenizer_download:
        # To guess the tokens of a stream, it would fetch a tokenizer from the network, for minutes.
        litellm.disable_hf_tokenizer_download = True
    for name in _TALKERS:
        logging.getLogger(name).addFilter(_drop_ours)
    for name in _CARRIERS:
        logging.getLogger(name).addFilter(_scrub_ours)
    return litellm


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep what litellm logs and warns about inside this block to itself."""
    _mute_warnings()
    token = _ours.set(True)
    try:
        with _out_of_the_log():
            yield
    finally:
        _ours.reset(token)


def _out_of_the_log() -> contextlib.AbstractContextManager[Any]:
    """Keep calls inside this block away from litellm's worker that logs replies.

    There is one for the process, which belongs to the event loop of whoever called last: the
    user's loop and ours would take it from each other, and tasks of both break off with noise.
    """
    try:
        context: Any = importlib.import_module("litellm._internal_context")
        return context.internal_sub_call()  # type: ignore[no-any-return]  # it has no types
    except (ImportError, AttributeError):  # litellm's own affair: then there is noise
        return contextlib.nullcontext()


def _mute_warnings() -> None:
    """Add the filters that are missing; they name messages, so nothing of the user's is muted."""
    present = {(f[0], getattr(f[1], "pattern", None)) for f in warnings.filters}
    for message, category in _WARNINGS:
        if ("ignore", message) not in present:
            warnings.filterwarnings("ignore", message=message, category=category)


def _drop_ours(_record: logging.LogRecord) -> bool:
    """Whether to log it: what goes wrong in our calls becomes an error of ours, said once."""
    return not _ours.get()


def _scrub_ours(record: logging.LogRecord) -> bool:
    """Let a record pass without keys: an address may hold one."""
    if _ours.get():
        record.msg, record.args = scrub(record.getMessage()), ()
    return True


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables that the user has not set, for the length of the block."""
    before = {name: os.environ.get(name) for name in (*values, _TOKENIZERS)}
    os.environ.update({name: value for name, value in values.items() if before[name] is None})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

"""The HTTP session of our own calls, which litellm is handed with each of them.

litellm keeps an HTTP session of its own for everybody in the process, reads a whole body into
memory before it looks at it, and has no setting for how long that may be. So our calls bring a
session: it bounds answers and keeps connections clean, and nobody else's calls change.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import os
from typing import Any
from weakref import WeakKeyDictionary

from vs_magic.llm import loop
from vs_magic.llm.hosted import names

_TAKE_A_CLIENT = frozenset(
    (
        "anthropic", "azure_ai", "bedrock", "cohere_chat", "databricks", "deepseek", "fireworks_ai",
        "gemini", "groq", "hosted_vllm", "huggingface", "mistral", "ollama", "ollama_chat",
        "openrouter", "together_ai", "vertex_ai", "watsonx", "xai",
    )
)  # fmt: skip
"""Providers whose calls go through litellm's own client, of which we hand in one."""

_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()


def handed_in(
    name: str, base: str | None = None, key: str | None = None, *, timeout: float | None = None
) -> dict[str, Any]:
    """Return what a call hands to litellm so that it goes through our session.

    The server and the key are given where they are not the provider's own; the timeout is the
    call's, by which litellm finds some of its clients.
    """
    session = _session()
    provider = names.provider_of(name)
    _prepare(provider, session, timeout)
    if provider in _TAKE_A_CLIENT:
        return {"shared_session": session, "client": _client(session)}
    if provider == "azure" and (client := _azure(session, base, key)) is not None:
        return {"client": client}
    return {"shared_session": session}


def _session() -> Any:
    """Return the session of the running loop."""
    running = asyncio.get_running_loop()
    if running not in _sessions:
        import aiohttp

        from vs_magic.llm.hosted.response_limits import Answer, Connector, plainly

        _sessions[running] = aiohttp.ClientSession(
            connector=Connector(),
            response_class=Answer,
            middlewares=(plainly,),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        loop.at_shutdown(_sessions[running].close)
    return _sessions[running]


def _prepare(provider: str | None, session: Any, timeout: float | None) -> None:
    """Have litellm's own clients for a provider go through a session, on this loop alone.

    Some calls can be handed neither a session nor a client: they ask litellm for the one that it
    keeps for provider, settings and event loop. Our loop is nobody else's, so the first to ask for
    it there may say what it is made of.
    """
    theirs: Any = importlib.import_module("litellm.llms.custom_httpx.http_handler")
    kin = {"gemini": "vertex_ai", "lm_studio": "openai"}.get(provider or "", provider)
    for each in {provider, kin} - {None}:
        for given in (None, {"ssl_verify": None}, {"timeout": timeout}):
            kept = theirs.get_async_httpx_client(each, given, shared_session=session)
            if not isinstance(kept.create_client, functools.partial):
                kept.create_client = functools.partial(kept.create_client, shared_session=session)


@functools.lru_cache(maxsize=4)
def _client(session: Any) -> Any:
    """Return litellm's client over a session; it keeps to it where it connects again."""
    theirs: Any = importlib.import_module("litellm.llms.custom_httpx.http_handler")

    class Client(theirs.AsyncHTTPHandler):  # type: ignore[misc]  # it has no types
        def create_client(self, *given: Any, **named: Any) -> Any:
            return super().create_client(*given, **{**named, "shared_session": session})

    return Client(shared_session=session)


def _azure(session: Any, base: str | None, key: str | None) -> Any:
    """Return a client for Azure's own API with a key; None where it takes another way in."""
    import litellm
    import openai

    base, key = base or os.environ.get("AZURE_API_BASE"), key or os.environ.get("AZURE_API_KEY")
    version = os.environ.get("AZURE_API_VERSION") or litellm.AZURE_DEFAULT_API_VERSION
    if not (base and key) or "/openai" in base or version in ("v1", "latest", "preview"):
        return None
    return openai.AsyncAzureOpenAI(
        azure_endpoint=base,
        api_key=key,
        api_version=version,
        max_retries=0,
        http_client=_client(session).client,
    )

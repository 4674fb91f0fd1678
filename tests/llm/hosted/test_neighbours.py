"""The user's own litellm, openai and httpx in the same process: as if the extension were absent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from vs_magic.testing import Endpoint, faults

PRELUDE = """
import asyncio, json, sys
import httpx, litellm, openai
from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

URL = sys.argv[1]
HI = [{"role": "user", "content": "hi"}]

async def by_litellm(text="hi", model="openai/theirs", **given):
    messages = [{"role": "user", "content": text}]
    reply = await litellm.acompletion(
        model=model, messages=messages, api_base=URL, api_key="theirs", **given
    )
    return reply.choices[0].message.content

async def by_openai():
    async with openai.AsyncOpenAI(api_key="theirs", base_url=URL) as client:
        reply = await client.chat.completions.create(model="theirs", messages=HI)
        return reply.choices[0].message.content

async def by_httpx():
    async with httpx.AsyncClient() as client:
        body = {"model": "theirs", "messages": HI}
        return (await client.post(f"{URL}/chat/completions", json=body)).json()["model"]

async def long():
    return [await by_litellm(model=model) for model in ("openai/long", "mistral/long")]

async def everything():
    found = {
        "litellm": await by_litellm(),
        "mistral": await by_litellm(model="mistral/theirs"),
        "openai": await by_openai(),
        "httpx": await by_httpx(),
    }
    handler = AsyncHTTPHandler()
    body = {"model": "theirs", "messages": HI}
    response = await handler.post(f"{URL}/chat/completions", json=body)
    kinds = [handler, handler.client, handler.client._transport, response, response.stream]
    await handler.close()
    return {**found, "kinds": [f"{type(k).__module__}.{type(k).__qualname__}" for k in kinds]}
"""
DAY = """
def attributes():
    found = {}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in ("litellm", "openai", "httpx", "httpcore", "aiohttp"):
            continue
        for attribute, value in list(vars(module).items()):
            found[f"{name}.{attribute}"] = value
            if isinstance(value, type) and value.__module__ == name:
                own = {f"{name}.{attribute}.{key}": v for key, v in vars(value).items()}
                found.update({key: v for key, v in own.items() if "__pydantic_" not in key})
    return found

heard = []
async def callback(kwargs, response, began, ended):
    heard.append(response.choices[0].message.content)

async def theirs(n):
    return await by_litellm(f"theirs {n}")

async def mine(n):
    import vs_magic
    found = await vs_magic.asample(f"ours {n}", method="direct", model="openai/ours")
    return found[0].text

async def at_once():
    said = []
    for order in ((theirs, mine), (mine, theirs)) * 4:
        said += await asyncio.gather(*(call(n) for n in range(5) for call in order))
    while len(heard) < 40:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    return said

async def day():
    told = {"before": await everything()}
    kept = attributes()
    await mine(0)
    now = attributes()
    told |= {"after": await everything()}
    told["changed"] = [name for name in kept if name not in now or now[name] is not kept[name]]
    litellm.success_callback = [callback]
    told |= {"said": await at_once(), "heard": list(heard)}
    return {**told, "long": await long()}

print(json.dumps(asyncio.run(day())))
"""
LONG = 70_000_000
"""Bytes of an answer that is too long for us, and fine for whoever wants it."""


def run(body: str, endpoint: Endpoint) -> dict[str, Any]:
    """Run a script in a process of its own; return what it told, and its stderr."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(body), endpoint.base_url],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={
            **os.environ,
            **endpoint.env(),
            "VS_MAGIC_CACHE_MB": "0",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        },
    )
    assert done.returncode == 0, done.stderr
    return {**json.loads(done.stdout), "stderr": done.stderr}


def long_or_short(body):
    """Say the prompt again, and in 70 MB where the model is called so."""
    if body["model"] != "long":
        return body["messages"][-1]["content"]
    message = {"role": "assistant", "content": "long"}
    whole = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    content = json.dumps({**whole, "model": "long", "object": "chat.completion"}).encode()
    return faults.body(content + b" " * LONG)


@pytest.fixture(scope="module")
def process() -> dict[str, Any]:
    """What a process told that called litellm, openai and httpx before and after our calls."""
    with Endpoint(long_or_short) as endpoint:
        return run(DAY, endpoint)


def test_their_calls_are_answered_as_before(process):
    """Through litellm (both its ways), openai and httpx."""
    said = {name: process["after"][name] for name in ("litellm", "mistral", "openai", "httpx")}
    assert said == {"litellm": "hi", "mistral": "hi", "openai": "hi", "httpx": "theirs"}
    assert process["before"] == process["after"]


def test_their_over_long_answers_are_read(process):
    """A body of 70 MB, through both of litellm's ways: no bound of ours."""
    assert process["long"] == ["long", "long"]


def test_their_classes_are_their_own(process):
    """Handler, client, transport, response and body come from where they come without us."""
    homes = {kind.partition(".")[0] for kind in process["after"]["kinds"]}
    assert homes == {"litellm", "httpx"}


def test_no_attribute_of_their_modules_changes(process):
    """But for two flags that litellm has in no form for one call; docs/trust.md names them."""
    assert sorted(process["changed"]) == [
        "litellm.disable_hf_tokenizer_download",
        "litellm.suppress_debug_info",
    ]


def test_calls_of_both_sides_at_once_are_all_answered(process):
    """Two event loops and one litellm, first one, then the other: each call has its own answer."""
    theirs, ours = ([f"{whose} {n}" for n in range(5)] * 8 for whose in ("theirs", "ours"))
    assert sorted(process["said"]) == sorted(theirs + ours)


def test_their_callbacks_hear_their_calls_and_none_of_ours(process):
    """What a user has litellm send to a logging service does not take our prompts along."""
    assert sorted(process["heard"]) == sorted(f"theirs {n}" for n in range(5) for _ in range(8))


def test_their_terminal_stays_clean(process):
    """No task is destroyed and no coroutine awaited twice, as they were over litellm's logging."""
    assert process["stderr"] == ""

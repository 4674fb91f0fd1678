"""Embeddings from hosted models: what `litellm:NAME` gives to the metrics that compare meanings.

A batch of texts is one call: it is held to the budgets, entered in the ledger and tried again as a
call to a chat model is, through the same session. Batches go one after the other.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vs_magic.errors import OptionError, closest, did_you_mean
from vs_magic.llm import loop, session, values
from vs_magic.llm.client import check_keys, has_answered, in_common, patiently
from vs_magic.llm.hosted import keys, names, prices
from vs_magic.llm.hosted.failures import Failure, Kind, failure
from vs_magic.llm.hosted.noted import noting
from vs_magic.llm.hosted.retry import Policy
from vs_magic.llm.request import OnText, Reply, Request
from vs_magic.llm.trust.budget import Budget, budgeted
from vs_magic.llm.trust.estimates import Experience
from vs_magic.llm.trust.ledger import counted
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.shape import Shape

REPLAY = "VS_MAGIC_REPLAY"
BATCH = 64
"""Texts in one request: fewer than any provider takes."""
BATCH_CHARACTERS = 40_000
"""Characters in one request: some 10,000 tokens, where the strictest provider takes 16,000."""
TIMEOUT_S = 60.0

_BY_OPENAIS_CLIENT = ("azure_ai", "fireworks_ai", "mistral", "together_ai")
"""Providers that litellm asks for embeddings, other than for chat, by OpenAI's own client."""

_experience = Experience()


def embedder(
    name: str, *, replay: str | None = None, budget: Budget | None = None
) -> HostedEmbedder:
    """Return an embedder by its name at litellm; its key is there, and nothing is sent yet.

    A name is such as `text-embedding-3-small`, or `mistral/mistral-embed`; `replay` is the bundle
    that answers the calls of this run, if one does; `budget` is a limit beside the session's.

    Raises
    ------
    OptionError
        No such model; or a replay is on, under which nothing is ever sent.
    ModelError
        Its key is missing; the variable is named.
    """
    if replay := replay or os.environ.get(REPLAY):
        raise OptionError(
            f"nothing is sent under a replay ({replay}), and litellm:{name} would be asked for "
            "embeddings: name an embedder that runs here, such as minilm or light"
        )
    if (full := names.with_provider(name)) is None:
        raise _unknown(name)
    route = keys.route_to(full)
    loop.run(check_keys(full, route))
    return HostedEmbedder(name=full, route=route, budget=budget)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedEmbedder:
    """From n texts to an array of shape (n, d), by a model that is asked for it."""

    name: str
    route: keys.Route
    budget: Budget | None = None
    batch: ClassVar[int] = BATCH

    @property
    def identity(self) -> str:
        """What tells its vectors from those of any other model: its name, and its server."""
        return f"litellm:{self.name}" + (f" at {self.route.base}" if self.route.base else "")

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts.

        Raises
        ------
        BudgetError
            The next batch would pass a budget; it is not sent.
        CallError
            No embeddings came.
        """
        return np.asarray(loop.run(self._embed(texts)), dtype=np.float32)

    async def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        around = session.current()
        found: list[list[float]] = []

        async def ask(request: Request, *, on_text: OnText | None = None) -> Reply:  # noqa: ARG001
            rows, reply = await patiently(
                lambda litellm: self._send(litellm, request), self.name, self.route, Policy()
            )
            found.extend(rows)
            return reply

        budgets = [around.budget] if self.budget is None else [self.budget, around.budget]
        limited = budgeted(ask, budgets, prices.estimate_embeddings, _experience)
        call = counted(limited, around.ledger)
        for batch in _batches(texts):
            await call(
                Request(
                    model=self.name,
                    messages=tuple({"role": "user", "content": text} for text in batch),
                    shape=Shape(method=Method.DIRECT),
                    timeout=TIMEOUT_S,
                )
            )
        return found

    async def _send(
        self, litellm: Any, request: Request
    ) -> tuple[list[list[float]], Reply] | Failure:
        given, provider = in_common(self.route, request.timeout), names.provider_of(self.name)
        if provider == "openai":  # not every server knows its other format
            given["encoding_format"] = "float"
        elif provider in _BY_OPENAIS_CLIENT:
            given |= _as_openai(litellm, given)
        texts = [message["content"] for message in request.messages]
        try:
            with noting() as noted:
                async with asyncio.timeout(request.timeout):
                    response = await litellm.aembedding(input=texts, **given)
        except TimeoutError:
            return Failure(kind=Kind.TIMEOUT)
        except Exception as error:  # noqa: BLE001  (litellm raises anything, bare Exception included)
            return failure(error, noted=noted, known=has_answered(self.route))
        rows = _rows(response, len(texts))
        if isinstance(rows, Failure):
            return rows
        return rows, self._reply(request, getattr(response, "usage", None))

    def _reply(self, request: Request, usage: Any) -> Reply:
        """What the batch cost, as replies have it."""
        tokens = values.count(getattr(usage, "prompt_tokens", None)) or None
        rate = names.embedder_row(self.name).get("input_cost_per_token")
        cost = tokens * rate if tokens and rate else None
        return Reply(
            text="",
            request=request,
            model=self.name,
            prompt_tokens=tokens,
            cost_usd=0.0 if prices.is_free(self.name) else cost,
        )


def _as_openai(litellm: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return what to give in place of a provider's name, so that our session is taken."""
    model, _, key, base = litellm.get_llm_provider(
        given["model"], api_base=given.get("api_base"), api_key=given.get("api_key")
    )
    same = {"client": None, "encoding_format": "float"}
    return {**same, "model": f"openai/{model}", "api_base": base, "api_key": key}


def _unknown(name: str) -> OptionError:
    bare = [each for each in names.embedders() if "/" not in each]
    hint = did_you_mean([f"litellm:{each}" for each in closest(name, bare, most=2)])
    return OptionError(
        f"unknown embedder 'litellm:{name}': {hint}name the provider too, as in "
        "litellm:openai/text-embedding-3-small"
    )


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """Put texts together that go in one request; each is one that can be sent."""
    batch: list[str] = []
    characters = 0
    for text in texts:
        # An empty text is refused, and half a surrogate pair cannot be encoded.
        sent = text.encode("utf-8", "replace").decode() if text.strip() else " "
        if batch and (len(batch) == BATCH or characters + len(sent) > BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(sent)
        characters += len(sent)
    if batch:
        yield batch


def _rows(response: Any, wanted: int) -> list[list[float]] | Failure:
    """Read one row a text, in the order of the texts."""
    try:
        items = [item if isinstance(item, dict) else item.model_dump() for item in response.data]
        items.sort(key=lambda item: item.get("index") or 0)
        rows = [[float(x) for x in item["embedding"]] for item in items]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return Failure(kind=Kind.GARBAGE, said=f"the embeddings cannot be read: {error}")
    if len(rows) != wanted:
        said = f"{len(rows)} embeddings came for {wanted} texts"
        return Failure(kind=Kind.GARBAGE, said=said)
    if len({len(row) for row in rows}) != 1:
        return Failure(kind=Kind.GARBAGE, said="the embeddings are not rows of one length")
    return rows

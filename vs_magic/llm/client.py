"""The door to every hosted model and server: the only module that imports litellm.

One call: negotiate the terms, send at the endpoint's pace, read, try again where that helps.
litellm's own retries, caches and printing stay off: a retry on two floors doubles the waits, its
cache knows no draws and would fold N of them into one, and what it prints has no place in a
notebook.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vs_magic.llm.hosted import keys, names, prices, structured
from vs_magic.llm.hosted.call_error import as_error
from vs_magic.llm.hosted.failures import Failure, Kind, failure
from vs_magic.llm.hosted.keys import Way
from vs_magic.llm.hosted.litellm_quiet import litellm_module, quietly
from vs_magic.llm.hosted.pace import pace_of
from vs_magic.llm.hosted.providers import PROVIDERS
from vs_magic.llm.hosted.retry import Policy, persist
from vs_magic.llm.hosted.streaming import Heard, hear
from vs_magic.llm.hosted.structured import Terms
from vs_magic.llm.request import Complete, OnText, Reply, Request

_terms: dict[tuple[str, str | None], Terms] = {}
"""What each (model, server) is known to take, for this session."""


def door(name: str, way: Way, policy: Policy | None = None) -> Complete:
    """Return the door to a hosted model; nothing is imported or sent yet.

    Parameters
    ----------
    name
        The model's name, as people write it.
    way
        How it is reached.
    policy
        How patient to be; None for the usual patience.
    """
    return _Door(name=name, way=way, policy=policy or Policy())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    """A `Complete` for one model."""

    name: str
    way: Way
    policy: Policy

    async def __call__(self, request: Request, *, on_text: OnText | None = None) -> Reply:
        """Send `request` and return its reply.

        Raises
        ------
        CallError
            No whole reply; `.partial_text` holds what had streamed in.
        """
        litellm = await litellm_module()
        self._check_keys(litellm)
        began = time.monotonic()
        with quietly():
            outcome, tries = await persist(
                lambda: self._negotiate(litellm, request, on_text),
                self.policy,
                pace_of(self.way.base or self.way.model),
            )
        if isinstance(outcome, Failure):
            raise as_error(outcome, self.name, self.way, tries=tries)
        return replace(outcome, latency_s=time.monotonic() - began)

    async def _negotiate(
        self, litellm: Any, request: Request, on_text: OnText | None
    ) -> Reply | Failure:
        """Ask on the best terms known, and on lesser ones where the endpoint refuses these."""
        key = (self.way.model, self.way.base)
        terms = _terms.get(key) or self._guess(litellm)
        lasting = True
        while True:
            sent = structured.parameters(request, terms, stream=on_text is not None)
            heard = await self._ask(litellm, request, sent, on_text)
            if isinstance(heard, Heard):
                if heard.ignored_stream:
                    terms = replace(terms, streams=False)
                if lasting:
                    self._remember(key, terms)
                return self._reply(litellm, request, sent, heard)
            lesser = structured.step_down(terms, heard, sent)
            if lesser is None or lesser == terms:
                return heard
            terms, lasting = lesser, lasting and structured.is_lasting(heard)

    def _remember(self, key: tuple[str, str | None], terms: Terms) -> None:
        """Keep what was learned, joined with what other calls learned meanwhile."""
        before = _terms.get(key)
        _terms[key] = terms if before is None else before.and_(terms)

    async def _ask(
        self,
        litellm: Any,
        request: Request,
        sent: Mapping[str, Any],
        on_text: OnText | None,
    ) -> Heard | Failure:
        """Send once and hear the reply out, within the request's time."""
        heard = Heard()
        try:
            await asyncio.wait_for(
                hear(heard, lambda: self._send(litellm, request, sent), on_text), request.timeout
            )
        except TimeoutError:  # two classes until Python 3.11
            return Failure(kind=Kind.TIMEOUT, partial=heard.text)
        return heard if heard.failed is None else failure(heard.failed, heard.text)

    async def _send(self, litellm: Any, request: Request, sent: Mapping[str, Any]) -> Any:
        given = {"api_base": self.way.base, "api_key": self.way.key}
        return await litellm.acompletion(
            model=self.way.model,
            messages=[dict(message) for message in request.messages],
            timeout=request.timeout,
            num_retries=0,
            max_retries=0,
            caching=False,
            drop_params=False,
            **{name: value for name, value in given.items() if value is not None},
            **sent,
        )

    def _guess(self, litellm: Any) -> Terms:
        """What litellm knows of the model; it knows no server of one's own."""
        try:
            model, provider, *_ = litellm.get_llm_provider(self.way.model)
        except litellm.exceptions.BadRequestError:
            return Terms()
        return structured.guess(
            litellm.get_supported_openai_params(model=model, custom_llm_provider=provider),
            schema=litellm.supports_response_schema(model=model, custom_llm_provider=provider),
            listed=self.way.base is None and names.entry(self.way.model) is not None,
        )

    def _check_keys(self, litellm: Any) -> None:
        """For providers that our own table does not hold: ask litellm which keys they take."""
        if self.way.base is None and names.provider_of(self.name) not in PROVIDERS:
            missing = litellm.validate_environment(self.way.model)["missing_keys"]
            if missing:
                raise keys.missing(self.name, " and ".join(missing))

    def _reply(
        self, litellm: Any, request: Request, sent: Mapping[str, Any], heard: Heard
    ) -> Reply:
        return Reply(
            text=heard.text,
            request=request,
            model=heard.model or self.name,
            mode=structured.mode(sent),
            finish_reason=heard.finish_reason,
            reasoning=heard.reasoning or None,
            prompt_tokens=heard.prompt_tokens,
            completion_tokens=heard.completion_tokens,
            cost_usd=self._cost(litellm, heard),
            parameters=structured.told(request, sent),
        )

    def _cost(self, litellm: Any, heard: Heard) -> float | None:
        """The price: as the endpoint states it, else from litellm's table; None: unknown."""
        if prices.is_free(self.name):
            return 0.0
        if heard.stated_cost is not None:
            return heard.stated_cost
        if heard.usage is None or not prices.is_listed(self.way.model):
            return None
        response = litellm.ModelResponse(model=self.way.model, usage=heard.usage)
        return float(litellm.completion_cost(completion_response=response, model=self.way.model))

"""The client of every hosted model and server, through litellm.

One call: negotiate the capabilities, send at the endpoint's pace, read, try again where that helps.
litellm's own retries, caches and printing stay off: a retry on two floors doubles the waits, its
cache knows no draws and would fold N of them into one, and what it prints has no place in a
notebook.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from vs_magic.llm.hosted import http_session, keys, names, prices, structured
from vs_magic.llm.hosted.call_error import as_error
from vs_magic.llm.hosted.failures import Failure, Kind, failure
from vs_magic.llm.hosted.keys import Route
from vs_magic.llm.hosted.litellm_quiet import litellm_module, quietly
from vs_magic.llm.hosted.noted import noting
from vs_magic.llm.hosted.pace import pace_of
from vs_magic.llm.hosted.providers import PROVIDERS
from vs_magic.llm.hosted.retry import Policy, with_retries
from vs_magic.llm.hosted.streaming import Received, receive
from vs_magic.llm.hosted.structured import Capabilities, Negotiation
from vs_magic.llm.request import Complete, OnText, Reply, Request

T = TypeVar("T")

_known: dict[tuple[str, str | None], Capabilities] = {}
"""What each (model, server) is known to take, for this session."""


def connect(name: str, route: Route, policy: Policy | None = None) -> Complete:
    """Return the client of a hosted model; nothing is imported or sent yet."""
    return _Client(name=name, route=route, policy=policy or Policy())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Client:
    """A `Complete` for one model."""

    name: str
    route: Route
    policy: Policy

    async def __call__(self, request: Request, *, on_text: OnText | None = None) -> Reply:
        """Send `request` and return its reply.

        Raises
        ------
        CallError
            No whole reply; `.partial_text` holds what had streamed in.
        """
        await check_keys(self.name, self.route)
        began = time.monotonic()
        stepped: list[structured.Negotiation] = []
        reply = await patiently(
            lambda litellm: self._negotiate(litellm, request, on_text, stepped),
            self.name,
            self.route,
            self.policy,
        )
        return replace(reply, latency_s=time.monotonic() - began)

    async def _negotiate(
        self,
        litellm: Any,
        request: Request,
        on_text: OnText | None,
        stepped: list[structured.Negotiation],
    ) -> Reply | Failure:
        """Ask on the best capabilities known, and on lesser ones where it refuses these."""
        key = (self.route.model, self.route.base)
        known = _known.get(key) or self._guess(litellm)
        if not stepped:
            stream = on_text is not None
            stepped.append(Negotiation(request=request, stream=stream, capabilities=known))
        (terms,) = stepped
        terms.capabilities = terms.capabilities.and_(known)
        while True:
            received = await self._ask(litellm, terms, on_text)
            if isinstance(received, Received):
                if received.ignored_stream:
                    terms.capabilities = replace(terms.capabilities, streams=False)
                if terms.lasting:
                    self._remember(key, terms.settle())
                return self._reply(litellm, terms, received)
            if not terms.step_down(received, known=has_answered(self.route)):
                break
        if terms.guessed_at is None or received.kind is not Kind.REQUEST:
            return received
        in_vain = replace(terms, capabilities=known).settle()
        self._remember(key, in_vain)
        return terms.guessed_at

    def _remember(self, key: tuple[str, str | None], capabilities: Capabilities) -> None:
        """Keep what was learned, joined with what other calls learned meanwhile."""
        before = _known.get(key)
        _known[key] = capabilities if before is None else before.and_(capabilities)

    async def _ask(
        self, litellm: Any, terms: Negotiation, on_text: OnText | None
    ) -> Received | Failure:
        """Send once and hear the reply out, within the request's time."""
        timeout = terms.request.timeout
        with noting() as noted:
            received = Received(noted=noted)
            try:
                await asyncio.wait_for(
                    receive(received, lambda: self._send(litellm, terms), on_text), timeout
                )
            except TimeoutError:  # two classes until Python 3.11
                return Failure(kind=Kind.TIMEOUT, partial=received.text)
        if received.failed is None and noted.fault() is None:
            return received
        return failure(received.failed, received.text, noted, known=has_answered(self.route))

    async def _send(self, litellm: Any, terms: Negotiation) -> Any:
        return await litellm.acompletion(
            messages=terms.messages,
            drop_params=False,
            **in_common(self.route, terms.request.timeout),
            **terms.sent,
        )

    def _guess(self, litellm: Any) -> Capabilities:
        """What litellm knows of the model; it knows no server of one's own."""
        try:
            model, provider, *_ = litellm.get_llm_provider(self.route.model)
        except litellm.exceptions.BadRequestError:
            return Capabilities()
        supported = litellm.get_supported_openai_params(model=model, custom_llm_provider=provider)
        if supported is not None:
            supported = {*supported, *self._beyond_openai(litellm, provider)}
        row = names.entry(self.route.model)
        guessed = structured.guess(
            supported,
            schema=litellm.supports_response_schema(model=model, custom_llm_provider=provider),
            listed=self.route.base is None and row is not None,
        )
        if row is not None and row.get("supports_native_streaming") is False:
            # litellm cuts a whole reply into a stream, and then every one of them ends in `stop`.
            return replace(guessed, streams=False)
        return guessed

    def _beyond_openai(self, litellm: Any, provider: str) -> Collection[str]:
        """The parameters unknown to OpenAI's API, and so to litellm, that are worth a try.

        They go into the body as they are. A server of one's own may take any.
        """
        known = PROVIDERS.get(provider)
        if self.route.base is not None or known is None:
            return structured.PARAMETERS - set(litellm.OPENAI_CHAT_COMPLETION_PARAMS)
        return known.beyond_openai

    def _reply(self, litellm: Any, terms: Negotiation, received: Received) -> Reply:
        text, taken_from = received.taken()
        return Reply(
            text=text,
            request=terms.request,
            model=received.noted.model or received.model,
            mode=structured.mode(terms.sent),
            taken_from=taken_from,
            finish_reason=received.ended,
            reasoning=received.reasoning,
            prompt_tokens=received.prompt_tokens,
            completion_tokens=received.completion_tokens,
            cost_usd=self._cost(litellm, received),
            **structured.told(terms.request, terms.sent, terms.messages),
        )

    def _cost(self, litellm: Any, received: Received) -> float | None:
        """The price: by litellm's table or as the endpoint states it, if that is more; else None.

        An endpoint is not believed that its reply cost less than its tokens do.
        """
        if prices.is_free(self.name):
            return 0.0
        is_counted = None not in (received.prompt_tokens, received.completion_tokens)
        usage = received.usage if is_counted else None
        by_table = prices.of_usage(litellm, self.route.model, usage)
        stated = received.stated_cost
        return max((p for p in (by_table, stated) if prices.is_price(p)), default=None)


async def patiently(
    send: Callable[[Any], Awaitable[T | Failure]], name: str, route: Route, policy: Policy
) -> T:
    """Return what `send` gets with litellm's module: at the endpoint's pace, again where it helps.

    Raises
    ------
    CallError
        The last attempt failed.
    """
    litellm = await litellm_module()
    with quietly():
        pace = pace_of(route.base or route.model)
        outcome, tries = await with_retries(lambda: send(litellm), policy, pace)
    if isinstance(outcome, Failure):
        raise as_error(outcome, name, route, tries=tries)
    return outcome


def has_answered(route: Route) -> bool:
    """Return whether an endpoint has given this process any reply."""
    return pace_of(route.base or route.model).answered


async def check_keys(name: str, route: Route) -> None:
    """For providers that our own table does not hold: ask litellm which keys they take.

    Raises
    ------
    ModelError
        One is missing; the variable is named.
    """
    if route.base is None and names.provider_of(name) not in PROVIDERS:
        litellm = await litellm_module()
        lacking = litellm.validate_environment(route.model)["missing_keys"]
        if lacking:
            raise keys.missing(name, " and ".join(lacking))


def in_common(route: Route, timeout: float) -> dict[str, Any]:
    """Return what every call of ours hands to litellm: where to, and through which session.

    It tries nothing twice, keeps nothing, and tells the user's own callbacks nothing (`no-log`):
    what they send elsewhere is not to be our calls.
    """
    given = {"api_base": route.base, "api_key": route.key, "extra_headers": route.headers or None}
    return {
        "model": route.model,
        "timeout": timeout,
        "num_retries": 0,
        "max_retries": 0,
        "caching": False,
        "no-log": True,
        **{name: value for name, value in given.items() if value is not None},
        **http_session.handed_in(route.model, route.base, route.key, timeout=timeout),
    }

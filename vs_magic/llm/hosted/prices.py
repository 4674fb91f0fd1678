"""What a call will cost, roughly, before it is sent: from litellm's price table, without litellm.

The price of a call that was made comes from litellm and the endpoint's own token counts; here the
reply's length is a guess, so the figure is one too. It serves to ask "is this cents or dollars?".
"""

from __future__ import annotations

import math
import re
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from vs_magic.llm import values
from vs_magic.llm.hosted import names, providers
from vs_magic.llm.request import Request
from vs_magic.verbalized import prompt

CHARACTERS_A_TOKEN = 4.0
TOKENS_A_WORD = 1.35
TOKENS_A_RESPONSE = 50
"""Length of a response where the prompt asks for none: a joke, say."""
TOKENS_A_WRAPPING = 15
"""What JSON and a probability add to each candidate of a list."""
TOKENS_OF_REASONING = 200
TOKENS_A_MESSAGE = 4

_PARTS = ("cached_tokens", "cache_creation_tokens")

_WORDS = re.compile(re.escape(prompt.WORDS).replace(re.escape("{words}"), r"(\d+)"))
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104  (compared, not bound)


def estimate(request: Request, name: str) -> float | None:
    """Return the probable price of a call in US dollars, before it is sent.

    It is 0.0 only where the model runs on one's own machine, and None where no price is known.
    """
    if is_free(name):
        return 0.0
    if (rates := _rates(name)) is None:
        return None
    sent, expected = expected_tokens(request)
    return sent * rates[0] + expected * rates[1]


def estimate_embeddings(request: Request) -> float | None:
    """Return the probable price of embedding a request's messages, in US dollars; None: unknown."""
    if is_free(request.model):
        return 0.0
    rate = names.embedder_row(request.model).get("input_cost_per_token")
    return expected_tokens(request)[0] * rate if rate else None


def is_price(value: object) -> TypeGuard[float]:
    """Whether a service can mean this as what a call cost: a number above 0, and no infinite one.

    >>> is_price(0.002), is_price(0), is_price(-1.0), is_price(math.nan), is_price("1")
    (True, False, False, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 < value < math.inf


def of_usage(litellm: Any, name: str, usage: Any) -> float | None:
    """Return the price of the tokens that an endpoint counted, in US dollars; None: unknown.

    It is by litellm's table, with its rates for cached input and for batches. Counts that cannot be
    have no price; parts of the prompt that are more than all of it are at the full rate.
    """
    if usage is None or (rates := _rates(name)) is None:
        return None
    told = (getattr(usage, n, None) for n in ("prompt_tokens", "completion_tokens"))
    sent, written = map(values.count, told)
    if sent is None or written is None:
        return None
    tier = getattr(usage, "service_tier", None)
    batch = _rates(name, "_batches") if tier == "batch" else None
    full = sent * (batch or rates)[0] + written * (batch or rates)[1]
    details = getattr(usage, "prompt_tokens_details", None)
    parts = [values.count(getattr(details, n, None) or 0) for n in _PARTS]
    if batch or None in parts or sum(filter(None, parts)) > sent:
        return full
    counts = usage.model_copy(update={"cost": None})  # else what the endpoint states is believed
    response = litellm.ModelResponse(model=name, usage=counts)
    try:
        price = litellm.completion_cost(
            completion_response=response,
            model=name,
            service_tier=tier,
        )
    except Exception:  # noqa: BLE001  (litellm raises anything, bare Exception included)
        return full
    return float(price) if is_price(price) else full


def _rates(name: str, tier: str = "") -> tuple[float, float] | None:
    """The price of a token sent and of one written, in US dollars; None: unknown."""
    row = names.entry(name) or {}
    sent, written = (row.get(f"{way}_cost_per_token{tier}") for way in ("input", "output"))
    # The table writes 0 for "not known" too, so 0 is no price.
    return (float(sent), float(written)) if sent and written else None


def is_free(name: str) -> bool:
    """Whether a model is known to cost nothing: one's own server, or a name that says so."""
    provider = providers.PROVIDERS.get(names.provider_of(name) or "")
    if provider is not None and provider.own is not None and not name.endswith("-cloud"):
        return urlsplit(provider.base()[1] or "").hostname in _LOCAL_HOSTS
    return name.startswith("openrouter/") and name.endswith(":free")


def expected_tokens(request: Request) -> tuple[int, int]:
    """Guess the tokens of a call: those sent, and those that will probably come back."""
    characters = sum(len(m["content"]) for m in request.messages)
    sent = characters / CHARACTERS_A_TOKEN + TOKENS_A_MESSAGE * len(request.messages)
    shape = request.shape
    each = _asked_length(request) or TOKENS_A_RESPONSE
    expected = shape.k * (each + (TOKENS_A_WRAPPING if shape.method.lists else 0))
    if shape.method.reasons:
        expected += TOKENS_OF_REASONING
    if request.parameters.max_tokens is not None:
        expected = min(expected, request.parameters.max_tokens)
    return math.ceil(sent), math.ceil(expected)


def _asked_length(request: Request) -> float | None:
    """The tokens of one response, where the prompt asks for a length in words."""
    for message in request.messages:
        if message["role"] == "system" and (found := _WORDS.search(message["content"])):
            return int(found[1]) * TOKENS_A_WORD
    return None

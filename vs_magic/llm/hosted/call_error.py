"""A failed call as people see it: one line that says what happened, to which model, what to do.

The line is scrubbed of keys. The client's exception is not chained to it: it holds the request's
headers, and a notebook would print them.
"""

from __future__ import annotations

from dataclasses import replace

from vs_magic.errors import ModelError, closest, did_you_mean
from vs_magic.llm.hosted import connection, keys, names
from vs_magic.llm.hosted.failures import Failure, Kind
from vs_magic.llm.hosted.providers import PROVIDERS
from vs_magic.llm.trust.scrub import scrub

_UNQUOTED = (Kind.CONNECTION, Kind.CLOSED, Kind.TIMEOUT, Kind.PROXY)
"""Kinds of which a client's own words tell nothing more."""


class CallError(ModelError):
    """A call to an endpoint got no whole reply.

    Attributes
    ----------
    kind
        What went wrong with the last attempt.
    partial_text
        What had streamed in before; "" where nothing had.
    """

    def __init__(self, message: str, failed: Failure) -> None:
        super().__init__(message)
        self.kind = failed.kind
        self.partial_text = failed.partial
        self._failed = failed

    def __reduce__(self) -> tuple[type[CallError], tuple[str, Failure]]:
        """Pickle whole: a worker in another process may have made the call."""
        return type(self), (str(self), self._failed)


def as_error(failed: Failure, name: str, route: keys.Route, *, tries: int = 1) -> CallError:
    """Return the error that people see after the last of so many tries."""
    what, advice = _wording(failed, name, route)
    status = "" if failed.status is None else str(failed.status)
    said = "" if failed.kind in _UNQUOTED else failed.said
    quoted = ": ".join(part for part in (status, said) if part)
    quoted = f" ({quoted})" if quoted else ""
    often = f", after {tries} tries" if tries > 1 else ""
    aside = (
        "" if failed.kind is Kind.PROXY else connection.loopback_by_proxy(_with_base(name, route))
    )
    line = f"{name}: {what}{quoted}{often}: {advice}{aside}"
    line = " ".join(line.split())
    return CallError(scrub(line), failed)


def _wording(failed: Failure, name: str, route: keys.Route) -> tuple[str, str]:
    """What happened, and what to do."""
    provider = PROVIDERS.get(names.provider_of(name) or "")
    where = route.base or (provider.title if provider else "the endpoint")
    variable = route.variable or (provider.key_names if provider else "its key")
    wordings = {
        Kind.RATE: (
            f"{where} limits the rate of requests",
            f"{_asked_to_wait(failed)}lower --concurrency, or ask later",
        ),
        Kind.SERVER: (f"{where} failed", "the fault is at its end; try again later"),
        Kind.TIMEOUT: (
            f"no complete answer from {where} in time",
            "raise --timeout, or ask for less at once",
        ),
        Kind.GARBAGE: (
            f"no usable answer from {where}",
            "is it the right server, and its path (most end in /v1)?"
            if route.base
            else "try again, or see what it says",
        ),
        Kind.KEY: (f"{where} refused the key", f"check {variable}"),
        Kind.ACCESS: (f"{where} does not allow this", _access_advice(failed, where)),
        Kind.CREDIT: (f"{where} says that no credit is left", "see your account there"),
        Kind.DAY: (
            f"{where}'s limit for a day is used up",
            f"{_asked_to_wait(failed)}ask another model, or raise the limit there",
        ),
        Kind.MODEL: (f"{where} does not know this model", _model_advice(name, route)),
        Kind.CONTEXT: (
            "the request is too long for it",
            "shorten the task, or lower -k or --max-tokens",
        ),
        Kind.CONTENT: (
            f"{where} refused the request by its content policy",
            "word the task differently, or ask another model",
        ),
        Kind.REQUEST: (f"{where} refused the request", "see what it says, and the flags"),
    }
    if failed.kind in wordings:
        return wordings[failed.kind]
    route = _with_base(name, route)
    return connection.wording(failed, route, route.base or where)


def _with_base(name: str, route: keys.Route) -> keys.Route:
    """The route with the server that litellm found in the environment by itself."""
    provider = PROVIDERS.get(names.provider_of(name) or "")
    if route.base is not None or provider is None:
        return route
    variable, base = provider.base()
    return replace(route, base=base, base_variable=variable)


def _access_advice(failed: Failure, where: str) -> str:
    said = f"{failed.code} {failed.said}".lower()
    if "country" in said or "region" in said or "location" in said or "territory" in said:
        return "the key is right, and this place is not served: ask another provider's model"
    if "policy" in said or "privacy" in said or "retention" in said or "guardrail" in said:
        return "the key is right: see the settings on privacy of your account there"
    if "access to" in said:
        return "the key is right: see in your account there which models it opens"
    return f"the key may be right: something between here and {where} stopped the call"


def _asked_to_wait(failed: Failure) -> str:
    if failed.retry_after is not None and failed.retry_after > 1:
        return f"it asks to wait {failed.retry_after:.0f} s; "
    return ""


def _model_advice(name: str, route: keys.Route) -> str:
    if route.base:
        return "is it served there, and is the path right (most API bases end in /v1)?"
    close = [] if names.entry(name) else closest(name, names.known(), most=3, cutoff=0.7)
    return f"{did_you_mean(close)}%vs_models lists what is usable here"

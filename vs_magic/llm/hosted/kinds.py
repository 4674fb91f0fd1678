"""The kinds of failed calls: what a status and the words beside it, or a client's exceptions, mean.

Services use the same words for different things: a limit per minute comes with a link to the
billing page. So a status comes before words, and addresses are no words. `text` is in lower case.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from enum import Enum
from typing import Any

from vs_magic.llm.hosted import reached


class Kind(Enum):
    """What went wrong, as far as the next step depends on it."""

    RATE = "rate limit"
    SERVER = "server error"
    CONNECTION = "no connection"
    CLOSED = "nothing listens"
    HOST = "no such host"
    PROXY = "proxy"
    TLS = "no secure connection"
    REDIRECT = "leads elsewhere"
    TIMEOUT = "timeout"
    GARBAGE = "unreadable answer"
    KEY = "key refused"
    ACCESS = "not allowed"
    CREDIT = "no credit left"
    DAY = "used up for today"
    MODEL = "unknown model"
    CONTEXT = "too long"
    CONTENT = "content policy"
    REQUEST = "bad request"

    @property
    def passes(self) -> bool:
        """Whether the same request may well succeed a little later."""
        return self in (Kind.RATE, Kind.SERVER, Kind.CONNECTION, Kind.CLOSED, Kind.TIMEOUT)


_NO_CREDIT = (
    r"insufficient[_ ](quota|credit|balance|fund)|exceeded your current quota|credit balance"
    r"|billing"
)
_DAY = r"\bper[ _-]?day|perday|\bdaily\b|\b[rt]pd\b"
_CAUSES = {
    Kind.CREDIT: _NO_CREDIT,
    Kind.KEY: (
        r"api[_ -]?key[_ ](not|is not|has|was|expired|invalid)|api_key_invalid"
        r"|(invalid|incorrect|missing|wrong|no|expired)[_ ](x[ _-])?api[_ -]?key"
        r"|invalid[_ ]authentication|authentication_error"
    ),
    Kind.ACCESS: (
        r"unsupported_country|country, region|\b(your|user) (country|region|location)\b"
        r"|from your territory|(region|country) is not supported"
        r"|data policy|privacy settings|guardrail restrictions|data retention"
        r"|access to (the |this )?model"
        r"|you have been blocked|just a moment|attention required"
    ),
    Kind.CONTEXT: (
        r"context[_ ](length|window|size)|maximum context|too many (input )?tokens|too long"
        r"|reduce the length|exceeds? the (available context|max\w* (number of )?tokens)"
        r"|request[_ ]too[_ ]large|token limit"
    ),
    Kind.CONTENT: (
        r"content[_ ]?(policy|filter|management|moderat)|moderation|safety (sys|filter|polic)"
        r"|flagged|inappropriate|responsible ai|data_?inspection|usage polic"
    ),
    Kind.MODEL: (
        r"model_?not_?found|\bmodel\b.{0,80}(not exist|not found)|(invalid|unknown) model\b"
        r"|not a valid model|model identifier is invalid|decommissioned"
    ),
}
"""How services speak of a refusal that no other form of the request would change."""
_STATUS_INSIDE = {
    429: r"rate.?limit|resource_exhausted|throttl|too many requests|insufficient_quota",
    529: r"overloaded",
    503: r"unavailable",
    504: r"deadline|timeout|timed out",
    400: r"invalid_request|invalid_argument|bad.?request|validation",
    401: r"authentication|unauthori[sz]ed",
    403: r"permission",
    404: r"not_found",
}
"""The statuses that names of faults stand for."""


def status_inside(codes: tuple[str, ...], text: str) -> int:
    """Return the status that a fault inside a 200 would have had, by its codes and words."""
    numbers = (int(code) for code in codes if re.fullmatch(r"[45]\d\d", code))
    names = " ".join(codes).lower()
    named = (
        status
        for status, words in _STATUS_INSIDE.items()
        if re.search(words, text if status >= 429 else names)  # "permission" is many things
    )
    known = (400 for words in _CAUSES.values() if re.search(words, text))
    return next((status for found in (numbers, named, known) for status in found), 500)


def kind_of(status: int, text: str) -> Kind:
    """Sort a refusal by its status, then by its words."""
    if not 400 <= status < 500 or status == 425:
        return Kind.GARBAGE if status < 400 else Kind.SERVER
    if status == 429:
        return _kind_of_limit(text)
    if status == 404 and "requested parameters" in text:  # OpenRouter: nobody takes them all
        return Kind.REQUEST
    meant = _BY_STATUS.get(status)
    told = _CAUSES if meant is None else _TOLD_BESIDE.get(status, ())
    found = (kind for kind in told if re.search(_CAUSES[kind], text))
    return next(found, meant or Kind.REQUEST)


def _kind_of_limit(text: str) -> Kind:
    """A limit passes, but for an account without credit, a day's quota, and one request too big."""
    if "insufficient_quota" in text:
        return Kind.CREDIT
    if re.search(r"request too large", text):
        return Kind.CONTEXT
    return Kind.DAY if re.search(_DAY, text) else Kind.RATE


_TOLD_BESIDE = {
    401: (Kind.CREDIT,),
    **dict.fromkeys((403, 404), (Kind.CREDIT, Kind.KEY, Kind.ACCESS, Kind.CONTENT)),
}
"""What the words beside a status may say in place of what it means."""
_BY_STATUS = {
    401: Kind.KEY,
    402: Kind.CREDIT,
    403: Kind.KEY,
    404: Kind.MODEL,
    407: Kind.PROXY,
    408: Kind.TIMEOUT,
    413: Kind.CONTEXT,
}

# The bases of what httpx, aiohttp and sockets raise when a connection fails.
_LOST = {"TransportError", "ClientError", "OSError"}
_BY_NAME = (
    ({"RedirectError"}, Kind.REDIRECT),
    ({"ProxyError", "ClientProxyConnectionError", "ClientHttpProxyError"}, Kind.PROXY),
    ({"gaierror"}, Kind.HOST),
)
# What no second try mends; a handshake that breaks off is a lost connection.
_UNTRUSTED = re.compile("certificate|version number|record layer|http request", re.IGNORECASE)


def kind_without_answer(chain: Sequence[BaseException]) -> tuple[Kind, str]:
    """Sort a failure without an answer by what a client raised, deepest first.

    Returns
    -------
    tuple
        The kind, and the evidence; "" where the exceptions tell nothing more. A proxy goes before
        what went wrong on the way to it.
    """
    kinds = {kind.__name__: link for link in chain for kind in type(link).__mro__}
    for names, kind in _BY_NAME:
        if found := names & kinds.keys():
            return kind, _evidence(kinds[found.pop()])
    if "SSLError" in kinds and _UNTRUSTED.search(str(kinds["SSLError"])):
        return Kind.TLS, _evidence(kinds["SSLError"])
    if "FileNotFoundError" in kinds and os.environ.get("SSL_CERT_FILE"):
        return Kind.TLS, "no such file"
    if any("Timeout" in name for name in kinds):
        return Kind.TIMEOUT, ""
    if "ConnectionRefusedError" in kinds and "ClientConnectorError" in kinds:
        server: Any = kinds["ClientConnectorError"]
        is_local = reached.is_loopback(server.host)
        if is_local and not reached.has_answered(server.host, server.port):
            return Kind.CLOSED, ""
    return (Kind.CONNECTION if kinds.keys() & _LOST else Kind.GARBAGE), ""


def _evidence(error: BaseException) -> str:
    """What a client's exception says, without the objects and the line numbers that it names."""
    told = getattr(error, "verify_message", "") or str(getattr(error, "status", "") or "")
    text = told or getattr(error, "strerror", None) or str(error)
    return _NOISE.sub("", " ".join(str(text).split()))


_NOISE = re.compile(r" ssl:<[^<>]{0,100}>| \(_ssl\.c:\d{1,9}\)|^\[SSL: \w{1,60}\] |^\[\w{1,60}\] ")

"""The kinds of failed calls: what a status, and the words beside it, amount to.

Services use the same words for different things: a limit per minute comes with a link to the
billing page. So a status comes before words, and addresses are no words. `text` is in lower case.
"""

from __future__ import annotations

import re
from enum import Enum


class Kind(Enum):
    """What went wrong, as far as the next step depends on it."""

    RATE = "rate limit"
    SERVER = "server error"
    CONNECTION = "no connection"
    TIMEOUT = "timeout"
    GARBAGE = "unreadable answer"
    KEY = "key refused"
    CREDIT = "no credit left"
    DAY = "used up for today"
    MODEL = "unknown model"
    CONTEXT = "too long"
    CONTENT = "content policy"
    REQUEST = "bad request"

    @property
    def passes(self) -> bool:
        """Whether the same request may well succeed a little later."""
        return self in (Kind.RATE, Kind.SERVER, Kind.CONNECTION, Kind.TIMEOUT)


_NO_CREDIT = (
    r"insufficient[_ ](quota|credit|balance|fund)|exceeded your current quota|credit balance"
    r"|billing"
)
_DAY = r"\bper[ _-]?day|perday|\bdaily\b|\b[rt]pd\b"
_CAUSES = {
    Kind.CREDIT: _NO_CREDIT,
    Kind.KEY: (
        r"api[_ -]?key[_ ](not|is not|has|was|expired|invalid)|api_key_invalid"
        r"|(invalid|incorrect|missing|wrong|no) api[_ -]?key|invalid[_ ]authentication"
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
    if status in _BY_STATUS and not (status in (401, 403) and re.search(_NO_CREDIT, text)):
        return _BY_STATUS[status]
    found = (kind for kind, words in _CAUSES.items() if re.search(words, text))
    return next(found, Kind.REQUEST)


def _kind_of_limit(text: str) -> Kind:
    """A limit passes, but for an account without credit, a day's quota, and one request too big."""
    if "insufficient_quota" in text:
        return Kind.CREDIT
    if re.search(r"request too large", text):
        return Kind.CONTEXT
    return Kind.DAY if re.search(_DAY, text) else Kind.RATE


_BY_STATUS = {
    401: Kind.KEY,
    402: Kind.CREDIT,
    403: Kind.KEY,
    404: Kind.MODEL,
    408: Kind.TIMEOUT,
    413: Kind.CONTEXT,
}

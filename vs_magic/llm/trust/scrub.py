"""Keys never leave the process: what looks like one is taken out of every text that people see."""

from __future__ import annotations

import os
import re
from urllib.parse import quote

HIDDEN = "[hidden]"

_SECRET_NAME = re.compile(
    r"(?:KEY|KEY_ID|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.IGNORECASE
)
_SHORTEST = 6  # a dummy such as "x" or "none" is no secret, and hiding it would garble the text
_PATTERNS = (
    re.compile(r"(?P<keep>\bBearer\s+)[^\s\"',;)}\]]+", re.IGNORECASE),
    re.compile(r"(?P<keep>\bBasic\s+)[A-Za-z0-9+/=]{8,}"),
    re.compile(r"(?P<keep>://)[^/\s:@]+:[^/\s@]+(?=@)"),
    re.compile(
        r"(?P<keep>(?:\b|_)(?:api[-_]?key|key|access[-_]?token|token|secret|sig|signature|password)"
        r"[\"']?\s*[=:]\s*[\"']?)(?=[^\s\"'&]{6})[A-Za-z0-9+/=_.*%~-]+",
        re.IGNORECASE,
    ),
    # Keys as the common providers write them, also half masked ("sk-proj-****abcd").
    re.compile(
        r"(?P<keep>)\b(?:sk|pk|rk|gsk|xai|hf|pplx|r8|fw|nvapi|csk|ghp|gho)[-_]"
        r"(?=[\w.-]*[\d*])[\w*.-]{6,}"
    ),
    re.compile(r"(?P<keep>)\bAIza[\w-]{20,}"),
    re.compile(r"(?P<keep>)\b(?:AKIA|ASIA)[A-Z0-9]{12,}"),
    re.compile(r"(?P<keep>)\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),
)


def scrub(text: str) -> str:
    """Return `text` without anything that is, or looks like, a key.

    Hidden are the values of environment variables whose names end like a secret's (…_KEY,
    …_TOKEN, …_SECRET), and what has the form of a key: `sk-…`, `Bearer …`, `key=…` in an address,
    a user name and password before a host.

    Examples
    --------
    >>> scrub("401: wrong key sk-abcdef0123 (GET /v1?key=AbCd1234&x=1)")
    '401: wrong key [hidden] (GET /v1?key=[hidden]&x=1)'
    """
    for value in _secrets():
        text = text.replace(value, HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<keep>{HIDDEN}", text)
    return text


def _secrets() -> list[str]:
    """The environment's secrets as they may be written, longest first."""
    plain = {
        value.strip()
        for name, value in os.environ.items()
        if _SECRET_NAME.search(name) and len(value.strip()) >= _SHORTEST
    }
    return sorted(plain | {quote(value, safe="") for value in plain}, key=len, reverse=True)

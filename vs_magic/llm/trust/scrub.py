"""Keys never leave the process: what looks like one is taken out of every text that people see.

The texts are a service's, so every pattern here is linear: no character is looked at again for
each place where a key could begin.
"""

from __future__ import annotations

import base64
import functools
import itertools
import json
import os
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"
SHORTEST = 6
"""A shorter value is a dummy ("none", "x"), and would be found in every other text."""

_SECRET_NAME = re.compile(
    r"(?:KEY|KEY_ID|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|(?:^|_)(?:PAT|DSN|PASS|PW)"
    r"|_PWD)(?:_?\d+|_(?:OLD|NEW|PROD|DEV|TEST|STAGING|LIVE|BACKUP|PRIMARY|SECONDARY))?$",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"://[^/\s:@]*:([^/\s]+)@")
PREFIXES = "sk|pk|rk|gsk|xai|hf|pplx|r8|fw|nvapi|csk|ghp|gho|github_pat|glpat|lsv2"
# The longest run that may be a key is taken at once, and looked at for itself: `_is_key`.
_RUN = re.compile(
    rf"\b(?:(?:{PREFIXES})[-_][\w*.-]{{6,}}|eyJ[\w.-]{{18,}}|AIza[\w-]{{20,}}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{12,})"
)
_PATTERNS = (
    re.compile(r"(?P<keep>\bBearer\s+)[^\s\"',;)}\]]+", re.IGNORECASE),
    re.compile(r"(?P<keep>\bBasic\s+)[A-Za-z0-9+/=]{8,}"),
    re.compile(r"(?P<keep>://)[^/\s:@\"'<>]*:[^/\s\"'<>]+(?=@)"),
    re.compile(
        r"(?P<keep>(?:\b|_)(?:api[-_]?key|key|access[-_]?token|token|secret|sig|signature|password)"
        r"[\"']?\s{0,9}[=:]\s{0,9}[\"']?)(?=[^\s\"'&]{6})[A-Za-z0-9+/=_.*%~-]+",
        re.IGNORECASE,
    ),
)


def scrub(text: str) -> str:
    """Return `text` without anything that is, or looks like, a key.

    Hidden are the values of environment variables whose names end like a secret's (…_KEY,
    …_TOKEN, …_SECRET, …_PAT, …_DSN), also as Base64, an address or JSON writes them; passwords
    in the addresses of the environment; and what has the form of a key: `sk-…`, `Bearer …`,
    `key=…` in an address, a user name and password before a host.

    Examples
    --------
    >>> scrub("401: wrong key sk-abcdef0123 (GET /v1?key=AbCd1234&x=1)")
    '401: wrong key [hidden] (GET /v1?key=[hidden]&x=1)'
    """
    for value in _secrets():
        text = text.replace(value, HIDDEN)
    return _without_keys(text)


def is_secret(name: str, value: str) -> bool:
    """Return whether a variable's name, or the form of its value, tells a secret."""
    return _SECRET_NAME.search(name) is not None or _looks_secret(value)


@functools.lru_cache(maxsize=1024)
def _looks_secret(value: str) -> bool:
    return _without_keys(value) != value


def _without_keys(text: str) -> str:
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<keep>{HIDDEN}", text)
    return _RUN.sub(lambda run: HIDDEN if _is_key(run[0]) else run[0], text)


@functools.lru_cache(maxsize=1024)
def forms(value: str) -> frozenset[str]:
    """Return a secret as it may be written: plain, in an address, in JSON, in Base64.

    >>> sorted(forms("pa/ss"))
    ['cGEvc3M', 'cGEvc3M=', 'pa%2Fss', 'pa%2fss', 'pa/ss']
    """
    sent = value.encode("utf-8", "surrogateescape")
    quoted = {quote(sent, safe=""), quote_plus(sent)}
    lower = {re.sub("%..", lambda code: code[0].lower(), each) for each in quoted}
    packed = {base64.b64encode(sent).decode(), base64.urlsafe_b64encode(sent).decode()}
    dumped = {json.dumps(value, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    return frozenset({value, *quoted, *lower, *packed, *(p.rstrip("=") for p in packed), *dumped})


def _is_key(run: str) -> bool:
    """Whether a run is a key: one with a digit, or half masked (sk-proj-****abcd), or a token."""
    if run.startswith("eyJ"):
        parts = run.split(".")
        return any(begins_token(a) and len(b) > 7 for a, b in itertools.pairwise(parts))
    return not run.startswith(
        tuple(f"{p}{sign}" for p in PREFIXES.split("|") for sign in "-_")
    ) or (any(c.isdigit() or c == "*" for c in run))


def begins_token(part: str) -> bool:
    """Whether a part of a run between dots begins a token of the web (JWT)."""
    return len(part) - part.find("eyJ") > 10 and "eyJ" in part


def _secrets() -> list[str]:
    """The environment's secrets as they may be written, longest first."""
    plain = {value for value in _plain() if len(value) >= SHORTEST}
    return sorted({form for value in plain for form in forms(value)}, key=len, reverse=True)


def _plain() -> Iterator[str]:
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name):
            yield value.strip()
        if login := _LOGIN.search(value):
            yield login[1]

"""Whether a text holds a secret: a value of the environment, or what has a key's form.

`scrub` hides secrets in messages for people, where a garbled word does no harm. A prompt and a
reply are never altered; here it is only told whether they hold a secret, so that people are warned
and such a call is not written to disk.
"""

from __future__ import annotations

import os
import re

from vs_magic.llm.request import Reply
from vs_magic.llm.trust.scrub import PREFIXES, SHORTEST, begins_token, forms, is_secret, scrub

# Only forms that no prose has: a known prefix, then 20 or more characters with a digit among them.
# A run is taken whole and looked at once, so that a text of nothing but prefixes costs no more.
_RUN = re.compile(
    rf"\b(?:(?:{PREFIXES})[-_][\w-]{{20,}}|AIza[\w-]{{30,}}|(?:AKIA|ASIA)[A-Z0-9]{{16}}\b"
    r"|eyJ[\w.-]{26,})"
)


def secrets_in(text: str) -> list[str]:
    """Return the names of the environment's variables whose secret values stand in `text`.

    A variable's value is a secret where `scrub` would hide it: its name ends in …_KEY, …_TOKEN,
    …_SECRET and the like, or the value itself has the form of a key or holds a password.

    Examples
    --------
    >>> os.environ["EXAMPLE_API_KEY"] = "correct-horse-battery"
    >>> secrets_in("Use correct-horse-battery, please."), secrets_in("Use a key, please.")
    (['EXAMPLE_API_KEY'], [])
    >>> del os.environ["EXAMPLE_API_KEY"]
    """
    return [name for name, value in os.environ.items() if _stands_in(name, value.strip(), text)]


def holds_key(text: str) -> bool:
    """Return whether `text` holds something that can only be a provider's key.

    Examples
    --------
    >>> holds_key("sk-proj-abcdefghij0123456789"), holds_key("the sk-learn and hf_hub packages")
    (True, False)
    """
    return any(_is_key(run[0]) for run in _RUN.finditer(text))


def holds_secret(reply: Reply) -> bool:
    """Return whether a call holds a secret, in what was sent or in what came back."""
    texts = [message["content"] for message in reply.request.messages]
    texts += [reply.text, reply.reasoning or "", reply.model, str(dict(reply.parameters))]
    whole = "\n".join(texts)  # looked through once: a call is not to wait for this
    return holds_key(whole) or bool(secrets_in(whole))


def _is_key(run: str) -> bool:
    if run.startswith("eyJ"):
        parts = run.split(".")
        threes = zip(parts, parts[1:], parts[2:], strict=False)
        return any(begins_token(a) and min(len(b), len(c)) > 7 for a, b, c in threes)
    if run.startswith(("AIza", "AKIA", "ASIA")):
        return True
    rest = re.split("[-_]", run, maxsplit=1)[1]
    return any(c.isdigit() for c in rest) and any(c.isascii() and c.isalpha() for c in rest)


def _stands_in(name: str, value: str, text: str) -> bool:
    if len(value) < SHORTEST:
        return False
    if is_secret(name, value):
        return any(form in text for form in forms(value))
    return value in text and scrub(value) != value

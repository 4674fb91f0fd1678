"""Test doubles for code built on vs_magic, and for vs_magic itself.

`Endpoint` is a real HTTP server on loopback that speaks the OpenAI API (chat and embeddings);
`faults` holds the ways in which it can misbehave, and `FaultyEndpoint` does so by itself; `answers`
are the replies that it can give; `ScriptedModel` is a model without any server. None of them sets
anything global.
"""

from __future__ import annotations

from vs_magic.testing import faults
from vs_magic.testing.answers import Answer, letters, scripted
from vs_magic.testing.endpoint import Endpoint, Recorded
from vs_magic.testing.exchange import Exchange
from vs_magic.testing.faulty import KINDS, FaultyEndpoint, Treated
from vs_magic.testing.scripted_model import ScriptedModel

__all__ = [
    "KINDS",
    "Answer",
    "Endpoint",
    "Exchange",
    "FaultyEndpoint",
    "Recorded",
    "ScriptedModel",
    "Treated",
    "faults",
    "letters",
    "scripted",
]

"""Which metrics to compute where nobody named any."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vs_magic.metrics.embed import Embedder, ready

_LEXICAL = ("rouge-l", "distinct-2", "distinct-answers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The metrics to compute, and with what.

    Parameters
    ----------
    metrics
        Their names.
    embedder
        The embedder for those that need one; None: there is none, and they are left out.
    note
        What was left out, and what to do to have it; "" if nothing.
    """

    metrics: tuple[str, ...]
    embedder: Embedder | None
    note: str = ""


def choose(embedder: str | Path | Embedder = "auto") -> Choice:
    """Choose the usual metrics: semantic diversity if an embedder is ready, and lexical ones.

    Without an embedder the lexical ones remain, and the note says what to install or fetch. A
    wording is not a meaning: no lexical number is ever given as a semantic one.

    >>> choose("lexical").metrics
    ('semantic-diversity', 'rouge-l', 'distinct-2', 'distinct-answers')
    """
    found, reason = ready(embedder)
    if found is None:
        return Choice(
            metrics=_LEXICAL,
            embedder=None,
            note=f"semantic diversity is left out, lexical metrics remain: {reason}",
        )
    return Choice(metrics=("semantic-diversity", *_LEXICAL), embedder=found)

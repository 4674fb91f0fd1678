"""A candidate: one response found in a reply."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One response found in a reply.

    Parameters
    ----------
    text
        The response, exactly as the model wrote it; half a surrogate pair, which no file and no
        wire can take, is U+FFFD.
    probability
        What the model *stated*, on a 0-1 scale; None where it stated nothing usable.
    repairs
        What had to be mended to read this candidate, in plain words; empty for a clean one.
    """

    text: str
    probability: float | None = None
    repairs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", encodable(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that was read out of one reply: its candidates and, where asked for, its reasoning."""

    candidates: tuple[Candidate, ...]
    reasoning: str | None = None

    def __post_init__(self) -> None:
        if self.reasoning is not None:
            object.__setattr__(self, "reasoning", encodable(self.reasoning))


def encodable(text: str) -> str:
    r"""Return a text that can be written out: halves of a pair are joined, a lone one is U+FFFD.

    >>> encodable("\ud83d\ude00 \ud83d") == "\U0001f600 \ufffd"
    True
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text

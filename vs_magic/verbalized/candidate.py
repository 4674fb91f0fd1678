"""A candidate: one response found in a reply."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vs_magic.verbalized.method import TextPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One response found in a reply.

    Parameters
    ----------
    text
        The response, exactly as the model wrote it: whole, with its title if it has one. Half a
        surrogate pair, which no file and no wire can take, is U+FFFD.
    probability
        What the model *stated*, on a 0-1 scale; None where it stated nothing usable.
    repairs
        What had to be mended to read this candidate, in plain words; empty for a clean one.
    title, body
        The two parts of a response that the model gave a title ("**Tea** (30%): A hot drink."), as
        far as its form tells them apart; None for any other. Numbers and generic labels
        ("Response 1") are no titles.
    """

    text: str
    probability: float | None = None
    repairs: tuple[str, ...] = ()
    title: str | None = field(default=None, repr=False)
    body: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("text", "title", "body"):
            if value := getattr(self, name):
                object.__setattr__(self, name, encodable(value))

    def reduced_to(self, part: TextPart) -> Candidate:
        """Return the candidate with one part of its response as its text.

        >>> Candidate(text="Tea: hot", title="Tea", body="hot").reduced_to(TextPart.TITLE).text
        'Tea'
        """
        wanted = {TextPart.TITLE: self.title, TextPart.BODY: self.body}.get(part)
        return replace(self, text=wanted) if wanted else self


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

"""The local model's own probabilities: of a text, token by token, and of all first tokens.

No hosted model tells as much. The numbers are the model's at temperature 1, before any sampling
option and before any grammar: what it would say, not what it is made to say. llama.cpp sums the
vocabulary in single precision, so a log-probability is good to about 0.001.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vs_magic.errors import ModelError, OptionError
from vs_magic.llm.llama.generating import Turn, worker
from vs_magic.llm.local import locate
from vs_magic.verbalized.prompt import Message

LONGEST_TEXT = 2048
"""Tokens that a scored text may have."""

MOST_TOKENS = 1_000_000
"""More than any vocabulary has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token and the natural logarithm of its probability."""

    text: str
    logprob: float

    @property
    def probability(self) -> float:
        """The probability itself."""
        return math.exp(self.logprob)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A text as the model's answer, token by token.

    Parameters
    ----------
    text
        The answer that was scored.
    tokens
        Its tokens; each one's probability is given those before it.
    end
        The natural logarithm of the probability that the answer ends there.
    """

    text: str
    tokens: tuple[Token, ...]
    end: float

    @property
    def logprob(self) -> float:
        """Log-probability, in nats, that the answer begins with this text."""
        return math.fsum(t.logprob for t in self.tokens)

    @property
    def probability(self) -> float:
        """Probability that the answer is this text and nothing more."""
        return math.exp(self.logprob + self.end)


def token_logprobs(model: str, messages: Sequence[Message], text: str) -> Scored:
    """Return how likely a local model is to answer `messages` with `text`.

    The model is made to write the text, by a grammar that allows nothing else, and asked for the
    probability that it gave each token without the grammar. Where a text can be cut into tokens in
    several ways, it is cut as the model itself prefers, one token after the other.

    Parameters
    ----------
    model
        A local model's name, as for `--model`.
    messages
        The conversation to answer.
    text
        The answer to score; it may be empty.

    Raises
    ------
    OptionError, MissingExtraError, WeightsError
        As for `connect_local`.
    ModelError
        The model cannot write the text: it holds a character that no token has, or is too long.
    """
    path, _ = locate(model)
    literal = json.dumps(text, ensure_ascii=False)
    asked = {"temperature": 0.0, "max_tokens": LONGEST_TEXT, "grammar": f"root ::= {literal}"}
    rows = worker.run_blocking(
        lambda turn: _rows(turn, path, messages, {**asked, "top_logprobs": 1})
    )
    tokens = tuple(_token(row) for row in rows)
    written = b"".join(bytes(row["bytes"]) for row in rows)
    if not tokens or written != text.encode():
        raise ModelError(f"{model} cannot score a text that it cannot write: {text[:60]!r}")
    return Scored(text=text, tokens=tokens[:-1], end=tokens[-1].logprob)


def first_tokens(
    model: str, messages: Sequence[Message], top: int | None = 20
) -> tuple[Token, ...]:
    """Return the likeliest first tokens of a local model's answer, the likeliest first.

    Parameters
    ----------
    model
        A local model's name, as for `--model`.
    messages
        The conversation to answer.
    top
        How many; None: the whole vocabulary, whose probabilities sum to 1.

    Raises
    ------
    OptionError
        `top` is below 1; or as for `connect_local`.
    MissingExtraError, WeightsError, ModelError
        As for `connect_local`.
    """
    if top is not None and top < 1:
        raise OptionError(f"top takes a whole number of at least 1, or None, not {top!r}")
    path, _ = locate(model)
    asked = {"temperature": 0.0, "max_tokens": 1, "top_logprobs": top or MOST_TOKENS}
    rows = worker.run_blocking(lambda turn: _rows(turn, path, messages, asked))
    return tuple(_token(row) for row in rows[0]["top_logprobs"])


def _rows(
    turn: Turn, path: Path, messages: Sequence[Message], asked: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Run one completion; return llama.cpp's row for each token that it wrote."""
    rows: list[dict[str, Any]] = []

    def listen(event: Mapping[str, Any]) -> bool:
        if "error" in event:
            raise ModelError(f"{path.name} refused the call: {event['error'].get('message')}")
        for choice in event.get("choices", ()):
            rows.extend((choice.get("logprobs") or {}).get("content") or ())
        return turn.over

    # Not streamed: a stream leaves out the token that ends the answer.
    payload = {"messages": [dict(m) for m in messages], "logprobs": True, **asked}
    turn.engine(path).stream(payload, listen, exact=True)
    return rows


def _token(row: Mapping[str, Any]) -> Token:
    text = bytes(row["bytes"]).decode(errors="replace")
    return Token(text=text, logprob=float(row["logprob"]))

"""What a test endpoint answers: a text with its trimmings, or sensible replies to our prompts."""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]
"""The parsed JSON body of a chat request."""

FIELDS = ("probability", "confidence", "perplexity", "nll")
MADE_UP = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One well-formed answer of an endpoint.

    Parameters
    ----------
    text
        The assistant's text.
    finish_reason
        Why it ended; None leaves the field empty, as some endpoints do.
    reasoning
        Sent as `reasoning_content`, where given.
    usage
        Whether token counts are sent.
    pieces
        How many pieces a streamed answer comes in, at most.
    delay
        Seconds before the answer starts.
    pause
        Seconds between the pieces of a streamed answer.
    """

    text: str
    finish_reason: str | None = "stop"
    reasoning: str | None = None
    usage: bool = True
    pieces: int = 8
    delay: float = 0.0
    pause: float = 0.0


def scripted(
    texts: Sequence[str] | None = None, probabilities: Sequence[float] | None = None
) -> Callable[[Body], str]:
    """Return a reply function that answers every method in the shape that its prompt asks for.

    Each call takes the next of `texts`, round and round: one for the methods that ask for one, k
    for the others. The stated probabilities are `probabilities`, or fall from call to call as
    1/2, 1/4, 1/8 … of what is left. So a run's candidates are known beforehand.

    Parameters
    ----------
    texts
        The candidates' texts; None makes some up.
    probabilities
        What is stated for the 1st, 2nd … candidate of each reply.

    Examples
    --------
    >>> reply = scripted(["heads", "tails"])
    >>> system = 'Give exactly 2 responses … {"responses": [{"text": "<response>", "probability"'
    >>> reply({"messages": [{"role": "system", "content": system}]})
    '{"responses": [{"text": "heads", "probability": 0.5}, {"text": "tails", "probability": 0.25}]}'
    """
    source = itertools.cycle(texts if texts is not None else [f"the {m} answer" for m in MADE_UP])
    lock = threading.Lock()

    def reply(body: Body) -> str:
        asked = _Asked.of(body)
        with lock:  # a server answers on many threads
            taken = list(itertools.islice(source, asked.k))
        stated = [
            probabilities[i % len(probabilities)] if probabilities else 0.5 ** (i + 1)
            for i in range(asked.k)
        ]
        return asked.write(taken, stated)

    return reply


def letters(texts: Sequence[str]) -> list[list[float]]:
    """Return embeddings that a test can tell beforehand: 1, then how often each of a to z stands.

    >>> letters(["abba"])[0][:4]
    [1.0, 2.0, 2.0, 0.0]
    """
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return [[1.0, *(float(text.lower().count(letter)) for letter in alphabet)] for text in texts]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The shape of reply that a request asks for, read off its prompt as a model would."""

    k: int
    lists: bool
    reasons: bool
    lines: bool
    field: str | None

    @classmethod
    def of(cls, body: Body) -> _Asked:
        """Read the first message for the form, and the last that says so for the number."""
        said = [str(m.get("content", "")) for m in body.get("messages", [])]
        form = said[0] if said else ""
        numbers = [int(n) for text in said for n in re.findall(r"Give exactly (\d+) ", text)]
        marks = (f'"{field}"' in form or f"<{field}>" in form for field in FIELDS)
        return cls(
            k=numbers[-1] if numbers else 1,
            lists=bool(numbers),
            reasons='"reasoning": ' in form,
            lines="Reply with only" in form and " lines" in form,
            field=next((f for f, there in zip(FIELDS, marks, strict=True) if there), None),
        )

    def write(self, texts: Sequence[str], stated: Sequence[float]) -> str:
        """Return the reply that holds `texts` in this shape."""
        before = {"reasoning": "I looked at the request."} if self.reasons else {}
        if not self.lists:
            return json.dumps({**before, "response": texts[0]}) if self.reasons else texts[0]
        if self.field is None:
            return "\n".join(texts) if self.lines else json.dumps({"responses": list(texts)})
        pairs = list(zip(texts, stated, strict=True))
        if self.lines:
            return "\n".join(f"{text} | {value}" for text, value in pairs)
        items = [{"text": text, self.field: value} for text, value in pairs]
        return json.dumps({**before, "responses": items}, ensure_ascii=False)

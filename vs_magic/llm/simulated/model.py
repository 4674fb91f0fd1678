"""The client of the simulated models: it reads a request as a model would, answers in its shape."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from types import MappingProxyType

from vs_magic.errors import ModelError
from vs_magic.llm.request import Complete, OnText, Reply, Request
from vs_magic.llm.simulated.answering import choose, sharpen, stated
from vs_magic.llm.simulated.tables import TABLES, AnswerTable, recognise
from vs_magic.verbalized import prompt
from vs_magic.verbalized.method import Format, Method, Wording

ALPHA = 0.57
"""Strength of the typicality bias: the paper's estimate on HelpSteer (section 3)."""

BETA = 0.1
"""Weight of the KL term in the tuning: a common choice, ours here."""

GAMMAS = MappingProxyType({"simulated/aligned": 1 + ALPHA / BETA, "simulated/base": 1.0})
"""γ = 1 + α/β of each simulated model; 1 leaves the reference as it is."""

_HAS = ("temperature", "top_p", "max_tokens", "seed")
"""The parameters that a table can be sampled with."""

_BOUND = re.compile(
    re.escape(prompt.TAIL)
    .replace(re.escape("{name}"), r"(?P<name>\w+)")
    .replace(re.escape("{bound}."), r"(?P<bound>\d*\.?\d+(?:e-?\d+)?)(?P<percent> percent)?")
)
_TOKEN = re.compile(r"\s*(?:\w+|[^\w\s])")


def simulated(gamma: float, name: str) -> Complete:
    """Return a simulated model that sharpens its tables by `gamma`: 1 is the reference itself."""

    async def complete(request: Request, *, on_text: OnText | None = None) -> Reply:
        table = _table(request, name)
        given, not_sent = request.parameters.split(_HAS)
        text, finish_reason = _cut(
            _Answer(request, table, gamma).text(), request.parameters.max_tokens
        )
        if on_text is not None:
            on_text(text)
        return Reply(
            text=text,
            request=request,
            model=name,
            mode="simulated",
            finish_reason=finish_reason,
            prompt_tokens=sum(_tokens(m["content"]) for m in request.messages),
            completion_tokens=_tokens(text),
            cost_usd=0.0,
            parameters={"gamma": gamma, "task": table.about, **given},
            not_sent=not_sent,
        )

    return complete


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer in the making."""

    request: Request
    table: AnswerTable
    gamma: float

    def text(self) -> str:
        """Return the reply in the shape that was asked for."""
        method = self.request.shape.method
        if method in (Method.DIRECT, Method.MULTI_TURN):
            return self._one()
        if method is Method.COT:
            return json.dumps({"reasoning": self._reasoning(), "response": self._one()})
        if method is Method.SEQUENCE:
            return self._list()
        return self._distribution()

    def _one(self) -> str:
        target = sharpen(self.table.reference(), self.gamma)
        return self._chosen(target, 1)[0]

    def _list(self) -> str:
        target = sharpen(self.table.reference(), self.gamma)
        texts = self._chosen(target, self.request.shape.k)
        if self.request.shape.format is Format.LINES:
            return "\n".join(texts)
        return json.dumps({"responses": texts}, ensure_ascii=False)

    def _distribution(self) -> str:
        shape, reference = self.request.shape, self.table.reference()
        pairs = self._pairs(reference)
        if shape.format is Format.LINES:
            return "\n".join(f"{text} | {value:g}" for text, value in pairs)
        items = [{"text": text, shape.probability.field: value} for text, value in pairs]
        before = {"reasoning": self._reasoning()} if shape.method.reasons else {}
        return json.dumps({**before, "responses": items}, ensure_ascii=False)

    def _pairs(self, reference: dict[str, float]) -> list[tuple[str, float]]:
        """The answers with what is stated for each; in the tail where the prompt asks for it."""
        shape = self.request.shape
        bound = _bound(self.request)
        inside = {
            text: p
            for text, p in reference.items()
            if bound is None or _measure(p, shape.probability, reference) < bound
        }
        texts = self._chosen(inside, shape.k, refill=bound is None)
        total = sum(reference[text] for text in texts)
        tail = bound is not None
        return [
            (text, stated(reference[text], shape.probability, reference, total, tail=tail))
            for text in texts
        ]

    def _chosen(self, distribution: dict[str, float], k: int, *, refill: bool = True) -> list[str]:
        request = self.request
        said = _said(request, self.table) if request.shape.method.converses else set()
        return choose(
            distribution,
            k,
            self._rng(),
            temperature=request.parameters.temperature,
            top_p=request.parameters.top_p,
            said=said,
            refill=refill,
        )

    def _rng(self) -> random.Random:
        """Chance: fixed by seed, call and turn; both models share their random numbers."""
        seed = self.request.parameters.seed
        if seed is None:
            return random.Random()
        key = (seed, self.request.call, self.request.turn, self.table.about)
        return random.Random(repr(key))

    def _reasoning(self) -> str:
        return (
            f"I am a simulation: I know {len(self.table.answers)} answers to this, "
            f"and I sharpen their table by {self.gamma:g} when I am asked for one."
        )


def _table(request: Request, name: str) -> AnswerTable:
    asked = next((m["content"] for m in request.messages if m["role"] == "user"), "")
    table = recognise(asked)
    if table is None:
        known = ", ".join(t.about for t in TABLES.values())
        raise ModelError(
            f"{name} is a toy that knows {known}, and nothing else: ask for one of these, or name "
            "a real model with --model (%vs_models lists them)"
        )
    return table


def _bound(request: Request) -> float | None:
    """The tail's bound, read off the prompt as a model reads it."""
    for message in request.messages:
        if message["role"] == "system" and (found := _BOUND.search(message["content"])):
            return float(found["bound"]) / (100 if found["percent"] else 1)
    return None


def _measure(p: float, wording: Wording, reference: dict[str, float]) -> float:
    """What the bound is about: typicality for `confidence`, else the probability."""
    return p / max(reference.values()) if wording is Wording.CONFIDENCE else p


def _said(request: Request, table: AnswerTable) -> set[str]:
    """The answers that earlier turns of this conversation gave."""
    said: set[str] = set()
    for message in request.messages:
        if message["role"] == "assistant":
            said.update(_texts(message["content"]))
    return said & set(table.answers)


def _texts(reply: str) -> set[str]:
    """The answers in a reply of ours: as text, as JSON, or as lines."""
    try:
        value = json.loads(reply)
    except ValueError:
        value = None
    if isinstance(value, dict):
        items = value.get("responses", [])
        return {item["text"] if isinstance(item, dict) else item for item in items}
    lines = reply.split("\n")
    return {reply.strip(), *(line.rsplit(" | ", 1)[0].strip() for line in lines)}


def _tokens(text: str) -> int:
    """Tokens as this toy counts them: words and single signs."""
    return len(_TOKEN.findall(text))


def _cut(text: str, max_tokens: int | None) -> tuple[str, str]:
    """Cut a reply that is too long, as an endpoint does; and say how it ended."""
    pieces = _TOKEN.findall(text)
    if max_tokens is None or len(pieces) <= max_tokens:
        return text, "stop"
    return "".join(pieces[:max_tokens]), "length"

"""The vocabulary of keys, tags and headers: which name carries a text, a probability, a list."""

from __future__ import annotations

import re
from functools import lru_cache

from vs_magic.verbalized.method import Wording

# In order of preference, where one object has several.
TEXT = (
    "text", "response", "responsetext", "answer", "content", "completion", "candidate", "output",
    "generation", "reply", "message", "result", "sample", "sentence", "joke", "poem", "story",
    "haiku", "limerick", "lyrics", "quote", "riddle", "slogan", "tagline", "headline", "paragraph",
    "passage", "body", "dialogue", "utterance", "line", "word", "phrase", "idea", "suggestion",
    "caption", "code", "solution", "prediction", "option", "choice", "item", "outcome", "value",
    "name", "label", "title", "question", "prompt", "description", "guess",
    "texto", "texte", "testo", "respuesta", "reponse", "réponse", "risposta", "resposta", "antwort",
    "文本", "回答", "回复", "内容", "答案", "ответ", "текст", "テキスト",
)  # fmt: skip
_RANK = {name: rank for rank, name in enumerate(TEXT)}
# Too general to make a record of an object on their own, without a probability beside them.
VAGUE = frozenset({
    "value", "name", "label", "title", "question", "prompt", "description", "message", "result",
    "code", "line",
})  # fmt: skip
# What one candidate is called, in a label before it or in the tag around it.
NOUNS = frozenset({
    "response", "candidate", "option", "answer", "joke", "poem", "story", "version", "sample",
    "output", "item", "idea", "completion", "alternative", "choice", "suggestion", "haiku",
    "variation", "variant", "possibility", "quote", "riddle", "slogan", "limerick", "outcome",
    "prediction", "result", "reply", "continuation", "guess", "generation", "entry", "sentence",
})  # fmt: skip
LISTS = frozenset({
    "responses", "candidates", "answers", "completions", "outputs", "results", "samples",
    "generations", "items", "options", "alternatives", "replies", "texts", "list", "data",
    "distribution", "response", "output", "result", "answer", "final", "finalanswer",
    "finalresponses", "finalanswers", "candidate", "predictions", "choices", "suggestions", "ideas",
    "jokes", "poems", "stories", "sentences", "haikus", "responselist", "outcomes", "entries",
})  # fmt: skip
REASONING = frozenset({
    "reasoning", "thinking", "thought", "thoughts", "rationale", "chainofthought", "cot",
    "reasoningsteps", "steps", "stepbystep", "analysis", "reason", "explanation", "scratchpad",
    "reflection", "justification", "plan", "internalmonologue", "reasoningprocess",
})  # fmt: skip
ASIDE = frozenset({
    "id", "index", "idx", "rank", "number", "no", "n", "k", "key", "type", "role", "model",
    "category", "tags", "tag", "style", "tone", "note", "notes", "comment", "comments", "language",
    "lang", "metadata", "meta", "usage", "source", "prompt", "instruction", "instructions",
    "schema", "format", "threshold", "total", "sum", "count", "length", "words", "wordcount",
    "status", "error", "refusal", "warning", "version", "seed", "temperature", "task", "input",
    "request", "method", "summary", "disclaimer", "turn", "timestamp", "date", "author", "topic",
})  # fmt: skip
DRAFTS = frozenset({
    "draft", "drafts", "brainstorm", "brainstorming", "rejected", "discarded", "example",
    "examples", "initial", "initialresponses", "ideasconsidered", "considered", "firstdraft",
})  # fmt: skip
_PERCENT = frozenset({
    "percent", "percentage", "pct", "probabilitypercent", "probabilitypercentage", "probpct",
    "probpercent",
})  # fmt: skip
_PROBABILITY = frozenset({
    "p", "pr", "likelihood", "chance", "confidence", "confidencescore", "weight", "score", "odds",
    "frequency", "freq", "typicality", "estimatedlikelihood", "relativelikelihood", "likeliness",
    "wahrscheinlichkeit", "вероятность", "概率", "機率", "几率", "確率", "확률",
    "perplexity", "ppl", "nll", "negativeloglikelihood", "certainty",
})  # fmt: skip
# The words in front of a probability in prose.
PROBABILITY_WORDS = (
    r"probability|probabilit(?:é|e\u0301|à|a\u0300)|probabilidade?|wahrscheinlichkeit|вероятность"
    r"|waarschijnlijkheid|prawdopodobieństwo|sannolikhet|olasılık|概率|機率|几率|可能性|確率|확률"
    r"|prob\b\.?|likelihood|confidence|certainty|chance|weight|score|typicality|perplexity|nll"
    r"|konfidenz|sicherheit|confianza|confiance|уверенность|置信度|信頼度|확신도"
)
# The first of these that an object has is its probability.
_BEST_PROBABILITY = (
    "probability", "prob", "p", "likelihood", "percent", "percentage", "confidence",
)  # fmt: skip
_NUMBERED = re.compile(r"(.*?)[\W_]*?(\d{1,4})[\W_]*(\D*)", re.DOTALL)
_TOTAL = re.compile(r"total|\Asum|sum\Z|sumof|cumulative|remaining")
_DROP = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def plain(key: str) -> str:
    """Reduce a key to its letters and digits, in lower case."""
    return _DROP.sub("", key[:80].lower())


def is_probability(name: str) -> bool:
    """Whether a plain name carries a probability."""
    if name in _PROBABILITY or name in _PERCENT:
        return True
    if "prob" not in name or "problem" in name or name.startswith("log"):
        return False
    return _TOTAL.search(name) is None


def is_total(name: str) -> bool:
    """Whether a plain name tells of all candidates together: `total_probability`."""
    return "prob" in name and _TOTAL.search(name) is not None


def is_text(name: str) -> bool:
    """Whether a plain name carries a text."""
    return text_rank(name) < len(_RANK)


def text_rank(name: str) -> int:
    """How far down the list of preference a name stands; the list's length for an unknown one."""
    name = name.removeprefix("final").removeprefix("generated") or name
    if name not in _RANK and name.endswith("text"):
        return 0
    return _RANK.get(name, len(_RANK))


def probability_rank(name: str) -> int:
    """How far down the list of preference the name of a probability stands."""
    if name in _BEST_PROBABILITY:
        return _BEST_PROBABILITY.index(name)
    return len(_BEST_PROBABILITY)


def wording(name: str, raw_key: str, asked: Wording) -> Wording:
    """Return what the field's own name says its number is; otherwise what was asked for."""
    if name in {"nll", "negativeloglikelihood"}:
        return Wording.NLL
    if name in {"perplexity", "ppl"}:
        return Wording.PERPLEXITY
    if name in _PERCENT or "%" in raw_key:
        return Wording.PERCENTAGE
    return asked


def numbered(key: str) -> tuple[str, int] | None:
    """Split `response_2` into the plain name `response` and 2; a bare `2` has an empty name."""
    match = _NUMBERED.fullmatch(key[:80])
    return (plain(match[1] + match[3]), int(match[2])) if match else None

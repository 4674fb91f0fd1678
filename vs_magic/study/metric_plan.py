"""What is to be measured: the metrics named, or those that suit the answers; checked beforehand.

Everything that can be known to fail is refused before the first call, not after the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from vs_magic import metrics
from vs_magic.errors import OptionError
from vs_magic.llm.trust.budget import Budget
from vs_magic.metrics import Embedder, Metric, embed
from vs_magic.metrics._answers import read_reference
from vs_magic.study.measure import MeasureOptions
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.options import Options
from vs_magic.view.text import width

SHORT = 40
"""Columns up to which a response is a short answer: a word, a number, a name."""

MOSTLY = 0.9
"""The share of responses that must be short for a study to be one of short answers."""

HOSTED = "litellm:"
"""What the names of embedders begin with that are asked for their rows."""

OF_ANSWERS = ("distinct-answers", "entropy", "unique-share")
AGAINST_REFERENCE = (
    "distinct-answers",
    "entropy",
    "coverage",
    "precision",
    "total-variation",
    "kl",
)


class MeasureChanges(TypedDict, total=False):
    """What can be measured otherwise, of the same responses; as in `MetricPlan`."""

    reference: Any
    embedder: str | Path | Embedder
    weighted: bool
    options: Mapping[str, Mapping[str, Any]]
    level: float
    resamples: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPlan:
    """What a study measures.

    Parameters
    ----------
    metrics
        The metrics; None: those that suit the responses.
    reference
        What answers are compared with: for all tasks, or task → reference.
    embedder
        Gives embeddings: a name, a folder or a function.
    weighted
        Whether metrics that can take weights take them.
    options
        Metric → options of its own.
    level, resamples, seed
        Of the intervals.
    """

    metrics: tuple[Metric, ...] | None = None
    reference: Any = None
    embedder: str | Path | Embedder = "auto"
    weighted: bool = False
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    level: float = 0.95
    resamples: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise OptionError(f"level must be above 0 and below 1, not {self.level!r}")
        if isinstance(self.resamples, bool) or self.resamples < 100:
            raise OptionError(f"resamples must be 100 or more, not {self.resamples!r}")

    def references(self, tasks: Sequence[str]) -> dict[str, Any]:
        """Return each task's reference, for the tasks that have one."""
        given = self.reference
        if given is None:
            return {}
        if isinstance(given, Mapping) and any(task in given for task in tasks):
            return {task: given[task] for task in tasks if task in given}
        listed = given if isinstance(given, Mapping) else _listed(given)
        return dict.fromkeys(tasks, listed)


def find(names: Any) -> tuple[Metric, ...] | None:
    """Return metrics from their names (a list, or one text with commas) or functions, each once.

    Raises
    ------
    OptionError
        One is unknown (the nearest name is given), or none is named.

    Examples
    --------
    >>> [metric.name for metric in find("rouge_l, Entropy")]
    ['rouge-l', 'entropy']
    """
    if names is None:
        return None
    if isinstance(names, (str, Metric)) or callable(names):
        names = [names]
    parts = [
        part
        for name in names
        for part in (name.split(",") if isinstance(name, str) else [name])
        if not isinstance(part, str) or part.strip()
    ]
    found = tuple(dict.fromkeys(metrics.get(part) for part in parts))
    if not found:
        raise OptionError(f"no metric is named: one or more of {', '.join(metrics.names())}")
    return found


def hosted(plan: MetricPlan, options: Options, budget: Budget | None = None) -> MetricPlan:
    """Return a plan whose embedder, where it is hosted, is held to a run's budget and replay.

    Raises
    ------
    OptionError, ModelError
        The run is a replay, the model is unknown, or its key is missing; nothing is sent.
    """
    name = plan.embedder
    if not (isinstance(name, str) and name.startswith(HOSTED)):
        return plan
    from vs_magic.llm.embeddings import embedder

    model = embedder(name.removeprefix(HOSTED), replay=options.replay, budget=budget)
    return replace(plan, embedder=embed.provided(name, model))


def check(plan: MetricPlan, tasks: Sequence[str], methods: Sequence[Method]) -> None:
    """Refuse, before anything is sent, what could not be measured afterwards.

    Raises
    ------
    OptionError
        A metric lacks its reference, or the methods that it needs; or a reference is none.
    MissingExtraError, WeightsError
        A metric that was named needs an embedder that is not here.
    """
    references = plan.references(tasks)
    needs = {need: m.name for m in plan.metrics or () for need in m.needs}
    for reference in references.values():
        if "numbers" not in needs:
            read_reference(reference)
    if "embedder" in needs:
        embed.prepare(plan.embedder)
    for need in ("reference", "numbers"):
        if need in needs and not references:
            raise OptionError(
                f"{needs[need]} compares the answers with what they ought to be: give a reference, "
                "the correct answers or a mapping of answers to counts"
            )
    if "stated" in needs and not (
        Method.DIRECT in methods and any(method.verbalizes for method in methods)
    ):
        raise OptionError(
            f"{needs['stated']} sets stated probabilities beside how often direct answers come: "
            "compare direct with a method that states some, such as vs-standard"
        )


def kind_of(texts: Sequence[str]) -> str:
    """Return `answers` where nearly all responses are short, else `texts`.

    >>> kind_of(["4", "Blue.", "New York"]), kind_of(["Why did the coffee file a police report? …"])
    ('answers', 'texts')
    """
    short = sum(width(" ".join(text.split())) <= SHORT for text in texts)
    return "answers" if texts and short >= MOSTLY * len(texts) else "texts"


def suited(plan: MetricPlan, kind: str) -> tuple[tuple[Metric, ...], str]:
    """Return the metrics to take, and a note on what is left out for want of an embedder."""
    if plan.metrics is not None:
        return plan.metrics, ""
    if kind == "answers":
        names = OF_ANSWERS if plan.reference is None else AGAINST_REFERENCE
        return tuple(metrics.get(name) for name in names), ""
    choice = metrics.choose(plan.embedder)
    return tuple(metrics.get(name) for name in choice.metrics), choice.note


def how(plan: MetricPlan, tasks: Sequence[str], taken: Sequence[Metric]) -> MeasureOptions:
    """Return how to measure; the embedder is loaded only where a metric needs it."""
    needed = any("embedder" in metric.needs for metric in taken)
    return MeasureOptions(
        references=plan.references(tasks),
        vectors=Vectors(plan.embedder) if needed else None,
        weighted=plan.weighted,
        options=plan.options,
        level=plan.level,
        resamples=plan.resamples,
        seed=plan.seed,
    )


class Vectors:
    """Embeddings of texts, each text embedded once.

    Parameters
    ----------
    embedder
        A name, a folder or a function.
    """

    def __init__(self, embedder: str | Path | Embedder) -> None:
        self._embedder = metrics.get_embedder(embedder)
        self._held: dict[str, NDArray[np.floating]] = {}

    def __call__(self, texts: Sequence[str]) -> NDArray[np.floating]:
        """Return one row a text, shape (texts, d)."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._held]
        if missing:
            rows = embed.embed(missing, self._embedder)
            self._held.update(zip(missing, rows, strict=True))
        return np.stack([self._held[text] for text in texts])


def _listed(reference: Any) -> Any:
    """Return a reference that can be read more than once (an iterator cannot)."""
    return reference if isinstance(reference, (str, bytes)) else list(reference)

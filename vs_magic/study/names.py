"""How metrics are called where people read them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from vs_magic.metrics import Metric
from vs_magic.view.charts.frames import digits

_TITLES = {
    **{f"distinct-{n}": f"Distinct-{n}" for n in (1, 2, 3)},
    "rouge-l": "ROUGE-L",
    "self-bleu": "Self-BLEU",
    "vendi": "Vendi score",
    "kl": "KL divergence",
    "js": "Jensen-Shannon divergence",
    "chi-square": "Chi-square",
    "kolmogorov-smirnov": "Kolmogorov-Smirnov",
    "wasserstein": "Wasserstein distance",
    "brier": "Brier score",
    "distinct-k": "Distinct responses (distinct-k)",
}
_WHOLE = ("answers", "classes", "responses")


def title(metric: Metric) -> str:
    """Return a metric's name as a heading.

    >>> from vs_magic import metrics
    >>> title(metrics.get("rouge-l")), title(metrics.get("semantic-diversity"))
    ('ROUGE-L', 'Semantic diversity')
    """
    return _TITLES.get(metric.name, metric.name.replace("-", " ").capitalize())


def note(metric: Metric, *, weighted: bool = False) -> str:
    """Return what a reader has to know of its numbers.

    >>> from vs_magic import metrics
    >>> note(metrics.get("entropy"))
    'bits · higher: more diverse'
    """
    parts = [metric.unit, f"higher: {metric.higher_is}"]
    if weighted:
        parts.insert(1, "weighted")
    return " · ".join(parts)


def decimals(metric: Metric) -> int | None:
    """Return how many decimals its numbers are shown with; None: as their size asks for."""
    return 1 if metric.unit in _WHOLE else None


def places(metric: Metric, numbers: Iterable[float]) -> int:
    """Return how many decimals these numbers of a metric are shown with, all the same."""
    fixed = decimals(metric)
    sizes = [abs(number) for number in numbers if math.isfinite(number)]
    return digits(max(sizes, default=1.0)) if fixed is None else fixed

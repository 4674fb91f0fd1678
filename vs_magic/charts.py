"""Charts of what you hold, without a comparison.

    import vs_magic as vs
    vs.charts.answers({"T = 0.3": cold["text"], "T = 1": hot["text"]})
    vs.charts.calibration({"stated": vs.metrics.calibration_table(rolls, said)})

A comparison and a sweep have charts of their own: `comparison.chart()`. Each is a `Chart`: shown in
a notebook, and saved as .svg, .png, .pdf or .json by its `save`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vs_magic.errors import OptionError
from vs_magic.metrics._answers import Answers, Normalize, count_answers, normalizer
from vs_magic.metrics._texts import as_texts

if TYPE_CHECKING:
    import pandas as pd

    from vs_magic.view.charts.chart import Chart

__all__ = ["answers", "calibration"]


def answers(
    groups: Mapping[str, Answers],
    *,
    order: Sequence[str] | None = None,
    normalize: Normalize = "answer",
) -> Chart:
    """Return how often each answer came as bars: a panel a group, the same answers in each.

    Parameters
    ----------
    groups
        Name → answers, or a mapping of answers to counts.
    order
        The answers' order, first at the top; without it numbers by size, others by how often they
        came. Answers beyond the 15 commonest share the last row.
    normalize
        What counts as the same answer, as in `metrics.entropy`; the first way in which it was
        written is shown.

    Raises
    ------
    OptionError
        There is no group, or a group without an answer.

    Examples
    --------
    >>> print(answers({"before": ["Blue", "blue.", "Red"], "after": {"Red": 2}}))
    before: Blue 2, Red 1
    after: Red 2
    """
    import pandas as pd

    from vs_magic.view.charts.bars import bars
    from vs_magic.view.charts.chart import Chart

    same = normalizer(normalize)
    given = {
        name: group if isinstance(group, Mapping) else as_texts(group, "answers")
        for name, group in groups.items()
    }
    shown: dict[str, str] = {}
    for written in [*(order or ()), *(text for group in given.values() for text in group)]:
        shown.setdefault(same(written), written.strip().rstrip("."))
    counts = {name: count_answers(group, normalize) for name, group in given.items()}
    if not counts or not all(counts.values()):
        raise OptionError("a chart of answers needs one group or more, each with an answer or more")
    rows = [
        {"answer": shown[a], "method": name, "model": "", "count": c, "n": sum(of.values())}
        for name, of in counts.items()
        for a, c in of.items()
    ]
    told = (
        f"{name}: " + ", ".join(f"{shown[a]} {c:g}" for a, c in sorted(of.items(), key=_often))
        for name, of in counts.items()
    )
    wanted = None if order is None else list(dict.fromkeys(shown[same(a)] for a in order))
    return Chart(bars(pd.DataFrame(rows), order=wanted), "\n".join(told))


def calibration(
    tables: Mapping[str, pd.DataFrame], *, observed_in: str = "", said: str = "stated probability"
) -> Chart:
    """Return stated probabilities against observed shares, a panel a table.

    Parameters
    ----------
    tables
        Name → a table as `metrics.calibration_table` returns it.
    observed_in
        What was observed, for the axis: "100 direct rolls".
    said
        What the probabilities are, for the other axis.

    Raises
    ------
    OptionError
        There is no table, or one lacks a column.
    """
    import pandas as pd

    from vs_magic.view.charts.calibration import calibration as drawn
    from vs_magic.view.charts.chart import Chart

    columns = ["answer", "stated", "observed", "low", "high", "count"]
    if not tables or any(set(columns) - set(table.columns) for table in tables.values()):
        raise OptionError(f"a chart of calibration needs tables with {', '.join(columns)}")
    parts = [table.assign(method=name, model="") for name, table in tables.items()]
    rows = pd.concat(parts, ignore_index=True)
    text = rows[["method", "answer", "stated", "observed"]].round(3).to_string(index=False)
    return Chart(drawn(rows, observed_in=observed_in or "what was observed", said=said), text)


def _often(pair: tuple[str, float]) -> float:
    return -pair[1]

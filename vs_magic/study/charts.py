"""The charts of a study: which frames go into which chart, and what stands above it."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pandas as pd

from vs_magic import metrics
from vs_magic.errors import OptionError
from vs_magic.metrics import Metric
from vs_magic.study import names
from vs_magic.study.arms import Arm
from vs_magic.study.counting import count, row_order
from vs_magic.study.measure import stated_frame
from vs_magic.study.metric_plan import Vectors
from vs_magic.study.outcome import Outcome
from vs_magic.study.responses import Responses
from vs_magic.verbalized.method import Method
from vs_magic.view.charts import heat
from vs_magic.view.charts.bars import bars
from vs_magic.view.charts.calibration import calibration
from vs_magic.view.charts.dots import Scale, dots
from vs_magic.view.charts.layout import Heading, Section
from vs_magic.view.charts.plane import principal_plane
from vs_magic.view.charts.points import points
from vs_magic.view.charts.strips import strips
from vs_magic.view.words import percent


def heading(outcome: Outcome, task: str | None = None, *, without: str = "") -> Heading:
    """Return what stands above a chart: the task, whom it was put to, how often and when.

    `without` is the option that a sweep varies: no one value of it holds.
    """
    tasks = outcome.tasks
    title = task or (tasks[0] if len(tasks) == 1 else f"{len(tasks)} tasks: {'; '.join(tasks)}")
    lines = [" · ".join(facts(outcome, without))]
    if outcome.stopped or outcome.table.notes:
        told = ["stopped before its end"] if outcome.stopped else []
        lines.append("; ".join([*told, *outcome.table.notes]))
    return Heading(title=title, lines=tuple(lines))


def facts(outcome: Outcome, without: str = "") -> list[str]:
    """Return what was the same for all arms: model, temperature, numbers, date."""
    options = outcome.options
    each = ["method", *(["model"] if len(outcome.models) > 1 else [])]
    each += ["task"] if len(outcome.tasks) > 1 else []
    counts = {len(cell) for cell in outcome.table.cells.values()} or {0}
    n = str(min(counts)) if len(counts) == 1 else f"{min(counts)} to {max(counts)}"
    warmth = "default T" if options.temperature is None else f"T = {options.temperature:g}"
    parts = {
        "temperature": warmth,
        "n": f"{n} responses per {' and '.join(each)}",
        "k": f"k = {options.k}" if any(arm.method.lists for arm in outcome.arms) else "",
    }
    told = [part for name, part in parts.items() if part and name != without]
    return [", ".join(outcome.models), *told, outcome.when]


def metric_section(outcome: Outcome, summary: pd.DataFrame) -> Section:
    """Return the dots: every metric of every arm."""
    over = " · mean over the tasks" if len(outcome.tasks) > 1 else ""
    return Section(
        title="How varied" if any(m.diversity_sign for m in outcome.metrics) else "Measures",
        note=f"line: {percent(outcome.metric_plan.level, 0)} interval, responses resampled{over}",
        drawing=dots(summary, [scale(outcome, metric) for metric in outcome.metrics]),
    )


def scale(outcome: Outcome, metric: Metric) -> Scale:
    """Return what a panel of a metric is called, and where its axis begins."""
    weighted = outcome.metric_plan.weighted
    return Scale(
        metric=metric.name,
        title=names.title(metric),
        note=names.note(metric, weighted=weighted),
        low=metric.low if math.isfinite(metric.low) else 0.0,
        decimals=names.decimals(metric),
    )


def answers_section(outcome: Outcome, task: str) -> Section:
    """Return the bars: each answer to a task, and how often each arm gave it."""
    reference = _reference(outcome, task)
    counts = count(_cells(outcome, task), reference)
    short = outcome.kind == "answers"
    note = "number of responses" + (
        " · tick: the reference's share" if reference is not None else ""
    )
    return Section(
        title="What it answered" if short else "The same response, how often",
        note=note,
        drawing=bars(counts, order=row_order(counts, reference)),
    )


def map_section(outcome: Outcome, task: str, vectors: Vectors) -> Section:
    """Return the plane: each response of a task as a point, like ones near each other."""
    cells = _cells(outcome, task)
    texts = [text for cell in cells for text in cell.texts]
    places, share = principal_plane(vectors(texts))
    where = dict(zip(texts, places.tolist(), strict=True))
    rows = [
        {
            "x": where[text][0],
            "y": where[text][1],
            "text": text,
            "count": times,
            "method": str(cell.arm.method),
            "model": cell.arm.model,
        }
        for cell in cells
        for text, times in Counter(cell.texts).items()
    ]
    return Section(
        title="Where the responses lie",
        note=(
            "near: alike by their embeddings · ×: the same text · faint: the other arms · "
            f"the plane holds {percent(share, 0)} of the spread"
        ),
        drawing=points(pd.DataFrame(rows)),
    )


def similarity_section(outcome: Outcome, task: str, vectors: Vectors) -> Section:
    """Return the heat map: how alike each two responses of an arm are."""
    cells = _cells(outcome, task)
    most = heat.most_shown(len(cells))
    blocks = [
        heat.Similarities(
            method=str(cell.arm.method),
            model=cell.arm.model,
            texts=cell.texts[:most],
            similarity=metrics.pairwise_similarity(
                cell.texts[:most], vectors=vectors(cell.texts[:most])
            ),
        )
        for cell in cells
    ]
    shown = max(len(block.texts) for block in blocks)
    first = f"the first {shown} responses of each · " if shown < max(map(len, cells)) else ""
    return Section(
        title="How alike, pair by pair",
        note=f"{first}a row and a column for each response, like ones side by side",
        drawing=heat.heat(blocks),
    )


def calibration_section(outcome: Outcome, task: str) -> Section:
    """Return stated probability against how often direct answers came.

    Raises
    ------
    OptionError
        No arm states probabilities, there are no direct responses, or none of them was stated.
    """
    tables = []
    n = 0
    for cell in _cells(outcome, task):
        direct = outcome.table.cells.get((task, Arm(method=Method.DIRECT, model=cell.arm.model)))
        if direct is None or not any(p is not None for p in cell.stated):
            continue
        table = metrics.calibration_table(list(direct.texts), stated_frame(cell))
        n = len(direct)
        tables.append(table.assign(method=str(cell.arm.method), model=cell.arm.model))
    if not tables:
        raise OptionError(
            "calibration sets stated probabilities beside how often direct answers come: compare "
            "direct with a method that states some, such as vs-standard"
        )
    whole = pd.concat(tables, ignore_index=True)
    if not ((whole["stated"] > 0) & (whole["count"] > 0)).any():
        raise OptionError(
            "no answer that was stated ever came directly: longer texts hardly repeat, so there is "
            "nothing to calibrate"
        )
    return Section(
        title="Stated against observed",
        note="a point an answer · on the diagonal: it comes as often as stated",
        drawing=calibration(whole, observed_in=f"{n} direct responses"),
    )


def tasks_section(outcome: Outcome) -> Section:
    """Return the first metric, task by task."""
    metric = outcome.metrics[0]
    rows = [
        {
            "task": task,
            "method": str(estimate.arm.method),
            "model": estimate.arm.model,
            "value": value,
        }
        for estimate in outcome.estimates
        if estimate.metric is metric
        for task, value in estimate.by_task.items()
    ]
    return Section(
        title="Task by task",
        note=f"{names.title(metric)} · {names.note(metric, weighted=outcome.metric_plan.weighted)}",
        drawing=strips(pd.DataFrame(rows), scale(outcome, metric)),
    )


def _cells(outcome: Outcome, task: str) -> list[Responses]:
    """Return the responses to a task, arm by arm.

    Raises
    ------
    OptionError
        There are none to show.
    """
    table = outcome.table
    cells = [table.cells[task, arm] for arm in table.arms if (task, arm) in table.cells]
    if not cells:
        raise OptionError(f"there are no responses to show for {task[:40]!r}")
    return cells


def _reference(outcome: Outcome, task: str) -> Any:
    """Return the task's reference, where it is one of answers and not of numbers."""
    if any("numbers" in metric.needs for metric in outcome.metrics):
        return None
    return outcome.metric_plan.references(outcome.tasks).get(task)

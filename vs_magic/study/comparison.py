"""What `compare` returns: the responses, the measures with their intervals, the charts."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vs_magic import metrics
from vs_magic.errors import ModelError, OptionError
from vs_magic.metrics import Metric
from vs_magic.metrics._texts import mean_defined
from vs_magic.study import charts
from vs_magic.study import metric_plan as metric_plans
from vs_magic.study import report as telling
from vs_magic.study.arms import Arm
from vs_magic.study.measure import closes, summarise
from vs_magic.study.study import Study
from vs_magic.study.verdict import Difference, Size, differences, headline, pairs

if TYPE_CHECKING:
    import pandas as pd

    from vs_magic.view.charts.chart import Chart


@dataclass(frozen=True, kw_only=True, repr=False)
class Comparison(Study):
    """Methods, or models, put to the same tasks: as many responses of each, measured alike.

    In a notebook it shows its verdict, its main chart, then the rest, folded. There is no winner:
    a difference is clear by a named metric, or it is not.

    Examples
    --------
    >>> from vs_magic.study.compare import compare
    >>> found = compare("Roll a six-sided die.", n=30, model="simulated/aligned", seed=1)
    >>> found.summary.loc[found.summary.metric == "distinct-answers", ["method", "n"]]
            method   n
    0       direct  30
    1     sequence  30
    2  vs-standard  30
    """

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Every metric of every arm: `value`, `low`, `high`, `n` and what it takes to read them.

        With several tasks, the mean over the tasks; `by_task` has each.
        """
        summary: pd.DataFrame = summarise(self.estimates, self.how).drop(columns="at")
        return summary

    @cached_property
    def by_task(self) -> pd.DataFrame:
        """Every metric of every arm, task by task: `task`, `metric`, `method`, `model`, `value`."""
        import pandas as pd

        rows = [
            {
                "task": task,
                "metric": estimate.metric.name,
                "method": str(estimate.arm.method),
                "model": estimate.arm.model,
                "value": value,
            }
            for estimate in self.estimates
            for task, value in estimate.by_task.items()
        ]
        columns = ["task", "metric", "method", "model", "value"]
        table: pd.DataFrame = pd.DataFrame(rows, columns=columns)
        return table

    @cached_property
    def _differences(self) -> list[Difference]:
        return differences(self.estimates, self.table, self.headline, self.how)

    @property
    def headline(self) -> tuple[Metric, ...]:
        """The metrics that the verdict is of."""
        named = self.metric_plan.metrics is not None
        return headline(self._taken[0], self.kind, named=named)

    @property
    def differences(self) -> pd.DataFrame:
        """How much higher each metric is for one arm than for another, with the interval.

        Pairs of the same method or the same model. `clear` and `p` (Holm's, for all at once) where
        the verdict asks for the pair: missing where it does not.
        """
        return telling.as_frame(self._differences, self.arms, self.metric_plan.level)

    @property
    def verdict(self) -> list[str]:
        """What it comes to, in up to three short sentences."""
        lacking = self._taken[1]
        told = telling.verdict(
            self.estimates,
            self._differences,
            telling.Subject(
                of=self.headline,
                arms=self.table.arms,
                level=self.metric_plan.level,
                few=self._few(),
            ),
        )
        return [*told, *([lacking] if lacking else [])]

    def _few(self) -> str:
        """Say why nothing can be clear, where that is so."""
        cells = list(self.table.cells.values())
        if not cells or len(self.table.arms) < 2:
            return ""
        return Size(
            tasks=len(self.table.tasks),
            n=min(map(len, cells)),
            unit=max(cell.size for cell in cells),
            comparisons=len(pairs(self.table.arms)) * len(self.headline),
        ).shortcoming(self.metric_plan.level)

    @cached_property
    def source(self) -> pd.DataFrame:
        """What the source of short answers has, estimated, beside what the sample has.

        Columns `method`, `model`, `entropy` (bits), `answers`, `estimators`; means over the tasks.
        Of single answers, and of all arms where a reference says which answers there can be: the
        estimates of lists without one would be a bit or more off (docs/metrics.md).
        """
        import pandas as pd

        rows = []
        for arm in self.table.arms if self.kind == "answers" else ():
            cells = self.table.of(arm)
            known = [self.how.references.get(cell.task) for cell in cells]
            closed = all(
                closes(reference, cell.texts) for reference, cell in zip(known, cells, strict=True)
            )
            if not closed and not all(cell.is_single for cell in cells):
                continue
            found = [
                metrics.source(cell.texts, support=reference if closed else None)
                for cell, reference in zip(cells, known, strict=True)
            ]
            rows.append(
                {
                    "method": str(arm.method),
                    "model": arm.model,
                    "entropy": mean_defined(one.entropy for one in found),
                    "answers": mean_defined(one.answers for one in found),
                    "estimators": f"{found[0].entropy_by}, {found[0].answers_by}",
                }
            )
        columns = ["method", "model", "entropy", "answers", "estimators"]
        table: pd.DataFrame = pd.DataFrame(rows, columns=columns)
        return table

    def _findings(self) -> list[str]:
        told = telling.sentences(self._differences, self.arms, self.metric_plan.level)
        if {"entropy", "distinct-answers"} & {metric.name for metric in self.metrics}:
            told += telling.of_source(self.source, several=len(self.models) > 1)
        return told

    def _labels(self) -> tuple[list[str], Mapping[Arm, list[str]]]:
        return [""], {arm: [arm.label(self.arms)] for arm in self.arms}

    def chart(self) -> Chart:
        """Return the main chart: what was answered, and how varied it is.

        Short answers as bars; texts on a map by their embeddings, where an embedder is here;
        several tasks as rows. Below, every metric of every arm with its interval.
        """
        sections = [] if not self.table.cells else [self._main_section()]
        sections.append(charts.metric_section(self, self.summary))
        return self._page(*sections)

    def metrics_chart(self) -> Chart:
        """Return every metric of every arm as a point with its interval."""
        return self._page(charts.metric_section(self, self.summary))

    def answers_chart(self, task: str | int = 0) -> Chart:
        """Return the answers to a task as bars, the arms side by side.

        Parameters
        ----------
        task
            The task, or its number from 0.
        """
        chosen = self._task(task)
        return self._page(charts.answers_section(self, chosen), task=chosen)

    def map_chart(self, task: str | int = 0, *, embedder: Any = None) -> Chart:
        """Return the responses to a task as points: alike ones near each other, text on hover.

        Parameters
        ----------
        task
            The task, or its number from 0.
        embedder
            Another embedder than the comparison's.

        Raises
        ------
        MissingExtraError, WeightsError
            The embedder is not here; the message names the command that brings it.
        """
        chosen = self._task(task)
        section = charts.map_section(self, chosen, self._vectors(embedder))
        return self._page(section, task=chosen)

    def similarity_chart(self, task: str | int = 0, *, embedder: Any = None) -> Chart:
        """Return how alike each two responses to a task are, a heat map for each arm.

        Parameters and errors as in `map_chart`.
        """
        chosen = self._task(task)
        section = charts.similarity_section(self, chosen, self._vectors(embedder))
        return self._page(section, task=chosen)

    def calibration_chart(self, task: str | int = 0) -> Chart:
        """Return stated probability against how often direct answers came, answer by answer.

        Raises
        ------
        OptionError
            Direct, or a method that states probabilities, was not compared; or no answer that was
            stated ever came.
        """
        chosen = self._task(task)
        return self._page(charts.calibration_section(self, chosen), task=chosen)

    def _main_section(self) -> Any:
        if len(self.tasks) > 1:
            return charts.tasks_section(self)
        (task,) = self.tasks
        if self.kind == "answers":
            return charts.answers_section(self, task)
        embedder, _ = metrics.embed.ready(self.metric_plan.embedder)
        if embedder is not None:
            with contextlib.suppress(ModelError):  # the summary's notes say what kept a hosted one
                return charts.map_section(self, task, metric_plans.Vectors(embedder))
        return charts.answers_section(self, task)

    def _vectors(self, embedder: Any) -> metric_plans.Vectors:
        """Return the embeddings of the comparison, or of another embedder."""
        plan = (
            self.metric_plan if embedder is None else replace(self.metric_plan, embedder=embedder)
        )
        return metric_plans.Vectors(metric_plans.hosted(plan, self.options).embedder)

    def _task(self, task: str | int) -> str:
        tasks = self.tasks
        if isinstance(task, int) and -len(tasks) <= task < len(tasks):
            return tasks[task]
        if task in tasks:
            return str(task)
        listed = "; ".join(f"{i}: {each[:30]}" for i, each in enumerate(tasks))
        raise OptionError(f"there is no task {task!r} here: {listed}")

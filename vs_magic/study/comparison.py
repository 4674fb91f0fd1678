"""What `compare` returns: the responses, the measures with their intervals, the charts."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vs_magic.errors import ModelError, OptionError
from vs_magic.study import charts
from vs_magic.study import metric_plan as metric_plans
from vs_magic.study import report as telling
from vs_magic.study.arms import Arm
from vs_magic.study.measure import summarise
from vs_magic.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from vs_magic.view.charts.chart import Chart


@dataclass(frozen=True, kw_only=True, repr=False)
class Comparison(Study):
    """Methods, or models, put to the same tasks: as many responses of each, measured alike.

    In a notebook it shows its main chart, then its summary. There is no winner: a difference has
    an interval, and where that holds 0 there is no clear difference.

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
    def _differences(self) -> list[telling.Difference]:
        return telling.differences(self.estimates, self.metric_plan.level)

    @property
    def differences(self) -> pd.DataFrame:
        """How much higher each metric is for one arm than for another, with the interval.

        `clear` where the interval does not hold 0. Pairs of the same method or the same model.
        """
        return telling.as_frame(self._differences, self.arms)

    def _findings(self) -> list[str]:
        return telling.sentences(self._differences, self.arms, self.metric_plan.level)

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
        from vs_magic import metrics

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

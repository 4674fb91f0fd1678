"""What `sweep` returns: the responses, the measures along the parameter, the charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vs_magic.errors import OptionError
from vs_magic.metrics import Metric
from vs_magic.study.arms import Arm
from vs_magic.study.measure import summarise
from vs_magic.study.parameter import Parameter
from vs_magic.study.quality import QUALITY
from vs_magic.study.report import along
from vs_magic.study.responses import ResponseTable, equalise
from vs_magic.study.study import Study
from vs_magic.study.sweep_charts import curves_section, front_section
from vs_magic.view.charts.layout import Section
from vs_magic.view.charts.pareto import pareto

if TYPE_CHECKING:
    import pandas as pd

    from vs_magic.view.charts.chart import Chart


@dataclass(frozen=True, kw_only=True, repr=False)
class Sweep(Study):
    """One parameter over its values, all else fixed.

    Parameters
    ----------
    parameter
        What was varied.
    values
        Its values, in order.
    """

    parameter: Parameter
    values: tuple[float, ...]

    @cached_property
    def table(self) -> ResponseTable:
        """Equal numbers of responses at each value; along `n`, the first n of each method."""
        if self.parameter.name != "n":
            return super().table
        parts = [self._first(int(value)) for value in self.values]
        return ResponseTable(
            cells={place: cell for part in parts for place, cell in part.cells.items()},
            tasks=tuple(task for task in self.tasks if any(task in part.tasks for part in parts)),
            arms=tuple(arm for part in parts for arm in part.arms),
            left_out={arm: why for part in parts for arm, why in part.left_out.items()},
            notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        )

    def _notes(self) -> Sequence[str]:
        name = self.parameter.name
        same = [
            f"{model} was never sent {name}: its values differ here by chance alone"
            for model, names in self.not_sent.items()
            if name in names
        ]
        return [*super()._notes(), *same]

    def _first(self, n: int) -> ResponseTable:
        """Return the first n responses of each method: what asking for n would have brought."""
        first = [
            replace(cell.part(range(min(n, len(cell)))), arm=replace(cell.arm, at=float(n)))
            for cell in self.responses
        ]
        return equalise(first, n, self.metric_plan.seed)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Every metric of every method at every value of the parameter: one row each.

        `at` is missing for a method that does not have the parameter.
        """
        return summarise(self.estimates, self.how)

    @property
    def diversity(self) -> Metric | None:
        """The first metric that measures diversity; None where none does."""
        return next((metric for metric in self.metrics if metric.diversity_sign), None)

    def _axis(self) -> Metric:
        """Return the metric of diversity that quality is set against."""
        if self.judgement is None or self.diversity is None:
            raise OptionError(
                "quality against diversity takes a judge and a metric of diversity: name a judge, "
                "as in judge='gpt-4.1'"
            )
        return self.diversity

    @cached_property
    def settings(self) -> pd.DataFrame:
        """Diversity and quality of each setting, and whether it is on the front.

        Columns `method`, `at`, `x`, `x_low`, `x_high` (the first diversity metric), `y`, `y_low`,
        `y_high` (the judge's mean score), `on_front`: no other setting is at least as good in both
        and better in one. Points decide that, not intervals.

        Raises
        ------
        OptionError
            There was no judge, or no metric of diversity.
        """
        import pandas as pd

        metric = self._axis()
        sides = {"x": metric, "y": QUALITY}
        of = {(e.arm, e.metric): e for e in self.estimates}
        rows = []
        for arm in dict.fromkeys(estimate.arm for estimate in self.estimates):
            row: dict[str, Any] = {"method": str(arm.method), "at": arm.at}
            for axis, measure in sides.items():
                estimate = of[arm, measure]
                low, high = estimate.bounds(self.metric_plan.level)
                row |= {axis: estimate.value, f"{axis}_low": low, f"{axis}_high": high}
            rows.append(row)
        sign = metric.diversity_sign
        chosen = set(pareto([(sign * row["x"], row["y"]) for row in rows]))
        table: pd.DataFrame = pd.DataFrame(
            [{**row, "on_front": i in chosen} for i, row in enumerate(rows)]
        )
        return table

    @property
    def front(self) -> pd.DataFrame:
        """The settings that none betters in both diversity and quality, the least diverse first.

        Columns as in `settings`, without `on_front`.

        Raises
        ------
        OptionError
            There was no judge, or no metric of diversity.
        """
        chosen = self.settings.query("on_front").drop(columns="on_front")
        more_is_later = self._axis().diversity_sign > 0
        front: pd.DataFrame = chosen.sort_values("x", ascending=more_is_later, ignore_index=True)
        return front

    @property
    def varied(self) -> str:
        """The name of the parameter."""
        return self.parameter.name

    def _findings(self) -> list[str]:
        return along(self.estimates, self.parameter.name, self.values, self.metric_plan.level)

    def _labels(self) -> tuple[list[str], Mapping[Arm, list[str]]]:
        """Return a row for each method and value, a method's together."""
        methods = list(dict.fromkeys(arm.method for arm in self.arms))
        arms = sorted(
            dict.fromkeys(estimate.arm for estimate in self.estimates),
            key=lambda arm: methods.index(arm.method),
        )
        return ["", self.parameter.name], {
            arm: [str(arm.method), "–" if arm.at is None else f"{arm.at:g}"] for arm in arms
        }

    def chart(self) -> Chart:
        """Return the curves; with a judge, quality against diversity below them."""
        has_front = self.judgement is not None and self.diversity is not None
        return self._page(self._curves(), *([self._front()] if has_front else []))

    def curves_chart(self) -> Chart:
        """Return every metric along the parameter, a line a method."""
        return self._page(self._curves())

    def front_chart(self) -> Chart:
        """Return quality against diversity, with the front of settings that none betters.

        Raises
        ------
        OptionError
            There was no judge, or no metric of diversity.
        """
        return self._page(self._front())

    def _curves(self) -> Section:
        return curves_section(self, self.summary, self.parameter, self.values)

    def _front(self) -> Section:
        return front_section(self.settings, self._axis(), weighted=self.metric_plan.weighted)

    def attributes(self) -> dict[str, Any]:
        """Return what was done, as plain JSON."""
        swept = {"vary": self.parameter.name, "values": list(self.values)}
        return {**super().attributes(), **swept}

"""The entry for plain Python: `compare`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from vs_magic.errors import OptionError
from vs_magic.llm.request import Model
from vs_magic.llm.session import told
from vs_magic.metrics import Embedder
from vs_magic.sampling.progress import Observer
from vs_magic.study import metric_plan as metric_plans
from vs_magic.study.arms import METHODS, check_number, read_methods, read_models
from vs_magic.study.comparison import Comparison
from vs_magic.study.design import Design, design
from vs_magic.study.execute import ask
from vs_magic.study.judge import Judge, make_judge
from vs_magic.study.metric_plan import MetricPlan
from vs_magic.study.tasks import Tasks, read_tasks
from vs_magic.verbalized.keywords import CommonOptions, lists_options
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.options import Options


@lists_options(CommonOptions)
def compare(
    tasks: Tasks,
    *,
    methods: Sequence[Method | str] | str = METHODS,
    model: str | Model | Sequence[str | Model] | None = None,
    n: int = 20,
    k: int = 5,
    metrics: Any = None,
    reference: Any = None,
    embedder: str | Path | Embedder = "auto",
    weighted: bool = False,
    metric_options: Mapping[str, Mapping[str, Any]] | None = None,
    level: float = 0.95,
    judge: str | Model | None = None,
    rubric: str | None = None,
    observe: Observer | None = None,
    **options: Unpack[CommonOptions],
) -> Comparison:
    """Put the same tasks to several methods, or models, and measure how varied the answers are.

    Every arm gives as many responses; all calls run concurrently, under one limit. Each listed
    response counts once, as in the paper (docs/compare.md says what that means).

    Parameters
    ----------
    tasks
        One task, several, or a column of a DataFrame.
    methods
        The methods: a list, or one text with commas between; `all`: every one. `sequence` stands
        beside `direct` by default, because most of the gain may be in asking for a list.
    model
        A model, or several; None: the usual one.
    n
        Responses of each arm to each task.
    k
        Candidates asked for in one call, by the methods that list.
    metrics
        What to measure, by name. None: for short answers, how many different ones, their entropy
        and unique share; for texts, semantic diversity where an embedder is here, and lexical ones.
    reference
        What answers are compared with: the correct ones, a mapping of answers to counts, or task →
        one of these. Then coverage, precision, total variation and KL are measured too.
    embedder
        Gives embeddings: a name, a folder or a function.
    weighted
        Have metrics that can take weights (entropy, Vendi) take the candidates' weights.
    metric_options
        Metric → options of its own, such as `{"rouge-l": {"tokenize": "paper"}}`.
    level
        Of the intervals.
    judge
        A model that scores each different response from 0 to 100, at temperature 0; then quality
        is measured too, and its cost told.
    rubric
        What it judges by: `joke`, `poem`, `story`, `answer`, `general`, or criteria of your own,
        one a line; None: what suits each task.
    observe
        Told how far it has come; see `vs_magic.sampling.progress`.
    **options
        The other options of `Options`, as the signature lists them; `budget` is for all calls
        together, in US dollars. A threshold applies to the methods that state probabilities. The
        seed is also that of the intervals.

    Returns
    -------
    Comparison
        `.frame`, `.summary`, `.differences`, `.report()`, `.chart()`. What failed is in it.

    Raises
    ------
    OptionError
        Fewer than two arms, an unknown metric or method, a metric without what it needs …; nothing
        has been sent.
    MissingExtraError
        A metric that was named needs a package that is not installed.
    ModelError, ReplyError
        Nothing arrived from any arm; `.partial` holds the error rows.
    Interrupted
        The user stopped it (a KeyboardInterrupt); `.partial` is a Comparison of what had arrived.

    Examples
    --------
    >>> found = compare("Roll a six-sided die.", n=30, model="simulated/aligned", seed=1)
    >>> found.summary.query("metric == 'distinct-answers'")[["method", "value"]]
            method  value
    0       direct    5.0
    1     sequence    6.0
    2  vs-standard    6.0
    """
    read = read_tasks(tasks)
    named = read_methods(methods)
    metric_plan = MetricPlan(
        metrics=metric_plans.find(metrics),
        reference=reference,
        embedder=embedder,
        weighted=weighted,
        options=metric_options or {},
        level=level,
        seed=options.get("seed") or 0,
    )
    if "method" in options:
        raise OptionError("a comparison takes methods=…, not method=…")
    asked = Options(n=n, k=k).with_(**options)
    with told():
        planned = prepare(read, named, model, metric_plan, asked)
        return run(planned, metric_plan, make_judge(judge, rubric, asked), observe)


def prepare(
    tasks: Sequence[str],
    methods: Sequence[Method],
    model: Any,
    metric_plan: MetricPlan,
    options: Options,
) -> Design:
    """Check everything and plan every call; nothing is sent.

    Raises
    ------
    OptionError, MissingExtraError
        As `compare` does.
    """
    arms = [(method, name) for name in read_models(model) for method in methods]
    check_number(arms)
    metric_plans.check(metric_plans.hosted(metric_plan, options), tasks, methods)
    return design(tasks, arms, options)


def run(
    planned: Design,
    metric_plan: MetricPlan,
    judge: Judge | None = None,
    observe: Observer | None = None,
) -> Comparison:
    """Make the calls of a design, and wait for them.

    Raises
    ------
    ModelError, ReplyError, Interrupted
        As `compare` does.
    """
    metric_plan = metric_plans.hosted(metric_plan, planned.options, planned.budget)
    build = partial(Comparison, metric_plan=metric_plan)
    return ask(planned, build, judge=judge, observe=observe)

"""The entry for plain Python: `sweep`, one parameter over its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from vs_magic.errors import OptionError
from vs_magic.llm.request import Model
from vs_magic.llm.session import told
from vs_magic.metrics import Embedder
from vs_magic.sampling.plan import shared_budget
from vs_magic.sampling.progress import Observer
from vs_magic.study import metric_plan as metric_plans
from vs_magic.study.arms import METHODS, Arm, read_methods, read_models
from vs_magic.study.design import Design, Trial, check, suited, trial
from vs_magic.study.execute import ask
from vs_magic.study.judge import Judge, make_judge
from vs_magic.study.metric_plan import MetricPlan
from vs_magic.study.parameter import Course, read_parameter
from vs_magic.study.sweep_result import Sweep
from vs_magic.study.tasks import Tasks, read_tasks
from vs_magic.verbalized.keywords import CommonOptions, lists_options
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.options import Options


@lists_options(CommonOptions)
def sweep(
    tasks: Tasks,
    *,
    vary: str,
    values: Iterable[float] | str | None = None,
    methods: Sequence[Method | str] | str = METHODS,
    model: str | Model | None = None,
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
) -> Sweep:
    """Vary one parameter, all else fixed, and measure how varied the answers are at each value.

    A method that does not have the parameter (`direct` has no threshold) is asked once, and stands
    beside the curves. Along `n`, the largest is asked once and the smaller ones are its first
    responses: the calls would be the same.

    Parameters
    ----------
    tasks
        One task, several, or a column of a DataFrame.
    vary
        `threshold`, `k`, `temperature` or `n`.
    values
        Its values, in the order in which a chart shows them; None: those of the paper's ablations.
    methods
        The methods: a list, or one text with commas between; `all`: every one.
    model
        The model; None: the usual one.
    n, k
        Responses of each method at each value, and candidates in one call.
    metrics, reference, embedder, weighted, metric_options, level
        As in `compare`.
    judge
        A model that scores each different response from 0 to 100, at temperature 0; then the
        chart shows quality against diversity, with the front of settings that none betters.
    rubric
        What it judges by, as in `compare`.
    observe
        Told how far it has come.
    **options
        The other options, as in `compare`.

    Returns
    -------
    Sweep
        `.frame`, `.summary`, `.chart()`, `.front`.

    Raises
    ------
    OptionError, MissingExtraError
        It cannot run; nothing has been sent.
    ModelError, ReplyError
        Nothing arrived; `.partial` holds the error rows.
    Interrupted
        The user stopped it; `.partial` is a Sweep of what had arrived.

    Examples
    --------
    >>> found = sweep("Name a US state.", vary="k", values=[1, 5, 10], methods="direct,sequence",
    ...               n=10, model="simulated/aligned", seed=1)
    >>> found.summary.query("metric == 'distinct-answers'")[["method", "at", "n"]]
         method    at   n
    0    direct   NaN  10
    1  sequence   1.0  10
    2  sequence   5.0  10
    3  sequence  10.0  10
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
    parameter = read_parameter(vary, named)
    if parameter.name in options:
        raise OptionError(f"{parameter.name} is swept: give its values as values=[…]")
    asked = Options(n=n, k=k).with_(**options)
    course = Course(parameter=parameter, values=parameter.values(values, asked))
    with told():
        planned = prepare(read, named, course, metric_plan, asked, model=model)
        judged = make_judge(judge, rubric, asked)
        return run(planned, course, metric_plan, judge=judged, observe=observe)


def prepare(
    tasks: Sequence[str],
    methods: Sequence[Method],
    course: Course,
    metric_plan: MetricPlan,
    options: Options,
    *,
    model: str | Model | None = None,
) -> Design:
    """Check everything and plan every call; nothing is sent.

    Raises
    ------
    OptionError, MissingExtraError, ModelError
        As `sweep` does.
    """
    models = read_models(model)
    if len(models) > 1:
        raise OptionError("a sweep asks one model; vs.compare takes several")
    metric_plans.check(metric_plans.hosted(metric_plan, options), tasks, methods)
    if course.parameter.name == "n":
        options = options.with_(n=int(max(course.values)))
    check(options)
    budget = shared_budget(options)

    def planned(task: str, method: Method, at: float | None) -> Trial:
        own = suited(options, method)
        own = own if at is None else course.parameter.apply(own, at)
        return trial(task, Arm(method=method, model="", at=at), own, models[0], budget)

    trials = [
        planned(task, method, at)
        for task in tasks
        for method in methods
        for at in _settings(method, course)
    ]
    return Design(trials=tuple(trials), options=options, budget=budget)


def _settings(method: Method, course: Course) -> Sequence[float | None]:
    """Return the values that are asked for; along `n`, the largest holds the others."""
    if course.parameter.name == "n" or not course.parameter.has(method):
        return (None,)
    return course.values


def run(
    planned: Design,
    course: Course,
    metric_plan: MetricPlan,
    *,
    judge: Judge | None = None,
    observe: Observer | None = None,
) -> Sweep:
    """Make the calls of a design, and wait for them.

    Raises
    ------
    ModelError, ReplyError, Interrupted
        As `sweep` does.
    """
    metric_plan = metric_plans.hosted(metric_plan, planned.options, planned.budget)
    build = partial(
        Sweep, metric_plan=metric_plan, parameter=course.parameter, values=course.values
    )
    return ask(planned, build, judge=judge, observe=observe)

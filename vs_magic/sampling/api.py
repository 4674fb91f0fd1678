"""The entry point for plain Python: `sample`, and `asample` for async code; without IPython."""

from __future__ import annotations

from typing import Unpack

from vs_magic.errors import Interrupted
from vs_magic.llm import loop
from vs_magic.llm.request import Model
from vs_magic.llm.session import told
from vs_magic.sampling.distribution import Distribution
from vs_magic.sampling.plan import plan
from vs_magic.sampling.progress import Observer
from vs_magic.sampling.sampler import Run, collect
from vs_magic.verbalized.keywords import SampleOptions, lists_options


@lists_options(SampleOptions)
def sample(
    task: str,
    *,
    model: str | Model | None = None,
    observe: Observer | None = None,
    **options: Unpack[SampleOptions],
) -> Distribution:
    """Ask a model for a distribution of responses to `task`, and wait for it.

    Parameters
    ----------
    task
        What to ask, sent verbatim.
    model
        A model's name, or a model of your own; None: the usual one.
    observe
        Told how far the run has come; see `vs_magic.sampling.progress`.
    **options
        The options of `Options`, as the signature lists them; `budget` is what this run may cost,
        in US dollars.

    Returns
    -------
    Distribution
        The candidates with their weights; `.frame` is the table.

    Raises
    ------
    OptionError
        An option is unknown or out of its range, or the task is empty.
    ModelError
        No call got a reply; `.partial` holds the error rows.
    ReplyError
        No reply could be read; `.reply` holds the first one, `.partial` the error rows.
    Interrupted
        The user stopped it (a KeyboardInterrupt); `.partial` holds what had arrived.

    Examples
    --------
    >>> dist = sample("Roll a six-sided die.", k=6, model="simulated/aligned", seed=1)
    >>> len(dist), round(sum(dist.weights), 6)
    (6, 1.0)
    """
    with told():
        run = Run(plan(task, {**options, "model": model}), observe)
        try:
            return loop.run(collect(run.plan, into=run))
        except Interrupted as stopped:
            stopped.partial = run.distribution()
            raise


@lists_options(SampleOptions)
async def asample(
    task: str,
    *,
    model: str | Model | None = None,
    observe: Observer | None = None,
    **options: Unpack[SampleOptions],
) -> Distribution:
    """Do as `sample` does, awaited: for async code, and for cells with a top-level `await`.

    The calls run on the package's own event loop, so that its connections outlive this one.
    """
    with told():
        run = Run(plan(task, {**options, "model": model}), observe)
        return await loop.bridge(collect(run.plan, into=run))

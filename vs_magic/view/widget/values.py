"""What goes into the widget and what comes out of it: plain values and function types.

The widget knows no model, no magic and no sampler. Whoever shows it hands in what to show, and
functions that ask again, price an ask, and bind a name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What the controls say when *Ask again* is pressed; the rest stays as it was.

    Parameters
    ----------
    method
        The name of the method.
    k
        Candidates asked for in one call.
    threshold
        The bound of the tail asked for; None asks for no tail.
    temperature
        None leaves the choice to the model's endpoint.
    """

    method: str
    k: int
    threshold: float | None = None
    temperature: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPrice:
    """What an ask will take, told before it is sent.

    Parameters
    ----------
    calls
        How many calls it makes.
    cost_usd
        Their price in US dollars; None where unknown, 0.0 where known to be free.
    """

    calls: int
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """One call, as it is shown among the call details.

    Parameters
    ----------
    messages
        What was sent, oldest first: mappings with `role` and `content`.
    reply
        The raw reply, verbatim; None where none came.
    call, turn
        Which call it is; the frame's rows carry the same numbers.
    model, mode, finish_reason
        Who answered, how the form was held, how the reply ended.
    prompt_tokens, completion_tokens, cost_usd, latency_s
        What it took; None where unknown.
    cached
        Whether it came from the cache, for nothing.
    reasoning
        The reply's reasoning, where there is one.
    parameters
        What was sent beside the messages, as plain JSON (no keys).
    error
        Why the call brought no candidate.
    """

    messages: tuple[Mapping[str, Any], ...]
    reply: str | None = None
    call: int = 1
    turn: int = 1
    model: str = ""
    mode: str = ""
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    latency_s: float | None = None
    cached: bool = False
    reasoning: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One ask's result: a snapshot of task, options, candidates and calls.

    Parameters
    ----------
    frame
        The candidates, with the columns and the `attrs` that `vs_magic.view.frame` documents.
    task
        What was asked, verbatim.
    options
        How it was asked, as plain JSON: method, k, threshold, temperature, seed and the like.
    calls
        The calls behind the frame, in order of number and turn.
    stated_sum
        Σ stated: what a call's stated probabilities sum to, averaged over the calls; None where
        none was stated.
    note
        What the reader should know besides, in one line; mostly empty.
    """

    frame: pd.DataFrame
    task: str
    options: Mapping[str, Any] = field(default_factory=dict)
    calls: tuple[CallView, ...] = ()
    stated_sum: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressView:
    """An ask, as far as it has come.

    Parameters
    ----------
    done, total
        Calls finished, and calls in all.
    note
        What it is waiting for, in plain words; mostly empty.
    partial
        Gives what has arrived. It is called at most a few times a second, on any thread.
    """

    done: int = 0
    total: int = 1
    note: str = ""
    partial: Callable[[], Shown] | None = None


OnProgress: TypeAlias = Callable[[ProgressView], None]
"""Called from any thread whenever something has changed; it returns at once and never raises."""

AskFunction: TypeAlias = Callable[[Ask, OnProgress], "Future[Shown]"]
"""Starts an ask and returns the future of its result.

*Stop* cancels the future; what was last reported stays shown. An exception of the function or of
the future is shown in the widget: `str(error)` should be one line that says what to do.
`asyncio.run_coroutine_threadsafe` and `ThreadPoolExecutor.submit` both return such a future.
"""

EstimateFunction: TypeAlias = Callable[[Ask], AskPrice]
"""Prices an ask; an exception (an option out of its range, say) is shown beside the button."""

RebindFunction: TypeAlias = "Callable[[pd.DataFrame], None]"
"""Binds the name that was given with `--out` to the frame that is shown now."""

"""The widget's wires: what it shows, how it asks again, what it may bind.

The widget knows no model and no magic; here it is handed functions that do. They hold a snapshot
of task and options, so nothing is looked up in the user's namespace later.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vs_magic.llm import loop, session
from vs_magic.sampling.call import Call
from vs_magic.sampling.distribution import Distribution
from vs_magic.sampling.plan import Plan, plan
from vs_magic.sampling.progress import Progress
from vs_magic.sampling.sampler import Run, collect
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.options import Options
from vs_magic.view import widget

if TYPE_CHECKING:
    import pandas as pd


def make_widget(
    distribution: Distribution,
    planned: Plan,
    options: Options,
    *,
    name: str | None,
    bind: Callable[[str, pd.DataFrame], None],
) -> Any:
    """Return the widget of a run; when it asks again, the plan's model stays.

    `options` are those that were asked for, before the plan filled in what suits the model:
    another method may suit it otherwise. `bind` binds the `name` that holds the frame, if any.
    """
    again = _Again(
        planned.task, options.with_(model=planned.model.name, fresh=False), planned.calls
    )
    return widget.CandidateWidget(
        shown(distribution, note=planned.model.note),
        ask=again.ask,
        estimate=again.estimate,
        rebind=None if name is None else lambda frame: bind(name, frame),
        name=name,
        methods=[str(method) for method in Method],
    )


def shown(distribution: Distribution, *, note: str = "") -> widget.Shown:
    """Return a distribution as the widget takes it."""
    return widget.Shown(
        frame=distribution.frame,
        task=distribution.task,
        options=distribution.options.as_json(),
        calls=tuple(_call_view(call) for call in distribution.calls),
        stated_sum=distribution.stated,
        note=note,
    )


class _Again:
    """Asks the same task again, with what the widget's controls say.

    Draws and seeds go on where the last ask ended, or a seeded model would repeat itself. Each ask
    goes to the model: who presses that button has seen what the cache holds. A replay gives what
    was recorded of the same asks.
    """

    def __init__(self, task: str, options: Options, calls: int = 0) -> None:
        self._task, self._options, self._calls = task, options, calls

    def ask(self, change: widget.Ask, tell: widget.OnProgress) -> Future[widget.Shown]:
        """Start an ask; an impossible one raises here, and nothing is sent."""
        planned = self._plan(change)
        note = planned.model.note
        self._calls += planned.calls

        def observe(progress: Progress) -> None:
            tell(
                widget.ProgressView(
                    done=progress.done,
                    total=progress.total,
                    note=progress.note,
                    partial=lambda: shown(progress.partial(), note=note),
                )
            )

        running = loop.submit(collect(planned, into=Run(planned, observe), stream=True))
        return _Shown(running, note)

    def estimate(self, change: widget.Ask) -> widget.AskPrice:
        """Price an ask."""
        planned = self._plan(change)
        return widget.AskPrice(calls=planned.calls, cost_usd=planned.cost_usd)

    def _plan(self, change: widget.Ask) -> Plan:
        options = self._options.with_(**asdict(change), fresh=not self._options.replay)
        return plan(self._task, options, start=self._calls)


class _Shown(Future[widget.Shown]):
    """The future of an ask's result, shown; cancelling it stops the calls, and it then ends."""

    def __init__(self, running: Future[Distribution], note: str) -> None:
        super().__init__()
        self._running, self._note = running, note
        running.add_done_callback(self._finish)

    def cancel(self) -> bool:
        """Ask the calls to stop; what still arrives of them counts."""
        return self._running.cancel()

    def _finish(self, running: Future[Distribution]) -> None:
        error = running.exception()
        if isinstance(error, concurrent.futures.CancelledError):
            super().cancel()
            self.set_running_or_notify_cancel()
        elif error is not None:
            self.set_exception(error)
        else:
            noticed = session.current().notices.take()
            note = " · ".join(filter(None, (self._note, *noticed)))
            self.set_result(shown(running.result(), note=note))


def _call_view(call: Call) -> widget.CallView:
    """Return one call as the widget shows it among the call details."""
    request, reply = call.request, call.reply
    seen: dict[str, Any] = {
        "messages": request.messages,
        "call": request.call,
        "turn": request.turn,
        "model": request.model,
        "mode": call.mode,
        "reasoning": call.reasoning,
        "error": None if call.error is None else str(call.error),
    }
    if reply is not None:
        seen |= {
            "reply": reply.text,
            "model": reply.model,
            "finish_reason": reply.finish_reason,
            "prompt_tokens": reply.prompt_tokens,
            "completion_tokens": reply.completion_tokens,
            "cost_usd": reply.cost_usd,
            "latency_s": reply.latency_s,
            "cached": reply.cached,
            "parameters": {
                **reply.parameters,
                **({"not_sent": ", ".join(reply.not_sent)} if reply.not_sent else {}),
            },
        }
    return widget.CallView(**seen)

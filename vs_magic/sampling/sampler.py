"""The conductor: it alone knows the order task → calls → replies → candidates → distribution.

Conversations are independent, and held concurrently. Those of direct, cot, sequence, vs-standard
and vs-cot have one turn; in those of multi-turn and vs-multi, which bring k responses each, every
user turn and every reply stays, verbatim.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from vs_magic.errors import ModelError, RefusalError, ReplyError, VSError
from vs_magic.llm.progress import waits_told_to
from vs_magic.llm.request import OnText, Reply, Request
from vs_magic.sampling import unread
from vs_magic.sampling.call import Call
from vs_magic.sampling.distribution import Distribution
from vs_magic.sampling.plan import Plan
from vs_magic.sampling.progress import Observer, Progress
from vs_magic.verbalized import prompt
from vs_magic.verbalized.candidate import Candidate, Reading
from vs_magic.verbalized.parse import Stream, read
from vs_magic.verbalized.prompt import Message
from vs_magic.verbalized.shape import Shape


class Run:
    """What has arrived of a run; asked for at any time, from any thread."""

    def __init__(self, plan: Plan, observe: Observer | None = None) -> None:
        self.plan = plan
        self._observe = observe
        self._began = time.monotonic()
        self._finished: dict[tuple[int, int], Call] = {}
        self._streaming: dict[tuple[int, int], Call] = {}
        self._asked: dict[tuple[int, int], Request] = {}

    def distribution(self) -> Distribution:
        """Return the distribution of what has arrived so far."""
        calls = {**dict(self._streaming), **dict(self._finished)}
        return Distribution(
            task=self.plan.task,
            options=self.plan.options,
            calls=tuple(calls[key] for key in sorted(calls)),
            seconds=time.monotonic() - self._began,
        )

    def asked(self, request: Request) -> None:
        """Note a call that is to be made."""
        self._asked[request.call, request.turn] = request

    def out_of_time(self) -> None:
        """Finish the calls that are to be made or under way: as they are, or as error rows."""
        limit = self.plan.options.deadline
        error = ModelError(
            f"not answered within --deadline {limit:g} s: allow more, or ask for less"
        )
        for key, request in self._asked.items():
            if key not in self._finished:
                call = self._streaming.get(key, Call(request=request, error=error))
                marked = tuple(_marked(c, f"reply cut off: {error}") for c in call.candidates)
                self.finished(replace(call, candidates=marked))

    def finished(self, call: Call) -> None:
        """Take in a finished call."""
        key = (call.request.call, call.request.turn)
        self._finished[key] = call
        self._streaming.pop(key, None)
        self.tell()

    def streaming(self, call: Call) -> None:
        """Take in the complete candidates of a reply that is still on its way."""
        key = (call.request.call, call.request.turn)
        before = self._streaming.get(key)
        if before is None or len(call.candidates) > len(before.candidates):
            self._streaming[key] = call
            self.tell()

    def waits(self, seconds: float, reason: str) -> None:
        """Tell that a call waits, or that it goes on (0 seconds)."""
        self.tell(f"{reason}: waiting {seconds:.0f} s" if seconds > 0 else "")

    def tell(self, note: str = "") -> None:
        """Tell the observer how far the run has come."""
        if self._observe is None:
            return
        done = tuple(self._finished.values())
        self._observe(
            Progress(
                done=len(done),
                total=self.plan.calls,
                cost_usd=replace(self.distribution(), calls=done).usage.cost_usd,
                elapsed_s=time.monotonic() - self._began,
                note=note,
                partial=self.distribution,
            )
        )


async def collect(
    plan: Plan,
    *,
    observe: Observer | None = None,
    into: Run | None = None,
    stream: bool = False,
) -> Distribution:
    """Run a plan to its end and return the distribution; `observe` is told of every change.

    A caller that wants what has arrived after an interrupt gives the run to collect `into`. With
    `stream`, replies are read as they are written, so that candidates arrive one by one.

    Raises
    ------
    ModelError, ReplyError
        No call brought a candidate: the first call's error, with the distribution of the failed
        calls as `.partial`. Where some calls did, the others are error rows.
    """
    run = into or Run(plan, observe)
    run.tell()
    with waits_told_to(run.waits):
        try:
            await asyncio.wait_for(_ask(run, stream=stream), plan.options.deadline)
        except TimeoutError:  # two classes until Python 3.11
            run.out_of_time()
    distribution = run.distribution()
    if distribution.failures and not distribution.candidates:
        error = distribution.failures[0]
        error.partial = distribution
        raise error
    return distribution


async def _ask(run: Run, *, stream: bool) -> None:
    """Hold every conversation, as many at once as the options and the model allow."""
    plan = run.plan
    limit = min(plan.options.concurrency, plan.model.concurrency or plan.options.concurrency)
    gate = asyncio.Semaphore(limit)

    async def one(number: int, sizes: tuple[int, ...]) -> None:
        async with gate:
            await _converse(run, number, sizes, stream=stream)

    tasks = []
    for number, sizes in enumerate(plan.options.turns, start=1):
        run.asked(
            plan.request(prompt.opening(plan.task, plan.options, sizes[0]), sizes[0], call=number)
        )
        tasks.append(asyncio.ensure_future(one(number, sizes)))
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _converse(run: Run, number: int, sizes: tuple[int, ...], *, stream: bool) -> None:
    """Hold one conversation, turn by turn; a call that gets no reply ends it."""
    plan = run.plan
    messages = prompt.opening(plan.task, plan.options, sizes[0])
    for turn, k in enumerate(sizes, start=1):
        request = plan.request(messages, k, call=number, turn=turn)
        run.asked(request)
        call = await _call(run, request, stream=stream)
        run.finished(call)
        if call.reply is None or turn == len(sizes):
            return
        reply = Message(role="assistant", content=call.reply.text)
        messages = (*messages, reply, prompt.again(plan.options, sizes[turn]))


async def _call(run: Run, request: Request, *, stream: bool) -> Call:
    """Make one call and read its reply; an error becomes part of what came of it."""
    complete = run.plan.model.complete
    try:
        reply = await complete(request, on_text=_on_text(run, request) if stream else None)
    except ModelError as error:
        return _salvage(run, request, error)
    if refusal := unread.declined(reply):
        return Call(request=request, reply=reply, mode=reply.mode, error=refusal)
    try:
        return _understood(run, reply, reply.mode)
    except ReplyError as unreadable:
        why = unread.explained(reply, unreadable)
        if not _worth_a_repair(reply, why):
            return Call(
                request=request,
                reply=reply,
                reasoning=reply.reasoning,
                mode=reply.mode,
                error=why,
            )
        return await _repair(run, reply, why)


def _understood(run: Run, reply: Reply, mode: str) -> Call:
    """Read a reply into a call, less the candidates that `min_probability` leaves out."""
    reading = _read(reply.text, reply.request.shape)
    options = run.plan.options
    found = [candidate.reduced_to(options.text) for candidate in reading.candidates]
    if reply.taken_from == "tool_calls":
        found = [_marked(c, "taken from a tool call") for c in found]
    if cut_off := _CUT_OFF.get(reply.finish_reason or ""):
        found[-1] = _marked(found[-1], cut_off)
    least = options.min_probability
    kept = [c for c in found if least is None or c.probability is None or c.probability >= least]
    error = None
    if not kept:
        error = ReplyError(
            f"--min-probability {least:g} left out all {len(found)} candidates; the likeliest is "
            f"stated at {max(c.probability or 0.0 for c in found):g}",
            reply.text,
        )
    return Call(
        request=reply.request,
        reply=reply,
        candidates=tuple(kept),
        reasoning=reading.reasoning or reply.reasoning,
        mode=mode,
        left_out=len(found) - len(kept),
        error=error,
    )


_CUT_OFF = MappingProxyType(
    {
        "length": "cut off at the token limit",
        "content_filter": "cut off by the content filter",
    }
)


def _read(text: str, shape: Shape) -> Reading:
    return read(text, shape.method, shape.probability)


def _marked(candidate: Candidate, repair: str) -> Candidate:
    return replace(candidate, repairs=(*candidate.repairs, repair))


def _worth_a_repair(reply: Reply, error: ReplyError) -> bool:
    """Whether the model, asked once more, could plausibly write the same in a readable form."""
    shape = reply.request.shape
    asked_for_a_form = shape.method.lists or shape.method.reasons
    ended = reply.finish_reason not in ("length", "content_filter")
    return (
        asked_for_a_form
        and ended
        and bool(reply.text.strip())
        and not isinstance(error, RefusalError)
    )


async def _repair(run: Run, reply: Reply, error: ReplyError) -> Call:
    """Ask once for the same responses in the form asked for; what both calls cost is counted."""
    request = reply.request
    again = replace(
        request,
        messages=(
            *request.messages,
            Message(role="assistant", content=reply.text),
            prompt.repair(run.plan.options, request.shape.k),
        ),
    )
    try:
        second = await run.plan.model.complete(again)
    except VSError:
        # The repair is a favour: when it fails too, the first reply is what the user should see.
        return Call(request=request, reply=reply, mode=reply.mode, error=error)
    took = _took(reply, second)
    try:
        return _understood(run, replace(second, request=request, **took), "repaired")
    except VSError:
        paid = replace(reply, **took)
        return Call(request=request, reply=paid, mode=reply.mode, error=error)


def _took(first: Reply, second: Reply) -> dict[str, Any]:
    """What two replies took, as the fields of one."""

    def total(a: Any, b: Any) -> Any:
        return None if a is None or b is None else a + b

    return {
        "prompt_tokens": total(first.prompt_tokens, second.prompt_tokens),
        "completion_tokens": total(first.completion_tokens, second.completion_tokens),
        "cost_usd": total(
            0.0 if first.cached else first.cost_usd, 0.0 if second.cached else second.cost_usd
        ),
        "latency_s": first.latency_s + second.latency_s,
        "cached": first.cached and second.cached,
    }


def _salvage(run: Run, request: Request, error: ModelError) -> Call:
    """Keep the complete candidates of a reply whose connection died on the way."""
    text = getattr(error, "partial_text", "")
    if not text or not request.shape.method.lists:
        return Call(request=request, error=error)
    reply = Reply(text=text, request=request, model=request.model, finish_reason="error")
    try:
        call = _understood(run, reply, "plain")
    except ReplyError:
        return Call(request=request, error=error)
    marked = tuple(_marked(c, f"reply broken off: {error}") for c in call.candidates)
    return replace(call, candidates=marked)


def _on_text(run: Run, request: Request) -> OnText:
    """Return a listener that takes in each candidate as soon as its text is complete."""
    shape = request.shape
    stream = Stream(shape.method, shape.probability)

    def listen(text: str) -> None:
        if shape.method.lists and (reading := stream.feed(text)):
            part = run.plan.options.text
            found = tuple(candidate.reduced_to(part) for candidate in reading.candidates)
            run.streaming(Call(request=request, candidates=found, mode="streaming"))

    return listen

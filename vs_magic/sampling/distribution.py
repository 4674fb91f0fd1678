"""What came of a task: calls, their candidates, and the distribution over these."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vs_magic._version import __version__
from vs_magic.errors import OptionError, VSError
from vs_magic.llm.request import Reply
from vs_magic.sampling.call import Call, Usage
from vs_magic.verbalized import weights as weighing
from vs_magic.verbalized.candidate import Candidate
from vs_magic.verbalized.options import Options

if TYPE_CHECKING:
    from vs_magic.view.frame import CandidateFrame


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """The candidates of one task with their weights.

    Iterating gives the candidates, in the order in which they were stated.

    Parameters
    ----------
    task
        What was asked, verbatim.
    options
        How it was asked.
    calls
        What came of each call, in order of number and turn.
    seconds
        Wall time of the whole run.
    """

    task: str
    options: Options
    calls: tuple[Call, ...]
    seconds: float = 0.0

    def __len__(self) -> int:
        return len(self.candidates)

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self.candidates)

    def __getitem__(self, index: int) -> Candidate:
        return self.candidates[index]

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """The candidates of all calls, in order."""
        return tuple(c for call in self.calls for c in call.candidates)

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """One weight a candidate; they sum to 1 (empty without candidates).

        Normalised within each call, then averaged over the calls, so that no call outweighs
        another by stating more.
        """
        merged = weighing.merge([[c.probability for c in call.candidates] for call in self.calls])
        return tuple(w for call in merged for w in call)

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The replies, verbatim, with what each took."""
        return tuple(call.reply for call in self.calls if call.reply is not None)

    @property
    def failures(self) -> tuple[VSError, ...]:
        """Why calls brought no candidate, one error a failed call."""
        return tuple(call.error for call in self.calls if call.error is not None)

    @property
    def not_sent(self) -> tuple[str, ...]:
        """The parameters that were asked for and that a call's model does not have."""
        return tuple(dict.fromkeys(name for reply in self.replies for name in reply.not_sent))

    @property
    def left_out(self) -> int:
        """How many candidates `min_probability` left out."""
        return sum(call.left_out for call in self.calls)

    @property
    def stated(self) -> float | None:
        """Σ stated: what a call's stated probabilities sum to, averaged over the calls.

        None where no probability was stated.
        """
        sums = [
            math.fsum(c.probability for c in call.candidates if c.probability is not None)
            for call in self.calls
            if any(c.probability is not None for c in call.candidates)
        ]
        return math.fsum(sums) / len(sums) if sums else None

    @property
    def usage(self) -> Usage:
        """Calls, seconds, tokens and cost of the run."""
        replies = self.replies
        return Usage(
            calls=len(self.calls),
            cached=sum(r.cached for r in replies),
            seconds=self.seconds,
            prompt_tokens=_total([r.prompt_tokens for r in replies]),
            completion_tokens=_total([r.completion_tokens for r in replies]),
            cost_usd=_total([0.0 if r.cached else r.cost_usd for r in replies]),
        )

    @cached_property
    def frame(self) -> CandidateFrame:
        """The table: one row a candidate, a failed call is a row too; columns as documented."""
        from vs_magic.sampling.frame import build

        return build(self.calls, self.weights, self.options, self.attributes())

    def attributes(self) -> dict[str, Any]:
        """Return what the frame keeps beside its rows, as plain JSON."""
        usage = self.usage
        return {
            "task": self.task,
            "options": self.options.as_json(),
            "model": self.options.model,
            "version": __version__,
            "stated_sum": self.stated,
            "left_out": self.left_out,
            "failed": len(self.failures),
            "calls": usage.calls,
            "cached_calls": usage.cached,
            "seconds": round(usage.seconds, 3),
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "cost_usd": usage.cost_usd,
            "not_sent": list(self.not_sent),
        }

    def draw(self, seed: int | None = None) -> Candidate:
        """Take one candidate by weight; the same seed takes the same one.

        Raises
        ------
        OptionError
            There is no candidate to draw.
        """
        if not self.candidates:
            raise OptionError("there is nothing to draw from: the distribution has no candidate")
        return self.candidates[weighing.draw(self.weights, seed)]

    def tail(self, threshold: float) -> Distribution:
        """Return the distribution over the candidates whose stated probability is below a bound.

        Parameters
        ----------
        threshold
            The bound, in (0, 1].

        Raises
        ------
        OptionError
            The bound is outside (0, 1].
        """
        if not 0 < threshold <= 1:
            raise OptionError(f"a tail's threshold is a number in (0, 1], not {threshold!r}")
        return self._keeping(lambda c: c.probability is not None and c.probability < threshold)

    def _keeping(self, keep: Callable[[Candidate], bool]) -> Distribution:
        calls = (
            replace(call, candidates=tuple(filter(keep, call.candidates))) for call in self.calls
        )
        return replace(self, calls=tuple(calls))

    def __repr__(self) -> str:
        return repr(self.frame)

    def _repr_html_(self) -> str:
        return self.frame._repr_html_()


def _total(values: list[Any]) -> Any:
    """Sum what is known throughout; None where any part is unknown or there is none."""
    if not values or any(v is None for v in values):
        return None
    return math.fsum(values) if any(isinstance(v, float) for v in values) else sum(values)

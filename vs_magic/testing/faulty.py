"""An endpoint that fails now and then: on demand, or by a share and a seed."""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vs_magic.testing import faults
from vs_magic.testing.answers import Answer, Body
from vs_magic.testing.endpoint import Endpoint, Reaction, Recorded
from vs_magic.testing.exchange import Exchange
from vs_magic.testing.faults import Fault

PAGE = b"<!doctype html><title>Sign in</title><p>Sign in to use this network.</p>"

INSTEAD = (
    "429", "429-wait", "500", "502", "503", "refused", "reset", "hang", "web-page", "invalid-json",
    "empty-choices", "content-filter", "huge",
)  # fmt: skip
"""The faults that come in the place of an answer."""

SPOILT = ("drip", "truncated", "wrong-type", "duplicate")
"""The faults that an answer comes with."""

KINDS = (*INSTEAD, *SPOILT)
"""Every kind of fault, by the name under which it is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """One request and what it got.

    Parameters
    ----------
    request
        The request.
    fault
        The kind of fault that it got; None for its answer.
    """

    request: Recorded
    fault: str | None


class FaultyEndpoint(Endpoint):
    """An `Endpoint` that gives a share of its requests a fault in place of their answer.

    Whether the i-th request to arrive gets a fault, and which, depends on `seed` and i alone. So a
    run with one call at a time is the same each time; with several at once, which call is the i-th
    is up to chance, and the faults and their order are the same still.

    Parameters
    ----------
    reply, models, paths
        As `Endpoint` takes them. A reaction that is neither a text nor an `Answer` is sent as it
        is, even where a fault would have to spoil an answer.
    share
        The share of requests that get a fault, in [0, 1].
    kinds
        The kinds to choose from, each as likely as the others: names out of `KINDS`.

        ==================  ================================================================
        `429`, `429-wait`   a rate limit, without and with Retry-After
        `500 502 503`       the server's fault; the 502 is a gateway's web page
        `refused`           the connection breaks, and new ones are refused for a moment
        `reset`             the connection breaks before any answer
        `hang`              silence, then a broken connection
        `drip`              the right answer, in 20 pieces, slowly
        `truncated`         half of the right answer
        `wrong-type`        the right answer, labelled as plain text
        `web-page`          the sign-in page of a network, with status 200
        `invalid-json`      a body that is no JSON
        `empty-choices`     a completion without a choice
        `content-filter`    an empty reply, stopped by a filter
        `huge`              a body of 100 MB
        `duplicate`         the right answer, two times over
        ==================  ================================================================
    seed
        Makes the choice.
    retry_after
        What `429-wait` asks for, in seconds.
    refuse_s, hang_s, drip_s
        How long `refused`, `hang` and `drip` last, in seconds.
    huge
        The size of the body of `huge`, in bytes.

    Attributes
    ----------
    treated
        Every chat request so far and what it got, oldest first.

    Raises
    ------
    ValueError
        The share is outside [0, 1], or a kind is unknown.

    Examples
    --------
    >>> with FaultyEndpoint(share=0.2, kinds=("429", "reset"), seed=1) as endpoint:
    ...     endpoint.fail_next("503")  # whatever the share
    ...     endpoint.counts
    Counter()
    """

    def __init__(
        self,
        reply: Callable[[Body], Reaction] | Sequence[Reaction] | None = None,
        *,
        share: float = 0.2,
        kinds: Sequence[str] = KINDS,
        seed: int = 0,
        retry_after: float = 1.0,
        refuse_s: float = 0.1,
        hang_s: float = 30.0,
        drip_s: float = 2.0,
        huge: int = 100_000_000,
        models: Sequence[str] = ("loopback",),
        paths: Sequence[str] = (),
    ) -> None:
        super().__init__(reply, models=models, paths=paths)
        if not 0 <= share <= 1:
            raise ValueError(f"the share of faults is a number in [0, 1], not {share!r}")
        self.share, self.kinds, self.seed = share, _known(kinds), seed
        self.retry_after, self.huge = retry_after, huge
        self.refuse_s, self.hang_s, self.drip_s = refuse_s, hang_s, drip_s
        self.treated: list[Treated] = []
        self._wanted: deque[str] = deque()
        self._over = threading.Event()

    @property
    def counts(self) -> Counter[str]:
        """How many requests got each kind of fault."""
        return Counter(t.fault for t in tuple(self.treated) if t.fault is not None)

    def fail_next(self, *kinds: str) -> None:
        """Have the next requests get these faults, in this order, whatever the share.

        Raises
        ------
        ValueError
            A kind is unknown.
        """
        with self._lock:
            self._wanted.extend(_known(kinds))

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        super().__exit__()

    def _reaction(self, recorded: Recorded) -> Reaction:
        with self._lock:
            place = len(self.treated)
            kind = self._wanted.popleft() if self._wanted else self._drawn(place)
            self.treated.append(Treated(request=recorded, fault=kind))
        if kind is not None and kind in INSTEAD:
            return self._fault(kind, Answer(text=""))
        reaction = super()._reaction(recorded)
        if kind is None:
            return reaction
        answer = Answer(text=reaction) if isinstance(reaction, str) else reaction
        if isinstance(answer, Answer):
            return self._fault(kind, answer)
        with self._lock:
            self.treated[place] = Treated(request=recorded, fault=None)
        return reaction

    def _fault(self, kind: str, answer: Answer) -> Fault:
        code, words = "rate_limit_exceeded", "too many requests"
        table: dict[str, Fault] = {
            "429": faults.status(429, words, error_code=code),
            "429-wait": faults.status(429, words, retry_after=self.retry_after, error_code=code),
            "500": faults.status(500, "internal error"),
            "502": faults.body(b"<h1>Bad Gateway</h1>", content_type="text/html", code=502),
            "503": faults.status(503, "overloaded"),
            "refused": self._refuse,
            "reset": faults.reset(),
            "hang": self._hang,
            "web-page": faults.body(PAGE, content_type="text/html"),
            "invalid-json": faults.body(b'{"choices": [{"message": {"content": "so'),
            "empty-choices": faults.empty_choices(),
            "content-filter": faults.content_filter(),
            "huge": faults.huge(self.huge),
            "drip": faults.drip(answer, self.drip_s / 20, pieces=20),
            "truncated": faults.cut(answer),
            "wrong-type": faults.mislabelled(answer),
            "duplicate": faults.twice(answer),
        }
        return table[kind]

    def _drawn(self, place: int) -> str | None:
        """The fault of the request at this place, if it is to have one."""
        chance = random.Random(f"{self.seed}:{place}")
        return chance.choice(self.kinds) if self.kinds and chance.random() < self.share else None

    def _hang(self, exchange: Exchange) -> None:
        self._over.wait(self.hang_s)
        exchange.reset()

    def _refuse(self, exchange: Exchange) -> None:
        """Break this connection and refuse new ones for a moment; the other open ones go on."""
        ours = self._stop_listening()
        exchange.reset()
        if ours:
            over = self._over.wait(self.refuse_s)
            with self._listening:
                if not over and not self._over.is_set():
                    self._start()


def _known(kinds: Sequence[str]) -> tuple[str, ...]:
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise ValueError(f"unknown kinds of fault: {unknown}; there are {', '.join(KINDS)}")
    return tuple(kinds)

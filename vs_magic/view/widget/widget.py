"""The candidate widget's Python side: carries its state to the view, and its messages back.

State that the view shows is in traits, which Python alone sets; everything the view wants is a
message. So there is one direction for each, and one lock for both.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from vs_magic.errors import OptionError
from vs_magic.view.widget.about import about, label, price_of
from vs_magic.view.widget.asking import Asking
from vs_magic.view.widget.capture import Sink
from vs_magic.view.widget.files import with_shared
from vs_magic.view.widget.messages import HANDLERS, PAGE, read_ask
from vs_magic.view.widget.state import State
from vs_magic.view.widget.texts import head
from vs_magic.view.widget.values import (
    Ask,
    AskFunction,
    AskPrice,
    EstimateFunction,
    RebindFunction,
    Shown,
)
from vs_magic.view.widget.workers import explain, submit
from vs_magic.view.words import count

if TYPE_CHECKING:
    import pandas as pd

_HERE = Path(__file__).parent
_MOST_PRINTED = 4000


class CandidateWidget(anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
    """The candidates of a task: see them, draw from them, ask again.

    It holds a snapshot and never reads the user's namespace.

    Parameters
    ----------
    shown
        What to show first.
    ask
        Asks again; without it, there is no *Ask again*.
    estimate
        Prices an ask before it is sent.
    rebind
        Binds `name` to the frame on display, whenever another one comes on display.
    name
        The name that was given with `--out`.
    methods
        The methods that can be chosen.
    """

    _esm = with_shared(_HERE / "widget.js")
    _css = with_shared(_HERE / "widget.css")

    about = t.Dict().tag(sync=True)
    rows: t.List[Any] = t.List().tag(sync=True)
    kept: t.List[Any] = t.List().tag(sync=True)
    pins: t.List[Any] = t.List().tag(sync=True)
    past = t.Dict().tag(sync=True)
    draws = t.Dict().tag(sync=True)
    controls = t.Dict().tag(sync=True)
    price = t.Dict().tag(sync=True)
    asking = t.Dict().tag(sync=True)
    bound = t.Dict().tag(sync=True)
    printed = t.Unicode().tag(sync=True)
    look = t.Dict().tag(sync=True)

    def __init__(
        self,
        shown: Shown,
        *,
        ask: AskFunction | None = None,
        estimate: EstimateFunction | None = None,
        rebind: RebindFunction | None = None,
        name: str | None = None,
        methods: Sequence[str] = (),
    ) -> None:
        self._lock = threading.RLock()
        self._rebinding = threading.Lock()
        self._sink = Sink()
        self._state = State(shown)
        self._estimate, self._rebind, self._name = estimate, rebind, name
        self._pricing, self._held = 0, "ask 1"
        self._own: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "look": self._keep_look,
            "hush": self._hush,
            "ask": self._ask_again,
            "stop": self._stop,
            "price": self._reprice,
        }
        self._asks = ask and Asking(
            ask, lock=self._lock, sink=self._sink, show=self._arrive, tell=self._tell
        )
        super().__init__(
            **self._parts(PAGE),
            controls=_controls(shown, methods, can_ask=ask is not None),
            bound={"name": name, "text": f"{name} holds these candidates"} if name else {},
            asking={"state": "idle"},
            look={"tail": shown.options.get("threshold") or 1.0},
        )
        self.on_msg(self._receive)

    @property
    def frame(self) -> pd.DataFrame:
        """The frame on display: one ask's, or that of all asks pooled."""
        with self._lock:
            return self._state.frame

    @property
    def pinned(self) -> pd.DataFrame:
        """The pinned candidates of all asks, in the order in which they were pinned."""
        with self._lock:
            return self._state.pinned

    @property
    def asks(self) -> tuple[Shown, ...]:
        """Every ask's result, oldest first."""
        with self._lock:
            return tuple(self._state.history.asks)

    def close(self) -> None:
        """Stop what is under way and close the widget."""
        if self._asks:
            self._asks.stop()
        super().close()

    def _receive(self, _: Any, content: Mapping[str, Any], __: Any) -> None:
        """Do what a message of the view says, and answer it; every message gets an answer."""
        name = str(content.get("do"))
        with self._lock:
            answer: dict[str, Any] = {}
            if name in HANDLERS:
                handle, touched = HANDLERS[name]
                answer = handle(self._state, content) or {}
                self._set(**self._parts(touched))
                if touched is PAGE:
                    self._bind_later()
            elif name in self._own:
                self._own[name](content)
            else:
                return
            self.send({**answer, "n": content.get("n")})

    def _keep_look(self, details: Mapping[str, Any]) -> None:
        """Remember how the candidates are looked at, for a page that is loaded again."""
        known = ("sort", "back", "query", "tail")
        self.look = {name: details[name] for name in known if name in details}

    def _hush(self, _: Mapping[str, Any]) -> None:
        """Put away an error and what was printed."""
        self._sink.clear()
        if self._asks:
            self._asks.forget()
        self._tell()

    def _ask_again(self, details: Mapping[str, Any]) -> None:
        if self._asks is None:
            return
        try:
            self._asks.start(read_ask(details))
        except OptionError as error:
            self._asks.fail(error)

    def _stop(self, _: Mapping[str, Any]) -> None:
        if self._asks:
            self._asks.stop()

    def _reprice(self, details: Mapping[str, Any]) -> None:
        """Price what the controls say; the newest question counts."""
        self._pricing += 1
        try:
            change = read_ask(details)
        except OptionError as error:
            self.price = explain(error)
            return
        if self._estimate is not None:
            priced = submit(self._sink, self._estimate, change)
            priced.add_done_callback(partial(self._priced, self._pricing))

    def _priced(self, number: int, priced: Future[AskPrice]) -> None:
        error = priced.exception()
        with self._lock:
            if number == self._pricing:
                self.price = explain(error) if error else {"text": price_of(priced.result())}
            self._tell()

    def _arrive(self, shown: Shown | None, last: bool) -> None:  # noqa: FBT001 - a callback
        """Show what has arrived; called under the lock."""
        self._state.arrive(shown, last=last)
        still = {"bound": {"name": self._name, "text": f"{self._name} still holds {self._held}"}}
        self._set(**self._parts(PAGE), **(still if self._name and not last else {}))
        if last and shown is not None:
            self._bind_later()

    def _bind_later(self) -> None:
        if self._rebind is not None:
            submit(self._sink, self._bind).add_done_callback(self._is_bound)

    def _bind(self) -> str:
        """Bind the name to whatever is on display by now, so that the last one always counts."""
        with self._rebinding:
            with self._lock:
                page = self._state.page
            if self._rebind is not None:
                self._rebind(page.shown.frame)
        what = f"{page.asks} asks pooled" if page.asks else f"ask {page.key}"
        return f"{what}: {count(len(page.shown.frame), 'row')}"

    def _is_bound(self, bound: Future[str]) -> None:
        error = bound.exception()
        with self._lock:
            if error is None:
                self._held = bound.result()
                self.bound = {"name": self._name, "text": f"{self._name} now holds {self._held}"}
            else:
                problem = f"{self._name} was not re-bound: {explain(error)['error']}"
                self.bound = {"name": self._name, "error": head(problem, 600)[0]}
            self._tell()

    def _parts(self, parts: Iterable[str]) -> dict[str, Any]:
        """Return parts of the state as the view takes them."""
        state = self._state
        make: dict[str, Callable[[], Any]] = {
            "about": lambda: about(state.page.shown, pooled=state.page.asks),
            "rows": lambda: state.page.rows,
            "kept": lambda: state.kept,
            "pins": lambda: list(state.pins),
            "past": state.history.as_json,
            "draws": state.draws.as_json,
        }
        return {part: make[part]() for part in parts}

    def _tell(self) -> None:
        with self._lock:
            state = self._asks.state if self._asks else self.asking
            self._set(asking=state, printed=self._sink.text[-_MOST_PRINTED:])

    def _set(self, **state: Any) -> None:
        """Set traits together, so that the view gets them in one message."""
        with self._lock, self.hold_sync():
            for name, value in state.items():
                setattr(self, name, value)


def _controls(shown: Shown, methods: Sequence[str], *, can_ask: bool) -> dict[str, Any]:
    options = shown.options
    method = str(options.get("method") or "")
    names = [*methods, *([method] if method and method not in methods else [])]
    return {
        "can_ask": can_ask,
        "methods": [[name, label(name)] for name in names],
        **{control.name: options.get(control.name) for control in fields(Ask)},
        "method": method,
    }

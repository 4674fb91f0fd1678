"""What the browser's widgets show: frames made by hand, and an asker that does as it is told.

Imported inside the kernel of the browser tests, and by the screenshots and the benchmark. It needs
no model: what is tested here is the widget, not what it is wired to.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pandas as pd

from vs_magic.view.frame import DTYPES, CandidateFrame
from vs_magic.view.widget import Ask, AskPrice, CallView, OnProgress, ProgressView, Shown

METHODS = ("direct", "cot", "sequence", "multi-turn", "vs-standard", "vs-cot", "vs-multi")

JOKES = [
    ("Why did the coffee file a police report? It got mugged!", 0.9),
    ("What do you call a sad cup of coffee? Depresso!", 0.8),
    ("How does Moses make his coffee? Hebrews it!", 0.7),
    ("Why did the espresso keep checking its watch? It was pressed for time!", 0.6),
    ("What did the coffee say to the sugar?\nYou make life sweet, but I keep it grounded.", 0.5),
]
TEA = [
    ("What is a ghost's favourite tea? Boo-tea!", 0.30),
    ("Why must you be careful of tea at night? Because it might mug you.", 0.25),
    ("I made tea for the dragon. It likes it piping hot, on the house, and burnt down.", 0.05),
]
STATES = (
    *("California", "Texas", "Florida", "Ohio", "Maine", "Oregon", "Utah", "Iowa", "Georgia"),
    *("Vermont", "Nevada", "Hawaii", "Idaho", "Kansas", "Alaska", "Montana", "Delaware"),
    *("Wyoming", "Nebraska", "Arkansas"),
)
POEM = "\n".join(
    f"Line {i} of a poem about the sea, which goes on, wave after wave, and does not end"
    for i in range(1, 41)
)


def frame(
    items: list[tuple[str | None, float | None]],
    *,
    threshold: float | None = None,
    method: str = "vs-standard",
    model: str = "gpt-4.1",
    repairs: dict[int, str] | None = None,
    **attrs: Any,
) -> CandidateFrame:
    """Make one call's frame of texts and stated probabilities; a text of None is a failed call."""
    known = [p for text, p in items if p is not None and text is not None]
    mean = sum(known) / len(known) if known else 1.0
    masses = [None if text is None else (mean if p is None else p) for text, p in items]
    total = sum(m for m in masses if m is not None) or 1.0
    weights = [None if m is None else m / total for m in masses]
    order = sorted(range(len(items)), key=lambda i: -(weights[i] or 0.0))
    rows = [
        {
            **dict.fromkeys(DTYPES),
            "text": text,
            "probability": p,
            "weight": weights[i],
            "method": method,
            "model": model,
            "call": 1,
            "turn": 1,
            "rank": order.index(i) + 1 if text is not None else None,
            "in_tail": None if threshold is None or p is None else p < threshold,
            "repairs": (repairs or {}).get(i, ""),
            "cached": False,
            "error": "the endpoint refused the call: try again later" if text is None else None,
        }
        for i, (text, p) in enumerate(items)
    ]
    made = CandidateFrame({n: pd.array([r[n] for r in rows], dtype=d) for n, d in DTYPES.items()})
    made.attrs.update(
        {"calls": 1, "cached_calls": 0, "seconds": 2.1, "prompt_tokens": 96, "model": model}
        | {"completion_tokens": 47, "cost_usd": 0.0012, "failed": 0}
        | attrs
    )
    return made


def shown(
    items: list[tuple[str | None, float | None]],
    *,
    task: str = "Make a joke about coffee",
    reasoning: str | None = None,
    options: dict[str, Any] | None = None,
    **more: Any,
) -> Shown:
    """Make what a widget shows of one call."""
    made = frame(items, **more)
    made.attrs["task"] = task
    stated = [p for text, p in items if p is not None and text is not None]
    asked = {"method": "vs-standard", "k": len(items), "temperature": 0.7, "threshold": None}
    return Shown(
        frame=made,
        task=task,
        options={**asked, **(options or {})},
        stated_sum=sum(stated) if stated else None,
        calls=(
            CallView(
                messages=(
                    {"role": "system", "content": "Give exactly 5 responses, each with its …"},
                    {"role": "user", "content": task},
                ),
                reply='{"responses": [{"text": "Why did the coffee …", "probability": 0.9}, …]}',
                model="gpt-4.1-2025-04-14",
                mode="json_schema",
                finish_reason="stop",
                prompt_tokens=96,
                completion_tokens=47,
                cost_usd=0.0012,
                latency_s=2.1,
                reasoning=reasoning,
                parameters={"temperature": 0.7, "top_p": 1.0},
            ),
        ),
    )


def jokes(**more: Any) -> Shown:
    """Five jokes, Σ stated 3.5, one of them repaired."""
    return shown(JOKES, repairs={3: "percent sign"}, **more)  # type: ignore[arg-type]


def states() -> Shown:
    """Twenty short answers whose stated probabilities fall off, and one failed call."""
    items = [(name, round(0.22 * 0.8**i, 3)) for i, name in enumerate(STATES)]
    return shown([*items, (None, None)], task="Name a US state. The name only.")


def many(count: int) -> Shown:
    """Many candidates of unlike lengths."""
    items: list[tuple[str | None, float | None]] = [
        (f"Candidate {i}: " + "lorem ipsum dolor sit amet " * (1 + i * 7 % 23), 0.9 / (1 + i % 17))
        for i in range(count)
    ]
    return shown(items, task=f"{count} candidates")


PROBE = "window.__ran = (window.__ran || 0) + 1"
"""What a hostile text would do if it were run: the page is asked whether it was."""

AWAY = "http://evil.invalid"
"""What a hostile text would load from: the browser is watched for it."""

HOSTILE = (
    f"<script>{PROBE}</script>",
    f"<img src=x onerror='{PROBE}'>",
    f"<img src='{AWAY}/a.png'>",
    f"<svg onload='{PROBE}'><circle r=9 /></svg>",
    f"<svg><script>{PROBE}</script></svg>",
    "<style>*{display:none !important}</style>",
    f"<style>@import '{AWAY}/a.css';</style>",
    f"<link rel=stylesheet href='{AWAY}/b.css'>",
    f"<iframe src='javascript:{PROBE}'></iframe>",
    f'<iframe srcdoc="<script>parent.{PROBE}</script>"></iframe>',
    f"<object data='{AWAY}/o'></object>",
    f"<embed src='{AWAY}/e'>",
    f"<video src='{AWAY}/v' autoplay onerror='{PROBE}'></video>",
    f"<body onload='{PROBE}'>",
    f"<input autofocus onfocus='{PROBE}'>",
    f"<details open ontoggle='{PROBE}'>x</details>",
    f"<a href='javascript:{PROBE}'>click</a>",
    f"<form action='{AWAY}'><button>go</button></form>",
    f"<meta http-equiv=refresh content='0;url={AWAY}'>",
    f"<base href='{AWAY}/'>",
    f"<math><mtext></p><script>{PROBE}</script></mtext></math>",
    f"</div></li></section><script>{PROBE}</script>",
    f"--><script>{PROBE}</script><!--",
    "]]>&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#x3c;b&#62;",
    "&lt;b&gt; stays as it is &nbsp;&copy;",
    f"![x]({AWAY}/m.png) [y](javascript:alert(1)) **bold** # h",
    f"javascript:{PROBE}",
    f"data:text/html,<script>{PROBE}</script>",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} #{7*7} <%= 7*7 %> {% raw %}",
    "`${(() => { window.__ran = 1 })()}` \\u003cscript\\u003e",
    "__proto__",
    "constructor",
    "a \u202egnp.exe\u202c b \u2066 isolated \u2069 \u200f mark",
    "null \x00 byte, bell \x07, escape \x1b[31mred\x1b[0m, \x9b1m",
    "one\r\ntwo\rthree\u2028four\u2029five\x0bsix\x0cseven",
    "👩‍👩‍👧‍👦 👨🏿‍🚀 🏳️‍🌈 🇺🇳 e\u0301 Z̸̡͎a̷l̸g̵o̶",
    "مرحبا بالعالم (שלום) مع English 123",
    "word" * 50_000,
    "\n" * 3_000 + "end",
    "lone \ud800 surrogate, \ufeff mark, \ufffe, \u200b zero width, \t tab",
)
"""Forty texts that must be shown as text, run nothing, and load nothing."""


def hostile() -> Shown:
    """The forty hostile texts, in the places of everything else that comes from a model too."""
    made = shown(
        [(text, 0.5) for text in HOSTILE],
        task="".join(HOSTILE[:30]),
        reasoning="".join(HOSTILE[:37]),
        model=HOSTILE[1],
        repairs=dict(enumerate(HOSTILE[:30])),
    )
    call = made.calls[0]
    sent = tuple({"role": text, "content": text} for text in HOSTILE[:37])
    parameters = {text: text for text in HOSTILE[:30]}
    hostile_call = replace(
        call,
        messages=sent,
        reply="".join(HOSTILE),
        model=HOSTILE[0],
        parameters=parameters,
        error=HOSTILE[1],
    )
    return replace(made, calls=(hostile_call,), note=HOSTILE[2])


class Asker:
    """An ask function that tells one candidate after another, and does as it is told.

    Parameters
    ----------
    items
        What arrives.
    pause
        Seconds before each candidate.
    fails
        The exception that ends the ask, after the candidates.
    prints
        What is printed meanwhile.
    """

    def __init__(
        self,
        items: list[Any] | None = None,
        *,
        pause: float = 0.05,
        fails: BaseException | None = None,
        prints: str = "",
    ) -> None:
        self.items, self.pause, self.fails, self.prints = items or TEA, pause, fails, prints
        self.asked: list[Ask] = []
        self.stopped = 0
        self._pool = ThreadPoolExecutor()

    def __call__(self, change: Ask, on_progress: OnProgress) -> Future[Shown]:
        """Start; the future is cancellable while it runs, as that of a coroutine is."""
        self.asked.append(change)
        result: Future[Shown] = Future()
        self._pool.submit(self._run, change, on_progress, result)
        return result

    def _run(self, change: Ask, on_progress: OnProgress, result: Future[Shown]) -> None:
        for count in range(1, len(self.items) + 1):
            ends = time.monotonic() + self.pause
            while time.monotonic() < ends and not result.cancelled():
                time.sleep(min(0.02, self.pause))
            if result.cancelled():
                self.stopped += 1
                return
            on_progress(ProgressView(partial=lambda n=count: self._shown(change, n)))  # type: ignore[misc]
        if self.fails is not None:
            result.set_exception(self.fails)
        else:
            result.set_result(self._shown(change, len(self.items)))

    def _shown(self, change: Ask, count: int) -> Shown:
        return shown(
            self.items[:count],
            task="Make a joke about tea",
            method=change.method,
            options={"method": change.method, "k": change.k, "temperature": change.temperature},
        )


def price(change: Ask) -> AskPrice:
    """Price an ask; a method that states nothing refuses a threshold, as the options do."""
    if change.threshold is not None and not change.method.startswith("vs-"):
        raise ValueError(f"a tail needs stated probabilities, and {change.method} states none")
    return AskPrice(calls=1, cost_usd=0.00024 * change.k)

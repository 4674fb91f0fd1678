"""How fast replies are read: `vs_magic.parse` beside `json.loads` and `json_repair.loads`.

    python benchmarks/parse_throughput.py

The two others only read JSON, and tell no candidate from another field; they stand here as the
floor and as the usual tolerant choice. "read" counts the texts that each of them gets right.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import json_repair

from vs_magic.errors import ReplyError
from vs_magic.verbalized.parse import parse

SECONDS = 0.5
TEXTS = [f"Why did the chicken cross road number {i}? To get to the other side." for i in range(5)]
VALUES = [0.35, 0.25, 0.2, 0.12, 0.08]
PAIRS = list(zip(TEXTS, VALUES, strict=True))
CLEAN = json.dumps({"responses": [{"text": t, "probability": p} for t, p in PAIRS]})
REPLIES = {
    "clean JSON": CLEAN,
    "fenced, prose around": f"Here are five jokes:\n\n```json\n{CLEAN}\n```\n\nEnjoy!",
    "Python literals": str(json.loads(CLEAN)),
    "cut off": CLEAN[:-30],
    "tags": "\n".join(
        f"<response>\n<text>{t}</text>\n<probability>{p}</probability>\n</response>"
        for t, p in PAIRS
    ),
    "numbered list": "\n".join(f"{i}. {t} ({p})" for i, (t, p) in enumerate(PAIRS, 1)),
    "lines": "\n".join(f"{t} | {p}" for t, p in PAIRS),
}


def ours(reply: str) -> list[str]:
    """Read the candidates' texts."""
    return [candidate.text for candidate in parse(reply)]


def strict(reply: str) -> list[str]:
    """Read the texts of valid JSON in the usual form."""
    return [item["text"] for item in json.loads(reply)["responses"]]


def repaired(reply: str) -> list[str]:
    """Read the texts of what json_repair makes of a reply, if it has the usual form."""
    return [item["text"] for item in json_repair.loads(reply)["responses"]]


READERS: dict[str, Callable[[str], list[str]]] = {
    "vs_magic.parse": ours,
    "json.loads": strict,
    "json_repair.loads": repaired,
}


def measure(read: Callable[[str], list[str]], reply: str) -> tuple[int, float]:
    """Return how many texts are read rightly, and the seconds of processor time per reply."""
    try:
        right = len(set(read(reply)) & set(TEXTS))
    except (ReplyError, ValueError, TypeError, KeyError):
        return 0, float("nan")
    best, calls = float("inf"), 20
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        start = time.process_time()
        for _ in range(calls):
            read(reply)
        best = min(best, (time.process_time() - start) / calls)
    return right, best


def main() -> int:
    """Print the table."""
    print("| reply (5 candidates) | reader | read | replies/s | MB/s | us/reply |")
    print("|---|---|---|---|---|---|")
    for name, reply in REPLIES.items():
        size = len(reply.encode()) / 1e6
        for reader, read in READERS.items():
            right, seconds = measure(read, reply)
            speed = f"{1 / seconds:,.0f} | {size / seconds:.1f} | {seconds * 1e6:.0f}"
            print(f"| {name} | `{reader}` | {right}/5 | {speed if right else '- | - | -'} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Compute the tables of docs/claims.md from the lessons' bundles.

    python docs/claims.py            # show them
    python docs/claims.py --write    # put them into the page, between its markers

The page's left column is the paper's; the right one is computed here, from the replies that the
lessons were recorded with, and a test compares the page with what this gives.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import vs_magic as vs

HERE = Path(__file__).parent
REPLAY = HERE.parent / "notebooks" / "replay"
PAGE = HERE / "claims.md"
BLOCK = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

BOUND = re.compile(r"must be below ([\d.]*\d)")
"""How a prompt states a threshold."""

PROBABILITIES = ("implicit", "explicit", "relative", "percentage")
"""The wordings under which a list's numbers are meant to be probabilities."""

DIE = "Roll a six-sided die."
STATE = "Name a US state."
JOKE = "Tell me a joke about coffee."
STORY = "Suggest a title for a story about a bear. Only the title."
THREE = ("direct", "sequence", "vs-standard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A recorded call with its candidates."""

    model: str
    task: str
    method: str
    k: int
    temperature: float | None
    wording: str
    bound: float | None
    call: int
    candidates: tuple[vs.Candidate, ...]

    @property
    def texts(self) -> list[str]:
        """The candidates' texts."""
        return [candidate.text for candidate in self.candidates]

    @property
    def stated(self) -> list[float]:
        """What was stated."""
        return [c.probability for c in self.candidates if c.probability is not None]


def calls(lesson: str) -> list[Call]:
    """Read a lesson's bundle; a reply that holds no candidates has none."""
    found = []
    lines = (REPLAY / f"{lesson}.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        record = json.loads(line)
        asked, shape = record["request"], record["request"]["shape"]
        bound = BOUND.search(asked["messages"][0]["content"])
        found.append(
            Call(
                model=asked["model"],
                task=asked["messages"][1]["content"],
                method=shape["method"],
                k=shape["k"],
                temperature=asked.get("temperature"),
                wording=shape["probability"],
                bound=float(bound[1]) if bound else None,
                call=asked["draw"],
                candidates=tuple(read(record["reply"]["text"], shape)),
            )
        )
    return found


def read(text: str, shape: dict[str, Any]) -> list[vs.Candidate]:
    """Read a reply's candidates."""
    try:
        return vs.parse(text, method=shape["method"], probability=shape["probability"])
    except vs.ReplyError:
        return []


def responses(
    lesson: str, task: str, method: str, n: int, *, temperature: float, k: int | None = None
) -> list[str]:
    """Return the first n responses of a method to a task, as the lesson compares them."""
    chosen = [
        call
        for call in calls(lesson)
        if call.task.startswith(task)
        and call.method == method
        and call.temperature == temperature
        and call.bound is None
        and (k is None or method == "direct" or call.k == k)
    ]
    chosen.sort(key=lambda call: call.call)
    texts = [text for call in chosen for text in call.texts][:n]
    if len(texts) < n:
        raise LookupError(f"{lesson} holds {len(texts)} of {n} {method} responses to {task!r}")
    return texts


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def dice() -> str:
    """How far rolls are from a fair die."""
    paper = {"direct": "0.926", "sequence": "0.058", "vs-standard": "0.027"}
    rows = []
    for method in THREE:
        rolls = responses("01_see_mode_collapse", DIE, method, 30, temperature=0.3, k=6)
        kl = vs.metrics.kl(rolls, range(1, 7), direction="answers")
        rows.append([f"`{method}`", paper[method], f"{abs(kl):.3f}"])
    return table(["method", "paper: N = 600", "lesson 01: N = 30, T = 0.3"], rows)


def openings() -> str:
    """How varied stories are in the paper, and titles of one here."""
    paper = {
        "direct": ("22.3", "18.7"),
        "sequence": ("29.6", "17.6"),
        "vs-standard": ("34.7", "17.4"),
    }
    with np.load(REPLAY / "04_measure_diversity.npz") as kept:
        rows_of = dict(zip(kept["texts"].tolist(), kept["vectors"].astype("float32"), strict=True))
    rows = []
    for method in THREE:
        texts = responses("04_measure_diversity", STORY, method, 30, temperature=0.7, k=5)
        vectors = np.stack([rows_of[text] for text in texts])
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        meaning = 100 * vs.metrics.semantic_diversity(texts, vectors=vectors)
        wording = 100 * vs.metrics.rouge_l(texts)
        rows.append([f"`{method}`", *paper[method], f"{meaning:.1f}", f"{wording:.1f}"])
    head = ["method", "paper: diversity %", "ROUGE-L %", "lesson 04: diversity %", "ROUGE-L %"]
    return table(head, rows)


def collapse() -> str:
    """How few different answers direct prompting gives."""
    states = responses("01_see_mode_collapse", STATE, "direct", 30, temperature=0.3)
    warm = responses("01_see_mode_collapse", STATE, "direct", 30, temperature=1)
    jokes = responses("01_see_mode_collapse", JOKE, "direct", 20, temperature=0.3)
    different = vs.metrics.distinct_answers
    die = [
        Counter(responses("01_see_mode_collapse", DIE, "direct", 30, temperature=t))
        for t in (0.3, 1)
    ]
    most = [max(faces.values()) for faces in die]
    rows = [
        [
            "the commonest face of a die, asked directly",
            "–",
            f"{most[0]} of 30 at T = 0.3; {most[1]} of 30 at T = 1",
        ],
        [
            "different US states, asked directly",
            "6 of 50 (GPT-4.1, 50 calls)",
            f"{different(states):.0f} of 50 (30 calls, T = 0.3); {different(warm):.0f} at T = 1",
        ],
        [
            "ROUGE-L of direct jokes, %",
            "53.5 (mean of 10 models, 30 calls a prompt)",
            f"{100 * vs.metrics.rouge_l(jokes):.1f} (one prompt, 20 calls, T = 0.3)",
        ],
    ]
    return table(["", "paper", "lesson 01"], rows)


def stated() -> str:
    """What stated probabilities sum to, over all recorded lists of more than one response."""
    lists = [c for c in every() if c.stated and c.k > 1 and c.wording in PROBABILITIES]
    sums = np.array([sum(call.stated) for call in lists if call.bound is None])
    near = np.mean(np.abs(sums - 1) < 0.05)
    kept = [p < call.bound for call in lists if call.bound is not None for p in call.stated]
    spread = f"median {np.median(sums):.2f}, from {sums.min():.2f} to {sums.max():.2f}"
    rows = [
        [
            "Σ stated of a list",
            "1.03 and 1.59 (two lists of 50 states); often 2 to 3.5 (jokes, GPT-4.1)",
            f"{spread}; within 0.05 of 1 in {near:.0%} of {len(sums)} lists",
        ],
        [
            "asked to stay below a bound, and did",
            "not checked by the authors' package",
            f"{np.mean(kept):.0%} of {len(kept)} stated probabilities" if kept else "–",
        ],
    ]
    return table(["", "published", "all lessons"], rows)


def every() -> Iterator[Call]:
    """Yield the calls of all bundles to a real model."""
    for path in sorted(REPLAY.glob("*.jsonl")):
        yield from (call for call in calls(path.stem) if call.model.startswith("local/"))


def calibration() -> str:
    """Stated against observed against the model's own, for the die of lesson 06."""
    lesson = "06_how_calibrated"
    rolled = responses(lesson, DIE, "direct", 100, temperature=1)
    faces = [str(face) for face in range(1, 7)]
    lists = [
        call
        for call in calls(lesson)
        if call.task.startswith(DIE) and call.method == "vs-standard" and call.wording == "explicit"
    ][:5]
    told = {
        face: sum(c.probability or 0 for call in lists for c in call.candidates if c.text == face)
        / len(lists)
        for face in faces
    }
    kept = json.loads((REPLAY / f"{lesson}.tokens.json").read_text(encoding="utf-8"))
    own = next(value for key, value in kept.items() if key.endswith(f"{DIE} Only the number."))
    came = [text.strip(" .\n") for text in rolled]
    observed = {face: came.count(face) / len(came) for face in faces}
    knows = {
        face: sum(p for text, p in own.items() if text.strip(" .\n") == face) for face in faces
    }
    rows = [
        [face, f"{told[face]:.3f}", f"{observed[face]:.2f}", f"{knows[face]:.3f}"] for face in faces
    ]
    return table(["face", "stated, mean of 5 lists", "observed, 100 rolls, T = 1", "own"], rows)


TABLES: dict[str, Callable[[], str]] = {
    "collapse": collapse,
    "dice": dice,
    "openings": openings,
    "stated": stated,
    "calibration": calibration,
}


def written(page: str) -> str:
    """Return the page with its tables computed anew."""
    return BLOCK.sub(lambda m: f"{m[1]}\n{computed(m[2])}\n{m[3]}", page)


def computed(name: str) -> str:
    """Return a table; where its lesson has no recording, a line that says so."""
    try:
        return TABLES[name]()
    except FileNotFoundError as missing:
        return f"*Not recorded: {Path(missing.filename).name} is not there.*\n"


def main() -> int:
    """Show the page's tables, or write them."""
    if "--write" in sys.argv[1:]:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        for name in TABLES:
            print(f"{name}\n{computed(name)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

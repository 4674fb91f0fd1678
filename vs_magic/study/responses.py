"""The responses of each arm to each task, in equal numbers.

Each listed response counts once, as in the paper: twenty responses are twenty, whether they came
from twenty calls or from four lists of five. An arm that brought more than was wanted gives its
first; where an arm brought fewer (a failed call, a stopped run), all arms are cut to that number,
each to a seeded random part, for most measures of variety grow with the number of responses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vs_magic.sampling.distribution import Distribution
from vs_magic.study.arms import Arm

FEWEST_SHARE = 0.25
"""An arm with less than this share of the responses wanted is left out, not cut down to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """The responses of one arm to one task.

    Parameters
    ----------
    task, arm
        Whose they are.
    texts
        The responses, in order of call and place.
    weights
        The weight of each.
    stated
        The probability stated for each; None where none was.
    calls
        The number of the call that each came from, from 1.
    """

    task: str
    arm: Arm
    texts: tuple[str, ...]
    weights: tuple[float, ...]
    stated: tuple[float | None, ...]
    calls: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def part(self, positions: Iterable[int]) -> Responses:
        """Return some of them."""
        chosen = list(positions)
        return replace(
            self,
            texts=tuple(self.texts[i] for i in chosen),
            weights=tuple(self.weights[i] for i in chosen),
            stated=tuple(self.stated[i] for i in chosen),
            calls=tuple(self.calls[i] for i in chosen),
        )


def read_responses(task: str, arm: Arm, distribution: Distribution) -> Responses:
    """Return the responses that a distribution holds."""
    candidates = distribution.candidates
    calls = [
        number for number, call in enumerate(distribution.calls, start=1) for _ in call.candidates
    ]
    return Responses(
        task=task,
        arm=arm,
        texts=tuple(candidate.text for candidate in candidates),
        weights=distribution.weights,
        stated=tuple(candidate.probability for candidate in candidates),
        calls=tuple(calls),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTable:
    """Equal numbers of responses: what is compared.

    Parameters
    ----------
    cells
        Task and arm → responses; an arm that was left out has none.
    tasks
        The tasks that every arm in it answered, in order.
    arms
        The arms that are compared, in order.
    left_out
        The other arms, and why each is left out.
    notes
        What a reader has to know: who was left out, or cut down, and why.
    """

    cells: Mapping[tuple[str, Arm], Responses]
    tasks: tuple[str, ...]
    arms: tuple[Arm, ...]
    left_out: Mapping[Arm, str]
    notes: tuple[str, ...] = ()

    def of(self, arm: Arm) -> list[Responses]:
        """Return an arm's responses, one for each task."""
        return [self.cells[task, arm] for task in self.tasks if (task, arm) in self.cells]

    def n(self, arm: Arm) -> int:
        """Return the number of responses of an arm, over all tasks."""
        return sum(len(cell) for cell in self.of(arm))


def equalise(every: Sequence[Responses], wanted: int, seed: int = 0) -> ResponseTable:
    """Put equal numbers of responses beside each other.

    Parameters
    ----------
    every
        The responses of each arm to each task; none where there are none.
    wanted
        How many were wanted of each.
    seed
        Which part of an arm is taken where it has too many.

    Examples
    --------
    >>> from vs_magic.verbalized.method import Method
    >>> def some(method, n):
    ...     arm = Arm(method=method, model="m")
    ...     made = {"weights": (1.0,) * n, "stated": (None,) * n, "calls": (1,) * n}
    ...     return Responses(task="t", arm=arm, texts=tuple("abcdefghij"[:n]), **made)
    >>> table = equalise([some(Method.DIRECT, 8), some(Method.SEQUENCE, 10)], wanted=10)
    >>> [len(cell) for cell in table.cells.values()]
    [8, 8]
    >>> table.notes[0]
    'direct has 8 of 10 responses: all are compared at 8'
    """
    tasks = tuple(dict.fromkeys(cell.task for cell in every))
    arms = tuple(dict.fromkeys(cell.arm for cell in every))
    have = {(cell.task, cell.arm): cell.part(range(min(len(cell), wanted))) for cell in every}
    fewest = max(2, round(FEWEST_SHARE * wanted))
    enough = {place for place, cell in have.items() if len(cell) >= fewest}
    kept = [arm for arm in arms if 2 * sum((t, arm) in enough for t in tasks) >= len(tasks)]
    shared = [task for task in tasks if kept and all((task, arm) in enough for arm in kept)]
    left_out = {arm: _came_short(arm, have, wanted * len(tasks)) for arm in arms if arm not in kept}
    notes = [f"{arm.label(arms)} is left out: {why}" for arm, why in left_out.items()]
    notes.extend(_tasks_left_out(tasks, shared))
    cells = {}
    for task in shared:
        size = min(len(have[task, arm]) for arm in kept)
        notes.extend(_cut(task, kept, have, wanted, size, several=len(tasks) > 1))
        for place, arm in enumerate(kept):
            cells[task, arm] = _some(have[task, arm], size, (seed, tasks.index(task), place))
    return ResponseTable(
        cells=cells,
        tasks=tuple(shared),
        arms=tuple(kept),
        left_out=left_out,
        notes=tuple(notes),
    )


def _some(cell: Responses, size: int, seed: tuple[int, ...]) -> Responses:
    """Return a random part of the responses, in their order; all of them if there are no more."""
    if len(cell) <= size:
        return cell
    rng = np.random.default_rng([abs(part) for part in seed])
    return cell.part(sorted(rng.permutation(len(cell))[:size].tolist()))


def _came_short(arm: Arm, have: Mapping[tuple[str, Arm], Responses], wanted: int) -> str:
    came = sum(len(cell) for (_, other), cell in have.items() if other == arm)
    return f"{came or 'none'} of {wanted} responses arrived"


def _tasks_left_out(tasks: Sequence[str], shared: Sequence[str]) -> list[str]:
    if len(shared) in (0, len(tasks)):
        return []
    return [f"compared over the {len(shared)} of {len(tasks)} tasks that every arm answered"]


def _cut(
    task: str,
    arms: Sequence[Arm],
    have: Mapping[tuple[str, Arm], Responses],
    wanted: int,
    size: int,
    *,
    several: bool,
) -> list[str]:
    """Say which arms have too few, where others had to be cut down for them."""
    if size == wanted:
        return []
    short = [arm.label(arms) for arm in arms if len(have[task, arm]) == size]
    where = f" to {task[:40]!r}" if several else ""
    verb = "has" if len(short) == 1 else "have"
    return [
        f"{', '.join(short)} {verb} {size} of {wanted} responses{where}: all are compared at {size}"
    ]

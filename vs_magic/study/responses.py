"""The responses of each arm to each task, in equal numbers of whole units.

Each listed response counts once, as in the paper: twenty responses are twenty, whether they came
from twenty calls or from four lists of five. A unit is a list, or a conversation, or as many single
answers: whole units are compared, for the answers of one are alike. An arm that brought more than
was wanted gives its first; where an arm brought fewer (a failed call, a short list), all arms are
cut to as many whole units, for most measures of variety grow with the number of responses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

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
    units
        The number of the unit of each: its call, or its conversation; () where that is its call.
    size
        Responses of a whole unit, once they are put beside other arms' (see `equalise`).
    """

    task: str
    arm: Arm
    texts: tuple[str, ...]
    weights: tuple[float, ...]
    stated: tuple[float | None, ...]
    calls: tuple[int, ...]
    units: tuple[int, ...] = ()
    size: int = 1

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
            units=tuple(self.units[i] for i in chosen) if self.units else (),
        )

    @property
    def is_single(self) -> bool:
        """Whether each response is independent of the others: neither listed nor conversed."""
        return not (self.arm.method.lists or self.arm.method.converses)

    def dealt(self, size: int) -> list[list[int]]:
        """Return the positions of each whole unit of a size; single answers are dealt in turn."""
        if self.is_single:
            return [list(range(i, i + size)) for i in range(0, len(self) - size + 1, size)]
        found: dict[int, list[int]] = {}
        for place, unit in enumerate(self.units or self.calls):
            found.setdefault(unit, []).append(place)
        return [places[:size] for places in found.values() if len(places) >= size]


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
        units=tuple(call.request.call for call in distribution.calls for _ in call.candidates),
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


def equalise(every: Sequence[Responses], wanted: int) -> ResponseTable:
    """Put equal numbers of responses beside each other, in whole units.

    Parameters
    ----------
    every
        The responses of each arm to each task; none where there are none.
    wanted
        How many were wanted of each.

    Examples
    --------
    >>> from vs_magic.verbalized.method import Method
    >>> def some(method, n):
    ...     arm = Arm(method=method, model="m")
    ...     calls = tuple(1 + i // 5 for i in range(n))
    ...     made = {"weights": (1.0,) * n, "stated": (None,) * n, "calls": calls}
    ...     return Responses(task="t", arm=arm, texts=tuple("abcdefghij"[:n]), **made)
    >>> table = equalise([some(Method.DIRECT, 8), some(Method.SEQUENCE, 10)], wanted=10)
    >>> [len(cell) for cell in table.cells.values()]
    [5, 5]
    >>> table.notes[0]
    'direct has 8 of 10 responses: all are compared at 5, in units of 5'
    """
    tasks = tuple(dict.fromkeys(cell.task for cell in every))
    arms = tuple(dict.fromkeys(cell.arm for cell in every))
    have = {(cell.task, cell.arm): cell for cell in every}
    fewest = max(2, round(FEWEST_SHARE * wanted))
    enough = {place for place, cell in have.items() if len(cell) >= fewest}
    kept = [arm for arm in arms if 2 * sum((t, arm) in enough for t in tasks) >= len(tasks)]
    shared = [task for task in tasks if kept and all((task, arm) in enough for arm in kept)]
    left_out = {arm: _came_short(arm, have, wanted * len(tasks)) for arm in arms if arm not in kept}
    notes = [f"{arm.label(arms)} is left out: {why}" for arm, why in left_out.items()]
    notes.extend(_tasks_left_out(tasks, shared))
    cells = {}
    for task in shared:
        beside = [have[task, arm] for arm in kept]
        cut = _in_whole_units(beside, wanted)
        notes.extend(_cut(beside, cut, kept, wanted, several=len(tasks) > 1))
        cells.update({(task, cell.arm): cell for cell in cut})
    return ResponseTable(
        cells=cells,
        tasks=tuple(shared),
        arms=tuple(kept),
        left_out=left_out,
        notes=tuple(dict.fromkeys(notes)),
    )


def _in_whole_units(cells: Sequence[Responses], wanted: int) -> list[Responses]:
    """Return the first whole units of each, as many responses of all."""
    sizes = [_usual_size(cell) for cell in cells]
    alike = {size for cell, size in zip(cells, sizes, strict=True) if not cell.is_single}
    # Methods that differ in k have units of their own sizes; else all have the smallest.
    if len({cell.arm.at for cell in cells}) == 1 and alike:
        sizes = [min(alike)] * len(cells)
    elif alike:
        block = min(alike)
        sizes = [block if cell.is_single else s for cell, s in zip(cells, sizes, strict=True)]
    whole = [
        [place for unit in cell.dealt(1 if cell.is_single else size) for place in unit]
        for cell, size in zip(cells, sizes, strict=True)
    ]
    count = min(wanted, *map(len, whole))
    step = max(sizes) if len(set(sizes)) == 1 else 1
    count = count // step * step or count
    return [
        replace(cell.part(places[:count]), size=min(size, count))
        for cell, places, size in zip(cells, whole, sizes, strict=True)
    ]


def _usual_size(cell: Responses) -> int:
    """Return how many responses most of an arm's units have; of two sizes, the larger."""
    if cell.is_single:
        return 1
    sizes = Counter(Counter(cell.units or cell.calls).values())
    return max(sizes, key=lambda size: (sizes[size], size))


def _came_short(arm: Arm, have: Mapping[tuple[str, Arm], Responses], wanted: int) -> str:
    came = sum(len(cell) for (_, other), cell in have.items() if other == arm)
    return f"{came or 'none'} of {wanted} responses arrived"


def _tasks_left_out(tasks: Sequence[str], shared: Sequence[str]) -> list[str]:
    if len(shared) in (0, len(tasks)):
        return []
    return [f"compared over the {len(shared)} of {len(tasks)} tasks that every arm answered"]


def _cut(
    came: Sequence[Responses],
    cut: Sequence[Responses],
    arms: Sequence[Arm],
    wanted: int,
    *,
    several: bool,
) -> list[str]:
    """Say which arms have too few, or what whole units leave out."""
    count, size = len(cut[0]), cut[0].size
    if count == wanted:
        return []
    where = f" to {cut[0].task[:40]!r}" if several else ""
    units = f", in units of {size}" if size > 1 else ""
    fewest = min(map(len, came))
    if fewest >= wanted:
        return [f"{count} of {wanted} responses{where} are compared{units}"]
    short = [cell.arm.label(arms) for cell in came if len(cell) == fewest]
    verb = "has" if len(short) == 1 else "have"
    have = f"{', '.join(short)} {verb} {fewest} of {wanted} responses{where}"
    return [f"{have}: all are compared at {count}{units}"]

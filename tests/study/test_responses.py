"""Equal numbers: every arm is compared at as many responses, and who has too few is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_magic.study.arms import Arm
from vs_magic.study.responses import Responses, equalise
from vs_magic.verbalized.method import Method

METHODS = list(Method)


def cell(method: Method, n: int, task: str = "t") -> Responses:
    """Make n different responses of an arm."""
    return Responses(
        task=task,
        arm=Arm(method=method, model="m"),
        texts=tuple(f"{method} {i}" for i in range(n)),
        weights=(1 / max(n, 1),) * n,
        stated=(None,) * n,
        calls=tuple(range(1, n + 1)),
    )


@given(st.lists(st.integers(0, 40), min_size=1, max_size=7), st.integers(2, 30))
def test_all_arms_have_as_many_responses(sizes, wanted):
    """Whatever arrived: no arm has more than another, nor more than was wanted."""
    every = [cell(method, n) for method, n in zip(METHODS, sizes, strict=False)]
    table = equalise(every, wanted)
    lengths = {len(found) for found in table.cells.values()}
    assert len(lengths) <= 1
    assert all(2 <= length <= wanted for length in lengths)
    assert set(table.arms) | set(table.left_out) == {found.arm for found in every}
    for found in table.cells.values():
        whole = next(c for c in every if c.arm == found.arm)
        places = [whole.texts.index(text) for text in found.texts]
        assert places == sorted(places)


def test_surplus_responses_are_not_counted():
    """A list longer than asked for gives its first ones."""
    table = equalise([cell(Method.DIRECT, 10), cell(Method.SEQUENCE, 13)], 10)
    assert table.of(table.arms[1])[0].texts == tuple(f"sequence {i}" for i in range(10))
    assert table.notes == ()


def test_an_arm_with_few_does_not_pull_the_others_down():
    """Less than a quarter: it is left out, and named with what it has."""
    table = equalise([cell(Method.DIRECT, 20), cell(Method.COT, 20), cell(Method.SEQUENCE, 4)], 20)
    assert [str(arm.method) for arm in table.arms] == ["direct", "cot"]
    assert all(len(found) == 20 for found in table.cells.values())
    assert table.notes == ("sequence is left out: 4 of 20 responses arrived",)


def test_a_task_that_an_arm_did_not_answer_is_left_out_for_all():
    """Means are over the same tasks for every arm."""
    every = [
        *(cell(Method.DIRECT, 10, task) for task in "abc"),
        *(cell(Method.SEQUENCE, n, task) for n, task in ((10, "a"), (0, "b"), (10, "c"))),
    ]
    table = equalise(every, 10)
    assert table.tasks == ("a", "c")
    assert "compared over the 2 of 3 tasks that every arm answered" in table.notes


def lists(method: Method, sizes: list[int]) -> Responses:
    """Make an arm of lists of these sizes."""
    calls = tuple(call for call, size in enumerate(sizes, start=1) for _ in range(size))
    return replace(cell(method, len(calls)), calls=calls)


@pytest.mark.parametrize(
    ("sizes", "compared", "kept"),
    [
        ([5, 5, 5, 5, 5, 5], 30, [1, 2, 3, 4, 5, 6]),
        ([5, 5, 2, 5, 5, 5], 25, [1, 2, 4, 5, 6]),  # one was cut off
        ([4, 4, 4, 4, 4, 4], 24, [1, 2, 3, 4, 5, 6]),  # it never gives five
        ([5, 6, 5, 5, 7, 5], 30, [1, 2, 3, 4, 5, 6]),  # more than asked for
        ([5, 5, 5, 5, 5], 25, [1, 2, 3, 4, 5]),  # a call failed
    ],
)
def test_whole_lists_are_compared(sizes: list[int], compared: int, kept: list[int]):
    """Never a part of a list: a short one is left out, and the others are cut to as many units."""
    table = equalise([cell(Method.DIRECT, 30), lists(Method.SEQUENCE, sizes)], 30)
    direct, sequence = (table.of(arm)[0] for arm in table.arms)
    assert len(direct) == len(sequence) == compared
    assert list(dict.fromkeys(sequence.calls)) == kept
    assert len(sequence.dealt(sequence.size)) == len(direct.dealt(direct.size)) == len(kept)
    assert direct.size == sequence.size == compared // len(kept)
    assert bool(table.notes) == (compared < 30)


def test_a_last_list_that_is_shorter_is_left_out():
    """Twelve of k = 5 are two lists and two answers more: ten are compared, and it is said."""
    table = equalise([cell(Method.DIRECT, 12), lists(Method.SEQUENCE, [5, 5, 2])], 12)
    assert [len(found) for found in table.cells.values()] == [10, 10]
    assert table.notes == ("10 of 12 responses are compared, in units of 5",)

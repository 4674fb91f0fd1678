"""Equal numbers: every arm is compared at as many responses, and who has too few is left out."""

from __future__ import annotations

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


@given(st.lists(st.integers(0, 40), min_size=1, max_size=7), st.integers(2, 30), st.integers(0, 9))
def test_all_arms_have_as_many_responses(sizes, wanted, seed):
    """Whatever arrived: no arm has more than another, nor more than was wanted."""
    every = [cell(method, n) for method, n in zip(METHODS, sizes, strict=False)]
    table = equalise(every, wanted, seed)
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


@pytest.mark.parametrize("seed", [1, 2])
def test_the_part_is_seeded(seed):
    """The same seed compares the same responses."""
    every = [cell(Method.DIRECT, 30), cell(Method.SEQUENCE, 12)]
    one, other = equalise(every, 30, seed), equalise(every, 30, seed)
    assert one.cells == other.cells
    assert one.cells != equalise(every, 30, seed + 10).cells

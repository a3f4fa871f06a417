import math
from typing import Any

import pytest

from diagnostics import History
from diagnostics.tiny_subset import PASSED, Rows, course, learnable, too_high, too_low
from tests.diagnostics.histories import BASELINE, NOT_LEARNED, creeping, thrown_about, watched


def own(losses: list[float | None], accuracy: float | None = None, base: float = 1.0) -> Rows:
    start = {
        "tiny_baseline": base,
        "tiny_own_loss": losses,
        "tiny_own_accuracy": accuracy,
    }
    found = course(watched([], start=start), "own")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("last", "accuracy", "passed"),
    [
        (PASSED * 0.99, 1.0, True),
        (PASSED * 0.99, None, True),  # values have no accuracy
        (PASSED, 1.0, False),
        (PASSED * 0.99, 0.95, False),
        (0.0, 1.0, True),
    ],
)
def test_learned_by_heart_is_a_low_loss_and_every_label(
    last: float, accuracy: float | None, passed: bool
) -> None:
    assert own([2.0, last], accuracy).passed == passed


def test_what_is_left_is_a_share_of_the_baseline() -> None:
    rows = own([8.0, 3.0], base=4.0)
    assert rows.ended == 0.75
    assert rows.losses == (8.0, 3.0)


def test_the_rise_is_from_the_lowest_point_before() -> None:
    assert own([4.0, 2.0, 3.0, 1.0, 1.5]).rise == 1.0
    assert own([4.0, 2.0, 1.0]).rise == 0.0
    assert own([4.0, None, 2.0, 2.5]).rise == 0.5


@pytest.mark.parametrize(
    ("losses", "ran_away", "crept"),
    [
        ([2.0, 1.9, 1.8], False, True),
        ([2.0, 1.99, 1.985], False, True),
        ([2.0, 2.0, 2.0], False, False),  # stands
        ([2.0, 0.1], False, False),  # there
        ([2.0, 1.0, 1.2], True, False),  # up and down
        ([2.0, 3.0], True, False),
        ([2.0, None], True, False),
    ],
)
def test_the_course_creeps_or_runs_away(
    losses: list[float | None], ran_away: bool, crept: bool
) -> None:
    rows = own(losses)
    assert (rows.ran_away, rows.crept) == (ran_away, crept)


@pytest.mark.parametrize(
    "start", [{"tiny_own_loss": None}, {"tiny_baseline": None}, {"tiny_baseline": 0.0}]
)
def test_no_course_where_nothing_was_recorded(start: dict[str, Any]) -> None:
    assert course(watched([], start=start), "own") is None
    assert course(History(), "own") is None


def test_too_low_and_too_high_exclude_each_other() -> None:
    assert (too_low(creeping()), too_high(creeping())) == (True, False)
    assert (too_low(thrown_about()), too_high(thrown_about())) == (False, True)
    assert (too_low(watched([])), too_high(watched([]))) == (False, False)


@pytest.mark.parametrize(
    "start",
    [
        {"tiny_higher_loss": [2.4, 2.39]},  # ten times the lr is no better
        {"tiny_higher_loss": None},
        {"tiny_higher_loss": [2.4, None]},
        NOT_LEARNED,  # nobody learns these rows
    ],
)
def test_too_low_needs_a_higher_lr_that_gets_further(start: dict[str, Any]) -> None:
    assert not too_low(creeping(**start))


@pytest.mark.parametrize(
    "start",
    [
        {"tiny_lower_loss": [2.4, None]},
        {"tiny_lower_loss": [2.4, 13.0]},
        {"tiny_lower_loss": None},
        {"tiny_own_loss": [2.4, 2.3, 2.2]},  # it creeps
        NOT_LEARNED,
    ],
)
def test_too_high_needs_a_lower_lr_that_gets_further(start: dict[str, Any]) -> None:
    assert not too_high(thrown_about(**start))


def test_learnable_is_by_both() -> None:
    assert learnable(watched([]))
    assert learnable(watched([], start={"tiny_reference_loss": None}))
    assert not learnable(watched([], start={"tiny_own_loss": None}))
    assert not learnable(watched([], start=NOT_LEARNED))
    late = {"tiny_own_loss": [2.4, PASSED * BASELINE]}
    assert not learnable(watched([], start=late))


def test_a_course_that_was_lost_ended_nowhere() -> None:
    rows = own([2.0, None], accuracy=1.0)
    assert math.isnan(rows.ended)
    assert not rows.passed

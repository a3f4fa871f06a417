"""Which trials are drawn where there are too many."""

from dataclasses import replace

import pytest

from service.dashboard.figures.scene import Point
from service.dashboard.figures.telling import telling

MOST = 120


def points(number: int) -> list[Point]:
    return [Point(n + 1, n, "complete", {}, (n * 37 % 101) / 101, 5) for n in range(number)]


def test_pruned_trials_do_not_push_the_best_out() -> None:
    complete = points(90)
    pruned = [replace(p, trial=p.trial + 100, number=p.number + 100) for p in points(200)]
    pruned = [replace(p, state="pruned", value=2.0) for p in pruned]
    told = telling([*complete, *pruned], MOST, maximize=True)
    assert max(complete, key=lambda p: p.value or 0) in told


@pytest.mark.parametrize("number", [121, 150, 511, 4000])
def test_all_room_for_curves_is_used(number: int) -> None:
    assert len(telling(points(number), MOST, maximize=True)) == MOST

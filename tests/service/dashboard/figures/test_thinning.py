"""Of a crowd the eye sees the best of each spot, and the same ones after an update."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dashboard.figures import thinning
from service.dashboard.figures.scene import Point

SHARES = st.lists(st.tuples(st.floats(-2, 3), st.floats(-2, 3)), min_size=1, max_size=60)


def at(number: int, value: float | None, state: str = "complete") -> Point:
    return Point(number, number, state, {}, value)


def seen(points: list[Point], places: list[tuple[float, float]], most: int) -> list[int]:
    u, v = np.array(places, dtype=float).T
    return thinning.visible(points, u, v, maximize=True, most=most).tolist()


def random(size: int, **facts: Any) -> tuple[list[Point], list[tuple[float, float]]]:
    draw = np.random.default_rng(0)
    points = [at(i, float(draw.uniform()), **facts) for i in range(size)]
    return points, [tuple(draw.uniform(0, 1, 2)) for _ in points]


def test_few_points_all_stay() -> None:
    points, places = random(20)
    assert seen(points, places, most=20) == list(range(20))


@given(places=SHARES, most=st.integers(1, 40))
def test_no_more_are_drawn_than_asked_and_the_kept_ones(
    places: list[tuple[float, float]], most: int
) -> None:
    points = [at(i, i % 7 / 7) for i in range(len(places))]
    drawn = seen(points, places, most)
    assert len(drawn) <= max(most, 1) + thinning.NEWEST + 1
    assert drawn == sorted(set(drawn))


def test_the_best_of_each_spot_stays() -> None:
    points = [at(0, 0.5), at(1, 0.9), at(2, 0.7), *(at(i, 0.1) for i in range(3, 30))]
    places = [(0.2, 0.2)] * 3 + [(0.8, 0.8)] * 27
    assert seen(points, places, most=2)[:2] == [1, 3]


def test_an_infeasible_trial_is_not_hidden_by_a_good_one() -> None:
    points = [at(0, None, "infeasible"), *(at(i, 0.9) for i in range(1, 40))]
    assert 0 in seen(points, [(0.5, 0.5)] * 40, most=5)


def test_the_best_and_the_newest_are_always_there() -> None:
    points, places = random(2000)
    points[700] = at(700, 2.0)
    drawn = seen(points, places, most=50)
    assert 700 in drawn
    assert set(range(2000 - thinning.NEWEST, 2000)) <= set(drawn)


def test_one_more_trial_changes_little() -> None:
    points, places = random(3001)
    before = set(seen(points[:-1], places[:-1], most=300))
    after = set(seen(points, places, most=300))
    assert len(before ^ after) <= 4


@pytest.mark.parametrize(("low", "high"), [(96.0, 98.0), (0.0, 0.0), (-3.0, 1e9), (1e-9, 2e-9)])
def test_a_steady_range_holds_what_is_drawn(low: float, high: float) -> None:
    ends = thinning.steady(np.array([low, high]), low, high)
    assert (ends >= 0).all()
    assert (ends <= 1).all()
    assert high == low or ends[1] - ends[0] >= 0.25

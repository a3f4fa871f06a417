"""Lower is better after the turn, and what is missing is worst."""

import math

import pytest

from service.search.direction import Direction, as_loss, from_loss


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_missing_is_worst(value: float | None, direction: Direction) -> None:
    assert as_loss(value, direction) == math.inf
    assert from_loss(math.inf, direction) is None


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_round_trip(direction: Direction) -> None:
    assert from_loss(as_loss(0.25, direction), direction) == 0.25


def test_a_higher_accuracy_is_a_lower_loss() -> None:
    assert as_loss(0.9, "maximize") < as_loss(0.8, "maximize")

"""Warm processes: who trains what, and what happens when one dies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.fusion.cases import CASES, Point
from bench.fusion.lanes import Lanes
from bench.fusion.rivals import Tuned

CASE = CASES["digits"].shortened(trials=5, epochs=2)
GOOD, IDLE = Point(lr=0.1, weight_decay=0.0), Point(lr=1e-9, weight_decay=0.0)


@pytest.fixture(scope="module")
def lanes() -> Iterator[Lanes]:
    with Lanes(CASE, Path("nowhere"), 2, 1) as opened:
        yield opened


def test_accuracies_are_in_the_order_of_the_points(lanes: Lanes) -> None:
    assert len(lanes) == 2
    assert lanes.threads == 1
    points = [IDLE, GOOD, GOOD, IDLE, IDLE]
    trained = lanes.train(Tuned("fused"), points)
    assert [accuracy > 0.6 for accuracy in trained.accuracies] == [p is GOOD for p in points]
    assert trained.seconds > 0


def test_a_process_that_dies_is_noticed(lanes: Lanes) -> None:
    with Lanes(CASE, Path("nowhere"), 1, 1) as own:
        own._processes[0].kill()
        own._processes[0].join()
        with pytest.raises((EOFError, OSError)):
            own.train(Tuned("fused"), [GOOD])
    assert not own._processes[0].is_alive()

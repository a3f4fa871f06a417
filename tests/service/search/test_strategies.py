"""What holds for every strategy, whatever its method."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.search import STRATEGIES, Observed, Strategy
from trainer.recipe import Point, Space
from trainer.recipe.space import SPACE

EVERY = STRATEGIES.names()
STATELESS = tuple(name for name in EVERY if not STRATEGIES.load(name).needs_history)
CONTINUOUS = SPACE.validate_python(
    {
        "optimizer.lr": {"log_uniform": [1e-4, 1.0], "points": 40},
        "optimizer.momentum": {"uniform": [0.0, 0.99], "points": 50},
    }
)
MIXED = SPACE.validate_python(
    {
        "model.hidden": {"choice": [[64], [64, 64], []]},
        "optimizer.lr": {"log_uniform": [1e-4, 1.0], "points": 4},
        "epochs": {"int": [3, 7]},
        "batch_size": {"log_int": [16, 256], "points": 3},
        "schedule": {"choice": ["constant", {"name": "step", "factor": 0.5}]},
        "optimizer.weight_decay": {"values": [0.0, 1e-4, 1e-2]},
    }
)


def build(name: str, **settings: Any) -> Strategy:
    strategy: Strategy = STRATEGIES.load(name)(**settings)
    return strategy


def history(strategy: Strategy, space: Space, count: int) -> list[Observed]:
    """Trials of every state; the objective is the trial's number."""
    states = ("complete", "pruned", "infeasible", "failed", "cancelled", "running", "waiting")
    points = strategy.propose(space, range(count), [], "minimize")
    return [
        Observed(i, point, float(i) if i % 7 < 2 else None, states[i % 7])
        for i, point in enumerate(points)
    ]


def inside(space: Space, point: Point) -> bool:
    for path, value in point.items():
        given_as = space[path].document()
        kind, bounds = next(iter(given_as.items()))
        if kind in ("choice", "values"):
            assert value in bounds
        else:
            assert bounds[0] <= value <= bounds[1]
            assert type(value) is (int if "int" in kind else float)
    return True


@pytest.mark.parametrize("name", EVERY)
def test_points_are_inside_and_plain_json(name: str) -> None:
    strategy = build(name)
    strategy.check(MIXED)
    observed = history(strategy, MIXED, 40)
    points = strategy.propose(MIXED, range(40, 48), observed, "maximize")
    assert len(points) == 8
    for point in points:
        assert list(point) == list(MIXED)
        assert inside(MIXED, point)
        assert json.loads(json.dumps(point)) == point


@pytest.mark.parametrize("name", EVERY)
def test_points_of_a_continuous_space_are_distinct(name: str) -> None:
    strategy = build(name)
    points = strategy.propose(CONTINUOUS, range(300), [], "minimize")
    assert len({tuple(point.values()) for point in points}) == 300


@pytest.mark.parametrize("name", EVERY)
def test_same_question_same_points(name: str) -> None:
    strategy = build(name, seed=5)
    observed = history(strategy, MIXED, 40)
    first = strategy.propose(MIXED, [40, 41, 42], observed, "maximize")
    assert build(name, seed=5).propose(MIXED, [40, 41, 42], observed, "maximize") == first


@pytest.mark.parametrize("name", [name for name in EVERY if name != "grid"])
def test_another_seed_gives_other_points(name: str) -> None:
    points = [build(name, seed=s).propose(CONTINUOUS, [3], [], "minimize")[0] for s in range(20)]
    assert len({tuple(point.values()) for point in points}) == 20


@pytest.mark.parametrize("name", EVERY)
def test_no_ordinals_no_points(name: str) -> None:
    assert build(name).propose(MIXED, [], [], "minimize") == []


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_space_has_one_point(name: str) -> None:
    assert build(name).propose({}, [0], [], "minimize") == [{}]


@pytest.mark.parametrize("name", EVERY)
def test_size_bounds_the_ordinals(name: str) -> None:
    size = build(name).size(MIXED)
    assert size == (3 * 4 * 5 * 3 * 2 * 3 if name == "grid" else None)


@given(
    name=st.sampled_from(STATELESS),
    ordinals=st.lists(st.integers(0, 500), max_size=12),
    seed=st.integers(0, 2**31 - 1),
)
@settings(max_examples=60, deadline=None)
def test_order_and_batches_do_not_matter(name: str, ordinals: list[int], seed: int) -> None:
    strategy = build(name, seed=seed)
    together = strategy.propose(CONTINUOUS, ordinals, [], "minimize")
    observed = [Observed(None, together[0], 1.0, "complete")] if together else []
    alone = [strategy.propose(CONTINUOUS, [i], observed, "maximize")[0] for i in ordinals]
    assert together == alone

"""The grid is the one of `grid_points`, point by point, and is never built as a whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.search import SearchError
from service.search.strategies.grid import Grid
from trainer.recipe import grid_points
from trainer.recipe.space import SPACE


@given(st.lists(st.integers(1, 4), max_size=4))
def test_order_is_that_of_grid_points(lengths: list[int]) -> None:
    space = SPACE.validate_python(
        {f"path{i}": {"values": list(range(n))} for i, n in enumerate(lengths)}
    )
    size = Grid().size(space)
    assert size is not None
    assert Grid().propose(space, range(size), [], "minimize") == grid_points(space)
    with pytest.raises(SearchError, match=f"has only {size} points"):
        Grid().propose(space, [size], [], "minimize")


def test_a_huge_grid_is_not_built() -> None:
    space = SPACE.validate_python({f"path{i}": {"values": list(range(1000))} for i in range(3)})
    assert Grid().size(space) == 10**9
    [last] = Grid().propose(space, [10**9 - 2], [], "minimize")
    assert last == {"path0": 999, "path1": 999, "path2": 998}


def test_log_points_are_spaced_by_ratio() -> None:
    space = SPACE.validate_python({"optimizer.lr": {"log_uniform": [1e-3, 1.0], "points": 4}})
    points = Grid().propose(space, range(4), [], "minimize")
    assert [p["optimizer.lr"] for p in points] == pytest.approx([1e-3, 1e-2, 1e-1, 1.0])


def test_a_continuous_range_needs_points() -> None:
    space = SPACE.validate_python({"optimizer.lr": {"log_uniform": [1e-3, 1.0]}})
    with pytest.raises(SearchError, match="needs `points`") as refused:
        Grid().check(space)
    assert refused.value.field == "space.optimizer.lr"
    assert refused.value.value == {"log_uniform": [1e-3, 1.0]}
    with pytest.raises(SearchError):
        Grid().size(space)


def test_a_vast_range_of_integers_needs_points() -> None:
    vast = SPACE.validate_python({"seed": {"int": [0, 10**9]}})
    with pytest.raises(SearchError, match="a grid over 1000000001 numbers needs `points`"):
        Grid().check(vast)
    thinned = SPACE.validate_python({"seed": {"int": [0, 10**9], "points": 11}})
    assert Grid().size(thinned) == 11

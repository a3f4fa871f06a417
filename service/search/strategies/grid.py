"""Every combination of the listed values, each once."""

from collections.abc import Sequence
from math import prod
from typing import Any, Literal

from service.search.direction import Direction
from service.search.strategy import Observed, SearchError, Strategy
from trainer.recipe import Distribution, Point, Space
from trainer.recipe.space import Int

MOST_VALUES = 100_000  # of one path: as many as `points` and a list of values may have


class Grid(Strategy):
    """In the order of the space, the last path changing fastest; `seed` has no effect."""

    name: Literal["grid"] = "grid"

    def size(self, space: Space) -> int | None:
        return prod(len(values) for values in _columns(space).values())

    def check(self, space: Space) -> None:
        _columns(space)

    def propose(
        self,
        space: Space,
        ordinals: Sequence[int],
        observed: Sequence[Observed],
        direction: Direction,
    ) -> list[Point]:
        columns = _columns(space)
        return [_combination(columns, ordinal) for ordinal in ordinals]


def _columns(space: Space) -> dict[str, list[Any]]:
    return {path: _values(path, distribution) for path, distribution in space.items()}


def _values(path: str, distribution: Distribution) -> list[Any]:
    field, document = f"space.{path}", distribution.document()
    if isinstance(distribution, Int) and distribution.points is None:
        whole = distribution.high - distribution.low + 1
        if whole > MOST_VALUES:
            raise SearchError(field, document, f"a grid over {whole} numbers needs `points`")
    try:
        return distribution.grid()
    except ValueError as error:
        raise SearchError(field, document, str(error)) from error


def _combination(columns: dict[str, list[Any]], ordinal: int) -> Point:
    """The ordinal's digits in the mixed radix of the columns' lengths; no grid is built."""
    point, left = {}, ordinal
    for path, values in reversed(columns.items()):
        left, digit = divmod(left, len(values))
        point[path] = values[digit]
    if left:
        size = prod(len(values) for values in columns.values())
        raise SearchError("trials", ordinal + 1, f"the grid has only {size} points")
    return {path: point[path] for path in columns}

"""What figures draw from: typed facts of a study or a trial, without rows."""

from dataclasses import dataclass
from typing import Any

from diagnostics import History
from service.dashboard import words
from trainer.recipe import Space
from trainer.recipe.space import Listed, Range

LOG_RATIO = 50.0  # listed values that span more than this are read better on a log axis


@dataclass(frozen=True)
class Axis:
    """A numeric path of the space. `low` and `high` bound what is searched."""

    path: str
    low: float
    high: float
    log: bool


@dataclass(frozen=True)
class Point:
    """One trial: `value` is its best objective so far, None where it has none."""

    trial: int
    number: int
    state: str
    params: dict[str, Any]
    value: float | None

    def says(self, path: str) -> str:
        """What it has at a path, with its name: lr 0.031."""
        return words.named(path, self.params.get(path))

    def at(self, axis: Axis) -> float | None:
        """The point's place on an axis; None where it has none there."""
        number = numeric(self.params.get(axis.path))
        return None if number is None or (axis.log and number <= 0) else number


@dataclass(frozen=True)
class StudyScene:
    """A study's trials in the order of their numbers; `left_out` older ones are not among them.

    `others` are searched paths that are no axes, since their values are no numbers.
    """

    metric: str
    maximize: bool
    axes: tuple[Axis, ...]
    points: tuple[Point, ...]
    left_out: int = 0
    others: tuple[str, ...] = ()

    def better(self, value: float, than: float | None) -> bool:
        """Whether an objective beats another."""
        return than is None or (value > than if self.maximize else value < than)


@dataclass(frozen=True)
class Level:
    """A named reference value: log C, what a model pays that knows nothing, in nat."""

    name: str
    value: float


@dataclass(frozen=True)
class TrialScene:
    """A trial's history; `uninformed` is the loss of a model that knows nothing."""

    history: History
    epochs: int
    ended: bool
    uninformed: Level | None = None
    best_epoch: int | None = None


def numeric(value: Any) -> float | None:
    """A number that can be drawn, as it is; None for anything else, truth values included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = words.tame(value)
    return None if number is None else float(number)


def axes_of(space: Space) -> tuple[Axis, ...]:
    """The numeric paths of a space: lr and weight decay first, then in the space's order."""
    found = (_axis(path, space[path]) for path in words.in_order(space))
    return tuple(axis for axis in found if axis is not None)


def _axis(path: str, distribution: object) -> Axis | None:
    if isinstance(distribution, Range):
        return Axis(path, float(distribution.low), float(distribution.high), distribution.log)
    if not isinstance(distribution, Listed):
        return None
    numbers = [numeric(value) for value in distribution.values]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return None
    low, high = min(known), max(known)
    return Axis(path, low, high, low > 0 and high / low >= LOG_RATIO)

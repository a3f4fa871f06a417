"""What figures draw from: typed facts of a study or a trial, without rows."""

from dataclasses import dataclass, replace
from typing import Any

from diagnostics import History
from service.dashboard import words
from service.dashboard.views import Mark
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
    """One trial: `value` is its best objective so far, None where it has none.

    `epochs` is how many it has trained. Where it stands for `seeds` of them, `value` is the mean.
    """

    trial: int
    number: int
    state: str
    params: dict[str, Any]
    value: float | None
    epochs: int = 0
    seeds: int = 1

    def says(self, path: str) -> str:
        """What it has at a path, with its name: lr 0.031."""
        return words.named(path, self.params.get(path))

    def with_params(self, params: dict[str, Any]) -> "Point":
        """The same trial with these."""
        return replace(self, params=params)

    def at(self, axis: Axis) -> float | None:
        """The point's place on an axis; None where it has none there."""
        number = numeric(self.params.get(axis.path))
        return None if number is None or (axis.log and number <= 0) else number


@dataclass(frozen=True)
class Curve:
    """A trial's learning curve; the tuples are of one length. Losses in nat."""

    point: Point
    epochs: tuple[int, ...]
    train_loss: tuple[float | None, ...]
    val_loss: tuple[float | None, ...]
    value: tuple[float | None, ...]


@dataclass(frozen=True)
class Rung:
    """What the stopping rule did at an epoch; `threshold` is the last one it compared with."""

    epoch: int
    kept: int
    stopped: int
    threshold: float | None


@dataclass(frozen=True)
class Span:
    """One go at a trial: `start` and `end` in seconds since the study was submitted.

    `end` is None while it runs. `slots` is how many trials its lease can hold.
    """

    point: Point
    worker: str
    lease: int
    slots: int
    state: str
    start: float
    end: float | None


@dataclass(frozen=True)
class StudyScene:
    """A study's trials in the order of their numbers, all of them: a figure draws what it can show.

    `others` are searched paths that are no axes, since their values are no numbers. `curves`,
    `rungs` and `spans` are there for the figures that say so in `needs`: of a large study, some of
    the curves (the best, the newest and others spread over the rest) and the newest spans.
    `elapsed` is the time since it was submitted, s, until it ended. `stopping` is its rule's name.
    `importance` is path → share of the objective's variance, the largest first.
    """

    metric: str
    maximize: bool
    axes: tuple[Axis, ...]
    points: tuple[Point, ...]
    others: tuple[str, ...] = ()
    repeats: int = 1
    curves: tuple[Curve, ...] = ()
    rungs: tuple[Rung, ...] = ()
    spans: tuple[Span, ...] = ()
    elapsed: float = 0.0
    stopping: str = "none"
    importance: tuple[tuple[str, float], ...] = ()

    def with_points(self, points: tuple[Point, ...]) -> "StudyScene":
        """The same study with these trials only."""
        return replace(self, points=points)

    @property
    def noun(self) -> str:
        """What figures that rank count: points where each is trained with several seeds."""
        return "trial" if self.repeats == 1 else "point"

    def better(self, value: float, than: float | None) -> bool:
        """Whether an objective beats another."""
        return than is None or (value > than if self.maximize else value < than)


@dataclass(frozen=True)
class Level:
    """A named reference value: log C, what a model pays that knows nothing, in nat."""

    name: str
    value: float


@dataclass(frozen=True)
class Marked:
    """A verdict that worries; what it saw began at `epoch`."""

    check: str
    mark: Mark
    summary: str
    epoch: int


@dataclass(frozen=True)
class Shape:
    """What people call a curve of this shape; it shows at `epoch`, None where it is all of it."""

    name: str
    epoch: int | None = None


@dataclass(frozen=True)
class Confusion:
    """Samples by true class (rows) and predicted class. `labels` name the classes."""

    counts: tuple[tuple[int, ...], ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class TrialScene:
    """A trial's history; `uninformed` is the loss of a model that knows nothing.

    `shapes` are names of its learning curve, `gap` the epoch from which it overfits.
    """

    history: History
    epochs: int
    ended: bool
    uninformed: Level | None = None
    best_epoch: int | None = None
    marks: tuple[Marked, ...] = ()
    shapes: tuple[Shape, ...] = ()
    gap: int | None = None
    confusion: Confusion | None = None


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

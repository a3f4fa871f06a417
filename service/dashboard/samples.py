"""The points that a search would try first, as the preview of a study that is being written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pydantic import TypeAdapter, ValidationError

from service.dashboard import words
from service.search import AnyStrategy, SearchError, Strategy
from service.search.strategies.random import Random
from service.study import DEFAULT_TRIALS, MOST_PATHS
from trainer.recipe import Distribution, Point, Space, parse_distribution

MOST_POINTS = 64  # drawn on one axis
MOST_COUNTED = 5000  # points of a grid whose values are collected
STARTUP = 10  # random points, where a strategy does not say how many

_STRATEGY: TypeAdapter[Strategy] = TypeAdapter(AnyStrategy)


@dataclass(frozen=True)
class Samples:
    """Values by path, each once for a grid, and in words what they are."""

    values: dict[str, list[Any]] = field(default_factory=dict)
    sentence: str = ""


def sampled(document: Mapping[str, Any]) -> Samples:
    """Of a document that may be wrong elsewhere; what cannot be read of its space is left out."""
    raw = document.get("space")
    space, strategy = _space(raw), _strategy(document.get("strategy"))
    trials = document.get("trials")
    wanted = trials if isinstance(trials, int) and trials >= 0 else None
    if not space or strategy is None:
        return Samples()
    try:
        found = _first(strategy, space, wanted)
    except SearchError:
        return Samples()
    return found if len(space) == len(raw or ()) else Samples(found.values)


def _first(strategy: Strategy, space: Space, wanted: int | None) -> Samples:
    """Raises SearchError."""
    size = strategy.size(space)
    if strategy.needs_history:
        return _starting(strategy, space, wanted)
    if size is not None:
        return _finite(strategy, space, size if wanted is None else min(wanted, size))
    return _endless(strategy, space, DEFAULT_TRIALS if wanted is None else wanted)


def _endless(strategy: Strategy, space: Space, trials: int) -> Samples:
    shown = min(trials, MOST_POINTS)
    every = "The" if shown == trials else "The first"
    sentence = f"{every} {words.counted(shown, 'point')} that {strategy.name} will try."
    return Samples(_by_path(space, _points(strategy, space, shown)), sentence)


def _finite(strategy: Strategy, space: Space, trials: int) -> Samples:
    points = _points(strategy, space, min(trials, MOST_COUNTED))
    values = {path: _once(column) for path, column in _by_path(space, points).items()}
    sentence = f"The values that the {strategy.name} will try, in {words.counted(trials, 'trial')}."
    return Samples(values, sentence)


def _starting(strategy: Strategy, space: Space, wanted: int | None) -> Samples:
    startup = min(getattr(strategy, "startup_trials", STARTUP), MOST_POINTS)
    shown = startup if wanted is None else min(startup, wanted)
    sentence = (
        f"{words.counted(shown, 'example')} of how {strategy.name} begins; it chooses the later "
        "points from what it has seen."
    )
    return Samples(_by_path(space, _points(Random(seed=strategy.seed), space, shown)), sentence)


def _points(strategy: Strategy, space: Space, count: int) -> list[Point]:
    return strategy.propose(space, range(count), [], "maximize")


def _by_path(space: Space, points: list[Point]) -> dict[str, list[Any]]:
    return {path: [point[path] for point in points] for path in space}


def _once(column: list[Any]) -> list[Any]:
    """Each value once, in the order in which they come; they may be lists and sections."""
    found: list[Any] = []
    seen = set()
    for value in column:
        if repr(value) not in seen:
            seen.add(repr(value))
            found.append(value)
    return found[:MOST_POINTS]


def _space(raw: Any) -> Space:
    if not isinstance(raw, Mapping):
        return {}
    found = {str(path): _distribution(each) for path, each in islice(raw.items(), MOST_PATHS)}
    return {path: each for path, each in found.items() if each is not None}


def _distribution(raw: Any) -> Distribution | None:
    try:
        return parse_distribution(raw)
    except ValueError:
        return None


def _strategy(raw: Any) -> Strategy | None:
    try:
        return _STRATEGY.validate_python({} if raw is None else raw)
    except ValidationError:
        return None

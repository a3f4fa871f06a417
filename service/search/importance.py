"""How much of the objective's variance each searched path explains by itself.

Functional ANOVA (Hutter, Hoos, Leyton-Brown, *An Efficient Approach for Assessing Hyperparameter
Importance*, 2014) as Optuna computes it, on the scale that is searched: Optuna itself weighs a log
range linearly, which leaves all but the highest decade out. What is left to 1 is what only
combinations of paths explain. Optuna is imported on first use, inside the functions.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from service.search.direction import Direction, as_loss
from service.search.replay import internal
from service.search.strategy import Observed
from trainer.recipe import Distribution, Point, Space
from trainer.recipe.space import Listed, Range

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study

FEWEST = 10  # complete trials, below which shares would be chance
MOST = 1000  # trials that are looked at: half a second
TREES, DEPTH = 32, 6  # the cost grows with the square of a tree's leaves; 64 tell enough
BULK = (2, 98)  # percentiles: one trial that blew up should not be all of the variance


@dataclass(frozen=True)
class Importance:
    """Path → share of the variance, the largest first; `trials` of them were looked at."""

    shares: tuple[tuple[str, float], ...] = ()
    trials: int = 0


def importance(space: Space, observed: Sequence[Observed], direction: Direction) -> Importance:
    """From the complete trials of this space; no shares where they are too few or all alike."""
    known = [
        (point, -as_loss(trial.value, direction))
        for trial in observed
        if trial.state == "complete" and (point := _point(space, trial.params)) is not None
    ]
    known = [pair for pair in known if math.isfinite(pair[1])]
    step = 1 << max(0, math.ceil(math.log2(max(1, len(known)) / MOST)))
    some = known[::step]
    values = np.clip([v for _, v in some], *np.percentile([v for _, v in some] or [0.0], BULK))
    if len(some) < FEWEST or not values.max() > values.min():
        return Importance(trials=len(some))
    values = (values - values.min()) / (values.max() - values.min())
    return Importance(_shares(space, [point for point, _ in some], values.tolist()), len(some))


def _shares(
    space: Space, points: Sequence[Point], values: Sequence[float]
) -> tuple[tuple[str, float], ...]:
    from optuna.importance import FanovaImportanceEvaluator

    evaluator = FanovaImportanceEvaluator(n_trees=TREES, max_depth=DEPTH, seed=0)
    study = _study(space, points, values)
    try:
        found = evaluator.evaluate(study)
    except RuntimeError:  # no tree has found anything to split
        return ()
    return tuple((path, float(np.clip(share, 0, 1))) for path, share in found.items())


def _study(space: Space, points: Sequence[Point], values: Sequence[float]) -> "Study":
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study()
    distributions = {path: _distribution(distribution) for path, distribution in space.items()}
    study.add_trials(
        optuna.trial.create_trial(params=point, distributions=distributions, value=value)
        for point, value in zip(points, values, strict=True)
    )
    return study


def _distribution(distribution: Distribution) -> "BaseDistribution":
    from optuna import distributions as optuna

    if isinstance(distribution, Listed):
        return optuna.CategoricalDistribution(range(len(distribution.values)))
    assert isinstance(distribution, Range)
    low, high = (_scaled(distribution, end) for end in (distribution.low, distribution.high))
    return optuna.FloatDistribution(low, high)


def _point(space: Space, params: Point) -> Point | None:
    """The point on the searched scale; None where it is no point of the space."""
    if params.keys() != space.keys():
        return None
    point = dict(_places(space, params))
    return None if None in point.values() else point


def _places(space: Space, params: Point) -> Iterator[tuple[str, Any]]:
    for path, distribution in space.items():
        inside = internal(distribution, params[path])
        whole = inside is None or isinstance(distribution, Listed)
        yield path, inside if whole else _scaled(distribution, inside)


def _scaled(distribution: Distribution, value: float) -> float:
    assert isinstance(distribution, Range)
    return math.log(value) if distribution.log else float(value)

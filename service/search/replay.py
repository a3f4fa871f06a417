"""An in-memory Optuna study made of our trials, for one question to one of Optuna's samplers.

Our tables are the truth; nothing outlives the question. Optuna is imported on first use, inside
the functions: nothing else needs it.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from service.search.direction import Direction, as_loss
from service.search.strategy import Observed
from trainer.recipe import Distribution, Point, Space
from trainer.recipe.space import Int, Listed, LogInt, Range

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.study import Study
    from optuna.trial import FrozenTrial

UNFINISHED = ("waiting", "running")  # both will be trained: their neighbours can wait
BROKEN = ("infeasible", "failed")


def ask(
    sampler: "BaseSampler",
    space: Space,
    observed: Sequence[Observed],
    direction: Direction,
    count: int,
) -> list[Point]:
    """`count` new points, each asked with those before it running."""
    study = _study(sampler, direction)
    distributions = {path: _distribution(dist) for path, dist in space.items()}
    study.add_trials(_replayed(space, distributions, observed, direction))
    asked = [study.ask(distributions).params for _ in range(count)]
    return [{path: _value(space[path], params[path]) for path in space} for params in asked]


def _study(sampler: "BaseSampler", direction: Direction) -> "Study":
    import optuna

    # Optuna's own logger only: it announces every new study.
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(sampler=sampler, direction=direction)


def _distribution(distribution: Distribution) -> "BaseDistribution":
    from optuna import distributions as optuna

    if isinstance(distribution, Listed):
        # By index, since Optuna takes no lists and no sections as choices.
        return optuna.CategoricalDistribution(range(len(distribution.values)))
    if isinstance(distribution, Int | LogInt):
        return optuna.IntDistribution(distribution.low, distribution.high, log=distribution.log)
    assert isinstance(distribution, Range)
    return optuna.FloatDistribution(distribution.low, distribution.high, log=distribution.log)


def _replayed(
    space: Space,
    distributions: "dict[str, BaseDistribution]",
    observed: Sequence[Observed],
    direction: Direction,
) -> "Iterator[FrozenTrial]":
    """Trials that say something about this space, in their order.

    Left out are cancelled ones and points that people enqueued outside the space (an lr above
    its range, another setting changed as well): they say nothing about a point inside.
    """
    from optuna.trial import create_trial

    for trial in observed:
        outcome = _outcome(trial, direction)
        params = _params(space, trial.params)
        if outcome is not None and params is not None:
            yield create_trial(params=params, distributions=distributions, **outcome)


def _outcome(trial: Observed, direction: Direction) -> dict[str, Any] | None:
    """State and value for Optuna; None where the trial is no evidence.

    Pruned trials are ranked by their best value, behind every complete one. Broken ones come
    behind both, as trials that violate a constraint: no value has to be invented for them. To
    leave them out is worse: the sampler goes on proposing the region that diverges, as
    `test_infeasible_regions_are_left` shows.
    """
    from optuna.trial import TrialState

    measured = as_loss(trial.value, direction) < float("inf")
    if trial.state in UNFINISHED:
        return {"state": TrialState.RUNNING}
    if trial.state == "complete" and measured:
        return {"state": TrialState.COMPLETE, "value": trial.value}
    if trial.state == "pruned" and measured:
        return {"state": TrialState.PRUNED, "intermediate_values": {0: trial.value}}
    if trial.state in (*BROKEN, "complete", "pruned"):
        return {"state": TrialState.PRUNED, "constraints": {"trained": 1.0}}
    return None


def _params(space: Space, point: Point) -> dict[str, Any] | None:
    """The point as Optuna writes it; None where it is no point of the space."""
    if point.keys() != space.keys():
        return None
    params = {path: internal(space[path], value) for path, value in point.items()}
    return None if None in params.values() else params


def internal(distribution: Distribution, value: Any) -> Any:
    """A value as Optuna writes it, a listed one by its index; None where it is not in the range."""
    if isinstance(distribution, Listed):
        return distribution.values.index(value) if value in distribution.values else None
    assert isinstance(distribution, Range)
    whole = isinstance(distribution, Int | LogInt)
    number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    return value if number and distribution.low <= value <= distribution.high else None


def _value(distribution: Distribution, param: Any) -> Any:
    return distribution.values[param] if isinstance(distribution, Listed) else param

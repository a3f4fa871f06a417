"""TPE learns: from good trials, from infeasible ones and from those still running."""

import math
import statistics
from collections.abc import Callable
from itertools import pairwise

import pytest

from service.search import Observed, Strategy
from service.search.strategies.random import Random
from service.search.strategies.tpe import Tpe
from trainer.recipe import Point
from trainer.recipe.space import SPACE

LR = SPACE.validate_python({"optimizer.lr": {"log_uniform": [1e-5, 10.0]}})
Objective = Callable[[Point], float | None]


def search(
    strategy: Strategy, objective: Objective, trials: int, *, broken: str = "infeasible"
) -> list[Observed]:
    """Trials in batches of 4; where the objective is None they end in the state `broken`."""
    seen: list[Observed] = []
    for start in range(0, trials, 4):
        ordinals = range(start, start + 4)
        points = strategy.propose(LR, ordinals, seen, "minimize")
        values = [objective(point) for point in points]
        seen += [
            Observed(i, point, value, broken if value is None else "complete")
            for i, point, value in zip(ordinals, points, values, strict=True)
        ]
    return seen


def best(seen: list[Observed]) -> float:
    return min(trial.value for trial in seen if trial.value is not None)


def bowl(point: Point) -> float:
    """Lowest at lr 0.01, quadratic in log10 lr."""
    return (math.log10(point["optimizer.lr"]) + 2) ** 2


def cliff(point: Point) -> float | None:
    """As `bowl`, and no training above lr 0.02."""
    return None if point["optimizer.lr"] > 0.02 else bowl(point)


def test_finds_the_optimum_better_than_random() -> None:
    ours = [best(search(Tpe(seed=s), bowl, 40)) for s in range(8)]
    random = [best(search(Random(seed=s), bowl, 40)) for s in range(8)]
    assert statistics.median(ours) < 0.2 * statistics.median(random)


def test_direction() -> None:
    seen = search(Tpe(), bowl, 40)
    turned = [Observed(t.ordinal, t.params, -(t.value or 0.0), t.state) for t in seen]
    ordinals = range(40, 44)
    down = Tpe().propose(LR, ordinals, seen, "minimize")
    assert Tpe().propose(LR, ordinals, turned, "maximize") == down
    assert Tpe().propose(LR, ordinals, seen, "maximize") != down


def test_infeasible_regions_are_left() -> None:
    """Told of infeasible trials it wastes far fewer than where they are kept from it."""

    def wasted(broken: str) -> int:
        runs = [search(Tpe(seed=s), cliff, 40, broken=broken) for s in range(5)]
        return sum(trial.value is None for run in runs for trial in run)

    assert wasted("infeasible") < 0.7 * wasted("cancelled")
    assert wasted("failed") == wasted("infeasible")


def test_infeasible_from_the_start_is_survived() -> None:
    seen = search(Tpe(), lambda point: None, 24)
    assert len({trial.params["optimizer.lr"] for trial in seen}) == 24


def median_gap(points: list[Point]) -> float:
    """Between neighbours on the log scale, in decades."""
    logs = sorted(math.log10(point["optimizer.lr"]) for point in points)
    return statistics.median(b - a for a, b in pairwise(logs))


def test_a_batch_is_spread() -> None:
    """Points asked at once keep their distance; the same asked one by one crowd together.

    Without the constant liar the ratio is about 1.
    """

    def ratio(seed: int) -> float:
        strategy, ordinals = Tpe(seed=seed), range(20, 32)
        seen = search(strategy, bowl, 20)
        together = strategy.propose(LR, ordinals, seen, "minimize")
        apart = [strategy.propose(LR, [i], seen, "minimize")[0] for i in ordinals]
        return median_gap(together) / median_gap(apart)

    assert statistics.median(ratio(seed) for seed in range(6)) > 4


@pytest.mark.parametrize("state", ["running", "waiting"])
def test_unfinished_trials_are_kept_away_from(state: str) -> None:
    """Where it would have gone, eight trials are on their way already: it goes elsewhere."""
    seen = search(Tpe(), bowl, 40)

    def moved(seed: int) -> float:
        def log_lr(observed: list[Observed]) -> float:
            [point] = Tpe(seed=seed).propose(LR, [60], observed, "minimize")
            return math.log10(point["optimizer.lr"])

        first = log_lr(seen)
        crowd = [
            Observed(40 + i, {"optimizer.lr": 10 ** (first + (i - 4) / 40)}, None, state)
            for i in range(8)
        ]
        return abs(log_lr(seen + crowd) - first)

    assert statistics.median(moved(seed) for seed in range(9)) > 1.0  # decades


def test_startup_trials_are_random() -> None:
    """Too few have ended: what was observed does not move the points."""
    seen = search(Tpe(), bowl, 8)
    ordinals = range(8, 12)
    careful = Tpe(startup_trials=9)
    assert careful.propose(LR, ordinals, seen, "minimize") == careful.propose(
        LR, ordinals, [], "minimize"
    )
    hasty = Tpe(startup_trials=8)
    assert hasty.propose(LR, ordinals, seen, "minimize") != hasty.propose(
        LR, ordinals, [], "minimize"
    )

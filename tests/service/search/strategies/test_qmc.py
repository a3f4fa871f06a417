"""Quasi-random points are scipy's scrambled Sobol sequence, by ordinal, and spread evenly."""

import numpy as np
import pytest
from scipy.stats import kstest, qmc

from service.search import SearchError
from service.search.strategies.qmc import MOST_PATHS, Qmc
from service.search.strategies.random import Random
from trainer.recipe import Space
from trainer.recipe.space import SPACE

UNIT = SPACE.validate_python({"a": {"uniform": [0.0, 1.0]}, "b": {"uniform": [0.0, 1.0]}})


def sample(strategy: Qmc | Random, ordinals: range, space: Space = UNIT) -> np.ndarray:
    points = strategy.propose(space, ordinals, [], "minimize")
    return np.array([list(point.values()) for point in points])


def test_points_are_the_sobol_sequence() -> None:
    whole = qmc.Sobol(2, scramble=True, rng=np.random.default_rng(7)).random(64)
    assert sample(Qmc(seed=7), range(64)) == pytest.approx(whole, abs=0)


def test_far_ordinals() -> None:
    sobol = qmc.Sobol(2, scramble=True, rng=np.random.default_rng(7))
    expected = sobol.fast_forward(1_000_000).random(3)
    assert sample(Qmc(seed=7), range(1_000_000, 1_000_003)) == pytest.approx(expected, abs=0)


def test_repeated_and_scattered_ordinals() -> None:
    whole = sample(Qmc(), range(64))
    wanted = [40, 3, 3, 4, 63, 0, 41]
    points = Qmc().propose(UNIT, wanted, [], "minimize")
    assert [list(point.values()) for point in points] == whole[wanted].tolist()


@pytest.mark.parametrize("seed", range(3))
def test_discrepancy_is_below_random(seed: int) -> None:
    spread = qmc.discrepancy(sample(Qmc(seed=seed), range(100)))
    assert spread < 0.2 * qmc.discrepancy(sample(Random(seed=seed), range(100)))


def test_log_scale_is_uniform_by_magnitude() -> None:
    space = SPACE.validate_python({"optimizer.lr": {"log_uniform": [1e-4, 1.0]}})
    lr = np.log10(sample(Qmc(), range(256), space)[:, 0])
    assert kstest(lr, "uniform", args=(-4, 4)).statistic < 1 / 128


def test_too_many_paths_are_refused() -> None:
    assert MOST_PATHS == qmc.Sobol.MAXDIM
    one = UNIT["a"]
    with pytest.raises(SearchError, match="at most 21201 paths") as refused:
        Qmc().check({f"path{i}": one for i in range(MOST_PATHS + 1)})
    assert (refused.value.field, refused.value.value) == ("space", MOST_PATHS + 1)


def test_past_the_end_of_the_sequence() -> None:
    with pytest.raises(SearchError, match="2\\^30 points"):
        Qmc().propose(UNIT, [2**30], [], "minimize")

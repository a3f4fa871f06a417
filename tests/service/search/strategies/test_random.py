"""Random search draws evenly: on a log scale by magnitude, and independently per path."""

import numpy as np
from scipy.stats import kstest, pearsonr

from service.search.strategies.random import Random
from trainer.recipe.space import SPACE

COUNT = 2_000
SPACE_ = SPACE.validate_python(
    {"optimizer.lr": {"log_uniform": [1e-4, 1.0]}, "model.dropout": {"uniform": [0.0, 0.5]}}
)


def columns(seed: int) -> tuple[np.ndarray, np.ndarray]:
    points = Random(seed=seed).propose(SPACE_, range(COUNT), [], "minimize")
    lr = np.log10([point["optimizer.lr"] for point in points])
    return lr, np.array([point["model.dropout"] for point in points])


def test_log_scale_is_uniform_by_magnitude() -> None:
    lr, _ = columns(seed=0)
    assert kstest(lr, "uniform", args=(-4, 4)).pvalue > 0.01


def test_linear_scale_is_uniform() -> None:
    _, dropout = columns(seed=0)
    assert kstest(dropout, "uniform", args=(0, 0.5)).pvalue > 0.01


def test_paths_and_neighbouring_ordinals_are_independent() -> None:
    lr, dropout = columns(seed=1)
    assert pearsonr(lr, dropout).pvalue > 0.01
    assert pearsonr(lr[:-1], lr[1:]).pvalue > 0.01


def test_neighbouring_seeds_are_independent() -> None:
    assert pearsonr(columns(seed=2)[0], columns(seed=3)[0]).pvalue > 0.01

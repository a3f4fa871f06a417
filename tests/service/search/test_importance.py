"""Which path explains the objective, on the scale that is searched."""

import math
from typing import Any

import numpy as np
import pytest

from service.search.importance import MOST, importance
from service.search.strategy import Observed
from trainer.recipe import Space
from trainer.recipe.space import SPACE

PLANE: Space = SPACE.validate_python(
    {
        "optimizer.lr": {"log_uniform": [1e-4, 1.0]},
        "model.dropout": {"uniform": [0.0, 0.5]},
        "model.activation": {"choice": ["relu", "tanh"]},
    }
)


def observed(trials: int, seed: int = 0) -> list[Observed]:
    """The objective is a parabola in log lr, with a little from the activation."""
    draw = np.random.default_rng(seed)
    found = []
    for i in range(trials):
        params: dict[str, Any] = {
            "optimizer.lr": float(10 ** draw.uniform(-4, 0)),
            "model.dropout": float(draw.uniform(0, 0.5)),
            "model.activation": ["relu", "tanh"][int(draw.integers(2))],
        }
        value = -((math.log10(params["optimizer.lr"]) + 2) ** 2)
        value += 0.6 * (params["model.activation"] == "relu")
        found.append(Observed(i, params, value, "complete"))
    return found


def test_the_share_of_each_path_is_found() -> None:
    found = importance(PLANE, observed(300), "maximize")
    shares = dict(found.shares)
    assert found.shares[0][0] == "optimizer.lr"
    # In theory: var of a parabola over (-2, 2) is 64/45, of the step 0.09.
    assert shares["optimizer.lr"] == pytest.approx(0.94, abs=0.06)
    assert shares["model.activation"] == pytest.approx(0.06, abs=0.05)
    assert shares["model.dropout"] < 0.02
    assert found.trials == 300


def test_low_decades_count_as_much_as_the_highest() -> None:
    """The objective differs below lr 0.01 only, which is a hundredth of the linear range."""
    trials = [
        Observed(
            t.ordinal, t.params, float(min(-2.0, math.log10(t.params["optimizer.lr"]))), t.state
        )
        for t in observed(200)
    ]
    assert dict(importance(PLANE, trials, "maximize").shares)["optimizer.lr"] > 0.9


def test_it_is_the_same_each_time_and_in_both_directions() -> None:
    trials = observed(60)
    once = importance(PLANE, trials, "maximize")
    assert importance(PLANE, trials, "maximize") == once
    turned = importance(PLANE, trials, "minimize")
    assert dict(turned.shares) == pytest.approx(dict(once.shares), abs=0.05)


def test_few_or_equal_trials_have_no_shares() -> None:
    assert importance(PLANE, observed(9), "maximize").shares == ()
    assert importance(PLANE, [], "maximize").shares == ()
    flat = [Observed(t.ordinal, t.params, 0.5, t.state) for t in observed(40)]
    assert importance(PLANE, flat, "maximize").shares == ()


def test_what_is_no_evidence_is_left_out() -> None:
    good = observed(40)
    beyond = Observed(None, good[0].params | {"optimizer.lr": 50.0}, 1e9, "complete")
    repaired = Observed(None, good[0].params | {"epochs": 90}, 1e9, "complete")
    broken = Observed(41, good[0].params, None, "infeasible")
    pruned = Observed(42, good[0].params, -1e9, "pruned")
    found = importance(PLANE, [*good, beyond, repaired, broken, pruned], "maximize")
    assert found == importance(PLANE, good, "maximize")


def test_one_trial_that_blew_up_is_not_all_of_the_variance() -> None:
    trials = observed(100)
    trials[50] = Observed(50, trials[50].params, -1e90, "complete")
    assert dict(importance(PLANE, trials, "maximize").shares)["optimizer.lr"] > 0.7


def test_of_very_many_trials_some_are_looked_at() -> None:
    found = importance(PLANE, observed(2 * MOST + 2), "maximize")
    assert MOST / 2 < found.trials <= MOST
    assert found.shares

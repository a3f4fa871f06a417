"""A replayed study asks the sampler what a plain Optuna study, driven by hand, would ask it."""

import logging
import math
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from service.search import Observed
from service.search.replay import ask
from trainer.recipe import Point
from trainer.recipe.space import SPACE

WIDTHS = [[16], [32], [64, 64]]
OURS = SPACE.validate_python(
    {
        "optimizer.lr": {"log_uniform": [1e-4, 1.0]},
        "model.hidden": {"choice": WIDTHS},
        "batch_size": {"log_int": [8, 256]},
        "epochs": {"int": [1, 9]},
        "model.dropout": {"uniform": [0.0, 0.5]},
    }
)
THEIRS = {
    "optimizer.lr": FloatDistribution(1e-4, 1.0, log=True),
    "model.hidden": CategoricalDistribution([0, 1, 2]),
    "batch_size": IntDistribution(8, 256, log=True),
    "epochs": IntDistribution(1, 9),
    "model.dropout": FloatDistribution(0.0, 0.5),
}
ONE = SPACE.validate_python({"lr": {"log_uniform": [1e-4, 1.0]}})


def tpe(seed: int = 3) -> optuna.samplers.TPESampler:
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=4)


def ours(params: dict[str, Any]) -> Point:
    return {**params, "model.hidden": WIDTHS[params["model.hidden"]]}


def finish(study: optuna.Study, trial: optuna.Trial) -> Observed:
    """End the trial by hand, in every way there is, and say it in our words."""
    point, number = ours(trial.params), trial.number
    if number % 6 == 5:
        return Observed(number, point, None, "running")
    if number % 6 == 4:
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return Observed(number, point, None, "cancelled")
    if number % 6 == 3:
        trial.set_constraint("lr", 1.0)
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        return Observed(number, point, None, "infeasible")
    value = abs(math.log10(trial.params["optimizer.lr"]) + 2) + trial.params["model.dropout"]
    if number % 6 == 2:
        trial.report(value, 0)
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        return Observed(number, point, value, "pruned")
    study.tell(trial, value)
    return Observed(number, point, value, "complete")


@pytest.mark.parametrize("finished", [0, 3, 12, 40])
@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_points_equal_those_of_a_plain_study(finished: int, direction: Any) -> None:
    study = optuna.create_study(direction=direction, sampler=optuna.samplers.RandomSampler(seed=0))
    observed = [finish(study, study.ask(THEIRS)) for _ in range(finished)]
    study.sampler = tpe()
    expected = [ours(study.ask(THEIRS).params) for _ in range(5)]
    assert ask(tpe(), OURS, observed, direction, 5) == expected


def asked(observed: list[Observed]) -> list[Point]:
    return ask(tpe(), ONE, observed, "minimize", 4)


SEEN = [Observed(i, {"lr": 10 ** (-i / 4)}, abs(i - 6.0), "complete") for i in range(12)]


@pytest.mark.parametrize(
    "params",
    [
        {"lr": 1000.0},
        {"lr": 1e-7},
        {"lr": "0.1"},
        {"lr": True},
        {"lr": None},
        {},
        {"lr": 0.1, "epochs": 3},
    ],
)
@pytest.mark.parametrize("state", ["complete", "infeasible", "running"])
def test_points_outside_the_space_say_nothing(params: Point, state: str) -> None:
    assert asked([*SEEN, Observed(None, params, -50.0, state)]) == asked(SEEN)


def test_enqueued_points_inside_count() -> None:
    assert asked([*SEEN, Observed(None, {"lr": 0.9}, -50.0, "complete")]) != asked(SEEN)


def test_unlisted_choices_say_nothing() -> None:
    space = SPACE.validate_python({"model.hidden": {"choice": WIDTHS}})
    seen = [
        Observed(i, {"model.hidden": WIDTHS[i % 3]}, float(i % 3), "complete") for i in range(9)
    ]
    stray = Observed(None, {"model.hidden": [8]}, -9.0, "complete")
    expected = ask(tpe(), space, seen, "minimize", 4)
    assert ask(tpe(), space, [*seen, stray], "minimize", 4) == expected


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
@pytest.mark.parametrize("state", ["complete", "pruned"])
def test_without_an_objective_a_trial_is_a_bad_one(state: str, value: float | None) -> None:
    odd = Observed(12, {"lr": 0.02}, value, state)
    bad = Observed(12, {"lr": 0.02}, None, "infeasible")
    assert asked([*SEEN, odd]) == asked([*SEEN, bad])


def test_optuna_stays_silent(caplog: pytest.LogCaptureFixture) -> None:
    optuna.logging.enable_propagation()
    try:
        with caplog.at_level(logging.DEBUG):
            asked(SEEN)
    finally:
        optuna.logging.disable_propagation()
    assert not caplog.records

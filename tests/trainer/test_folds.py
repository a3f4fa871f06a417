"""Cross-validated and bootstrapped runs: one run to look at, several models inside."""

from statistics import fmean
from typing import Any

import numpy as np
import pytest

from diagnostics import Severity
from trainer.events import Ended, EpochEnded, Event, Judged, PreflightEnded, Started
from trainer.loop import run
from trainer.recipe import Objective, Recipe

GOOD = {"lr": 0.1, "momentum": 0.9}


def trained(preflight: bool = False, objective: str = "val_accuracy", **given: Any) -> list[Event]:
    base = {"data": "iris", "preprocess": "standardise", "optimizer": GOOD, "epochs": 4}
    recipe = Recipe.model_validate(base | given)
    chosen = Objective.model_validate({"metric": objective})
    return list(run(recipe, preflight=preflight, objective=chosen))


def epochs(events: list[Event]) -> list[EpochEnded]:
    return [event for event in events if isinstance(event, EpochEnded)]


def folds(event: EpochEnded, metric: str) -> list[float]:
    values = event.signals[f"fold_{metric}"]
    assert isinstance(values, dict)
    return [value for value in values.values() if value is not None]


def test_an_epoch_is_the_mean_of_its_folds() -> None:
    events = trained(split={"name": "k_fold", "folds": 3})
    assert [e.epoch for e in epochs(events)] == [1, 2, 3, 4]
    for event in epochs(events):
        for metric in ("val_accuracy", "val_loss"):
            each = folds(event, metric)
            assert len(each) == 3
            assert len(set(each)) > 1
            assert event.metrics[metric] == pytest.approx(fmean(each))


def test_the_run_is_told_as_one() -> None:
    events = trained(preflight=True, split={"name": "k_fold", "folds": 3})
    kinds = [type(event) for event in events if not isinstance(event, Judged)]
    assert kinds == [Started, PreflightEnded, *[EpochEnded] * 4, Ended]
    started = events[0]
    assert isinstance(started, Started)
    assert (started.train_samples, started.val_samples) == (100, 50)
    assert started.recipe.early_stopping is None


def test_the_checkpoint_is_that_of_the_best_fold() -> None:
    events = trained(objective="val_loss", split={"name": "k_fold", "folds": 3})
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert ended.checkpoint is not None
    lowest = min(min(folds(event, "val_loss")) for event in epochs(events))
    assert ended.checkpoint.metrics["val_loss"] == lowest


def test_early_stopping_asks_the_mean() -> None:
    split, rule = {"name": "k_fold", "folds": 3}, {"patience": 2, "min_delta": 0.9}
    events = trained(split=split, early_stopping=rule, epochs=9)
    assert len(epochs(events)) == 3  # the first epoch is progress, two more are not
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert (ended.outcome, ended.epochs) == ("complete", 3)
    assert ended.checkpoint is not None
    assert ended.checkpoint.recipe.split.name == "k_fold"


def test_what_diverges_in_one_fold_stops_all() -> None:
    events = trained(split={"name": "k_fold", "folds": 3}, optimizer={"lr": 1e6}, epochs=30)
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert ended.outcome == "infeasible"
    fatal = [e for e in events if isinstance(e, Judged) and e.verdict.severity is Severity.FATAL]
    assert fatal


def test_bootstrap_gives_an_interval_of_the_score() -> None:
    split = {"name": "bootstrap", "resamples": 5, "confidence": 0.8}
    last = epochs(trained(split=split))[-1]
    each = folds(last, "val_accuracy")
    low, high = (last.signals[f"val_accuracy_{end}"] for end in ("low", "high"))
    assert (low, high) == (
        pytest.approx(np.quantile(each, 0.1)),
        pytest.approx(np.quantile(each, 0.9)),
    )
    assert low < last.metrics["val_accuracy"] < high  # type: ignore[operator]  # both are numbers


def test_closing_it_closes_the_folds() -> None:
    recipe = Recipe.model_validate({"data": "iris", "split": "k_fold"})
    events = run(recipe, preflight=False)
    next(events)
    events.close()
    with pytest.raises(StopIteration):
        next(events)


def test_what_is_measured_of_each_fold_is_averaged_and_counted_once() -> None:
    split = {"name": "k_fold", "folds": 3}
    wanted = {"mc_dropout": 3, "confusion": True, "bootstrap": 20}
    events = trained(split=split, evaluation=wanted, model={"dropout": 0.3}, epochs=1)
    alone = [
        trained(split=split, evaluation=wanted, model={"dropout": 0.3}, epochs=1, data_seed=seed)
        for seed in (0, 1)
    ]
    last, ended = epochs(events)[-1], events[-1]
    assert isinstance(ended, Ended)
    matrix = ended.mistakes.confusion
    assert matrix is not None
    assert sum(map(sum, matrix)) == 150
    assert [sum(row) for row in matrix] == [50, 50, 50]
    assert ended.mistakes.worst == ()  # an index would be that of one fold
    assert "val_accuracy_low" not in last.signals  # an interval of one fold is none of all
    assert last.signals == epochs(alone[0])[-1].signals
    assert last.signals["mc_entropy"] != epochs(alone[1])[-1].signals["mc_entropy"]
    assert isinstance(last.signals["update_ratio"], dict)

"""A metric, its only sensible direction, and whether a recipe measures it."""

from typing import get_args

import pytest
from pydantic import ValidationError

from trainer.recipe import Objective, Recipe, problems
from trainer.recipe.objective import Metric, known_metrics, natural_direction, problem


@pytest.mark.parametrize("metric", known_metrics())
def test_the_direction_follows_from_the_metric(metric: str) -> None:
    wanted = "minimize" if "loss" in metric or "error" in metric else "maximize"
    assert natural_direction(metric) == wanted
    assert Objective.model_validate({"metric": metric}).direction == wanted
    given = Objective.model_validate({"metric": metric, "direction": wanted})
    assert given == Objective.model_validate({"metric": metric})


def test_default() -> None:
    assert Objective() == Objective(metric="val_accuracy", direction="maximize")
    assert Objective.model_validate({}) == Objective()


@pytest.mark.parametrize(
    ("metric", "direction"),
    [
        ("val_loss", "maximize"),
        ("train_accuracy", "minimize"),
        ("val_calibration_error", "maximize"),
        ("val_top_3", "minimize"),
    ],
)
def test_the_wrong_direction_is_refused(metric: str, direction: str) -> None:
    with pytest.raises(ValidationError, match=f"{metric} is one to m.*, not to {direction}"):
        Objective.model_validate({"metric": metric, "direction": direction})


@pytest.mark.parametrize(
    "raw",
    [{"metric": "accuracy"}, {"metric": 3}, {"metrics": "val_loss"}, 3, {"metric": "x" * 65}],
    ids=["unknown", "number", "key", "no section", "long"],
)
def test_nonsense_is_refused(raw: object) -> None:
    with pytest.raises(ValidationError):
        Objective.model_validate(raw)


@pytest.mark.parametrize("metric", ["val_top_1", "val_top_5", "val_top_120", "val_f1_weighted"])
def test_a_metric_with_its_settings_in_its_name(metric: str) -> None:
    assert Objective(metric=metric).metric == metric


@pytest.mark.parametrize(
    ("metric", "close"),
    [
        ("val_acc", "val_accuracy"),
        ("val_f1", "val_f1_macro"),
        ("val_f1_mean", "val_f1_macro"),
        ("val_top_0", "val_top_5"),
        ("val_top_5x", "val_top_5"),
        ("val_los", "val_loss"),
    ],
)
def test_an_unknown_one_answers_with_the_nearest(metric: str, close: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Objective.model_validate({"metric": metric})
    (told,) = problems(refused.value, Objective)
    assert told.field == "metric"
    assert told.message.startswith(f"no metric is called '{metric}'; did you mean '{close}'?")
    assert told.nearest[0] == close


def test_what_is_neither_better_high_nor_low_is_refused() -> None:
    with pytest.raises(ValidationError, match="neither a high nor a low val_confidence is better"):
        Objective(metric="val_confidence")


def test_what_the_recipe_measures() -> None:
    recipe = Recipe.model_validate({"evaluation": {"metrics": ["top_k", "f1"]}})
    for metric in (*get_args(Metric), "val_top_5", "val_f1_macro"):
        assert problem(Objective(metric=metric), recipe) is None


@pytest.mark.parametrize("metric", ["val_top_3", "val_auroc"])
def test_what_the_recipe_does_not_measure(metric: str) -> None:
    recipe = Recipe.model_validate({"evaluation": {"metrics": ["top_k"]}})
    found = problem(Objective(metric=metric), recipe)
    assert found is not None
    assert (found.field, found.value) == ("objective.metric", metric)
    assert "add it to evaluation.metrics or take one of val_accuracy," in found.message
    assert found.message.endswith("val_top_5")
    assert "val_top_5" in found.nearest or metric != "val_top_3"


@pytest.mark.parametrize("part", ["val", "train"])
def test_regression_has_no_accuracy(part: str) -> None:
    recipe = Recipe.model_validate({"loss": "mse"})
    aim = Objective(metric=f"{part}_accuracy")
    found = problem(aim, recipe, "regression")
    assert found is not None
    assert found.nearest == (f"{part}_loss",)
    assert problem(aim, recipe, "classification") is None
    assert problem(aim, recipe) is None
    assert problem(Objective(metric=f"{part}_loss"), recipe, "regression") is None

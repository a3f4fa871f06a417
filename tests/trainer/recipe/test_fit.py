"""What in a recipe does not go together is told with its field."""

import pytest

from trainer.form import Task
from trainer.recipe import Objective, Recipe, entries
from trainer.recipe.fit import known_task, misfits
from trainer.recipe.losses import Loss, misfit


def fields(recipe: dict[str, object], task: Task | None = None, **aim: object) -> list[str]:
    chosen = Recipe.model_validate(recipe), Objective.model_validate(aim)
    return [problem.field for problem in misfits(*chosen, task)]


CSV = {"name": "csv", "file": "a.csv", "task": "regression"}


@pytest.mark.parametrize(
    ("recipe", "task", "aim", "wanted"),
    [
        ({}, None, {}, []),
        ({"loss": "dice"}, None, {}, []),
        ({"loss": "dice"}, "classification", {}, ["loss.name"]),
        ({"data": CSV}, None, {}, ["loss.name", "objective.metric"]),
        ({"data": CSV, "loss": "mse"}, None, {}, ["objective.metric"]),
        ({"data": CSV, "loss": "mse"}, None, {"metric": "val_loss"}, []),
        ({"model": "autoencoder", "loss": "mse"}, None, {}, ["objective.metric"]),
        ({"loss": "triplet"}, None, {}, []),
        (
            {"loss": "triplet", "evaluation": {"metrics": ["f1"]}},
            None,
            {"metric": "val_f1_macro"},
            ["evaluation.metrics.0"],
        ),
        ({}, None, {"metric": "val_auroc"}, ["objective.metric"]),
    ],
    ids=range(10),
)
def test_misfits(
    recipe: dict[str, object], task: Task | None, aim: dict[str, object], wanted: list[str]
) -> None:
    assert fields(recipe, task, **aim) == wanted


def test_the_task_is_known_where_the_recipe_says_it() -> None:
    assert known_task(Recipe()) is None
    assert known_task(Recipe.model_validate({"data": CSV})) == "regression"
    assert known_task(Recipe.model_validate({"model": "autoencoder"})) == "regression"


@pytest.mark.parametrize("name", entries(Loss))
@pytest.mark.parametrize("task", ["classification", "segmentation", "regression"])
def test_a_loss_is_for_its_tasks(name: str, task: Task) -> None:
    loss = entries(Loss)[name].model_validate({})
    found = misfit(loss, task)
    assert (found is None) == (task in loss.tasks)
    if found is not None:
        instead = found.message.split("; take ")[1].split(" or ")
        assert all(task in entries(Loss)[each].tasks for each in instead)

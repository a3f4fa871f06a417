"""What in a recipe does not go together is told with its field."""

from pathlib import Path

import pytest

from trainer.form import Task
from trainer.menu import part
from trainer.recipe import Objective, Recipe, entries
from trainer.recipe.data import Data
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
        ({"loss": "dice"}, None, {}, ["loss.name"]),
        ({"loss": "dice", "data": "shapes"}, None, {}, []),
        ({"data": "npz", "loss": "dice"}, "segmentation", {}, []),
        ({"data": "wine", "evaluation": {"metrics": ["iou"]}}, None, {}, ["evaluation.metrics.0"]),
        ({"augment": ["flip", "mixup"]}, None, {}, []),
        ({"augment": ["flip", "mixup"], "loss": "triplet"}, None, {}, ["augment.1"]),
        ({"augment": ["cutmix"], "loss": "center"}, None, {}, ["augment.0"]),
        ({"augment": ["flip"], "loss": "triplet"}, None, {}, []),
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
    ids=range(17),
)
def test_misfits(
    recipe: dict[str, object], task: Task | None, aim: dict[str, object], wanted: list[str]
) -> None:
    assert fields(recipe, task, **aim) == wanted


def test_the_task_is_known_where_the_recipe_says_it() -> None:
    assert known_task(Recipe()) == "classification"
    assert known_task(Recipe.model_validate({"data": "shapes"})) == "segmentation"
    assert known_task(Recipe.model_validate({"data": CSV})) == "regression"
    assert known_task(Recipe.model_validate({"model": "autoencoder"})) == "regression"


@pytest.mark.parametrize("name", entries(Data))
def test_only_a_setting_or_the_data_decide_what_its_kind_does_not(name: str) -> None:
    settings = entries(Data)[name].model_validate({})
    assert (settings.always is None) == ("task" in type(settings).model_fields)


@pytest.mark.parametrize(
    "name",
    ["digits", "iris", "wine", "breast_cancer", "blobs", "moons", "circles", "spirals", "shapes"],
)
def test_data_are_of_the_task_that_their_settings_say(name: str, tmp_path: Path) -> None:
    settings = entries(Data)[name].model_validate({})
    assert part("data", settings).load(tmp_path).task == settings.always


@pytest.mark.parametrize("name", entries(Loss))
@pytest.mark.parametrize("task", ["classification", "segmentation", "regression"])
def test_a_loss_is_for_its_tasks(name: str, task: Task) -> None:
    loss = entries(Loss)[name].model_validate({})
    found = misfit(loss, task)
    assert (found is None) == (task in loss.tasks)
    if found is not None:
        instead = found.message.split("; take ")[1].split(" or ")
        assert all(task in entries(Loss)[each].tasks for each in instead)

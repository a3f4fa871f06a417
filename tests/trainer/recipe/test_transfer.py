"""What transfer and pretraining take, and what they change of a recipe's stack."""

from typing import Any

import pytest
from pydantic import ValidationError

from trainer.recipe import Objective, Recipe, problems, with_values
from trainer.recipe.fit import misfits


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "one of `trial` and `file`"),
        ({"trial": 1, "file": "a.safetensors"}, "one of `trial` and `file`"),
        ({"trial": 1, "train": "last"}, "`layers` goes with `train: last`"),
        ({"trial": 1, "layers": 2}, "`layers` goes with `train: last`"),
        ({"trial": 0}, "greater than or equal to 1"),
        ({"trial": 1, "lr_decay": 0.0}, "greater than 0"),
        ({"trial": 1, "lr_decay": 1.5}, "less than or equal to 1"),
        ({"file": "../a.safetensors"}, "leads out of the data folder"),
        ({"file": "/etc/a.safetensors"}, "is an absolute path"),
        ({"trial": 1, "drop": [""]}, "at least 1 character"),
        ({"trial": 1, "new_haed": True}, "did you mean 'new_head'?"),
    ],
    ids=str,
)
def test_what_transfer_refuses(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        Recipe.model_validate({"transfer": settings})
    found = problems(error.value, Recipe)
    assert len(found) == 1
    assert found[0].field.startswith("transfer")
    assert sentence in str(found[0])


def test_trained_weights_are_not_pretrained() -> None:
    both = {"transfer": {"trial": 1}, "pretraining": {}}
    with pytest.raises(ValidationError) as error:
        Recipe.model_validate(both)
    (problem,) = problems(error.value, Recipe)
    assert problem.field == "pretraining"
    assert "`transfer`" in problem.message


@pytest.mark.parametrize(
    ("model", "field"), [("lenet5", "pretraining"), ({"hidden": []}, "model.hidden")], ids=str
)
def test_models_that_cannot_be_pretrained(model: Any, field: str) -> None:
    recipe = Recipe.model_validate({"model": model, "pretraining": {}})
    assert [problem.field for problem in misfits(recipe, Objective())] == [field]
    assert misfits(recipe.model_copy(update={"pretraining": None}), Objective()) == []


@pytest.mark.parametrize(
    ("path", "value", "same"),
    [
        ("transfer.lr_decay", 0.5, True),
        ("transfer.trial", 2, False),
        ("transfer.train", "head", False),
        ("transfer.drop", ["fc1"], False),
        ("transfer.new_head", True, False),
        ("transfer", None, False),
    ],
)
def test_trials_of_a_stack_start_from_the_same(path: str, value: Any, same: bool) -> None:
    recipe = Recipe.model_validate({"transfer": {"trial": 1}})
    assert (with_values(recipe, {path: value}).stack_key() == recipe.stack_key()) == same


def test_pretraining_is_not_stacked() -> None:
    recipe = Recipe.model_validate({"pretraining": {"epochs": 5}})
    assert with_values(recipe, {"pretraining.epochs": 6}).stack_key() != recipe.stack_key()
    assert recipe.pretraining is not None
    assert "before the first epoch" in str(recipe.pretraining.unstackable)


def test_the_schema_has_both() -> None:
    known = Recipe.model_json_schema()["$defs"]
    assert {"trial", "file", "train", "lr_decay", "drop"} <= known["Transfer"]["properties"].keys()
    assert known["Pretraining"]["properties"].keys() == {"epochs", "lr", "noise", "batch_size"}

"""Recipe paths: reading, replacing, and what an unknown one answers."""

import pytest
from pydantic import ValidationError

from trainer.recipe import Recipe, UnknownPath, get_path, known_paths, with_values
from trainer.recipe.models import Mlp, SmallCnn


def test_known_paths_are_those_of_the_chosen_ingredients() -> None:
    paths = known_paths(Recipe.model_validate({"optimizer": "adamw"}))
    assert {"epochs", "model", "model.hidden", "optimizer.beta1", "schedule.name"} <= set(paths)
    assert "optimizer.momentum" not in paths
    assert len(paths) == len(set(paths))


def test_sections_that_are_not_there_have_no_paths() -> None:
    assert "early_stopping.patience" not in known_paths(Recipe())
    stopping = Recipe.model_validate({"early_stopping": {"patience": 3}})
    assert get_path(stopping, "early_stopping.patience") == 3


@pytest.mark.parametrize(
    ("path", "value"),
    [("epochs", 20), ("optimizer.lr", 0.1), ("model.hidden", [64]), ("data_seed", None)],
)
def test_every_setting_can_be_read(path: str, value: object) -> None:
    assert get_path(Recipe(), path) == value


def test_every_known_path_can_be_read_and_written_back() -> None:
    recipe = Recipe.model_validate({"early_stopping": {}, "schedule": "step"})
    for path in known_paths(recipe):
        assert with_values(recipe, {path: get_path(recipe, path)}) == recipe


@pytest.mark.parametrize("path", ["optimizer.lrr", "optimzer.lr", "model.hidden.0", "", "lr"])
def test_reading_an_unknown_path(path: str) -> None:
    with pytest.raises(UnknownPath, match="the recipe has no setting"):
        get_path(Recipe(), path)


def test_the_nearest_path_is_named() -> None:
    with pytest.raises(UnknownPath) as raised:
        get_path(Recipe(), "optimizer.learning")
    assert raised.value.path == "optimizer.learning"
    assert str(raised.value) == raised.value.message
    with pytest.raises(UnknownPath, match=r"did you mean 'optimizer\.lr'\?"):
        get_path(Recipe(), "optimzer.lr")


def test_values_are_validated_and_the_recipe_is_left_alone() -> None:
    recipe = Recipe()
    changed = with_values(recipe, {"optimizer.lr": "1e-4", "epochs": 3})
    assert (changed.optimizer.lr, changed.epochs) == (1e-4, 3)
    assert (recipe.optimizer.lr, recipe.epochs) == (0.1, 20)
    with pytest.raises(ValidationError, match="greater than 0"):
        with_values(recipe, {"optimizer.lr": 0})


def test_unknown_last_key_is_a_validation_error_and_unknown_section_an_unknown_path() -> None:
    with pytest.raises(ValidationError, match="lrr"):
        with_values(Recipe(), {"optimizer.lrr": 1})
    for path in ("optimzer.lr", "model.hidden.0", "early_stopping.patience", "epochs.first"):
        with pytest.raises(UnknownPath):
            with_values(Recipe(), {path: 1})


def test_shorter_paths_are_set_first() -> None:
    section = {"name": "mlp", "activation": "tanh"}
    values = {"model.hidden": [8, 8], "model": section, "model.init": "xavier"}
    chosen = with_values(Recipe(), values).model
    assert chosen == Mlp(hidden=[8, 8], activation="tanh", init="xavier")
    assert section == {"name": "mlp", "activation": "tanh"}  # the caller's own is untouched


def test_a_section_can_be_named_in_short() -> None:
    assert with_values(Recipe(), {"model": "small_cnn"}).model == SmallCnn()
    stopping = with_values(Recipe(), {"early_stopping": {"patience": 2}}).early_stopping
    assert stopping is not None
    assert stopping.patience == 2


def test_items_of_a_list_have_paths() -> None:
    recipe = Recipe.model_validate({"augment": ["flip", {"name": "rotate", "degrees": 5}]})
    assert get_path(recipe, "augment.1.degrees") == 5
    changed = with_values(recipe, {"augment.1.degrees": 7, "augment.0": "brightness"})
    assert get_path(changed, "augment.1.degrees") == 7
    assert get_path(changed, "augment.0.name") == "brightness"
    for path in ("augment.2", "augment.2.p", "augment.x.p", "augment.-1"):
        with pytest.raises(UnknownPath, match="augment"):
            with_values(recipe, {path: 1})

"""The recipe: defaults, seeds, its stack key and its JSON Schema."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from trainer.menu import SETTINGS
from trainer.recipe import Ingredient, Recipe, entries, get_path, with_values


def ingredients() -> list[type[Ingredient]]:
    menus = SETTINGS.values()
    return [entry for menu in menus if menu for entry in entries(menu).values()]


def test_everything_has_a_default_and_survives_json() -> None:
    recipe = Recipe.model_validate({})
    assert recipe == Recipe()
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


def test_a_recipe_cannot_be_changed_and_defaults_are_not_shared() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Recipe().epochs = 3  # type: ignore[misc]  # the point of the test
    assert Recipe().model.hidden is not Recipe().model.hidden  # type: ignore[attr-defined]  # an Mlp


def test_numbers_written_as_strings() -> None:
    """YAML 1.1 reads 1e-4 as a string."""
    recipe = Recipe.model_validate({"optimizer": {"lr": "1e-4", "weight_decay": "1e-2"}})
    assert (recipe.optimizer.lr, recipe.optimizer.weight_decay) == (1e-4, 1e-2)


def test_the_data_seed_defaults_to_the_seed() -> None:
    assert Recipe(seed=7).resolved_data_seed() == 7
    assert Recipe(seed=7, data_seed=0).resolved_data_seed() == 0


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("optimizer.lr", 0.5),
        ("optimizer.weight_decay", 0.5),
        ("optimizer.momentum", 0.5),
        ("model.dropout", 0.5),
        ("loss.label_smoothing", 0.1),
        ("schedule", "cosine"),
        ("schedule", {"name": "step", "factor": 0.5}),
        ("epochs", 5),
        ("seed", 9),
        ("early_stopping", {"patience": 2}),
    ],
)
def test_scalars_of_a_trial_leave_the_stack_key_alone(path: str, value: object) -> None:
    base = Recipe(data_seed=1)
    changed = with_values(base, {path: value})
    assert changed != base
    assert changed.stack_key() == base.stack_key()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model.hidden", [32]),
        ("model.activation", "tanh"),
        ("model.init", "xavier"),
        ("model", "small_cnn"),
        ("optimizer", "adamw"),
        ("optimizer", {"momentum": 0.9, "nesterov": True}),
        ("batch_size", 32),
        ("data_seed", 2),
        ("split.validation", 0.3),
    ],
)
def test_what_changes_shapes_or_code_changes_the_stack_key(path: str, value: object) -> None:
    base = Recipe(data_seed=1)
    assert with_values(base, {path: value}).stack_key() != base.stack_key()


def test_the_stack_key_is_stable_and_sees_the_resolved_data_seed() -> None:
    assert len(Recipe().stack_key()) == 16
    int(Recipe().stack_key(), 16)
    assert Recipe(seed=3).stack_key() == Recipe(seed=3, data_seed=3).stack_key()
    assert Recipe(seed=3).stack_key() != Recipe(seed=4).stack_key()


@pytest.mark.parametrize("entry", ingredients(), ids=lambda entry: entry.__name__)
def test_per_trial_names_settings(entry: type[Ingredient]) -> None:
    assert entry.per_trial <= set(entry.model_fields) - {"name"}
    assert entry.__doc__


def test_the_json_schema_lists_every_ingredient() -> None:
    schema = Recipe.model_json_schema()
    json.dumps(schema)
    for kind, field in schema["properties"].items():
        if "oneOf" not in field or kind not in SETTINGS:
            continue
        listed = {_name(schema, choice) for choice in schema["properties"][kind]["oneOf"]}
        assert listed == {e.model_fields["name"].default for e in entries(SETTINGS[kind]).values()}


def _menu(kind: str) -> list[type[Ingredient]]:
    menu = Recipe.model_fields[kind].annotation
    assert menu is not None
    return list(entries(menu).values())


def _name(schema: dict[str, Any], choice: dict[str, str]) -> str:
    definition = schema["$defs"][choice["$ref"].rpartition("/")[2]]
    name: str = definition["properties"]["name"]["const"]
    return name


def test_limits() -> None:
    for path, value in [("epochs", 0), ("batch_size", 0), ("seed", 2**31), ("seed", -1)]:
        with pytest.raises(ValidationError, match=path):
            with_values(Recipe(), {path: value})
    assert get_path(with_values(Recipe(), {"seed": 2**31 - 1}), "seed") == 2**31 - 1

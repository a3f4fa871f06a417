"""Every kind of refused document: the field's path, its value, the sentence, the nearest name."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ValidationError

from trainer.recipe import (
    Ingredient,
    Menu,
    Objective,
    Problem,
    Recipe,
    Settings,
    Space,
    entries,
    problems,
)
from trainer.recipe.schedules import Schedule


class Spice(Ingredient):
    """A menu inside a dish."""


class Salt(Spice):
    """White."""

    name: Literal["salt"] = "salt"
    grains: int = 1


class Dish(Ingredient):
    """A menu whose entries have a menu."""


class Soup(Dish):
    """Hot."""

    name: Literal["soup"] = "soup"
    spice: Annotated[Spice, Menu("salt")] = Salt()


class Table(Settings):
    """A section that must be given."""

    number: int


class Order(BaseModel):
    """A document of its own."""

    table: Table
    dish: Annotated[Dish, Menu("soup")] = Soup()
    recipe: Recipe = Recipe()
    space: Space = {}


def refused(document: dict[str, Any], *, prefix: tuple[str, ...] = ()) -> list[Problem]:
    with pytest.raises(ValidationError) as error:
        Order.model_validate({"table": {"number": 1}} | document)
    return problems(error.value, Order, prefix)


def one(document: dict[str, Any]) -> Problem:
    [problem] = refused(document)
    return problem


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        (
            {"epoch": 3},
            Problem(
                "recipe.epoch",
                3,
                "unknown key 'epoch'; did you mean 'epochs'?",
                ("epochs", "preprocess"),
            ),
        ),
        (
            {"optimizer": {"learning_rte": 3}},
            Problem(
                "recipe.optimizer.learning_rte",
                3,
                "unknown key 'learning_rte'; did you mean 'lr'?",
                ("lr",),
            ),
        ),
        (
            {"model": {"hiden": [3]}},
            Problem(
                "recipe.model.hiden",
                [3],
                "unknown key 'hiden'; did you mean 'hidden'?",
                ("hidden",),
            ),
        ),
        (
            {"model": "mlpp"},
            Problem(
                "recipe.model.name",
                "mlpp",
                "no model is called 'mlpp'; did you mean 'mlp'?",
                ("mlp",),
            ),
        ),
        (
            {"schedule": {"name": "warm"}},
            Problem(
                "recipe.schedule.name",
                "warm",
                f"no schedule is called 'warm'; known: {', '.join(sorted(entries(Schedule)))}",
            ),
        ),
        (
            {"model": {"activation": "rleu"}},
            Problem(
                "recipe.model.activation.name",
                "rleu",
                "no activation is called 'rleu'; did you mean 'relu'?",
                ("relu", "prelu", "elu"),
            ),
        ),
        (
            {"augment": ["flip", {"name": "rotat"}]},
            Problem(
                "recipe.augment.1.name",
                "rotat",
                "no augment is called 'rotat'; did you mean 'rotate'?",
                ("rotate", "contrast"),
            ),
        ),
        (
            {"augment": ["flip", {"name": "rotate", "degree": 3}]},
            Problem(
                "recipe.augment.1.degree",
                3,
                "unknown key 'degree'; did you mean 'degrees'?",
                ("degrees",),
            ),
        ),
        (
            {"optimizer": {"lr": -1}},
            Problem("recipe.optimizer.lr", -1, "input should be greater than 0 (given: -1)"),
        ),
        (
            {"optimizer": {"name": "adamw", "beta1": 1.0}},
            Problem("recipe.optimizer.beta1", 1.0, "input should be less than 1 (given: 1.0)"),
        ),
        (
            {"model": {"hidden": [4, 0]}},
            Problem(
                "recipe.model.hidden.1", 0, "input should be greater than or equal to 1 (given: 0)"
            ),
        ),
        (
            {"early_stopping": {"patince": 1}},
            Problem(
                "recipe.early_stopping.patince",
                1,
                "unknown key 'patince'; did you mean 'patience'?",
                ("patience",),
            ),
        ),
        (
            {"early_stopping": {"patience": 0}},
            Problem(
                "recipe.early_stopping.patience",
                0,
                "input should be greater than or equal to 1 (given: 0)",
            ),
        ),
        (
            {"model": 3},
            Problem("recipe.model", 3, "takes a name or a section such as {name: mlp} (given: 3)"),
        ),
        (
            {"optimizer": {"nesterov": True}},
            Problem(
                "recipe.optimizer.nesterov",
                True,
                "nesterov needs a momentum above 0; 0.9 is usual (given: True)",
            ),
        ),
    ],
)
def test_recipes(recipe: dict[str, Any], expected: Problem) -> None:
    assert one({"recipe": recipe}) == expected


def test_missing() -> None:
    assert one({"table": {}}) == Problem("table.number", None, "is missing")
    assert str(one({"table": {}})) == "table.number: is missing"


def test_a_menu_in_a_menu() -> None:
    problem = one({"dish": {"name": "soup", "spice": {"name": "slat"}}})
    assert (problem.field, problem.nearest) == ("dish.spice.name", ("salt",))
    problem = one({"dish": {"spice": {"grain": 3}}})
    assert (problem.field, problem.nearest) == ("dish.spice.grain", ("grains",))
    assert one({"dish": {"spice": {"grains": "x"}}}).field == "dish.spice.grains"


def test_a_space() -> None:
    problem = one({"space": {"optimizer.lr": {"uniform": [1, "high"]}}})
    assert (problem.field, problem.value) == ("space.optimizer.lr.high", "high")


def test_the_document_itself() -> None:
    with pytest.raises(ValidationError) as error:
        Recipe.model_validate([1])
    [problem] = problems(error.value, Recipe)
    assert problem.field == ""
    assert str(problem) == problem.message


def test_prefix_and_order() -> None:
    found = refused({"recipe": {"epochs": 0, "sed": 1}, "dish": "soap"}, prefix=("space",))
    assert [p.field for p in found] == [
        "space.dish.name",
        "space.recipe.epochs",
        "space.recipe.sed",
    ]


def test_long_values_are_cut_in_the_sentence() -> None:
    problem = one({"recipe": {"epochs": "9" * 1000 + "x"}})
    assert len(problem.message) < 250
    assert problem.message.endswith("…)")


def test_values_can_be_sent_as_json() -> None:
    problem = one({"recipe": {"optimizer": {"lr": float("inf")}}})
    assert (problem.value, problem.field) == ("inf", "recipe.optimizer.lr")
    assert problem.message == "input should be a finite number (given: inf)"


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        (
            {"snapshots": {"keep": "thin"}},
            Problem(
                "recipe.snapshots.keep",
                "thin",
                "input should be 'last', 'thinned' or 'all' (given: 'thin'); "
                "did you mean 'thinned'?",
                ("thinned",),
            ),
        ),
        (
            {"data": {"name": "shapes", "channels": 2}},
            Problem("recipe.data.channels", 2, "input should be 1 or 3 (given: 2)"),
        ),
        ({"augment": "rotate"}, Problem("recipe.augment", "rotate", "takes a list: [rotate]")),
        (
            {"augment": {"name": "rotate"}},
            Problem("recipe.augment", {"name": "rotate"}, "takes a list; write [ and ] around it"),
        ),
        ({"model": {"hidden": 64}}, Problem("recipe.model.hidden", 64, "takes a list: [64]")),
        (
            {"evaluation": {"metrics": ["topk"]}},
            Problem(
                "recipe.evaluation.metrics.0.name",
                "topk",
                "no metric is called 'topk'; did you mean 'top_k'?",
                ("top_k",),
            ),
        ),
    ],
    ids=["literal", "number", "list", "section", "one", "menu"],
)
def test_what_was_meant_is_named(recipe: dict[str, Any], expected: Problem) -> None:
    assert one({"recipe": recipe}) == expected


def test_an_objective_names_the_nearest_once() -> None:
    with pytest.raises(ValidationError) as error:
        Objective.model_validate({"metric": "val_acc"})
    [problem] = problems(error.value, Objective)
    assert problem.message.count("did you mean 'val_accuracy'?") == 1

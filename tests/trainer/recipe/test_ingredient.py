"""A menu's field: by name, by default, in short, and what it refuses."""

import pytest
from pydantic import ValidationError

from trainer.recipe import Recipe, entries
from trainer.recipe.models import Mlp, Model, SmallCnn
from trainer.recipe.optimizers import Adamw, Optimizer, Sgd


def test_entries_by_name() -> None:
    assert entries(Model)["mlp"] is Mlp
    assert entries(Optimizer)["adamw"] is Adamw
    assert "lr" not in {**entries(Model), **entries(Optimizer)}
    assert all(entry.model_fields["name"].default == n for n, entry in entries(Model).items())


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("small_cnn", SmallCnn()),
        ({"name": "small_cnn", "channels": [4]}, SmallCnn(channels=[4])),
        ({"hidden": [8]}, Mlp(hidden=[8])),
        ({}, Mlp()),
        (SmallCnn(channels=[2]), SmallCnn(channels=[2])),
    ],
)
def test_ways_to_name_an_entry(given: object, meant: Model) -> None:
    assert Recipe.model_validate({"model": given}).model == meant


@pytest.mark.parametrize("given", [3, None, ["mlp"], True])
def test_neither_name_nor_section(given: object) -> None:
    with pytest.raises(ValidationError, match=r"takes a name or a section such as \{name: mlp\}"):
        Recipe.model_validate({"model": given})


def test_another_menus_entry_is_refused() -> None:
    with pytest.raises(ValidationError, match="mlp"):
        Recipe.model_validate({"model": Sgd()})


def test_not_finite_is_refused() -> None:
    for lr in (float("nan"), float("inf"), "inf"):
        with pytest.raises(ValidationError, match="finite number"):
            Sgd.model_validate({"lr": lr})


def test_nesterov_needs_momentum() -> None:
    with pytest.raises(ValidationError, match="nesterov needs a momentum above 0"):
        Sgd(nesterov=True)
    with pytest.raises(ValidationError, match="nesterov needs a momentum above 0"):
        Sgd.model_validate({"nesterov": True, "momentum": 0})
    assert Sgd(nesterov=True, momentum=0.9).nesterov


def test_a_wrong_momentum_is_the_only_problem_told() -> None:
    with pytest.raises(ValidationError) as refused:
        Sgd.model_validate({"nesterov": True, "momentum": 2})
    assert [error["loc"] for error in refused.value.errors()] == [("momentum",)]

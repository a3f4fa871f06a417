from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Invalid
from service.study import EXAMPLE, StudyDocument
from trainer.recipe import Recipe

SPACE = {"optimizer.lr": {"log_uniform": [1e-4, 1.0]}}


def parse(**study: Any) -> StudyDocument:
    return StudyDocument.parse({"name": "s", "space": SPACE, **study})


def test_defaults() -> None:
    study = parse()
    assert study.strategy.name == "random"
    assert study.stopping.name == "none"
    assert study.trials == 64
    assert study.repeats == 1
    assert study.objective.metric == "val_accuracy"


def test_the_example_is_valid_and_survives_storage() -> None:
    study = StudyDocument.parse(EXAMPLE)
    assert StudyDocument.stored(study.model_dump(mode="json")) == study


def test_numbers_as_yaml_reads_them() -> None:
    """PyYAML reads `1e-4` as a string."""
    study = parse(space={"optimizer.lr": {"log_uniform": ["1e-4", "1e-1"]}})
    assert study.space["optimizer.lr"].document() == {"log_uniform": [1e-4, 0.1]}


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"nmae": "x"}, "nmae", "did you mean 'name'"),
        ({"name": ""}, "name", "at least 1 character"),
        ({"recipe": {"epocs": 3}}, "recipe.epocs", "did you mean 'epochs'"),
        ({"recipe": {"model": {"name": "mpl"}}}, "recipe.model.name", "did you mean 'mlp'"),
        ({"recipe": {"optimizer": {"lr": -1}}}, "recipe.optimizer.lr", "greater than 0"),
        ({"strategy": {"name": "randon"}}, "strategy.name", "did you mean 'random'"),
        ({"strategy": {"name": "tpe", "seeed": 1}}, "strategy.seeed", "did you mean 'seed'"),
        ({"stopping": {"name": "halvin"}}, "stopping.name", "did you mean 'halving'"),
        ({"space": {"optimizer.lrr": {"uniform": [0, 1]}}}, "space.optimizer.lrr", "'lr'"),
        ({"space": {"optimiser.lr": {"uniform": [0, 1]}}}, "space.optimiser.lr", "'optimizer.lr'"),
        ({"space": {"optimizer.lr": {"log_unifrm": [1, 2]}}}, "space.optimizer.lr", "log_uniform"),
        ({"space": {"optimizer.lr": {"uniform": [-1, 1]}}}, "space.optimizer.lr", "greater than"),
        ({"space": {"epochs": {"uniform": [1.5, 2.5]}}}, "space.epochs", "integer"),
        ({"objective": {"metric": "val_acc"}}, "objective.metric", "val_accuracy"),
        ({"objective": {"metric": "val_top_5"}}, "objective.metric", "does not measure it"),
        (
            {"recipe": {"loss": "triplet", "evaluation": {"metrics": ["f1"]}}},
            "recipe.evaluation.metrics.0",
            "take recall_at_k",
        ),
        (
            {"objective": {"metric": "val_loss", "direction": "maximize"}},
            "objective",
            "minimize",
        ),
        (
            {"recipe": {"data": "iris", "evaluation": {"metrics": ["iou"]}}},
            "recipe.evaluation.metrics.0",
            "is not for classification",
        ),
        (
            {"recipe": {"loss": "triplet", "augment": ["flip", "mixup"]}},
            "recipe.augment.1",
            "triplet does not take",
        ),
        (
            {
                "space": {"loss": {"choice": ["cross_entropy", "triplet"]}},
                "recipe": {"evaluation": {"metrics": ["f1"]}},
            },
            "space.evaluation.metrics.0",
            "take recall_at_k, at the point loss=triplet",
        ),
        (
            {
                "space": {
                    "augment": {"values": [[], ["mixup"]]},
                    "loss": {"values": ["mse", "arcface"]},
                }
            },
            "space.augment.0",
            "at the point augment=[mixup], loss=arcface",
        ),
        (
            {
                "space": {
                    "loss": {"choice": ["cross_entropy", {"name": "dice", "smooth": 2}]},
                    "optimizer.lr": {"log_uniform": [0.1, 1], "points": 9000},
                },
                "strategy": "grid",
            },
            "space.loss.name",
            "at the point loss=dice (smooth 2)",
        ),
        (
            {
                "space": {"evaluation.metrics": {"choice": [["top_k"], ["f1"]]}},
                "recipe": {"evaluation": {"metrics": ["top_k"]}},
                "objective": {"metric": "val_top_5"},
            },
            "objective.metric",
            "does not measure it",
        ),
        ({"diagnostics": {"checks": {"plato": {}}}}, "diagnostics.checks.plato", "plateau"),
        ({"strategy": "grid"}, "space.optimizer.lr", "points"),
        ({"space": {"batch_size": {"uniform": [16, 128]}}}, "space.batch_size", "fractional"),
        (
            {"space": {"model": {"choice": ["mlp"]}, "model.hidden": {"choice": [[4]]}}},
            "space.model.hidden",
            "lies inside 'model'",
        ),
        ({"name": " \n"}, "name", "blank"),
        ({"name": "a\0b"}, "name", "no text"),
        ({"note": "\ud800"}, "note", "unicode"),
        ({"tags": ["x" * 101]}, "tags.0", "at most 100"),
        ({"repeats": 0}, "repeats", "greater than or equal to 1"),
        ({"trials": 1_000_000, "repeats": 2}, "trials", "more than 1000000"),
    ],
)
def test_refused_with_field_and_nearest(change: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(**change)
    found = {problem.field: problem.message for problem in caught.value.fields}
    assert field in found
    assert says in found[field]


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        parse(recipe={"epocs": 3, "optimizer": {"lr": -1}})
    assert len(caught.value.fields) == 2
    assert "and 1 more" in caught.value.detail


def test_a_grid_decides_its_own_size() -> None:
    space = {
        "optimizer.lr": {"log_uniform": [1e-3, 1.0], "points": 4},
        "optimizer.weight_decay": {"values": [0.0, 1e-4, 1e-2]},
    }
    assert parse(space=space, strategy="grid").trials == 12
    assert parse(space=space, strategy="grid", trials=5).trials == 5
    with pytest.raises(Invalid, match="12 points"):
        parse(space=space, strategy="grid", trials=13)


def test_a_grid_point_that_makes_no_recipe_is_named() -> None:
    space = {
        "optimizer.nesterov": {"values": [True, False]},
        "optimizer.momentum": {"values": [0.9, 0.0]},
    }
    with pytest.raises(Invalid, match=r"nesterov.*at the point .*momentum=0"):
        parse(space=space, strategy="grid", recipe={"optimizer": {"momentum": 0.5}})


def test_trials_share_the_data_seed_and_repeats_do_not_share_the_seed() -> None:
    study = parse(recipe={"seed": 7}, repeats=2)
    first, second = (study.recipe_at({"optimizer.lr": 0.1}, repeat) for repeat in range(2))
    assert (first.seed, second.seed) == (7, 8)
    assert first.data_seed == second.data_seed == 7
    assert first.stack_key() == second.stack_key()


def test_choices_of_whole_ingredients() -> None:
    study = parse(space={"optimizer": {"choice": [{"name": "adamw", "lr": 0.001}, "sgd"]}})
    assert study.recipe_at({"optimizer": {"name": "adamw", "lr": 0.001}}).optimizer.name == "adamw"


def test_values_that_fit_with_some_point_only_are_no_problem_alone() -> None:
    space = {"model": {"choice": ["autoencoder"]}, "loss": {"choice": ["mse"]}}
    assert parse(space=space, objective={"metric": "val_loss"}).space.keys() == space.keys()


def test_too_many_combinations_still_meet_every_value() -> None:
    names = [{"name": "cross_entropy", "label_smoothing": n / 1000} for n in range(100)]
    widths = [[n] for n in range(1, 100)]
    space = {"loss": {"choice": [*names, "triplet"]}, "model.hidden": {"choice": widths}}
    assert parse(space=space).trials == 64
    with pytest.raises(Invalid, match=r"model\.hidden=\[1\]") as caught:
        parse(space=space, recipe={"evaluation": {"metrics": ["f1"]}})
    assert caught.value.fields[0].field == "space.evaluation.metrics.0"


def test_given_points_are_checked_as_a_whole() -> None:
    study = parse(recipe={"augment": ["cutmix"]})
    with pytest.raises(Invalid, match=r"points\.3\.augment\.0: makes shares of classes"):
        study.checked_point({"loss": "contrastive"}, "points.3")
    assert study.checked_point({"loss": "mse"}, "points.3") == {"loss": {"name": "mse"}}


def test_repeats_of_a_searched_seed_differ() -> None:
    study = parse(space={"seed": {"values": [3, 40]}}, recipe={"seed": 7}, repeats=2)
    recipes = [study.recipe_at({"seed": 40}, repeat) for repeat in range(2)]
    assert [recipe.seed for recipe in recipes] == [40, 41]
    assert {recipe.data_seed for recipe in recipes} == {7}


@given(st.integers(0, 2**31 - 1), st.integers(0, 999), st.booleans())
def test_every_repeat_has_a_seed_of_its_own(seed: int, repeat: int, searched: bool) -> None:
    study = StudyDocument(name="s", recipe=Recipe(seed=0 if searched else seed), repeats=1000)
    recipe = study.recipe_at({"seed": seed} if searched else {}, repeat)
    assert Recipe.model_validate(recipe.model_dump()) == recipe
    assert (recipe.seed - seed) % 2**31 == repeat

"""What a model's settings refuse, and what leaves the stack key alone."""

from typing import Any

import pytest
from pydantic import ValidationError

from trainer.recipe import Recipe, with_values
from trainer.recipe.models import Inception, Lenet5, PlainCnn, Resnet


@pytest.mark.parametrize("kind", [PlainCnn, Resnet], ids=["plain_cnn", "resnet"])
def test_depth_is_6m_plus_2(kind: type[PlainCnn | Resnet]) -> None:
    assert [kind(depth=depth).depth for depth in (8, 20, 32, 56)] == [8, 20, 32, 56]
    with pytest.raises(ValidationError, match=r"depth is 6m \+ 2, .*: 14 or 20"):
        kind(depth=18)
    with pytest.raises(ValidationError, match="greater than or equal to 8"):
        kind(depth=2)


def test_auxiliary_heads_need_blocks_between_them() -> None:
    assert Inception(blocks=[2, 1], auxiliary=2).auxiliary == 2
    with pytest.raises(ValidationError, match="2 auxiliary heads need 3 blocks or more"):
        Inception(blocks=[1, 1], auxiliary=2)


def test_wrong_blocks_are_the_only_problem_told() -> None:
    with pytest.raises(ValidationError) as refused:
        Inception.model_validate({"blocks": [], "auxiliary": 2})
    assert [error["loc"] for error in refused.value.errors()] == [("blocks",)]


def test_the_defaults_of_lenet5_are_the_papers() -> None:
    chosen = Lenet5()
    assert (chosen.activation.name, chosen.pool, chosen.head) == ("tanh", "average", "flatten")


@pytest.mark.parametrize(
    ("path", "value", "same"),
    [
        ("model.dropout", 0.5, True),
        ("model.auxiliary_weight", 0.1, True),
        ("model.activation", {"name": "leaky_relu", "slope": 0.3}, False),
        ("model.auxiliary", 0, False),
        ("model.spatial_dropout", True, False),
        ("model.head", "max", False),
        ("model.norm", "batch", False),
    ],
    ids=lambda value: str(value),
)
def test_scalars_of_a_trial_leave_the_stack_key_alone(path: str, value: Any, same: bool) -> None:
    model = {"name": "inception", "auxiliary": 1}
    recipe = Recipe.model_validate({"model": model, "data_seed": 1})
    assert (with_values(recipe, {path: value}).stack_key() == recipe.stack_key()) == same

"""A metric and its only sensible direction."""

from typing import get_args

import pytest
from pydantic import ValidationError

from trainer.recipe import Objective
from trainer.recipe.objective import Metric, natural_direction


@pytest.mark.parametrize("metric", get_args(Metric))
def test_the_direction_follows_from_the_metric(metric: str) -> None:
    wanted = "minimize" if "loss" in metric else "maximize"
    assert natural_direction(metric) == wanted
    assert Objective.model_validate({"metric": metric}).direction == wanted
    given = Objective.model_validate({"metric": metric, "direction": wanted})
    assert given == Objective.model_validate({"metric": metric})


def test_default() -> None:
    assert Objective() == Objective(metric="val_accuracy", direction="maximize")
    assert Objective.model_validate({}) == Objective()


@pytest.mark.parametrize(
    ("metric", "direction"), [("val_loss", "maximize"), ("train_accuracy", "minimize")]
)
def test_the_wrong_direction_is_refused(metric: str, direction: str) -> None:
    with pytest.raises(ValidationError, match=f"{metric} is one to m.*, not to {direction}"):
        Objective.model_validate({"metric": metric, "direction": direction})


@pytest.mark.parametrize("raw", [{"metric": "accuracy"}, {"metric": 3}, {"metrics": "val_loss"}, 3])
def test_nonsense_is_refused(raw: object) -> None:
    with pytest.raises(ValidationError):
        Objective.model_validate(raw)

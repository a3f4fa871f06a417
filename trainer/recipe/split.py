"""How the data is divided into what trains and what judges."""

from typing import Literal

from pydantic import Field

from trainer.recipe.ingredient import Ingredient


class Split(Ingredient):
    """Fixed by `data_seed`, so that every trial of a study is judged on the same samples."""


class Holdout(Split):
    """One stratified split; `validation` is the share of each class that is held out."""

    name: Literal["holdout"] = "holdout"
    validation: float = Field(default=0.2, gt=0.0, lt=1.0)

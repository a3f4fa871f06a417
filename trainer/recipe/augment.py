"""Random changes of each training batch, so that no sample is seen twice the same."""

from typing import Literal

from trainer.recipe.ingredient import Ingredient


class Augment(Ingredient):
    """Applied in the order of the recipe; drawn anew for each batch by `data_seed`."""


class Flip(Augment):
    """Each image left to right, with probability ½."""

    name: Literal["flip"] = "flip"

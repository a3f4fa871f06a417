"""What is done to all inputs before training; measured on the training set alone."""

from typing import Literal

from trainer.recipe.ingredient import Ingredient


class Preprocess(Ingredient):
    """Fitted on the training set, then applied to every input."""


class None_(Preprocess):  # noqa: N801  # PEP 8's name for a keyword
    """Inputs stay as the data set gives them."""

    name: Literal["none"] = "none"

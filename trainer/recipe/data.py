"""Data sets that a recipe can name."""

from typing import Literal

from trainer.recipe.ingredient import Ingredient


class Data(Ingredient):
    """A data set: inputs and labels, before any split."""


class Digits(Data):
    """1,797 scanned digits, 8×8 grey, 10 classes; comes with scikit-learn.

    Source: Alpaydin and Kaynak, *Optical Recognition of Handwritten Digits*, UCI (1998).
    """

    name: Literal["digits"] = "digits"

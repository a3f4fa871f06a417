"""Models that a recipe can name. Input and output sizes follow from the data."""

from typing import Annotated, Literal

from pydantic import Field

from trainer.recipe.ingredient import Ingredient, Menu
from trainer.recipe.layers import Activation, He, Init, None_, Norm, Relu

Width = Annotated[int, Field(ge=1, le=65_536)]
Rate = Annotated[float, Field(ge=0.0, lt=1.0)]


class Model(Ingredient):
    """A network. `init` sets its weights; biases start at zero."""


class Mlp(Model):
    """Fully connected layers of the widths in `hidden`, then a linear output."""

    name: Literal["mlp"] = "mlp"
    hidden: list[Width] = Field(default=[64], max_length=64)
    norm: Annotated[Norm, Menu("none")] = None_()
    activation: Annotated[Activation, Menu("relu")] = Relu()
    init: Annotated[Init, Menu("he")] = He()
    dropout: Rate = 0.0
    per_trial = frozenset({"dropout"})


class SmallCnn(Model):
    """3×3 convolutions of `channels` filters, each halved by max pooling, then a linear output."""

    name: Literal["small_cnn"] = "small_cnn"
    channels: list[Width] = Field(default=[16, 32], min_length=1, max_length=16)
    norm: Annotated[Norm, Menu("none")] = None_()
    activation: Annotated[Activation, Menu("relu")] = Relu()
    init: Annotated[Init, Menu("he")] = He()
    dropout: Rate = 0.0
    per_trial = frozenset({"dropout"})

"""Models that a recipe can name. Input and output sizes follow from the data."""

from typing import Annotated, Literal

from pydantic import Field

from trainer.recipe.ingredient import Ingredient

Width = Annotated[int, Field(ge=1, le=65_536)]
Activation = Literal["relu", "tanh", "sigmoid"]
Initialisation = Literal["he", "xavier", "zeros"]


class Model(Ingredient):
    """A network. `init` sets its weights; biases start at zero."""


class Mlp(Model):
    """Fully connected layers of the widths in `hidden`, then a linear output."""

    name: Literal["mlp"] = "mlp"
    hidden: list[Width] = Field(default=[64], max_length=64)
    activation: Activation = "relu"
    init: Initialisation = "he"
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    per_trial = frozenset({"dropout"})


class SmallCnn(Model):
    """3×3 convolutions of `channels` filters, each halved by max pooling, then a linear output."""

    name: Literal["small_cnn"] = "small_cnn"
    channels: list[Width] = Field(default=[16, 32], min_length=1, max_length=16)
    activation: Activation = "relu"
    init: Initialisation = "he"
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    per_trial = frozenset({"dropout"})

"""A model that gives back what it was given."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from trainer.recipe.ingredient import Menu
from trainer.recipe.layers import Activation, He, Init, Relu
from trainer.recipe.models import Model, Width


class Autoencoder(Model):
    """Layers of the widths in `hidden`, a `code` of fewer numbers, and the same layers mirrored.

    `tied`: the decoder's weights are the encoder's, transposed. `noise` is the std of the Gaussian
    noise on the inputs in training, which the outputs are to be free of (denoising: Vincent et al.
    2008; this kind of noise: Vincent et al. 2010, §3.3).
    """

    name: Literal["autoencoder"] = "autoencoder"
    hidden: list[Width] = Field(default=[128], max_length=32)
    code: Width = 32
    tied: bool = False
    noise: float = Field(default=0.0, ge=0.0)
    activation: Annotated[Activation, Menu("relu")] = Relu()
    init: Annotated[Init, Menu("he")] = He()
    per_trial = frozenset({"noise"})
    reconstructs: ClassVar[bool] = True

"""What models are built from, by the settings of a recipe. The parts are in the folders below.

An activation's part has `build()` and `gain`, a norm's `build(channels, dims)`, an
initialisation's `fill(weight, gain)`.
"""

from torch import Tensor, nn

from trainer.menu import part
from trainer.recipe.layers import Activation, Init, Norm


def activation(settings: Activation) -> nn.Module:
    """A fresh activation."""
    module: nn.Module = part("activation", settings).build()
    return module


def norm(settings: Norm, channels: int, dims: int) -> nn.Module | None:
    """A norm over `channels`, for [N, channels] (`dims` 1) or [N, channels, H, W] (`dims` 2).

    None where nothing is normalised.
    """
    module: nn.Module | None = part("norm", settings).build(channels, dims)
    return module


def initialise(layer: nn.Module, init: Init, follows: Activation | None) -> None:
    """Set a layer's weight, and its bias to zero. `follows` is its activation; None: an output."""
    gain = 1.0 if follows is None else part("activation", follows).gain
    part("init", init).fill(layer.weight, gain)
    if isinstance(bias := getattr(layer, "bias", None), Tensor):
        nn.init.zeros_(bias)

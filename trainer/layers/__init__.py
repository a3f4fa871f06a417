"""What models are built from, by the settings of a recipe. The parts are in the folders below.

An activation's part has `build()` and `gain`, a norm's `build(channels, dims)`, an
initialisation's `fill(weight, fans, gain)`.
"""

from torch import Tensor, nn

from trainer.layers.fans import fans_of
from trainer.menu import part
from trainer.recipe.layers import Activation, Init, Norm, Selu


def activation(settings: Activation) -> nn.Module:
    """A fresh activation."""
    module: nn.Module = part("activation", settings).build()
    return module


def norm(settings: Norm, channels: int, dims: int) -> nn.Module | None:
    """A norm over `channels`, for [N, channels] (`dims` 1) or [N, channels, H, W] (`dims` 2).

    None where nothing is normalised. Raises BadRecipe where the norm makes no sense there.
    """
    module: nn.Module | None = part("norm", settings).build(channels, dims)
    return module


def dropout(
    rate: float, *, spatial: bool = False, activation: Activation | None = None
) -> nn.Module:
    """Sets each value to zero with probability `rate`, and scales the others by 1/(1 − rate).

    `spatial` drops whole channels of [N, C, H, W], whose pixels are too alike to be dropped alone
    (Tompson et al. 2015, §3.2). After selu it is alpha dropout, which keeps mean and variance
    (Klambauer et al. 2017, "New dropout technique").
    """
    if isinstance(activation, Selu):
        return nn.FeatureAlphaDropout(rate) if spatial else nn.AlphaDropout(rate)
    return nn.Dropout2d(rate) if spatial else nn.Dropout(rate)


def initialise(layer: nn.Module, init: Init, follows: Activation | None) -> None:
    """Set a layer's weight, and its bias to zero. `follows` is its activation; None: an output.

    The padding word of an embedding is zero. A norm and PReLU, whose weights are a scale and a
    slope for each channel, stay as they are.
    """
    weight = layer.weight
    assert isinstance(weight, Tensor)
    if weight.dim() < 2:
        return
    gain = 1.0 if follows is None else part("activation", follows).gain
    part("init", init).fill(weight, fans_of(layer), gain)
    if isinstance(bias := getattr(layer, "bias", None), Tensor):
        nn.init.zeros_(bias)
    if isinstance(layer, nn.Embedding) and layer.padding_idx is not None:
        nn.init.zeros_(weight[layer.padding_idx])

"""Uniform, scaled by both fans."""

from math import sqrt

from torch import Tensor, nn

from trainer.layers.fans import Fans
from trainer.recipe.layers import Xavier as Settings


class Xavier:
    """See the settings for the formula."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fill(self, weight: Tensor, fans: Fans, gain: float) -> None:
        chosen = gain if self.settings.gain is None else self.settings.gain
        bound = chosen * sqrt(6 / (fans.inputs + fans.outputs))
        nn.init.uniform_(weight, -bound, bound)

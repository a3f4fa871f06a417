"""Normal, scaled by fan-in alone."""

from math import sqrt

from torch import Tensor, nn

from trainer.layers.fans import Fans
from trainer.recipe.layers import Lecun as Settings


class Lecun:
    """See the settings for the formula."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fill(self, weight: Tensor, fans: Fans, gain: float) -> None:
        nn.init.normal_(weight, std=1 / sqrt(fans.inputs))

"""Normal, scaled by fan-in and the activation."""

from math import sqrt

from torch import Tensor, nn

from trainer.layers.fans import Fans
from trainer.recipe.layers import He as Settings


class He:
    """See the settings for the formula."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fill(self, weight: Tensor, fans: Fans, gain: float) -> None:
        nn.init.normal_(weight, std=gain / sqrt(fans.inputs))

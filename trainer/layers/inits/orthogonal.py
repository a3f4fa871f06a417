"""Orthonormal rows or columns."""

from torch import Tensor, nn

from trainer.layers.fans import Fans
from trainer.recipe.layers import Orthogonal as Settings


class Orthogonal:
    """See the settings for the formula."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fill(self, weight: Tensor, fans: Fans, gain: float) -> None:
        nn.init.orthogonal_(weight, gain=gain)

"""Uniform, scaled by both fans."""

from torch import Tensor, nn

from trainer.recipe.layers import Xavier as Settings


class Xavier:
    """See the settings for the formula."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fill(self, weight: Tensor, gain: float) -> None:
        nn.init.xavier_uniform_(weight, gain=gain)

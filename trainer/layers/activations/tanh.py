"""The hyperbolic tangent."""

from torch import nn

from trainer.recipe.layers import Tanh as Settings


class Tanh:
    """`gain` keeps the variance of what follows (torch's calculate_gain)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.gain = nn.init.calculate_gain("tanh")

    def build(self) -> nn.Module:
        return nn.Tanh()

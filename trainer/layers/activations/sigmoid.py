"""The logistic function."""

from torch import nn

from trainer.recipe.layers import Sigmoid as Settings


class Sigmoid:
    """`gain` keeps the variance of what follows (torch's calculate_gain)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.gain = nn.init.calculate_gain("sigmoid")

    def build(self) -> nn.Module:
        return nn.Sigmoid()

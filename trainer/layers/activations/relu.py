"""Rectified linear units."""

from torch import nn

from trainer.recipe.layers import Relu as Settings


class Relu:
    """`gain` keeps the variance of what follows (He et al. 2015, §2.2)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.gain = nn.init.calculate_gain("relu")

    def build(self) -> nn.Module:
        return nn.ReLU()

"""Rectified linear units that leak."""

from torch import nn

from trainer.layers.activations._leak import Leak
from trainer.recipe.layers import LeakyRelu as Settings


class LeakyRelu:
    """`gain` is √(2/(1 + slope²)) (He et al. 2015, eq. 15)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.gain = nn.init.calculate_gain("leaky_relu", settings.slope)

    def build(self) -> nn.Module:
        return Leak(self.settings.slope)

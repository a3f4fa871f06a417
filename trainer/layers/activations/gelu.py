"""Gaussian error linear units."""

from torch import nn

from trainer.layers.activations._gain import unit_gain
from trainer.recipe.layers import Gelu as Settings


class Gelu:
    """`gain` keeps the second moment: see `unit_gain`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.gain = unit_gain(nn.GELU())

    def build(self) -> nn.Module:
        return nn.GELU()

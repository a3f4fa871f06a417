"""Exponential linear units."""

from torch import nn

from trainer.layers.activations._gain import unit_gain
from trainer.layers.activations._leak import Leak
from trainer.recipe.layers import Elu as Settings


class Elu:
    """`gain` keeps the second moment: see `unit_gain`.

    Below zero α·elu(x) is Leak's, so that α can be each trial's own.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.gain = unit_gain(self.build())

    def build(self) -> nn.Module:
        return nn.Sequential(nn.ELU(), Leak(self.settings.alpha))

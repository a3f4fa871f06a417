"""Rectified linear units that learn how much to leak."""

from torch import nn

from trainer.recipe.layers import Prelu as Settings

START = 0.25  # He et al. 2015, §2.1


class Prelu:
    """One slope for all channels of a layer; `gain` is that of the slope it begins with.

    He et al. 2015, §2.1 ("channel-shared") and eq. 15.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.gain = nn.init.calculate_gain("leaky_relu", START)

    def build(self) -> nn.Module:
        return nn.PReLU(init=START)

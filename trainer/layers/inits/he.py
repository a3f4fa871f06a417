"""Normal, scaled by fan-in."""

from torch import Tensor, nn

from trainer.recipe.layers import He as Settings


class He:
    """See the settings for the formula."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fill(self, weight: Tensor, gain: float) -> None:
        nn.init.kaiming_normal_(weight, nonlinearity="relu")

"""All zero."""

from torch import Tensor, nn

from trainer.recipe.layers import Zeros as Settings


class Zeros:
    """See the settings for the formula."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fill(self, weight: Tensor, gain: float) -> None:
        nn.init.zeros_(weight)

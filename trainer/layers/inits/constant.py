"""All the same."""

from torch import Tensor, nn

from trainer.layers.fans import Fans
from trainer.recipe.layers import Constant as Settings


class Constant:
    """See the settings for the formula."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fill(self, weight: Tensor, fans: Fans, gain: float) -> None:
        nn.init.constant_(weight, self.settings.value)

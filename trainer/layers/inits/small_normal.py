"""Normal, not scaled at all."""

from torch import Tensor, nn

from trainer.layers.fans import Fans
from trainer.recipe.layers import SmallNormal as Settings


class SmallNormal:
    """See the settings for the formula."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fill(self, weight: Tensor, fans: Fans, gain: float) -> None:
        nn.init.normal_(weight, std=self.settings.std)

"""Layer normalisation."""

from torch import nn

from trainer.errors import BadRecipe
from trainer.recipe.layers import Layer as Settings


class Layer:
    """See the settings for the source."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, channels: int, dims: int) -> nn.Module:
        """One group of all channels (Wu and He 2018, §3.1): it need not know the image's size."""
        if dims == 1 and channels == 1:
            message = "a layer of one unit would always be zero; take batch, none, or more units"
            raise BadRecipe("model.norm", self.settings.name, message)
        return nn.GroupNorm(1, channels, eps=self.settings.eps)

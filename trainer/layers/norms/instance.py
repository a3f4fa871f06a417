"""Instance normalisation."""

from torch import nn

from trainer.layers.norms import images_only
from trainer.recipe.layers import Instance as Settings


class Instance:
    """See the settings for the source."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, channels: int, dims: int) -> nn.Module:
        """Over [N, channels, H, W] of more than one pixel. Raises BadRecipe for rows."""
        images_only(self.settings.name, dims)
        return nn.InstanceNorm2d(channels, eps=self.settings.eps, affine=True)

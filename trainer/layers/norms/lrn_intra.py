"""Local response normalisation within a channel."""

import torch.nn.functional as F
from torch import Tensor, nn

from trainer.layers.norms import images_only
from trainer.recipe.layers import LrnIntra as Settings


class LrnIntra:
    """See the settings for the formula."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, channels: int, dims: int) -> nn.Module:
        """Has nothing to learn. Raises BadRecipe for rows."""
        images_only(self.settings.name, dims)
        return WithinChannel(self.settings)


class WithinChannel(nn.Module):
    """On either axis pixel i by pixels i − ⌊n/2⌋ to i + ⌊(n − 1)/2⌋; those outside are 0."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W]."""
        n = self.settings.n
        padded = F.pad(x.square(), (n // 2, (n - 1) // 2) * 2)
        mean = F.avg_pool2d(padded, n, stride=1)
        return x / (self.settings.k + self.settings.alpha * mean) ** self.settings.beta

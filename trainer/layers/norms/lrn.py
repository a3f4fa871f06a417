"""Local response normalisation between channels."""

import torch.nn.functional as F
from torch import Tensor, nn

from trainer.recipe.layers import Lrn as Settings


class Lrn:
    """See the settings for the formula."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, channels: int, dims: int) -> nn.Module:
        """Has nothing to learn."""
        return BetweenChannels(self.settings)


class BetweenChannels(nn.Module):
    """Channel i by channels i − ⌊n/2⌋ to i + ⌊(n − 1)/2⌋; those beyond the first and last are 0."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings

    def forward(self, x: Tensor) -> Tensor:
        """[N, C] or [N, C, H, W]."""
        n = self.settings.n
        squares = x.square().reshape(len(x), 1, x.shape[1], -1)  # [N, 1, C, pixels]
        padded = F.pad(squares, (0, 0, n // 2, (n - 1) // 2))
        mean = F.avg_pool2d(padded, (n, 1), stride=1).reshape(x.shape)
        return x / (self.settings.k + self.settings.alpha * mean) ** self.settings.beta

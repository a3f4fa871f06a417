"""Batch normalisation."""

import torch.nn.functional as F
from torch import Tensor, nn

from trainer.layers.norms import lone
from trainer.recipe.layers import Batch as Settings


class Batch:
    """See the settings for the source."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, channels: int, dims: int) -> nn.Module:
        """Over [N, channels] or [N, channels, H, W]."""
        kind = nn.BatchNorm1d if dims == 1 else nn.BatchNorm2d
        return BatchNorm(kind(channels, eps=self.settings.eps, momentum=self.settings.momentum))


class BatchNorm(nn.Module):
    """torch's batch norm, but for a batch that has one value in each channel.

    The last batch of an epoch may be one row, on which torch's fails. It is normalised by the
    moving statistics instead, and does not change them.
    """

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, x: Tensor) -> Tensor:
        norm = self.norm
        if norm.training and lone(x):
            moving = norm.running_mean, norm.running_var
            return F.batch_norm(x, *moving, norm.weight, norm.bias, eps=norm.eps)
        normed: Tensor = norm(x)
        return normed

"""Batch renormalisation."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer.layers.norms import lone
from trainer.recipe.layers import BatchRenorm as Settings


class BatchRenorm:
    """See the settings for the source."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, channels: int, dims: int) -> nn.Module:
        """Over [N, channels] or [N, channels, H, W]."""
        return Renorm(channels, self.settings)


class Renorm(nn.Module):
    """y = γ((x − μ_B)/σ_B · r + d) + β in training, γ(x − μ)/σ + β in evaluation.

    Ioffe, *Batch Renormalization*, 2017, algorithm 1. μ_B and σ_B = √(ε + variance) are each
    channel's over the batch, μ and σ their moving averages, which also evaluation uses;
    r = σ_B/σ and d = (μ_B − μ)/σ, clipped, are taken as constants by the gradient. Within the
    clips, training computes what evaluation does.

    Two values a channel are the fewest whose spread can be told: alone, batch norm would make them
    −1 and 1 whatever they are, and r and d give back what was lost. A batch with one value in each
    channel (one row) is normalised by the moving statistics, and does not change them.
    """

    running_mean: Tensor
    running_std: Tensor
    steps: Tensor

    def __init__(self, channels: int, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_std", torch.ones(channels))
        self.register_buffer("steps", torch.tensor(0))  # done in training; the clips' schedule

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or lone(x):
            moving = self.running_mean, self.running_std.square()  # has ε in it already
            return F.batch_norm(x, *moving, self.weight, self.bias, eps=0.0)
        r, d = self._corrections(x)
        scale, shift = self.weight * r, self.weight * d + self.bias
        return F.batch_norm(x, None, None, scale, shift, training=True, eps=self.settings.eps)

    @torch.no_grad()
    def _corrections(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """r and d, [C] each, by the statistics before this batch, which then joins them."""
        channel = x.to(self.running_mean.dtype).transpose(0, 1).flatten(1)
        variance, mean = torch.var_mean(channel, dim=1, correction=0)
        std = (variance + self.settings.eps).sqrt()
        r_clip, d_clip = self._clips()
        r = (std / self.running_std).clamp(1 / r_clip, r_clip)
        d = ((mean - self.running_mean) / self.running_std).clamp(-d_clip, d_clip)
        self.running_mean.add_(mean - self.running_mean, alpha=self.settings.momentum)
        self.running_std.add_(std - self.running_std, alpha=self.settings.momentum)
        self.steps.add_(1)
        return r, d

    def _clips(self) -> tuple[Tensor, Tensor]:
        """What r and d may reach at this step."""
        done = self.steps.to(self.running_mean.dtype)
        opened = ((done - self.settings.warm_up) / self.settings.relax).clamp(0, 1)
        return 1 + opened * (self.settings.r_max - 1), opened * self.settings.d_max

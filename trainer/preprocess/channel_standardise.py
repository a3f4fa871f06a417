"""Every channel to mean 0 and variance 1."""

import torch
from torch import Tensor, nn

from trainer.form import Form
from trainer.preprocess._modules import Scaling, channels
from trainer.preprocess._moments import mean_of, spread, variance_of
from trainer.recipe.preprocess import ChannelStandardise as Settings


class ChannelStandardise:
    """(x − mean) / std, one of each per channel; a channel that is constant is only centred."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """Raises BadRecipe where inputs are no images."""
        return Scaling(channels(form, self.settings.name))

    @torch.no_grad()
    def fit(self, module: nn.Module, inputs: Tensor) -> None:
        """From the training set's inputs, [N, C, H, W]."""
        mean = mean_of(inputs).mean(dim=(1, 2), keepdim=True)
        variance = variance_of(inputs, mean.expand(inputs.shape[1:])).mean(dim=(1, 2), keepdim=True)
        module.get_buffer("mean").copy_(mean)
        module.get_buffer("std").copy_(spread(variance, mean, inputs[:, 0].numel()))

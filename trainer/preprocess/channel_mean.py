"""Centring by each channel's mean."""

import torch
from torch import Tensor, nn

from trainer.form import Form
from trainer.preprocess._modules import Scaling, channels
from trainer.preprocess._moments import mean_of
from trainer.recipe.preprocess import ChannelMean as Settings


class ChannelMean:
    """x − mean of its channel, one number each (VGG: Simonyan and Zisserman 2015, §2.1)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """Raises BadRecipe where inputs are no images."""
        return Scaling(channels(form, self.settings.name))

    @torch.no_grad()
    def fit(self, module: nn.Module, inputs: Tensor) -> None:
        """From the training set's inputs, [N, C, H, W]."""
        module.get_buffer("mean").copy_(mean_of(inputs).mean(dim=(1, 2), keepdim=True))

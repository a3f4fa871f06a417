"""Centring by the mean image."""

import torch
from torch import Tensor, nn

from trainer.form import Form
from trainer.preprocess._modules import Scaling, numbers
from trainer.preprocess._moments import mean_of
from trainer.recipe.preprocess import MeanImage as Settings


class MeanImage:
    """x − mean over the training set, of each feature (AlexNet: Krizhevsky et al. 2012, §2)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """Raises BadRecipe where inputs are token ids."""
        return Scaling(numbers(form, self.settings.name))

    @torch.no_grad()
    def fit(self, module: nn.Module, inputs: Tensor) -> None:
        """From the training set's inputs, [N, *form.shape]."""
        module.get_buffer("mean").copy_(mean_of(inputs))

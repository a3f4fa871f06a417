"""Every feature to mean 0 and variance 1."""

import torch
from torch import Tensor, nn

from trainer.form import Form
from trainer.preprocess._modules import Scaling, numbers
from trainer.preprocess._moments import mean_of, spread, variance_of
from trainer.recipe.preprocess import Standardise as Settings


class Standardise:
    """(x − mean) / std; a feature that is constant is only centred."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """Raises BadRecipe where inputs are token ids."""
        return Scaling(numbers(form, self.settings.name))

    @torch.no_grad()
    def fit(self, module: nn.Module, inputs: Tensor) -> None:
        """From the training set's inputs, [N, *form.shape]."""
        mean = mean_of(inputs)
        std = spread(variance_of(inputs, mean), mean, len(inputs))
        module.get_buffer("mean").copy_(mean)
        module.get_buffer("std").copy_(std)

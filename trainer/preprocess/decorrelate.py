"""Rotation onto the principal components."""

import torch
from torch import Tensor, nn

from trainer.form import Form
from trainer.preprocess._modules import projection
from trainer.preprocess._principal import principal
from trainer.recipe.preprocess import Decorrelate as Settings


class Decorrelate:
    """(x − mean) @ V, V the eigenvectors of the covariance (Pearson 1901; Hotelling 1933).

    Features come out by falling variance, in the inputs' shape; those past `components` are 0.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """Raises BadRecipe where inputs are token ids, too wide, or fewer than `components`."""
        return projection(form, self.settings.name, self.settings.components)

    @torch.no_grad()
    def fit(self, module: nn.Module, inputs: Tensor) -> None:
        """From the training set's inputs, [N, *form.shape]."""
        mean, axes, _ = principal(inputs.flatten(1))
        axes[:, self.settings.components or len(mean) :] = 0.0
        module.get_buffer("mean").copy_(mean)
        module.get_buffer("matrix").copy_(axes)

"""Features that are uncorrelated and of variance 1."""

import torch
from torch import Tensor, nn

from trainer.form import Form
from trainer.preprocess._modules import projection
from trainer.preprocess._principal import principal
from trainer.recipe.preprocess import Whiten as Settings


class Whiten:
    """(x − mean) @ V(Λ + ε)^−½, and @ Vᵀ for `zca`, which stays closest to the pixels.

    V and Λ are the eigenvectors and eigenvalues of the covariance (CS231n, "Data preprocessing";
    ZCA: Bell and Sejnowski 1997). Components past `components` are left out: 0 with `pca`.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """Raises BadRecipe where inputs are token ids, too wide, or fewer than `components`."""
        return projection(form, self.settings.name, self.settings.components)

    @torch.no_grad()
    def fit(self, module: nn.Module, inputs: Tensor) -> None:
        """From the training set's inputs, [N, *form.shape]."""
        mean, axes, variances = principal(inputs.flatten(1))
        scaled = axes / (variances + self.settings.eps).sqrt()
        scaled[:, self.settings.components or len(mean) :] = 0.0
        zca = self.settings.method == "zca"
        module.get_buffer("mean").copy_(mean)
        module.get_buffer("matrix").copy_(scaled @ axes.T if zca else scaled)

"""Noise on the inputs."""

import torch
from torch import Tensor

from trainer.augment._images import numbers_only
from trainer.form import Form
from trainer.recipe.augment import GaussianNoise as Settings


class GaussianNoise:
    """x + std·N(0, 1), each number by its own; not clipped (Bishop 1995: as an L2 penalty)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def apply(self, inputs: Tensor, targets: Tensor, form: Form) -> tuple[Tensor, Tensor]:
        """Raises BadRecipe where inputs are token ids."""
        numbers_only(form, self.settings.name)
        return inputs + self.settings.std * torch.randn_like(inputs), targets

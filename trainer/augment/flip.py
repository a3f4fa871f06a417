"""Random horizontal flips."""

import torch
from torch import Tensor

from trainer.form import Form
from trainer.recipe.augment import Flip as Settings


class Flip:
    """Half of the images [B, C, H, W], mirrored left to right."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def apply(self, inputs: Tensor, targets: Tensor, form: Form) -> tuple[Tensor, Tensor]:
        chosen = torch.rand(len(inputs), device=inputs.device) < 0.5
        return torch.where(chosen.view(-1, 1, 1, 1), inputs.flip(-1), inputs), targets

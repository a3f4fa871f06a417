"""Random mirror images."""

import torch
from torch import Tensor

from trainer.augment._images import images_only
from trainer.form import Form
from trainer.recipe.augment import Flip as Settings


class Flip:
    """Each image [C, H, W] left to right and top to bottom, as chosen, with probability p each."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def apply(self, inputs: Tensor, targets: Tensor, form: Form) -> tuple[Tensor, Tensor]:
        """Raises BadRecipe where inputs are no images."""
        images_only(form, self.settings.name)
        for axis, wanted in ((-1, self.settings.horizontal), (-2, self.settings.vertical)):
            if wanted:
                chosen = torch.rand(len(inputs), device=inputs.device) < self.settings.p
                inputs = _mirrored(inputs, chosen, axis)
                if form.task == "segmentation":
                    targets = _mirrored(targets, chosen, axis)
        return inputs, targets


def _mirrored(images: Tensor, chosen: Tensor, axis: int) -> Tensor:
    return torch.where(chosen.view(-1, *[1] * (images.ndim - 1)), images.flip(axis), images)

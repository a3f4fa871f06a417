"""Random shifts, by padding and cropping."""

import torch
import torch.nn.functional as F
from torch import Tensor

from trainer.augment._images import images_only
from trainer.form import Form
from trainer.recipe.augment import PadAndCrop as Settings


class PadAndCrop:
    """Each image [C, H, W] moved by up to `padding`; zeros come in (He et al. 2016, §4.2)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def apply(self, inputs: Tensor, targets: Tensor, form: Form) -> tuple[Tensor, Tensor]:
        """Raises BadRecipe where inputs are no images."""
        images_only(form, self.settings.name)
        places = 2 * self.settings.padding + 1
        down, right = torch.randint(places, (2, len(inputs)), device=inputs.device)
        images = self._cropped(inputs, down, right)
        if form.task == "segmentation":
            targets = self._cropped(targets.unsqueeze(1), down, right).squeeze(1)
        return images, targets

    def _cropped(self, images: Tensor, down: Tensor, right: Tensor) -> Tensor:
        """Of all windows of the padded images, [B, C, places, places, H, W], one each."""
        height, width = images.shape[-2:]
        padded = F.pad(images, [self.settings.padding] * 4)
        windows = padded.unfold(2, height, 1).unfold(3, width, 1)
        return windows[torch.arange(len(images), device=images.device), :, down, right]

"""Random brightness, contrast, saturation and hue."""

import math

from kornia.enhance import adjust_hue
from torch import Tensor

from trainer.augment._images import blended, grey, images_only, uniform
from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.recipe.augment import ColourJitter as Settings


class ColourJitter:
    """In this order, for each RGB image [3, H, W] of 0..1 by factors of its own.

    As torchvision's ColorJitter but for the order, which is random there. Saturation is g + f·(x −
    g) with the grey g of each pixel; hue turns on the circle of HSV.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def apply(self, inputs: Tensor, targets: Tensor, form: Form) -> tuple[Tensor, Tensor]:
        """Raises BadRecipe where inputs are no images of three channels."""
        images_only(form, self.settings.name)
        if form.shape[0] != 3:
            message = f"images of {form.shape[0]} channels have no hue; use brightness and contrast"
            raise BadRecipe("augment", self.settings.name, message)
        chosen = self.settings
        images = blended(inputs, 0.0, _near_one(inputs, chosen.brightness))
        mean = grey(images).mean(dim=(2, 3), keepdim=True)
        images = blended(images, mean, _near_one(inputs, chosen.contrast))
        images = blended(images, grey(images), _near_one(inputs, chosen.saturation))
        if chosen.hue:  # by far the dearest of the four
            turn = 2.0 * math.pi * chosen.hue
            images = adjust_hue(images, uniform(inputs, -turn, turn))
        return images, targets


def _near_one(inputs: Tensor, amount: float) -> Tensor:
    return uniform(inputs, 1.0 - amount, 1.0 + amount)

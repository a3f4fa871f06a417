"""Random zoom."""

from kornia.geometry.transform import scale
from torch import Tensor

from trainer.augment._images import images_only, moved, uniform
from trainer.form import Form
from trainer.recipe.augment import Scale as Settings


class Scale:
    """Each image [C, H, W] by its own factor; bilinear, and 0 around what has become smaller."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def apply(self, inputs: Tensor, targets: Tensor, form: Form) -> tuple[Tensor, Tensor]:
        """Raises BadRecipe where inputs are no images."""
        images_only(form, self.settings.name)
        factors = uniform(inputs, self.settings.lowest, self.settings.highest)
        return moved(lambda x, mode: scale(x, factors, mode=mode), inputs, targets, form)
